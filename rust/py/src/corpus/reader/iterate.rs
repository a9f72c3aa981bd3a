//! Documents as Python sees them, one after the other.

use super::{path_words, paths_of};
use crate::corpus::once;
use crate::error::raise;
use crate::interrupt::Signals;
use crate::turns::Turns;
use bytepiece_core::corpus::Documents;
use bytepiece_core::corpus::files::find;
use bytepiece_core::num::{index, to_u64};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use std::ffi::OsString;

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
    pub(super) fn new(documents: Box<dyn Documents + Send>) -> Self {
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

/// Reads a pass to its end: how many documents there are, and how many bytes they have. What a pass costs, and nothing else.
#[pyfunction(name = "_drain")]
pub(crate) fn drain(texts: &Bound<'_, PyAny>) -> PyResult<(u64, u64)> {
    let mut pass = once::documents(texts)?;
    texts.py().detach(|| {
        let (mut documents, mut bytes, mut text, mut signals) = (0, 0, Vec::new(), Signals::new());
        while let Some(part) = pass.next_part(&mut text).map_err(raise)? {
            documents += u64::from(part.ends_document);
            bytes += to_u64(text.len());
            text.clear();
            signals.check().map_err(raise)?;
        }
        Ok((documents, bytes))
    })
}
