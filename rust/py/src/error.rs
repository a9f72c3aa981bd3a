//! From the core's errors to Python's: one match, no words of its own.

use bytepiece_core::Error;
use pyo3::exceptions::{
    PyBlockingIOError, PyException, PyFileExistsError, PyFileNotFoundError, PyIsADirectoryError, PyKeyError,
    PyMemoryError, PyNotADirectoryError, PyOSError, PyPermissionError, PyRuntimeError, PyValueError,
};
use pyo3::{PyErr, Python};
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::PathBuf;

/// The number of "no space left on device", everywhere.
const ENOSPC: i32 = 28;

/// The exception for an error of the core; one that came from Python goes back as it was.
pub(crate) fn raise(error: Error) -> PyErr {
    let words = error.to_string();
    match error {
        Error::Parameter { .. }
        | Error::EmptyCorpus { .. }
        | Error::CorpusChanged { .. }
        | Error::Document { .. }
        | Error::FileChanged { .. }
        | Error::Checkpoint { .. }
        | Error::CheckpointOther { .. }
        | Error::CheckpointCorpus
        | Error::MemoryTooSmall { .. }
        | Error::ModelTooLarge { .. }
        | Error::PiecesTooMany { .. }
        | Error::InvalidUtf8 { .. }
        | Error::Jsonl { .. }
        | Error::Model { .. }
        | Error::CountOverflow { .. }
        | Error::RequiredPiece(..)
        | Error::TooLittleText { .. }
        | Error::SpecialToken { .. }
        | Error::SpecialInText { .. }
        | Error::NegativeId { .. } => PyValueError::new_err(words),
        Error::UnknownId { .. } | Error::UnknownPiece { .. } => PyKeyError::new_err(words),
        Error::Rectangle { .. } => PyMemoryError::new_err(words),
        Error::Io { path, source } => io(path, &source),
        Error::CheckpointInUse { .. } => PyBlockingIOError::new_err(words),
        Error::Spill { ref dir, ref source, .. } | Error::Folder { ref dir, ref source, .. } => {
            os_error(source, words, dir.clone().into_os_string())
        }
        Error::External(inner) | Error::Interrupt(inner) => match inner.downcast::<PyErr>() {
            Ok(exception) => *exception,
            Err(_) => PyRuntimeError::new_err(words),
        },
        // `NoThread`, as Python's own threads do; `Panic`, and whatever a later core adds before this match knows it
        _ => PyRuntimeError::new_err(words),
    }
}

/// An exception of Python's, wrapped to travel through the core: KeyboardInterrupt and whatever else is no `Exception` in haste.
pub(crate) fn external(exception: PyErr) -> Error {
    if Python::attach(|py| exception.is_instance_of::<PyException>(py)) {
        return Error::External(Box::new(exception));
    }
    Error::Interrupt(Box::new(exception))
}

/// `OSError(errno, strerror, filename)`, of which Python makes the right subclass; without a number, the subclass itself.
fn io(path: PathBuf, source: &std::io::Error) -> PyErr {
    let words = source.to_string();
    if let Some(number) = source.raw_os_error() {
        let words = words.strip_suffix(&format!(" (os error {number})")).unwrap_or(&words).to_owned();
        return os_error(source, words, path.into_os_string());
    }
    os_error(source, format!("{}: {words}", path.display()), path.into_os_string())
}

/// The same with these words.
fn os_error(source: &std::io::Error, words: String, path: OsString) -> PyErr {
    if let Some(number) = source.raw_os_error() {
        return PyOSError::new_err((number, words, path));
    }
    match source.kind() {
        ErrorKind::StorageFull => PyOSError::new_err((ENOSPC, words, path)),
        ErrorKind::NotFound => PyFileNotFoundError::new_err(words),
        ErrorKind::AlreadyExists => PyFileExistsError::new_err(words),
        ErrorKind::PermissionDenied => PyPermissionError::new_err(words),
        ErrorKind::IsADirectory => PyIsADirectoryError::new_err(words),
        ErrorKind::NotADirectory => PyNotADirectoryError::new_err(words),
        _ => PyOSError::new_err(words),
    }
}
