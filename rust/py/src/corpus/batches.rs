//! Documents of readers written in Python, and of Arrow.
//!
//! In: an object with `_batches()`, which gives `Batch` (see `python/bytepiece/corpus/_reader.py`), or one that exports
//! an Arrow array or stream. Out: batches in order. What is exported by Arrow is read chunk by chunk, detached from the
//! interpreter, and never becomes Python objects.

use super::documents::{Batch, Name, Pass, Pull};
use super::held::{Held, Object, Sources};
use super::iterable::Policy;
use crate::error::external;
use crate::texts::arrow::Chunks;
use bytepiece_core::Result;
use bytepiece_core::corpus::identity::Identity;
use bytepiece_core::corpus::{Corpus, Documents};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyIterator, PyList};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// A reader written in Python.
pub(super) struct ReaderCorpus {
    /// The reader.
    reader: Py<PyAny>,
    /// What to do with documents that are not UTF-8.
    policy: Policy,
    /// What it says of itself.
    keeps_order: bool,
    /// And what it is.
    identity: Option<Identity>,
    /// And how much it reads.
    total_bytes: Option<u64>,
}

impl ReaderCorpus {
    /// Asks the reader what there is to know of it.
    pub(super) fn new(reader: &Bound<'_, PyAny>, policy: Policy) -> PyResult<Self> {
        let lines: Option<Vec<String>> = reader.call_method0("_identity")?.extract()?;
        Ok(Self {
            reader: reader.clone().unbind(),
            policy,
            keeps_order: reader.getattr("_keeps_order")?.extract()?,
            identity: lines.map(|lines| Identity { lines }),
            total_bytes: reader.call_method0("_total_bytes")?.extract()?,
        })
    }
}

impl Corpus for ReaderCorpus {
    fn open(&self) -> Result<Box<dyn Documents + Send>> {
        let batches = Python::attach(|py| self.reader.bind(py).call_method0("_batches")?.try_iter().map(Bound::unbind));
        let puller = Puller { batches: batches.map_err(external)?, open: None };
        Ok(Box::new(Pass::new(puller, self.policy.errors, self.policy.tally.begin())))
    }

    fn total_bytes(&self) -> Option<u64> {
        self.total_bytes
    }

    fn keeps_order(&self) -> bool {
        self.keeps_order
    }

    fn identity(&self) -> Option<Identity> {
        self.identity.clone()
    }
}

/// Pulls batches from a reader's iterator.
struct Puller {
    /// Gives batches.
    batches: Py<PyIterator>,
    /// Arrow's chunks of the batch at hand.
    open: Option<Box<Open>>,
}

/// A batch that Arrow exported, until its chunks are read.
struct Open {
    /// The chunks.
    chunks: Chunks,
    /// The name of the documents to come.
    name: Name,
    /// The number of their file.
    file: u32,
    /// How much has been read.
    read: Option<u64>,
}

impl Open {
    /// The next chunk, and the names of its sources if there is a column of them.
    fn next(&mut self) -> PyResult<Option<Batch>> {
        let Some(columns) = self.chunks.next()? else { return Ok(None) };
        let mut columns = VecDeque::from(columns);
        let Some(texts) = columns.pop_front() else { return Ok(None) };
        let name = Name { before: self.name.before.clone(), first: self.name.first, behind: self.name.behind.clone() };
        self.name.first += texts.len();
        let sources =
            columns.pop_front().map_or(Sources::None, |column| Sources::Each(Box::new(Held::Arrow(Box::new(column)))));
        Ok(Some(Batch { held: Held::Arrow(Box::new(texts)), sources, file: self.file, name, read: self.read }))
    }
}

impl Pull for Puller {
    fn pull(&mut self) -> Result<Option<Batch>> {
        loop {
            if let Some(open) = &mut self.open {
                if let Some(batch) = open.next().map_err(external)? {
                    return Ok(Some(batch));
                }
                self.open = None;
            }
            match Python::attach(|py| self.pull_attached(py)).map_err(external)? {
                Pulled::Batch(batch) => return Ok(Some(batch)),
                Pulled::Open(open) => self.open = Some(open),
                Pulled::End => return Ok(None),
            }
        }
    }
}

/// What came from the iterator.
enum Pulled {
    /// Documents.
    Batch(Batch),
    /// Documents that are still to be read.
    Open(Box<Open>),
    /// Nothing.
    End,
}

impl Puller {
    /// See [`Pull::pull`].
    fn pull_attached(&self, py: Python<'_>) -> PyResult<Pulled> {
        let Some(batch) = self.batches.bind(py).clone().next().transpose()? else { return Ok(Pulled::End) };
        let texts = batch.getattr("texts")?;
        let place: String = batch.getattr("place")?.extract()?;
        let name = Name { before: place, first: batch.getattr("first")?.extract()?, behind: String::new() };
        let (file, read) = (batch.getattr("file")?.extract()?, batch.getattr("read")?.extract()?);
        if let Ok(columns) = batch.getattr("columns")?.extract::<Vec<Vec<String>>>() {
            let columns: Vec<&[String]> = columns.iter().map(Vec::as_slice).collect();
            let place = name.before.trim_end_matches(": row ");
            let chunks = Chunks::of_columns(&texts, &columns, place)?
                .ok_or_else(|| PyTypeError::new_err(format!("{place}: cannot be exported as an Arrow array")))?;
            return Ok(Pulled::Open(Box::new(Open { chunks, name, file, read })));
        }
        let held = if let Ok(packed) = texts.cast::<PyBytes>() {
            Held::unpack(packed)?
        } else {
            let one = |(at, text)| Object::extract(&text, true, || name.of(at));
            Held::Objects(texts.cast::<PyList>()?.iter().enumerate().map(one).collect::<PyResult<_>>()?)
        };
        let sources = Sources::extract(&batch.getattr("source")?)?;
        Ok(Pulled::Batch(Batch { held, sources, file, name, read }))
    }
}

impl Drop for Puller {
    /// Closes a generator at once, whose processes would else live on until the garbage is collected.
    fn drop(&mut self) {
        Python::try_attach(|py| {
            // the object that holds this may be let go while an exception is on its way, which the call would lose
            let pending = PyErr::take(py);
            let batches = self.batches.bind(py);
            if let Ok(Some(close)) = batches.getattr_opt("close")
                && let Err(error) = close.call0()
            {
                error.write_unraisable(py, Some(batches));
            }
            if let Some(pending) = pending {
                pending.restore(py);
            }
        });
    }
}

/// What exports Arrow arrays: arrays and series, tables and frames, or a function that makes one for each pass.
pub(super) struct ArrowCorpus {
    /// Exports again for each pass.
    data: Py<PyAny>,
    /// The paths to the column of texts, and to that of sources if there is one.
    columns: Vec<Vec<String>>,
    /// What was exported to see whether that can be, until the first pass.
    first: Mutex<Option<Chunks>>,
    /// What errors call it.
    place: String,
    /// What to do with documents that are not UTF-8.
    policy: Policy,
}

impl ArrowCorpus {
    /// Exports the data once. `None`: it exports nothing, or cannot, but can be iterated.
    pub(super) fn new(
        data: &Bound<'_, PyAny>,
        columns: Vec<Vec<String>>,
        place: String,
        policy: Policy,
    ) -> PyResult<Option<Self>> {
        let corpus = Self { data: data.clone().unbind(), columns, first: Mutex::new(None), place, policy };
        let Some(chunks) = corpus.export(data.py())? else { return Ok(None) };
        Ok(Some(Self { first: Mutex::new(Some(chunks)), ..corpus }))
    }

    /// Exports the data.
    fn export(&self, py: Python<'_>) -> PyResult<Option<Chunks>> {
        let data = self.data.bind(py);
        let made = if exports(data)? || !data.is_callable() { data.clone() } else { data.call0()? };
        let columns: Vec<&[String]> = self.columns.iter().map(Vec::as_slice).collect();
        Chunks::of_columns(&made, &columns, &self.place)
    }
}

/// Whether an object has a method of Arrow's PyCapsule interface.
pub(super) fn exports(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(object.hasattr("__arrow_c_stream__")? || object.hasattr("__arrow_c_array__")?)
}

impl Corpus for ArrowCorpus {
    fn open(&self) -> Result<Box<dyn Documents + Send>> {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        let again = || {
            Python::attach(|py| {
                let nothing = || PyTypeError::new_err(format!("{}: it exports no Arrow array any more", self.place));
                self.export(py)?.ok_or_else(nothing)
            })
        };
        let chunks = first.map_or_else(again, Ok).map_err(external)?;
        let name = Name { before: format!("{}: row ", self.place), first: 0, behind: String::new() };
        let puller = ChunkPuller(Open { chunks, name, file: 0, read: None });
        Ok(Box::new(Pass::new(puller, self.policy.errors, self.policy.tally.begin())))
    }
}

/// Pulls the chunks of one export.
struct ChunkPuller(Open);

impl Pull for ChunkPuller {
    fn pull(&mut self) -> Result<Option<Batch>> {
        self.0.next().map_err(external)
    }
}
