//! The texts of a batch, as users give them.

use crate::parameter::{interruptible, type_name};
use crate::text::Text;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyListMethods, PyString};

/// The texts of a batch.
pub(super) fn texts(object: &Bound<'_, PyAny>) -> PyResult<Vec<Text>> {
    refuse_one(object, "texts", "encode(text)")?;
    let text = |(place, text): (usize, PyResult<Bound<'_, PyAny>>)| Text::extract(&text?, || format!("text {place}"));
    // of a list the number is known: growing step by step would take half as much memory again
    let mut texts = Vec::with_capacity(object.cast::<PyList>().map_or(0, PyListMethods::len));
    for text in interruptible(object.py(), object.try_iter()?).enumerate().map(text) {
        texts.push(text?);
    }
    Ok(texts)
}

/// Whether it is one text.
pub(super) fn is_one(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyString>() || object.is_instance_of::<PyBytes>()
}

/// A single `str` or `bytes` would be taken apart into characters: say what to call instead.
pub(super) fn refuse_one(object: &Bound<'_, PyAny>, name: &str, call: &str) -> PyResult<()> {
    let given = type_name(object);
    if is_one(object) {
        return Err(PyTypeError::new_err(format!("{name} is a single {given}: call {call}, or pass a list")));
    }
    if object.hasattr("__iter__")? || object.hasattr("__getitem__")? {
        return Ok(());
    }
    Err(PyTypeError::new_err(format!("{name} must be an iterable of str or bytes, not {given}")))
}
