//! `encode_files`: documents to ids, a batch a call of `next`.
//!
//! The iterator holds what is left of the documents. Threads live inside `next`; between two calls there is none. Several threads
//! may share it: each batch goes to one of them. Open files are shared with forked children, so it goes on only in the
//! process in which it began.

use super::{Tokenizer, ids, options};
use crate::array;
use crate::corpus::iterable::Source;
use crate::corpus::once::Once;
use crate::error::raise;
use crate::interrupt::Signals;
use crate::parameter::{Argument, threads_or_all};
use bytepiece_core::tokenizer::batch::files::{Encoder, Shape};
use bytepiece_core::tokenizer::batch::{Id, Rows};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread::ThreadId;

/// `batch_bytes=`, by default: enough to keep several threads busy; even at one id a byte the ids stay far under 64 MB.
const BATCH_BYTES: NonZeroUsize = NonZeroUsize::MIN.saturating_add((4 << 20) - 1);

#[pymethods]
impl Tokenizer {
    /// The ids of documents, read and encoded batch by batch, in bounded memory.
    ///
    /// Args:
    ///     readers: A reader of `bytepiece.corpus`, a list of them, or any iterable of documents.
    ///     batch_bytes: About how many bytes of text make a batch.
    ///     add_bos: Whether each row begins with `<bos>`.
    ///     add_eos: Whether each row ends with `<eos>`.
    ///     max_length: The most ids of a row.
    ///     threads: 1 to 1,024; None for all cores.
    ///     output: "numpy" for `(ids, row_ends)`, in which a document longer than a batch may be divided; or "lists".
    ///     allowed_special: As in `encode`.
    ///     disallowed_special: As in `encode`.
    ///
    /// Returns:
    ///     An iterator of batches. An error of reading comes behind a batch of what was read before it.
    ///
    /// Raises:
    ///     ValueError, TypeError, OSError: A value is out of its range, or documents cannot be read.
    #[expect(clippy::too_many_arguments, reason = "keywords of one Python function")]
    #[pyo3(
        signature = (
            readers, *, batch_bytes=Argument::Default, add_bos=Argument::Default, add_eos=Argument::Default, max_length=None,
            threads=None, output=Argument::Default, allowed_special=Argument::Default, disallowed_special=Argument::Default
        ),
        text_signature = "($self, readers, *, batch_bytes=4194304, add_bos=False, add_eos=False, max_length=None, threads=None, \
            output='numpy', allowed_special=(), disallowed_special=())"
    )]
    fn encode_files(
        slf: &Bound<'_, Self>,
        readers: &Bound<'_, PyAny>,
        batch_bytes: Argument<'_>,
        add_bos: Argument<'_>,
        add_eos: Argument<'_>,
        max_length: Option<&Bound<'_, PyAny>>,
        threads: Option<&Bound<'_, PyAny>>,
        output: Argument<'_>,
        allowed_special: Argument<'_>,
        disallowed_special: Argument<'_>,
    ) -> PyResult<BatchIterator> {
        let numpy = matches!(output, Argument::Default) || options::as_numpy(&output)?;
        let shape = Shape {
            batch_bytes: batch_bytes.or(BATCH_BYTES, |given| options::positive(given, "batch_bytes"))?,
            whole: !numpy,
        };
        let (mut request, threads) = (options::request(&add_bos, &add_eos, max_length)?, threads_or_all(threads)?);
        slf.get().core()?; // for its error
        request.specials = slf.get().specials(slf.py(), &allowed_special, &disallowed_special)?;
        let Once { documents, source } = Once::extract(readers, shape.batch_bytes)?;
        Ok(BatchIterator {
            tokenizer: slf.clone().unbind(),
            threads,
            numpy,
            encoder: Mutex::new(Encoder::new(documents, shape, request)),
            source,
            inside: Mutex::new(None),
            process: OnceLock::new(),
        })
    }
}

/// Gives batches of ids.
#[pyclass(frozen, name = "_BatchIterator", module = "bytepiece")]
pub(crate) struct BatchIterator {
    /// Encodes.
    tokenizer: Py<Tokenizer>,
    /// How many threads to use.
    threads: NonZeroUsize,
    /// Whether batches are arrays; else they are lists.
    numpy: bool,
    /// What is left of the documents. Locked detached only, so that a thread that waits for it holds up nobody.
    encoder: Mutex<Encoder>,
    /// The iterator of documents, if they come from one.
    source: Weak<Source>,
    /// The thread that has `encoder` locked.
    inside: Mutex<Option<ThreadId>>,
    /// The process of the first call of `next`.
    process: OnceLock<u32>,
}

impl BatchIterator {
    /// The next batch, with ids of this type.
    fn next<I: Id>(&self, py: Python<'_>) -> PyResult<Option<Rows<I>>> {
        let process = *self.process.get_or_init(std::process::id);
        if process != std::process::id() {
            return Err(PyRuntimeError::new_err(format!(
                "this iterator of encode_files began in process {process}, with which it shares its open files: \
                 call encode_files again in this one"
            )));
        }
        let me = std::thread::current().id();
        if *lock(&self.inside) == Some(me) {
            return Err(PyValueError::new_err("the documents of encode_files ask for the batch they are read for"));
        }
        let core = self.tokenizer.get().core()?;
        py.detach(|| {
            let (mut encoder, mut signals) = (lock(&self.encoder), Signals::new());
            *lock(&self.inside) = Some(me);
            let rows = encoder.next_batch(core, self.threads, &mut || signals.check());
            *lock(&self.inside) = None;
            rows
        })
        .map_err(raise)
    }
}

#[pymethods]
impl BatchIterator {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let tokenizer = self.tokenizer.get();
        if !self.numpy {
            let Some(rows) = self.next::<u32>(py)? else { return Ok(None) };
            let lists = ids::list_of_lists(py, rows.iter().map(|row| tokenizer.list(py, row)))?;
            return Ok(Some(lists.into_any()));
        }
        let arrays = match u16::holds(tokenizer.vocab_size()?) {
            Ok(()) => self.next::<u16>(py)?.map(|rows| array::rows(py, rows)).transpose()?,
            Err(_) => self.next::<u32>(py)?.map(|rows| array::rows(py, rows)).transpose()?,
        };
        Ok(arrays.map(Bound::into_any))
    }

    /// Shows the garbage collector what may well hold this iterator. Never waits.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.tokenizer)?;
        let source = self.source.upgrade();
        match source.as_ref().and_then(|source| source.try_lock().ok()).as_deref() {
            Some(Some(iterator)) => visit.call(iterator),
            _ => Ok(()),
        }
    }

    fn __clear__(&self) {
        let source = self.source.upgrade();
        let iterator = source.and_then(|source| source.try_lock().ok().and_then(|mut source| source.take()));
        drop(iterator); // unlocked: it may run Python code
    }
}

/// Locks; a panic of the core's leaves an encoder without documents, and poison means nothing to the others.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
