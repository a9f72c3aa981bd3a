//! A tokenizer from what its constructor takes: the path of a model, or the dictionary that `json.load` makes of one.

use crate::error::raise;
use crate::parameter::{Pair, pairs, path, type_name};
use bytepiece_core::formats::builder::Builder;
use bytepiece_core::formats::metadata::{self, Metadata};
use bytepiece_core::formats::{model, packed};
use bytepiece_core::tokenizer::Tokenizer;
use bytepiece_core::vocabulary::Vocabulary;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyList, PyString, PyTuple};

/// What errors call a dictionary.
const ORIGIN: &str = "the dictionary";

/// Reads `pieces=`.
pub(super) fn load(py: Python<'_>, pieces: &Bound<'_, PyAny>) -> PyResult<Tokenizer> {
    if let Some(entries) = pairs(pieces)? {
        let vocabulary = from_pairs(entries)?;
        return py.detach(|| Tokenizer::new(vocabulary)).map_err(raise);
    }
    if !pieces.is_instance_of::<PyString>() && !pieces.hasattr("__fspath__")? {
        return Err(PyTypeError::new_err(format!(
            "pieces must be the path of a model (str or os.PathLike) or a dict as json.load gives it, not {}",
            type_name(pieces)
        )));
    }
    let path = path(pieces, "pieces")?;
    py.detach(|| model::load(&path).and_then(Tokenizer::new)).map_err(raise)
}

/// The tokenizer in a pickle.
pub(super) fn unpack(py: Python<'_>, bytes: &[u8]) -> PyResult<Tokenizer> {
    py.detach(|| packed::unpack(bytes).and_then(Tokenizer::new)).map_err(raise)
}

/// The vocabulary in a dictionary `{base64: [id, text, count]}`.
fn from_pairs<'py>(entries: impl Iterator<Item = PyResult<Pair<'py>>>) -> PyResult<Vocabulary> {
    let mut builder = Builder::new(ORIGIN);
    for pair in entries {
        let (key, value) = pair?;
        let Ok(word) = key.cast::<PyString>() else {
            return Err(raise(builder.error(format!("the key {} is not a str", key.repr()?))));
        };
        if word == metadata::KEY
            && let Ok(value) = value.cast::<PyDict>()
        {
            let taken = metadata(value)?.map_err(|problem| builder.error(problem));
            taken.and_then(|metadata| builder.metadata(metadata)).map_err(raise)?;
            continue;
        }
        match entry(&value)? {
            Ok((id, count)) => builder.push(&word.to_string_lossy(), id, count).map_err(raise)?,
            Err(problem) => return Err(raise(builder.error(format!("{problem} of the key {}", word.repr()?)))),
        }
    }
    builder.finish().map_err(raise)
}

/// What is said beside the pieces: as JSON again, so that it is read in one place. A file has it once; so does a dictionary.
fn metadata(value: &Bound<'_, PyDict>) -> PyResult<Result<Metadata, String>> {
    let py = value.py();
    let dumps = py.import("json")?.getattr("dumps")?;
    for (field, value) in value.items().extract::<Vec<Pair<'_>>>()? {
        let alone = PyDict::new(py);
        alone.set_item(&field, value)?;
        match dumps.call1((alone,)) {
            Err(error) if error.is_instance_of::<PyTypeError>(py) || error.is_instance_of::<PyValueError>(py) => {
                return Ok(Err(format!("{}: the field {}: {error}", metadata::KEY, field.repr()?)));
            }
            json => json?,
        };
    }
    Ok(Metadata::parse(dumps.call1((value,))?.extract::<&str>()?.as_bytes()))
}

/// The id and the count of an entry, its first and its last field; or what is wrong with it.
fn entry(value: &Bound<'_, PyAny>) -> PyResult<Result<(i128, i128), String>> {
    let sequence = value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>();
    if !sequence || value.len()? < 2 {
        return Ok(Err(format!("[id, text, count] is wanted, not {}, as the value", value.repr()?)));
    }
    let (id, count) = (value.get_item(0)?, value.get_item(value.len()? - 1)?);
    Ok(match (integer(&id), integer(&count)) {
        (Some(id), Some(count)) => Ok((id, count)),
        (None, _) => Err(format!("an integer is wanted, not {}, as the id", id.repr()?)),
        (_, None) => Err(format!("an integer is wanted, not {}, as the count", count.repr()?)),
    })
}

/// An integer that is not a `bool`.
fn integer(field: &Bound<'_, PyAny>) -> Option<i128> {
    if field.is_instance_of::<PyBool>() || !field.is_instance_of::<PyInt>() { None } else { field.extract().ok() }
}
