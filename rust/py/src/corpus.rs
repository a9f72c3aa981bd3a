//! Corpora from Python: the readers of `bytepiece.corpus`, and whatever else `Trainer.train` accepts.
//!
//! In: `texts=`. Out: a corpus of the core; what needs one pass only has it from [`once`]. [`reader::TextFiles`] and
//! [`reader::JsonlFiles`] are the core's own. Readers written in Python say by `_plan()` what they are: something
//! around other readers, which the core does, or something that gives [`batches`]. Other iterables are pulled by
//! [`iterable`]; one-shot iterators go through a temporary file first, since training reads everything twice.

mod batches;
mod documents;
mod held;
pub(crate) mod iterable;
pub(crate) mod once;
pub(crate) mod plan;
pub(crate) mod reader;
pub(crate) mod report;

pub(crate) use reader::TextFiles;
pub(crate) use reader::jsonl::JsonlFiles;

use crate::parameter::{Pair, pairs, type_name, word};
use batches::exports;
use bytepiece_core::Result;
use bytepiece_core::corpus::Corpus;
use bytepiece_core::corpus::sources::Sources;
use iterable::{Policy, PythonCorpus};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyString};
use std::path::Path;
use std::sync::Arc;

/// A corpus that several passes and threads share.
pub(crate) type SharedCorpus = Arc<dyn Corpus + Send + Sync>;

/// What `texts=` was.
pub(crate) enum Given {
    /// One corpus.
    One(SharedCorpus),
    /// Several with names.
    Named(Vec<(String, SharedCorpus)>),
}

impl Given {
    /// Reads `texts=`; spools a one-shot iterator into `temp_dir`, which runs it to its end.
    pub(crate) fn extract(texts: &Bound<'_, PyAny>, temp_dir: Option<&Path>) -> PyResult<Self> {
        let asked = Asked { name: None, temp_dir };
        if let Some(reader) = plan::reader(texts, asked)? {
            return Ok(Self::One(reader));
        }
        let Some(named) = pairs(texts)? else {
            return one(texts, asked, &Policy::default()).map(Self::One);
        };
        let source = |pair: PyResult<Pair<'_>>| {
            let (name, corpus) = pair?;
            let name = word(&name, "the name of a source")?;
            let corpus = one(&corpus, Asked { name: Some(&name), temp_dir }, &Policy::default())?;
            Ok((name, corpus))
        };
        let named: Vec<_> = named.map(source).collect::<PyResult<_>>()?;
        if named.is_empty() {
            return Err(PyValueError::new_err("the corpus is empty: texts is a dict without a single source"));
        }
        Ok(Self::Named(named))
    }

    /// The corpus the core reads.
    pub(crate) fn corpus(self) -> Result<SharedCorpus> {
        match self {
            Self::One(corpus) => Ok(corpus),
            Self::Named(sources) => Ok(Arc::new(Sources::new(sources)?)),
        }
    }
}

/// What a corpus is asked for.
#[derive(Clone, Copy, Default)]
pub(crate) struct Asked<'a> {
    /// The name of the source that it is, where there are several.
    name: Option<&'a str>,
    /// Where a temporary file is made of what can be read once only; `None` is the system's folder.
    temp_dir: Option<&'a Path>,
}

/// One corpus. The policy is for iterables; readers have
/// their own.
fn one(texts: &Bound<'_, PyAny>, asked: Asked<'_>, policy: &Policy) -> PyResult<SharedCorpus> {
    let name = asked.name;
    if let Some(reader) = plan::reader(texts, asked)? {
        return Ok(reader);
    }
    refuse_lone(texts, name)?;
    if exports(texts)?
        && let Some(arrow) = plan::arrow(texts, vec![Vec::new()], (place(name), Some(asked)), policy)?
    {
        return Ok(arrow);
    }
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
        return Ok(Arc::new(iterable::spool_iterator(texts.py(), iterator.unbind(), asked, policy)?));
    }
    Ok(Arc::new(PythonCorpus::new(texts.clone().unbind(), iterator.unbind(), name, policy.clone())))
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
