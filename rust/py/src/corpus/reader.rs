//! The classes `bytepiece.corpus.Text` and `bytepiece.corpus.Jsonl`: paths and options around the core's readers.

use super::once;
use super::plan::errors_of;
use super::report::as_dict;
use crate::error::raise;
use crate::parameter::{Argument, path, type_name, unsigned, word};
use crate::turns::Turns;
use bytepiece_core::corpus::files::find;
use bytepiece_core::corpus::jsonl::{Jsonl, Options};
use bytepiece_core::corpus::tally::Errors;
use bytepiece_core::corpus::text::{Split, Text};
use bytepiece_core::corpus::{Corpus, Documents};
use bytepiece_core::num::index;
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple, PyType};
use std::ffi::OsString;
use std::path::PathBuf;

/// Text files in UTF-8, every newline kept: one document a file, a line or a paragraph.
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

/// JSON Lines files in UTF-8: one document a line, the string under `field`.
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

    /// What is wanted of each line.
    fn options(&self) -> &Options {
        self.core.options()
    }
}

#[pymethods]
impl JsonlFiles {
    #[new]
    #[pyo3(
        signature = (paths, field=Argument::Default, *, source_field=None, errors=Argument::Default, max_line=Argument::Default),
        text_signature = "(paths, field='text', *, source_field=None, errors='raise', max_line=268435456)"
    )]
    fn new(
        py: Python<'_>,
        paths: &Bound<'_, PyAny>,
        field: Argument<'_>,
        source_field: Option<&Bound<'_, PyAny>>,
        errors: Argument<'_>,
        max_line: Argument<'_>,
    ) -> PyResult<Self> {
        let paths = paths_of(paths)?;
        let options = Options {
            field: field.or(vec!["text".to_owned()], |field| field_path(field, "field"))?,
            source_field: source_field.map(|field| field_path(field, "source_field")).transpose()?,
            errors: errors.or(Errors::Raise, errors_of)?,
            max_line: max_line.or(Options::MAX_LINE, |given| at_least_one(given, "max_line"))?,
        };
        py.detach(|| Jsonl::new(&paths, options)).map(|core| Self { core }).map_err(raise)
    }

    /// The files, in order.
    #[getter]
    fn paths(&self) -> Vec<OsString> {
        path_words(self.core.paths())
    }

    /// The keys that lead to the document.
    #[getter]
    fn field<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        field_word(py, &self.options().field)
    }

    /// The keys that lead to the name of its source.
    #[getter]
    fn source_field<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.options().source_field.as_ref().map(|field| field_word(py, field)).transpose()
    }

    /// What to do with lines that cannot be read.
    #[getter]
    fn errors(&self) -> &'static str {
        self.options().errors.word()
    }

    /// The longest line, in bytes.
    #[getter]
    fn max_line(&self) -> u64 {
        self.options().max_line
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
        let one = |path: &PathBuf| Jsonl::new(std::slice::from_ref(path), self.options().clone());
        let readers = py.detach(|| self.core.paths().iter().map(one).collect::<Result<Vec<_>, _>>()).map_err(raise)?;
        Ok(self.paths().into_iter().zip(readers.into_iter().map(|core| Self { core })).collect())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let (options, this, py) = (PyDict::new(slf.py()), slf.get(), slf.py());
        options.set_item("source_field", this.source_field(py)?)?;
        options.set_item("errors", this.errors())?;
        options.set_item("max_line", this.max_line())?;
        reduced(slf.get_type(), &options, (this.paths(), this.field(py)?))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (paths, field) = (self.paths().into_pyobject(py)?.repr()?, self.field(py)?.repr()?);
        let source = self.source_field(py)?.map(|field| Ok::<_, PyErr>(format!(", source_field={}", field.repr()?)));
        let limit = self.max_line();
        let limit = if limit == Options::MAX_LINE { String::new() } else { format!(", max_line={limit}") };
        let options = [source.transpose()?.unwrap_or_default(), errors_shown(self.options().errors), limit].concat();
        Ok(format!("bytepiece.corpus.Jsonl({paths}, field={field}{options})"))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        let same = |other: &Self| other.core.paths() == self.core.paths() && other.options() == self.options();
        other.cast::<Self>().is_ok_and(|other| same(other.get()))
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        PyTuple::new(py, self.paths())?.hash()
    }
}

/// `errors=` as `repr` shows it.
fn errors_shown(errors: Errors) -> String {
    if errors == Errors::Raise { String::new() } else { format!(", errors='{}'", errors.word()) }
}

/// A path of keys: a `str` with dots between them, or a sequence of `str`.
pub(crate) fn field_path(object: &Bound<'_, PyAny>, name: &str) -> PyResult<Vec<String>> {
    if object.is_instance_of::<PyString>() {
        return Ok(word(object, name)?.split('.').map(str::to_owned).collect());
    }
    let refused = || PyTypeError::new_err(format!("{name} must be a str, or a list of str, not {}", type_name(object)));
    if object.is_instance_of::<PyBytes>() {
        return Err(refused());
    }
    let keys: Vec<String> = object
        .try_iter()
        .map_err(|_| refused())?
        .enumerate()
        .map(|(place, key)| word(&key?, &format!("{name}[{place}]")))
        .collect::<PyResult<_>>()?;
    if keys.is_empty() {
        return Err(PyValueError::new_err(format!("{name} must be at least one key, not an empty list")));
    }
    Ok(keys)
}

/// The inverse of [`field_path`].
fn field_word<'py>(py: Python<'py>, field: &[String]) -> PyResult<Bound<'py, PyAny>> {
    if field.iter().any(|key| key.contains('.')) {
        return Ok(PyTuple::new(py, field)?.into_any());
    }
    Ok(PyString::new(py, &field.join(".")).into_any())
}

/// A whole number over 0.
fn at_least_one(object: &Bound<'_, PyAny>, name: &str) -> PyResult<u64> {
    let number = unsigned(object, name)?;
    if number > 0 { Ok(number) } else { Err(PyValueError::new_err(format!("{name} must be at least 1, not 0"))) }
}

/// The path of keys that `field=` stands for, for readers written in Python.
#[pyfunction(name = "_field_path")]
pub(crate) fn path_of_field(field: &Bound<'_, PyAny>, name: &str) -> PyResult<Vec<String>> {
    field_path(field, name)
}

/// The files that paths, directories and patterns stand for.
#[pyfunction(name = "_find")]
pub(crate) fn find_files(py: Python<'_>, paths: &Bound<'_, PyAny>, kind: &str) -> PyResult<Vec<OsString>> {
    let paths = paths_of(paths)?;
    let kind: find::Kind = if kind == "parquet" { &["parquet"] } else { &[] };
    py.detach(|| find::find(&paths, kind)).map(|paths| path_words(&paths)).map_err(raise)
}

/// Iterates anything that `train` takes, read as `train` would.
#[pyfunction(name = "_documents")]
#[pyo3(signature = (texts, with_sources=false))]
pub(crate) fn iterate(texts: &Bound<'_, PyAny>, with_sources: bool) -> PyResult<DocumentIterator> {
    let documents = once::documents(texts)?;
    Ok(DocumentIterator { documents: Turns::new(documents), with_sources })
}

/// The documents of a reader as `str`, one after the other, read when they are asked for.
#[pyclass(frozen, name = "_Documents", module = "bytepiece.corpus")]
pub(crate) struct DocumentIterator {
    /// The pass; threads that share the iterator take turns.
    documents: Turns<Box<dyn Documents + Send>>,
    /// Whether to give the name of the source with each.
    with_sources: bool,
}

impl DocumentIterator {
    /// Begins with a pass just opened.
    fn new(documents: Box<dyn Documents + Send>) -> Self {
        Self { documents: Turns::new(documents), with_sources: false }
    }

    /// The next document, with the name of its source.
    fn next(&self) -> PyResult<Option<(Vec<u8>, Option<String>)>> {
        let mut documents = self.documents.lock()?;
        let mut text = Vec::new();
        while let Some(part) = documents.next_part(&mut text).map_err(raise)? {
            if part.ends_document {
                let name = documents.sources().get(index(part.source)).filter(|_| self.with_sources);
                return Ok(Some((text, name.cloned())));
            }
        }
        Ok(None)
    }
}

#[pymethods]
impl DocumentIterator {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some((text, name)) = py.detach(|| self.next())? else { return Ok(None) };
        // files give UTF-8; bytes of Python's may be anything
        let text = match simdutf8::basic::from_utf8(&text) {
            Ok(text) => PyString::new(py, text).into_any(),
            Err(_) => PyBytes::new(py, &text).into_any(),
        };
        if self.with_sources { (text, name).into_bound_py_any(py).map(Some) } else { Ok(Some(text)) }
    }
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
