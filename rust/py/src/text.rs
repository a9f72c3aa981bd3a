//! Texts as users give them: `str` as its UTF-8, `bytes` as they are, nothing else.

use crate::parameter::{Argument, Count, flag, interruptible, type_name};
use bytepiece_core::corpus::normalize::nfc;
use bytepiece_core::corpus::segments::{SegmentRule, segments};
use bytepiece_core::num::to_usize;
use bytepiece_core::rules::Digits;
use pyo3::exceptions::{PyTypeError, PyUnicodeEncodeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::{PyBytes, PyList, PyString};
use std::ops::Deref;

/// The bytes of one text, which the Python object keeps alive: they can be read detached from the interpreter.
pub(crate) enum Text {
    /// The UTF-8 of a `str`, without a copy: Python keeps it beside the characters for as long as the `str` lives.
    Str(PyBackedStr),
    /// A `bytes` object.
    Bytes(PyBackedBytes),
}

impl Text {
    /// Reads a text; `name` is what an error calls it.
    pub(crate) fn extract(object: &Bound<'_, PyAny>, name: impl FnOnce() -> String) -> PyResult<Self> {
        if let Ok(text) = object.cast::<PyString>() {
            let utf8 = PyBackedStr::try_from(text.clone());
            return utf8.map(Self::Str).map_err(|error| surrogate(text, error, &name()));
        }
        bytes(object, name).map(Self::Bytes)
    }

    /// Whether it has characters.
    pub(crate) fn is_str(&self) -> bool {
        matches!(self, Self::Str(_))
    }

    /// Reads a text that is needed once: no UTF-8 stays behind in the `str`, which would double a corpus held in memory.
    pub(crate) fn extract_once(object: &Bound<'_, PyAny>, name: impl FnOnce() -> String) -> PyResult<PyBackedBytes> {
        if let Ok(text) = object.cast::<PyString>() {
            let utf8 = text.encode_utf8();
            return utf8.map(PyBackedBytes::from).map_err(|error| surrogate(text, error, &name()));
        }
        bytes(object, name)
    }
}

impl Deref for Text {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Str(text) => text.as_bytes(),
            Self::Bytes(text) => text,
        }
    }
}

/// A `bytes` object; `bytearray` and other buffers can change under a detached thread and are refused.
fn bytes(object: &Bound<'_, PyAny>, name: impl FnOnce() -> String) -> PyResult<PyBackedBytes> {
    match object.cast::<PyBytes>() {
        Ok(bytes) => Ok(PyBackedBytes::from(bytes.clone())),
        Err(_) => Err(PyTypeError::new_err(format!("{} must be str or bytes, not {}", name(), type_name(object)))),
    }
}

/// What stops a `str` from having a UTF-8 form, in words.
fn surrogate(text: &Bound<'_, PyString>, error: PyErr, name: &str) -> PyErr {
    let py = text.py();
    if !error.is_instance_of::<PyUnicodeEncodeError>(py) {
        return error;
    }
    let place = || -> PyResult<(usize, u32)> {
        let start: usize = error.value(py).getattr("start")?.extract()?;
        let code = py.import("builtins")?.call_method1("ord", (text.get_item(start)?,))?.extract()?;
        Ok((start, code))
    };
    let Ok((start, code)) = place() else { return error };
    PyValueError::new_err(format!(
        "{name} has the lone surrogate U+{code:04X} at character {start}, which has no UTF-8 form; \
         replace it first: text.encode(\"utf-8\", \"replace\").decode()"
    ))
}

/// The NFC of a text, cut into segments: lines, each with the newline run behind it.
///
/// Args:
///     text: `str` or `bytes`.
///     maxlen: The most characters of a segment before its newlines; 0 for no limit.
///     isolate_digits: Whether each decimal digit is a segment of its own.
#[pyfunction]
#[pyo3(signature = (text, maxlen=Argument::Default, isolate_digits=Argument::Default), text_signature = "(text, maxlen=0, isolate_digits=False)")]
pub(crate) fn normalize<'py>(
    py: Python<'py>,
    text: &Bound<'py, PyAny>,
    maxlen: Argument<'py>,
    isolate_digits: Argument<'py>,
) -> PyResult<Bound<'py, PyList>> {
    let text = Text::extract(text, || "text".to_owned())?;
    // 0.6.3 takes any number that is not above 0 as "no limit"
    let maxlen = maxlen.or(0, |maxlen| Ok(Count::extract(maxlen, "maxlen")?.nearest))?;
    let isolate_digits = isolate_digits.or(false, |given| flag(given, "isolate_digits"))?;
    let digits = if isolate_digits { Digits::Single } else { Digits::Free };
    let rule = SegmentRule { max_chars: to_usize(maxlen), digits, ..SegmentRule::LINES };
    let normalized = py.detach(|| nfc(&text));
    let list = PyList::empty(py);
    for segment in interruptible(py, segments(&normalized, rule).map(Ok)) {
        list.append(PyBytes::new(py, segment?))?;
    }
    Ok(list)
}
