//! The classes `bytepiece.corpus.Text` and `bytepiece.corpus.Jsonl`: paths and options around the core's readers.

use crate::error::raise;
use crate::parameter::{Argument, path, type_name, word};
use crate::turns::Turns;
use bytepiece_core::corpus::Documents;
use bytepiece_core::corpus::jsonl::Jsonl;
use bytepiece_core::corpus::text::{Split, Text};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple, PyType};
use std::ffi::OsString;
use std::path::PathBuf;

/// Text files in UTF-8 as documents, every newline kept.
///
/// Args:
///     paths: A path or a list of paths.
///     split: None for one document a file, "line" or "paragraph".
///
/// Raises:
///     OSError: A file is missing or cannot be read.
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
    #[pyo3(signature = (paths, split=None))]
    fn new(py: Python<'_>, paths: &Bound<'_, PyAny>, split: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let (paths, split) = (paths_of(paths)?, split_of(split)?);
        py.detach(|| Text::new(paths, split)).map(|core| Self { core }).map_err(raise)
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

    fn __iter__(&self, py: Python<'_>) -> PyResult<DocumentIterator> {
        py.detach(|| self.core.documents()).map(DocumentIterator::new).map_err(raise)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        reduced(slf.get_type(), (slf.get().paths(), slf.get().split()))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let options = self.split().map_or_else(String::new, |split| format!(", split='{split}'"));
        Ok(format!("bytepiece.corpus.Text({}{options})", self.paths().into_pyobject(py)?.repr()?))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        let same = |other: &Self| other.core.paths() == self.core.paths() && other.core.split() == self.core.split();
        other.cast::<Self>().is_ok_and(|other| same(other.get()))
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        PyTuple::new(py, self.paths())?.hash()
    }
}

/// JSON Lines files in UTF-8 as documents, one a line.
///
/// Args:
///     paths: A path or a list of paths.
///     field: The key whose string is the document.
///
/// Raises:
///     OSError: A file is missing or cannot be read.
///     ValueError: While reading: a line is not JSON in UTF-8, or has no string there.
#[pyclass(frozen, name = "Jsonl", module = "bytepiece.corpus")]
pub(crate) struct JsonlFiles {
    /// The core's reader.
    core: Jsonl,
}

impl JsonlFiles {
    /// The core's reader.
    pub(crate) fn core(&self) -> &Jsonl {
        &self.core
    }
}

#[pymethods]
impl JsonlFiles {
    #[new]
    #[pyo3(signature = (paths, field=Argument::Default), text_signature = "(paths, field='text')")]
    fn new(py: Python<'_>, paths: &Bound<'_, PyAny>, field: Argument<'_>) -> PyResult<Self> {
        let paths = paths_of(paths)?;
        let field = field.or("text".to_owned(), |field| word(field, "field"))?;
        py.detach(|| Jsonl::new(paths, field)).map(|core| Self { core }).map_err(raise)
    }

    /// The files, in order.
    #[getter]
    fn paths(&self) -> Vec<OsString> {
        path_words(self.core.paths())
    }

    /// The key whose string is the document.
    #[getter]
    fn field(&self) -> &str {
        self.core.field()
    }

    fn __iter__(&self, py: Python<'_>) -> PyResult<DocumentIterator> {
        py.detach(|| self.core.documents()).map(DocumentIterator::new).map_err(raise)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        reduced(slf.get_type(), (slf.get().paths(), slf.get().field()))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let field = PyString::new(py, self.field()).repr()?;
        Ok(format!("bytepiece.corpus.Jsonl({}, field={field})", self.paths().into_pyobject(py)?.repr()?))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        let same = |other: &Self| other.core.paths() == self.core.paths() && other.core.field() == self.core.field();
        other.cast::<Self>().is_ok_and(|other| same(other.get()))
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        PyTuple::new(py, self.paths())?.hash()
    }
}

/// The documents of a reader as `str`, one after the other, read when they are asked for.
#[pyclass(frozen, name = "_Documents", module = "bytepiece.corpus")]
pub(crate) struct DocumentIterator {
    /// The pass; threads that share the iterator take turns.
    documents: Turns<Box<dyn Documents + Send>>,
}

impl DocumentIterator {
    /// Begins with a pass just opened.
    fn new(documents: Box<dyn Documents + Send>) -> Self {
        Self { documents: Turns::new(documents) }
    }
}

#[pymethods]
impl DocumentIterator {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyString>>> {
        let document: PyResult<_> = py.detach(|| {
            let mut documents = self.documents.lock()?;
            let mut text = Vec::new();
            while let Some(part) = documents.next_part(&mut text).map_err(raise)? {
                if part.ends_document {
                    return Ok(Some(text));
                }
            }
            Ok(None)
        });
        let Some(text) = document? else { return Ok(None) };
        PyString::from_bytes(py, &text).map(Some)
    }
}

/// What `pickle` asks for: the class and the arguments that make the object again.
fn reduced<'py>(
    class: Bound<'py, PyType>,
    arguments: impl IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>, Error = PyErr>,
) -> PyResult<Bound<'py, PyTuple>> {
    let py = class.py();
    (class, arguments.into_pyobject(py)?).into_pyobject(py)
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
