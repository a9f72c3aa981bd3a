//! Corpora from Python: the readers `bytepiece.corpus.Text` and `Jsonl`, and whatever else `Trainer.train` accepts.
//!
//! In: `texts=`. Out: a corpus of the core; what needs one pass only has it from [`once`]. Readers pass no Python objects; other iterables are pulled by [`documents`];
//! one-shot iterators go through a temporary file first, since training reads everything twice.

pub(crate) mod documents;
pub(crate) mod once;
mod reader;

pub(crate) use reader::{JsonlFiles, TextFiles};

use crate::parameter::{Pair, pairs, type_name, word};
use bytepiece_core::Result;
use bytepiece_core::corpus::Corpus;
use bytepiece_core::corpus::sources::Sources;
use documents::PythonCorpus;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyString};

/// A corpus that can go to another thread.
type SendCorpus = Box<dyn Corpus + Send>;

/// What `texts=` was.
pub(crate) enum Given {
    /// One corpus.
    One(SendCorpus),
    /// Several with names.
    Named(Vec<(String, SendCorpus)>),
}

impl Given {
    /// Reads `texts=`; spools a one-shot iterator, which runs it to its end.
    pub(crate) fn extract(texts: &Bound<'_, PyAny>) -> PyResult<Self> {
        let Some(named) = pairs(texts)? else {
            return one(texts, None).map(Self::One);
        };
        let source = |pair: PyResult<Pair<'_>>| {
            let (name, corpus) = pair?;
            let name = word(&name, "the name of a source")?;
            let corpus = one(&corpus, Some(&name))?;
            Ok((name, corpus))
        };
        let named: Vec<_> = named.map(source).collect::<PyResult<_>>()?;
        if named.is_empty() {
            return Err(PyValueError::new_err("the corpus is empty: texts is a dict without a single source"));
        }
        Ok(Self::Named(named))
    }

    /// The corpus the core reads.
    pub(crate) fn corpus(self) -> Result<Box<dyn Corpus>> {
        match self {
            Self::One(corpus) => Ok(corpus),
            Self::Named(sources) => {
                let erase = |(name, corpus): (String, SendCorpus)| -> (String, Box<dyn Corpus>) { (name, corpus) };
                Ok(Box::new(Sources::new(sources.into_iter().map(erase).collect())?))
            }
        }
    }
}

/// One corpus; `name` is that of the source it is, where there are several.
fn one(texts: &Bound<'_, PyAny>, name: Option<&str>) -> PyResult<SendCorpus> {
    if let Ok(reader) = texts.cast::<TextFiles>() {
        return Ok(Box::new(reader.get().core().clone()));
    }
    if let Ok(reader) = texts.cast::<JsonlFiles>() {
        return Ok(Box::new(reader.get().core().clone()));
    }
    refuse_lone(texts, name)?;
    let given = type_name(texts);
    if pairs(texts)?.is_some() {
        let problem = format!("{} is a {given}: sources cannot be nested; pass all of them in one dict", place(name));
        return Err(PyTypeError::new_err(problem));
    }
    let iterator = texts.try_iter().map_err(|error| {
        if !error.is_instance_of::<PyTypeError>(texts.py()) {
            return error;
        }
        PyTypeError::new_err(format!(
            "{} must be an iterable of str or bytes, a reader of bytepiece.corpus, or a dict of those by name, not {given}",
            place(name)
        ))
    })?;
    if iterator.is(texts) {
        let spool = documents::spool(texts.py(), iterator.unbind(), name)?;
        return Ok(Box::new(spool));
    }
    Ok(Box::new(PythonCorpus::new(texts.clone().unbind(), iterator.unbind(), name)))
}

/// A single text or path would be read letter by letter, or not at all: say what to call instead.
fn refuse_lone(texts: &Bound<'_, PyAny>, name: Option<&str>) -> PyResult<()> {
    if !is_lone(texts)? {
        return Ok(());
    }
    Err(PyTypeError::new_err(format!(
        "{} is a single {}: for one document call train([text]), for a file train(bytepiece.corpus.Text(path))",
        place(name),
        type_name(texts)
    )))
}

/// Whether it is a text or a path.
fn is_lone(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let text = object.is_instance_of::<PyString>() || object.is_instance_of::<PyBytes>();
    Ok(text || object.is_instance_of::<PyByteArray>() || object.hasattr("__fspath__")?)
}

/// What an error calls the corpus.
fn place(name: Option<&str>) -> String {
    name.map_or_else(|| "texts".to_owned(), |name| format!("texts[{name:?}]"))
}
