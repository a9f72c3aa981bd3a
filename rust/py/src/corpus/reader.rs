//! The classes `bytepiece.corpus.Text` and `bytepiece.corpus.Jsonl`: paths and options around the core's readers.

pub(crate) mod field;
pub(crate) mod iterate;
pub(crate) mod jsonl;

use super::plan::errors_of;
use super::report::as_dict;
use crate::error::raise;
use crate::parameter::{Argument, path, type_name};
use bytepiece_core::corpus::Corpus;
use bytepiece_core::corpus::tally::Errors;
use bytepiece_core::corpus::text::{Split, Text};
use iterate::DocumentIterator;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple, PyType};
use std::ffi::OsString;
use std::path::PathBuf;

/// Text files in UTF-8 as documents, every newline kept.
///
/// Args:
///     paths: A path or a list of paths: files, compressed or not, directories, glob patterns.
///     split: None for one document a file, "line" or "paragraph".
///     errors: What to do where a file is not UTF-8: "raise", "replace" or "skip".
///
/// Raises:
///     OSError: A file is missing, cannot be read, is damaged or has the wrong name.
///     ValueError: While reading: a file is not UTF-8.
#[pyclass(frozen, name = "Text", module = "bytepiece.corpus")]
pub(crate) struct TextFiles {
    /// The core's reader.
    core: Text,
}

impl TextFiles {
    /// The core's reader.
    pub(crate) fn core(&self) -> &Text {
        &self.core
    }
}

#[pymethods]
impl TextFiles {
    #[new]
    #[pyo3(
        signature = (paths, split=None, *, errors=Argument::Default),
        text_signature = "(paths, split=None, *, errors='raise')"
    )]
    fn new(
        py: Python<'_>,
        paths: &Bound<'_, PyAny>,
        split: Option<&Bound<'_, PyAny>>,
        errors: Argument<'_>,
    ) -> PyResult<Self> {
        let (paths, split) = (paths_of(paths)?, split_of(split)?);
        let errors = errors.or(Errors::Raise, errors_of)?;
        py.detach(|| Text::new(&paths, split, errors)).map(|core| Self { core }).map_err(raise)
    }

    /// The files, in order.
    #[getter]
    fn paths(&self) -> Vec<OsString> {
        path_words(self.core.paths())
    }

    /// What a document is.
    #[getter]
    fn split(&self) -> Option<&'static str> {
        split_word(self.core.split())
    }

    /// What to do where a file is not UTF-8.
    #[getter]
    fn errors(&self) -> &'static str {
        self.core.errors().word()
    }

    /// What was replaced and left out in the pass begun last.
    #[getter]
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        as_dict(py, &self.core.report())
    }

    fn __iter__(&self, py: Python<'_>) -> PyResult<DocumentIterator> {
        let core = self.core.clone();
        py.detach(|| core.open()).map(DocumentIterator::new).map_err(raise)
    }

    /// One reader for each file.
    fn _split(&self, py: Python<'_>) -> PyResult<Vec<(OsString, Self)>> {
        let one = |path: &PathBuf| Text::new(std::slice::from_ref(path), self.core.split(), self.core.errors());
        let readers = py.detach(|| self.core.paths().iter().map(one).collect::<Result<Vec<_>, _>>()).map_err(raise)?;
        Ok(self.paths().into_iter().zip(readers.into_iter().map(|core| Self { core })).collect())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let options = PyDict::new(slf.py());
        options.set_item("errors", slf.get().errors())?;
        reduced(slf.get_type(), &options, (slf.get().paths(), slf.get().split()))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let split = self.split().map_or_else(String::new, |split| format!(", split='{split}'"));
        let options = format!("{split}{}", errors_shown(self.core.errors()));
        Ok(format!("bytepiece.corpus.Text({}{options})", self.paths().into_pyobject(py)?.repr()?))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        let options = |core: &Text| (core.split(), core.errors());
        let same = |other: &Text| other.paths() == self.core.paths() && options(other) == options(&self.core);
        other.cast::<Self>().is_ok_and(|other| same(&other.get().core))
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        PyTuple::new(py, self.paths())?.hash()
    }
}

/// `errors=` as `repr` shows it.
fn errors_shown(errors: Errors) -> String {
    if errors == Errors::Raise { String::new() } else { format!(", errors='{}'", errors.word()) }
}

/// What `pickle` asks for: the class with its keywords, and the arguments that make the object again.
fn reduced<'py>(
    class: Bound<'py, PyType>,
    options: &Bound<'py, PyDict>,
    arguments: impl IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>, Error = PyErr>,
) -> PyResult<Bound<'py, PyTuple>> {
    let py = class.py();
    let make = py.import("functools")?.getattr("partial")?.call((class,), Some(options))?;
    (make, arguments.into_pyobject(py)?).into_pyobject(py)
}

/// `paths=`: one path or an iterable of paths, at least one.
fn paths_of(object: &Bound<'_, PyAny>) -> PyResult<Vec<PathBuf>> {
    if object.is_instance_of::<PyString>() || object.hasattr("__fspath__")? {
        return Ok(vec![path(object, "paths")?]);
    }
    let refused = || {
        PyTypeError::new_err(format!(
            "paths must be a path (str or os.PathLike) or a list of paths, not {}",
            type_name(object)
        ))
    };
    if object.is_instance_of::<PyBytes>() {
        return Err(refused());
    }
    let one = |(place, item): (usize, PyResult<Bound<'_, PyAny>>)| path(&item?, &format!("paths[{place}]"));
    let paths: Vec<_> = object.try_iter().map_err(|_| refused())?.enumerate().map(one).collect::<PyResult<_>>()?;
    if paths.is_empty() {
        return Err(PyValueError::new_err("paths must be at least one path, not an empty list"));
    }
    Ok(paths)
}

/// Paths as Python's `str`, by the file system's encoding.
fn path_words(paths: &[PathBuf]) -> Vec<OsString> {
    paths.iter().map(|path| path.clone().into_os_string()).collect()
}

/// `split=`.
fn split_of(object: Option<&Bound<'_, PyAny>>) -> PyResult<Split> {
    let Some(object) = object else { return Ok(Split::File) };
    match object.extract::<&str>() {
        Ok("line") => Ok(Split::Line),
        Ok("paragraph") => Ok(Split::Paragraph),
        _ => {
            Err(PyValueError::new_err(format!("split must be None, \"line\" or \"paragraph\", not {}", object.repr()?)))
        }
    }
}

/// The inverse of [`split_of`].
fn split_word(split: Split) -> Option<&'static str> {
    match split {
        Split::File => None,
        Split::Line => Some("line"),
        Split::Paragraph => Some("paragraph"),
    }
}
