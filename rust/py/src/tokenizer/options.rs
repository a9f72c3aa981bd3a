//! The options of `encode`, `encode_batch` and `count_tokens`, as users give them.

use crate::error::raise;
use crate::parameter::{Argument, Count, flag, real, type_name, word};
use bytepiece_core::num::to_usize;
use bytepiece_core::tokenizer::batch::{Padding, Request, Side};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString};
use std::num::NonZeroUsize;

/// `alpha=`, by default the best path.
#[inline]
pub(super) fn alpha(given: &Argument<'_>) -> PyResult<f64> {
    given.or(-1.0, |alpha| real(alpha, "alpha"))
}

/// `output=`: whether it is `"numpy"`.
pub(super) fn as_numpy(given: &Argument<'_>) -> PyResult<bool> {
    given.or(false, |output| match word(output, "output")?.as_str() {
        "lists" => Ok(false),
        "numpy" => Ok(true),
        other => Err(PyValueError::new_err(format!("output must be 'lists' or 'numpy', not '{other}'"))),
    })
}

/// `add_bos=`, `add_eos=` and `max_length=`: a request for the best path.
pub(super) fn request(
    add_bos: &Argument<'_>,
    add_eos: &Argument<'_>,
    max_length: Option<&Bound<'_, PyAny>>,
) -> PyResult<Request> {
    let add_bos = add_bos.or(false, |given| flag(given, "add_bos"))?;
    let add_eos = add_eos.or(false, |given| flag(given, "add_eos"))?;
    let max_length = max_length.map(|given| positive(given, "max_length")).transpose()?;
    let request = Request { add_bos, add_eos, max_length, ..Request::default() };
    request.room().map_err(raise)?;
    Ok(request)
}

/// `padding=`, `padding_side=` and `pad_to_multiple_of=`; `None` for rows as long as they are.
pub(super) fn padding(
    padding: &Argument<'_>,
    side: &Argument<'_>,
    multiple: Option<&Bound<'_, PyAny>>,
    max_length: Option<&Bound<'_, PyAny>>,
) -> PyResult<Option<Padding>> {
    let least = padding.or(None, |given| least(given, max_length))?;
    let side = side.or(Side::Right, |given| match word(given, "padding_side")?.as_str() {
        "left" => Ok(Side::Left),
        "right" => Ok(Side::Right),
        other => Err(PyValueError::new_err(format!("padding_side must be 'left' or 'right', not '{other}'"))),
    })?;
    let multiple = multiple.map(|given| width(given, "pad_to_multiple_of", "pass 8 or 64, say")).transpose()?;
    if let (None, Some(multiple)) = (least, multiple) {
        return Err(PyValueError::new_err(format!(
            "pad_to_multiple_of is {multiple}, but nothing is padded: pass padding='longest' or padding='max_length'"
        )));
    }
    let multiple = multiple.unwrap_or(NonZeroUsize::MIN);
    Ok(least.map(|least| Padding { least, multiple, side }))
}

/// The least length that `padding=` asks for; `None` where it asks for none.
fn least(padding: &Bound<'_, PyAny>, max_length: Option<&Bound<'_, PyAny>>) -> PyResult<Option<usize>> {
    const WAY_OUT: &str = "padding='longest' makes rows no longer than the longest is";
    const EXPECTED: &str = "padding must be False, 'longest' or 'max_length'";
    if let Ok(flag) = padding.cast::<PyBool>() {
        let no_word = || PyValueError::new_err(format!("{EXPECTED}, not True"));
        return (!flag.is_true()).then_some(None).ok_or_else(no_word);
    }
    if !padding.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err(format!("{EXPECTED}, not {}", type_name(padding))));
    }
    let no_length = || PyValueError::new_err("padding='max_length' needs max_length, the length of all rows");
    match word(padding, "padding")?.as_str() {
        "longest" => Ok(Some(0)),
        "max_length" => Ok(Some(width(max_length.ok_or_else(no_length)?, "max_length", WAY_OUT)?.get())),
        other => Err(PyValueError::new_err(format!("{EXPECTED}, not '{other}'"))),
    }
}

/// The most ids of a padded row that can be asked for: beyond this it is a typing error, and no memory has room for many of them.
const MOST_WIDTH: usize = (1 << 31) - 1;

/// An integer of 1 to [`MOST_WIDTH`]; for a larger one the error says what else to pass.
fn width(object: &Bound<'_, PyAny>, name: &'static str, way_out: &str) -> PyResult<NonZeroUsize> {
    let width = positive(object, name)?;
    if width.get() <= MOST_WIDTH {
        return Ok(width);
    }
    let given = Count::extract(object, name)?.words;
    Err(PyValueError::new_err(format!(
        "{name} must be at most {MOST_WIDTH} where rows are padded, not {given}; {way_out}"
    )))
}

/// An integer of at least 1; one over 64 bits is as good as the largest of these.
pub(super) fn positive(object: &Bound<'_, PyAny>, name: &'static str) -> PyResult<NonZeroUsize> {
    let count = Count::extract(object, name)?;
    let too_small = || PyValueError::new_err(format!("{name} must be at least 1, not {}", count.words));
    NonZeroUsize::new(to_usize(count.nearest)).ok_or_else(too_small)
}
