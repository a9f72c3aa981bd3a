//! `bytepiece.corpus.Jsonl`.

use super::field::{at_least_one, field_path, field_word};
use super::iterate::DocumentIterator;
use super::{errors_shown, path_words, paths_of, reduced};
use crate::corpus::plan::errors_of;
use crate::corpus::report::as_dict;
use crate::error::raise;
use crate::parameter::Argument;
use bytepiece_core::corpus::Corpus;
use bytepiece_core::corpus::jsonl::{Jsonl, Options};
use bytepiece_core::corpus::tally::Errors;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use std::ffi::OsString;
use std::path::PathBuf;

/// JSON Lines files in UTF-8 as documents, one a line.
///
/// Args:
///     paths: A path or a list of paths: files, compressed or not, directories, glob patterns.
///     field: The key whose string is the document, or the keys that lead to it.
///     source_field: The key, or the keys, with the name of the document's source.
///     errors: What to do with a line that cannot be read: "raise", "replace" or "skip".
///     max_line: The longest line in bytes.
///
/// Raises:
///     OSError: A file is missing, cannot be read, is damaged or has the wrong name.
///     ValueError: While reading: a line is not JSON in UTF-8, has no string under the key, or is too long.
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
