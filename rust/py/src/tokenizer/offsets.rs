//! `return_offsets=True`: spans of ids as lists of tuples and as arrays.
//!
//! Texts that are `bytes` have no characters: `None` stands for their spans in characters.

use super::ids;
use crate::array;
use crate::parameter::{Argument, flag};
use crate::texts::Texts;
use bytepiece_core::tokenizer::offsets::{Offsets, Span};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use std::ops::Range;

/// Which spans are wanted: those in bytes, and perhaps others.
#[derive(Clone, Copy)]
pub(super) struct Spans {
    /// Whether those in characters are.
    pub(super) chars: bool,
}

/// `return_offsets=`.
pub(super) fn wanted(given: &Argument<'_>) -> PyResult<bool> {
    given.or(false, |given| flag(given, "return_offsets"))
}

/// An iterator gives one id at a time, spans come for all of them together.
pub(super) fn refuse_iterator(offsets: bool, iter: bool) -> PyResult<()> {
    const BOTH: &str = "return_offsets=True gives the spans of all ids of a text at once: \
                        leave out iter=True, or encode the text line by line";
    if offsets && iter { Err(PyValueError::new_err(BOTH)) } else { Ok(()) }
}

/// The spans of one row as two lists of `(start, end)`, the second one of characters.
pub(super) fn row<'py>(
    py: Python<'py>,
    offsets: &Offsets,
    row: Range<usize>,
    is_str: bool,
) -> PyResult<[Bound<'py, PyAny>; 2]> {
    let in_chars = match &offsets.chars {
        Some(spans) if is_str => list(py, &spans[row.clone()])?.into_any(),
        _ => py.None().into_bound(py),
    };
    Ok([list(py, &offsets.bytes[row])?.into_any(), in_chars])
}

/// The spans of rows as two lists of such lists.
pub(super) fn lists<'py>(
    py: Python<'py>,
    offsets: &Offsets,
    rows: &[Range<usize>],
    are_str: &[bool],
) -> PyResult<[Bound<'py, PyAny>; 2]> {
    let mut in_chars = Vec::with_capacity(rows.len());
    let in_bytes = ids::list_of_lists(
        py,
        rows.iter().zip(are_str).map(|(places, &is_str)| {
            let [in_bytes, chars] = row(py, offsets, places.clone(), is_str)?;
            in_chars.push(chars);
            Ok(in_bytes)
        }),
    )?;
    Ok([in_bytes.into_any(), PyList::new(py, in_chars)?.into_any()])
}

/// The spans of one row.
fn list<'py>(py: Python<'py>, spans: &[Span]) -> PyResult<Bound<'py, PyList>> {
    ids::long_list(py, spans.len(), |range| PyList::new(py, spans[range].iter().map(|&[start, end]| (start, end))))
}

/// The spans of rows as arrays of int64, `(start, end)` in the last dimension; one behind another, or with `shape` in rows of
/// one length.
pub(super) fn arrays<'py>(
    py: Python<'py>,
    offsets: Offsets,
    shape: Option<[usize; 2]>,
) -> PyResult<Bound<'py, PyTuple>> {
    let in_bytes = array::spans(py, offsets.bytes, shape)?;
    let in_chars = offsets.chars.map(|spans| array::spans(py, spans, shape)).transpose()?;
    (in_bytes, in_chars).into_pyobject(py)
}

/// Which of `texts` have characters.
pub(super) fn are_str(texts: &Texts) -> Vec<bool> {
    (0..texts.len()).map(|at| texts.is_str(at)).collect()
}
