//! One pass over documents, for what reads them once: nothing is spooled, and iterators may be one-shot.
//!
//! In: `readers=`: a reader, a list of readers, or an iterable of documents. Out: the documents in order, one reader after the
//! other. Cost: nothing of its own; the files of one reader are open at a time.

use super::documents::{Pass, Source};
use super::{JsonlFiles, TextFiles, is_lone};
use crate::error::raise;
use crate::parameter::type_name;
use bytepiece_core::Result;
use bytepiece_core::corpus::jsonl::Jsonl;
use bytepiece_core::corpus::text::Text;
use bytepiece_core::corpus::{Documents, Part};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyMapping, PyTuple};
use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::Weak;

/// Documents, and the iterator they come from, if they do.
pub(crate) struct Once {
    /// The documents.
    pub(crate) documents: Box<dyn Documents + Send>,
    /// Shown to the garbage collector; of no iterator where files are read.
    pub(crate) source: Weak<Source>,
}

impl Once {
    /// Reads `readers=`. Of files it is seen whether they are there. Of an iterator no more is pulled for a batch
    /// than `batch_bytes` take: it may be slow.
    pub(crate) fn extract(readers: &Bound<'_, PyAny>, batch_bytes: NonZeroUsize) -> PyResult<Self> {
        if let Some(files) = files(readers)? {
            let documents = readers.py().detach(|| Chain::new(files)).map_err(raise)?;
            return Ok(Self { documents: Box::new(documents), source: Weak::new() });
        }
        let given = type_name(readers);
        if is_lone(readers)? {
            return Err(PyTypeError::new_err(format!(
                "readers is a single {given}: for a file pass bytepiece.corpus.Text(path), for one document [text]"
            )));
        }
        if readers.cast::<PyMapping>().is_ok() {
            return Err(PyTypeError::new_err(format!(
                "readers is a {given}, which has no order: pass a list of readers"
            )));
        }
        let iterator = readers.try_iter().map_err(|error| {
            if !error.is_instance_of::<PyTypeError>(readers.py()) {
                return error;
            }
            PyTypeError::new_err(format!(
                "readers must be a reader of bytepiece.corpus, a list of those, or an iterable of str or bytes, not {given}"
            ))
        })?;
        let pass = Pass::new(iterator.unbind(), None, batch_bytes.get());
        Ok(Self { source: pass.source(), documents: Box::new(pass) })
    }
}

/// A reader, or those of a list that begins with one.
fn files(readers: &Bound<'_, PyAny>) -> PyResult<Option<VecDeque<Files>>> {
    if let Some(reader) = Files::of(readers) {
        return Ok(Some([reader].into()));
    }
    let list = readers.is_instance_of::<PyList>() || readers.is_instance_of::<PyTuple>();
    if !list || readers.is_empty()? || Files::of(&readers.get_item(0)?).is_none() {
        return Ok(None);
    }
    let one = |(place, object): (usize, PyResult<Bound<'_, PyAny>>)| {
        let object = object?;
        Files::of(&object).ok_or_else(|| {
            let given = type_name(&object);
            PyTypeError::new_err(format!(
                "readers[{place}] must be a reader of bytepiece.corpus as readers[0] is, not {given}"
            ))
        })
    };
    readers.try_iter()?.enumerate().map(one).collect::<PyResult<_>>().map(Some)
}

/// A reader of files.
enum Files {
    /// Plain text.
    Text(Text),
    /// JSON lines.
    Jsonl(Jsonl),
}

impl Files {
    /// A copy of the reader that an object is.
    fn of(object: &Bound<'_, PyAny>) -> Option<Self> {
        if let Ok(reader) = object.cast::<TextFiles>() {
            return Some(Self::Text(reader.get().core().clone()));
        }
        object.cast::<JsonlFiles>().ok().map(|reader| Self::Jsonl(reader.get().core().clone()))
    }

    /// Begins a pass.
    fn open(&self) -> Result<Box<dyn Documents + Send>> {
        match self {
            Self::Text(reader) => reader.documents(),
            Self::Jsonl(reader) => reader.documents(),
        }
    }
}

/// Readers, one after the other.
struct Chain {
    /// Those to come.
    readers: VecDeque<Files>,
    /// The pass over the one at hand, until it has ended.
    documents: Option<Box<dyn Documents + Send>>,
}

impl Chain {
    /// Looks whether all files are there: what is missing is said before the work begins.
    fn new(readers: VecDeque<Files>) -> Result<Self> {
        readers.iter().try_for_each(|reader| reader.open().map(drop))?;
        Ok(Self { readers, documents: None })
    }
}

impl Documents for Chain {
    fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>> {
        loop {
            if let Some(documents) = &mut self.documents {
                if let Some(part) = documents.next_part(text)? {
                    return Ok(Some(part));
                }
                self.documents = None;
            }
            let Some(reader) = self.readers.pop_front() else { return Ok(None) };
            self.documents = Some(reader.open()?);
        }
    }
}
