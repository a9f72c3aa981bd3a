//! Documents of a Python iterable, pulled attached in batches and handed on detached.
//!
//! In: an object that `iter()` takes. Out: its documents in order, in parts of at most 1 MiB; an exception of the iterator comes
//! behind the documents before it. Each batch is pulled in one turn with the interpreter, about 1 MiB, or less where the caller
//! wants to go on after fewer: the iterator may be slow.
//! Cost: one batch of memory, and the UTF-8 of the `str` in it; the UTF-8 is not left behind in the user's objects.

use crate::error::{external, raise};
use crate::interrupt::Signals;
use crate::text::Text;
use bytepiece_core::Result;
use bytepiece_core::corpus::batch::TEXT_COST;
use bytepiece_core::corpus::spool::{Spool, Spooler};
use bytepiece_core::corpus::{Corpus, Documents, Part};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyIterator;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// A batch ends with the document that makes it at least this long, in bytes; a document counts [`TEXT_COST`] more.
const BATCH_BYTES: usize = 1 << 20;
/// The longest part.
const PART_BYTES: usize = 1 << 20;

/// A re-iterable of `str` or `bytes`.
pub(super) struct PythonCorpus {
    /// Gives the same documents each time it is iterated; the core compares how much each pass read.
    texts: Py<PyAny>,
    /// The iterator of the first pass, until that begins: asking whether `texts` can be iterated has already made it.
    first: Mutex<Option<Py<PyIterator>>>,
    /// The name of the source, for errors.
    name: Option<String>,
}

impl PythonCorpus {
    /// `first` is an iterator of `texts` that nobody has used; `name` that of the source, where there are several.
    pub(super) fn new(texts: Py<PyAny>, first: Py<PyIterator>, name: Option<&str>) -> Self {
        Self { texts, first: Mutex::new(Some(first)), name: name.map(str::to_owned) }
    }

    /// The iterator of the next pass.
    fn iterator(&self) -> Result<Py<PyIterator>> {
        let first = lock(&self.first).take();
        first
            .map_or_else(|| Python::attach(|py| self.texts.bind(py).try_iter().map(Bound::unbind)), Ok)
            .map_err(external)
    }
}

impl Corpus for PythonCorpus {
    fn open(&self) -> Result<Box<dyn Documents + '_>> {
        Ok(Box::new(Pass::new(self.iterator()?, self.name.clone(), usize::MAX)))
    }
}

/// An iterator that the garbage collector may see, and take away, while it is pulled from.
pub(crate) type Source = Mutex<Option<Py<PyIterator>>>;

/// Pulls batches of documents from an iterator.
struct Puller {
    /// Where documents come from; `None` when the garbage collector has taken it.
    iterator: Arc<Source>,
    /// The name of the source, for errors.
    name: Option<String>,
    /// After how many bytes, counted as for [`BATCH_BYTES`], the caller wants to go on.
    wanted: usize,
    /// How many of these are still to come.
    left: usize,
    /// What the iterator raised behind the batch pulled last.
    failed: Option<PyErr>,
    /// How many documents were pulled.
    pulled: usize,
    /// The batch pulled last.
    batch: Vec<PyBackedBytes>,
}

impl Puller {
    /// Nothing pulled yet.
    fn new(iterator: Py<PyIterator>, name: Option<String>, wanted: usize) -> Self {
        let iterator = Arc::new(Mutex::new(Some(iterator)));
        Self { iterator, name, wanted, left: wanted, failed: None, pulled: 0, batch: Vec::new() }
    }

    /// Replaces the batch by the next one; an empty batch is the end. The exceptions of the iterator pass through.
    fn pull(&mut self) -> Result<()> {
        Python::attach(|py| self.pull_attached(py)).map_err(external)
    }

    /// See [`Self::pull`].
    fn pull_attached(&mut self, py: Python<'_>) -> PyResult<()> {
        self.batch.clear();
        if let Some(exception) = self.failed.take() {
            return Err(exception);
        }
        let (mut bytes, most) = (0, self.left.min(BATCH_BYTES));
        let iterator = lock(&self.iterator).as_ref().map(|iterator| iterator.clone_ref(py));
        let Some(mut iterator) = iterator.map(|iterator| iterator.into_bound(py)) else { return Ok(()) };
        while bytes < most {
            let Some(object) = iterator.next() else { break };
            let document =
                object.and_then(|object| Text::extract_once(&object, || document(self.pulled, self.name.as_deref())));
            match document {
                Ok(document) => {
                    bytes += document.len() + TEXT_COST;
                    self.pulled += 1;
                    self.batch.push(document);
                }
                Err(exception) if self.batch.is_empty() || !exception.is_instance_of::<PyException>(py) => {
                    return Err(exception);
                }
                Err(exception) => {
                    self.failed = Some(exception);
                    break;
                }
            }
        }
        self.left = self.left.saturating_sub(bytes);
        if self.left == 0 {
            self.left = self.wanted;
        }
        Ok(())
    }
}

/// What an error calls a document.
fn document(number: usize, name: Option<&str>) -> String {
    let of = name.map_or_else(String::new, |name| format!(" of {name:?}"));
    format!("document {number}{of} (counted from 0)")
}

/// Locks for a few instructions that cannot panic, so poison means nothing.
fn lock(source: &Source) -> MutexGuard<'_, Option<Py<PyIterator>>> {
    source.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One pass over a [`PythonCorpus`] or an iterator.
pub(super) struct Pass {
    /// Gives batches.
    puller: Puller,
    /// The document at hand in the batch.
    at: usize,
    /// How much of it has been delivered, in bytes.
    offset: usize,
}

impl Pass {
    /// At the beginning; `name` is that of the source, where there are several. Each `wanted` bytes, where a document ends, the
    /// caller wants to go on without waiting for the next one.
    pub(super) fn new(iterator: Py<PyIterator>, name: Option<String>, wanted: usize) -> Self {
        Self { puller: Puller::new(iterator, name, wanted), at: 0, offset: 0 }
    }

    /// The iterator, for the garbage collector.
    pub(super) fn source(&self) -> Weak<Source> {
        Arc::downgrade(&self.puller.iterator)
    }
}

impl Documents for Pass {
    fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>> {
        if self.at == self.puller.batch.len() {
            self.at = 0;
            self.puller.pull()?;
        }
        let Some(document) = self.puller.batch.get(self.at) else { return Ok(None) };
        let end = document.len().min(self.offset + PART_BYTES);
        text.extend_from_slice(&document[self.offset..end]);
        let ends_document = end == document.len();
        (self.at, self.offset) = if ends_document { (self.at + 1, 0) } else { (self.at, end) };
        Ok(Some(Part { ends_document, source: 0, file: 0 }))
    }
}

/// Runs a one-shot iterator to its end and keeps its documents in a temporary file.
pub(super) fn spool(py: Python<'_>, iterator: Py<PyIterator>, name: Option<&str>) -> PyResult<Spool> {
    let mut puller = Puller::new(iterator, name.map(str::to_owned), usize::MAX);
    let spooled = py.detach(|| {
        let (mut spooler, mut signals) = (Spooler::new(None)?, Signals::new());
        loop {
            puller.pull()?;
            if puller.batch.is_empty() {
                return spooler.finish();
            }
            for document in &puller.batch {
                spooler.push(document)?;
            }
            signals.check()?;
        }
    });
    spooled.map_err(raise)
}
