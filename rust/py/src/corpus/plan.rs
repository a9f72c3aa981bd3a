//! What readers written in Python are made of.
//!
//! In: a reader; `_plan()` of one that is written in Python gives its kind and its parts. Out: a corpus of the core.
//! The parts of a reader may be any readers, and what `train` takes besides.

use super::batches::{ArrowCorpus, ReaderCorpus};
use super::iterable::{Policy, spool};
use super::report::TallyOfReader;
use super::{Asked, JsonlFiles, SharedCorpus, TextFiles, one};
use crate::error::raise;
use crate::parameter::{choice, threads};
use bytepiece_core::corpus::Corpus;
use bytepiece_core::corpus::concurrent::Concurrent;
use bytepiece_core::corpus::limit::Limit;
use bytepiece_core::corpus::mix::{Share, mix};
use bytepiece_core::corpus::tally::Errors;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::sync::Arc;

/// The corpus of a reader of `bytepiece.corpus`; `None` for what is none.
pub(crate) fn reader(object: &Bound<'_, PyAny>, asked: Asked<'_>) -> PyResult<Option<SharedCorpus>> {
    if let Ok(reader) = object.cast::<TextFiles>() {
        return Ok(Some(Arc::new(reader.get().core().clone())));
    }
    if let Ok(reader) = object.cast::<JsonlFiles>() {
        return Ok(Some(Arc::new(reader.get().core().clone())));
    }
    let Some(method) = object.getattr_opt("_plan")? else { return data_set(object, asked) };
    let plan = method.call0()?.cast_into::<PyTuple>()?;
    let kind: String = plan.get_item(0)?.extract()?;
    let part = |number| plan.get_item(number);
    Ok(Some(match kind.as_str() {
        "batches" => Arc::new(ReaderCorpus::new(&part(3)?, policy(&part(1)?, &part(2)?)?)?),
        "limit" => {
            let inner = one(&part(1)?, asked, &Policy::default())?;
            Arc::new(Limit::new(inner, part(2)?.extract()?, part(3)?.extract()?))
        }
        "concurrent" => {
            let parts =
                part(1)?.try_iter()?.map(|part| one(&part?, asked, &Policy::default())).collect::<PyResult<_>>()?;
            Arc::new(Concurrent::new(parts, threads(&part(2)?, "workers")?, part(3)?.extract()?))
        }
        "mix" => Arc::new(mix(shares(&part(1)?, asked)?, part(2)?.extract()?).map_err(raise)?),
        "documents" => one(&part(1)?, asked, &policy(&part(2)?, &part(3)?)?)?,
        "arrow" => {
            let place =
                asked.name.map_or_else(|| "the Arrow data".to_owned(), |name| format!("the Arrow data of {name:?}"));
            let data = part(1)?;
            arrow(&data, part(2)?.extract()?, (place, Some(asked)), &policy(&part(3)?, &part(4)?)?)?.ok_or_else(
                || {
                    let given = crate::parameter::type_name(&data);
                    PyTypeError::new_err(format!("Arrow: a {given} cannot be exported as an Arrow array or stream"))
                },
            )?
        }
        other => return Err(PyTypeError::new_err(format!("a reader has the plan {other:?}, which is none"))),
    }))
}

/// The corpus of a data set of Hugging Face, which exports no Arrow stream itself; `None` for what is none.
fn data_set(object: &Bound<'_, PyAny>, asked: Asked<'_>) -> PyResult<Option<SharedCorpus>> {
    if !(object.hasattr("with_format")? && object.hasattr("features")?) {
        return Ok(None);
    }
    reader(&object.py().import("bytepiece.corpus")?.call_method1("Arrow", (object,))?, asked)
}

/// The parts of a mix.
fn shares(parts: &Bound<'_, PyAny>, asked: Asked<'_>) -> PyResult<Vec<Share>> {
    let share = |part: PyResult<Bound<'_, PyAny>>| {
        let (name, reader, weight): (String, Bound<'_, PyAny>, f64) = part?.extract()?;
        let corpus = one(&reader, Asked { name: Some(&name), ..asked }, &Policy::default())?;
        Ok(Share { name, corpus, weight })
    };
    parts.try_iter()?.map(share).collect()
}

/// What `errors=` and the tally of a reader come to.
fn policy(errors: &Bound<'_, PyAny>, tally: &Bound<'_, PyAny>) -> PyResult<Policy> {
    let errors = (!errors.is_none()).then(|| errors_of(errors)).transpose()?;
    Ok(Policy { errors, tally: tally.cast::<TallyOfReader>()?.get().core().clone() })
}

/// `errors=`.
pub(super) fn errors_of(object: &Bound<'_, PyAny>) -> PyResult<Errors> {
    choice(object, "errors", &Errors::ALL)
}

/// The corpus of what exports Arrow arrays; `None` for what does not, or cannot, but can be iterated. A stream that can
/// be exported once only is kept in a temporary file, if it is to be read `again`, for what was asked.
pub(super) fn arrow(
    object: &Bound<'_, PyAny>,
    columns: Vec<Vec<String>>,
    (place, again): (String, Option<Asked<'_>>),
    policy: &Policy,
) -> PyResult<Option<SharedCorpus>> {
    let once = if object.hasattr("__next__")? { again } else { None };
    let Some(corpus) = ArrowCorpus::new(object, columns, place, policy.clone())? else { return Ok(None) };
    if let Some(Asked { temp_dir, .. }) = once {
        return Ok(Some(Arc::new(spool(object.py(), corpus.open().map_err(raise)?, temp_dir)?)));
    }
    Ok(Some(Arc::new(corpus)))
}
