//! Documents of a Python iterable.
//!
//! In: an object that `iter()` takes. Out: batches of its documents in order; an exception of the iterator comes behind
//! the documents before it. Each batch is pulled in one turn with the interpreter, about 1 MiB, or less where the caller
//! wants to go on after fewer: the iterator may be slow. Cost: the UTF-8 of the `str` in a batch; it is not left behind
//! in the user's objects.

use super::Asked;
use super::documents::{Batch, Name, Pass, Pull};
use super::held::{Held, Object, Sources};
use crate::error::{external, raise};
use crate::interrupt::Signals;
use bytepiece_core::Result;
use bytepiece_core::corpus::batch::TEXT_COST;
use bytepiece_core::corpus::spool::{Spool, Spooler};
use bytepiece_core::corpus::tally::{Errors, LastTally, Tally};
use bytepiece_core::corpus::{Corpus, Documents};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::PyIterator;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// A batch ends with the document that makes it at least this long, in bytes; a document counts [`TEXT_COST`] more.
const BATCH_BYTES: usize = 1 << 20;

/// A re-iterable of `str` or `bytes`.
pub(super) struct PythonCorpus {
    /// Gives the same documents each time it is iterated; the core compares how much each pass read.
    texts: Py<PyAny>,
    /// The iterator of the first pass, until that begins: asking whether `texts` can be iterated has already made it.
    first: Mutex<Option<Py<PyIterator>>>,
    /// The name of the source, for errors.
    name: Option<String>,
    /// What to do with documents that are not UTF-8; `None` lets any bytes pass.
    errors: Option<Errors>,
    /// The counts of the pass begun last.
    tally: LastTally,
}

impl PythonCorpus {
    /// `first` is an iterator of `texts` that nobody has used; `name` that of the source, where there are several.
    pub(super) fn new(texts: Py<PyAny>, first: Py<PyIterator>, name: Option<&str>, policy: Policy) -> Self {
        let Policy { errors, tally } = policy;
        Self { texts, first: Mutex::new(Some(first)), name: name.map(str::to_owned), errors, tally }
    }

    /// The iterator of the next pass.
    fn iterator(&self) -> Result<Py<PyIterator>> {
        let first = lock(&self.first).take();
        first
            .map_or_else(|| Python::attach(|py| self.texts.bind(py).try_iter().map(Bound::unbind)), Ok)
            .map_err(external)
    }
}

/// What to do with documents that are not UTF-8, and where to count them.
#[derive(Clone, Default)]
pub(super) struct Policy {
    /// `None` lets any bytes pass.
    pub(super) errors: Option<Errors>,
    /// Of the reader.
    pub(super) tally: LastTally,
}

impl Corpus for PythonCorpus {
    fn open(&self) -> Result<Box<dyn Documents + Send>> {
        let puller = Puller::new(self.iterator()?, self.name.clone(), self.errors, usize::MAX);
        Ok(Box::new(Pass::new(puller, self.errors, self.tally.begin())))
    }
}

/// An iterator that the garbage collector may see, and take away, while it is pulled from.
pub(crate) type Source = Mutex<Option<Py<PyIterator>>>;

/// Pulls batches of documents from an iterator.
pub(super) struct Puller {
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
    /// Whether a lone surrogate is no error by itself.
    keep: bool,
}

impl Puller {
    /// Nothing pulled yet. Each `wanted` bytes, where a document ends, the caller wants to go on without waiting for the
    /// next one.
    fn new(iterator: Py<PyIterator>, name: Option<String>, errors: Option<Errors>, wanted: usize) -> Self {
        let keep = errors.is_some_and(|errors| errors != Errors::Raise);
        let iterator = Arc::new(Mutex::new(Some(iterator)));
        Self { iterator, name, wanted, left: wanted, failed: None, pulled: 0, keep }
    }

    /// The iterator, for the garbage collector.
    pub(super) fn source(&self) -> Weak<Source> {
        Arc::downgrade(&self.iterator)
    }

    /// The next batch. The exceptions of the iterator pass through.
    fn pull_attached(&mut self, py: Python<'_>) -> PyResult<Option<Batch>> {
        if let Some(exception) = self.failed.take() {
            return Err(exception);
        }
        let iterator = lock(&self.iterator).as_ref().map(|iterator| iterator.clone_ref(py));
        let Some(mut iterator) = iterator.map(|iterator| iterator.into_bound(py)) else { return Ok(None) };
        let behind = self.name.as_deref().map_or_else(String::new, |name| format!(" of {name:?}"));
        let name =
            Name { before: "document ".to_owned(), first: self.pulled, behind: format!("{behind} (counted from 0)") };
        let (mut bytes, most, mut batch) = (0, self.left.min(BATCH_BYTES), Vec::new());
        while bytes < most {
            let Some(object) = iterator.next() else { break };
            match object.and_then(|object| Object::extract(&object, self.keep, || name.of(batch.len()))) {
                Ok(document) => {
                    bytes += document.len() + TEXT_COST;
                    batch.push(document);
                }
                Err(exception) if batch.is_empty() || !exception.is_instance_of::<PyException>(py) => {
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
        self.pulled += batch.len();
        let (held, sources) = (Held::Objects(batch), Sources::None);
        Ok((held.len() > 0).then_some(Batch { held, sources, file: 0, name, read: None }))
    }
}

impl Pull for Puller {
    fn pull(&mut self) -> Result<Option<Batch>> {
        Python::attach(|py| self.pull_attached(py)).map_err(external)
    }
}

/// Locks for a few instructions that cannot panic, so poison means nothing.
fn lock(source: &Source) -> MutexGuard<'_, Option<Py<PyIterator>>> {
    source.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One pass over an iterator, and the iterator for the garbage collector; see [`Puller::new`] for `wanted`.
pub(super) fn once(iterator: Py<PyIterator>, wanted: NonZeroUsize) -> (Box<dyn Documents + Send>, Weak<Source>) {
    let pass = Pass::new(Puller::new(iterator, None, None, wanted.get()), None, Tally::default());
    let source = pass.puller().source();
    (Box::new(pass), source)
}

/// Runs a pass to its end and keeps its documents in a temporary file.
pub(super) fn spool(
    py: Python<'_>,
    mut documents: Box<dyn Documents + Send>,
    temp_dir: Option<&Path>,
) -> PyResult<Spool> {
    let spooled = py.detach(|| {
        let (mut spooler, mut signals, mut text) = (Spooler::new(temp_dir)?, Signals::new(), Vec::new());
        while let Some(part) = documents.next_part(&mut text)? {
            if part.ends_document {
                spooler.push(&text)?;
                text.clear();
            }
            signals.check()?;
        }
        spooler.finish()
    });
    spooled.map_err(raise)
}

/// The same for an iterator.
pub(super) fn spool_iterator(
    py: Python<'_>,
    iterator: Py<PyIterator>,
    asked: Asked<'_>,
    policy: &Policy,
) -> PyResult<Spool> {
    let puller = Puller::new(iterator, asked.name.map(str::to_owned), policy.errors, usize::MAX);
    spool(py, Box::new(Pass::new(puller, policy.errors, policy.tally.begin())), asked.temp_dir)
}
