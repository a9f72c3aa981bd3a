//! The only file that knows numpy: ids out as arrays, ids in from arrays and from any iterable of integers.

use crate::error::raise;
use crate::parameter::{integer, type_name};
use bytepiece_core::Error;
use bytepiece_core::tokenizer::batch::Rows;
use numpy::{PyArray1, PyArrayDescrMethods, PyReadonlyArray1, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt, PyList, PyString, PyTuple};

/// The largest vocabulary whose ids fit 16 bits.
const SIXTEEN_BITS: usize = 1 << 16;

/// `(ids, row_ends)`: ids as uint16 where the vocabulary allows, else uint32 without a copy; row_ends as int64.
pub(crate) fn rows<'py>(py: Python<'py>, rows: Rows, vocab_size: usize) -> PyResult<Bound<'py, PyTuple>> {
    let overflow =
        |_| PyRuntimeError::new_err("internal error: an id or a row end is out of its range; please report it");
    let ends: Vec<i64> = rows.ends.iter().map(|&end| i64::try_from(end)).collect::<Result<_, _>>().map_err(overflow)?;
    let ends = PyArray1::from_vec(py, ends).into_any();
    let ids = if vocab_size <= SIXTEEN_BITS {
        let narrow = py.detach(|| rows.ids.iter().map(|&id| u16::try_from(id)).collect::<Result<Vec<_>, _>>());
        PyArray1::from_vec(py, narrow.map_err(overflow)?).into_any()
    } else {
        PyArray1::from_vec(py, rows.ids).into_any()
    };
    PyTuple::new(py, [ids, ends])
}

/// The ids of one sequence: a one-dimensional array of integers, or any iterable of integers.
pub(crate) fn ids(object: &Bound<'_, PyAny>, largest: u64) -> PyResult<Vec<i64>> {
    if let Ok(list) = object.cast_exact::<PyList>() {
        return list.iter().enumerate().map(|(place, id)| one_id(&id, place, largest)).collect();
    }
    if object.is_instance_of::<PyString>() || object.is_instance_of::<PyBytes>() {
        return Err(PyTypeError::new_err(format!("ids must be integers, not {}", type_name(object))));
    }
    if let Ok(array) = object.cast::<PyUntypedArray>() {
        return array_ids(array, largest);
    }
    let iterator = object
        .try_iter()
        .map_err(|_| PyTypeError::new_err(format!("ids must be an iterable of integers, not {}", type_name(object))))?;
    iterator.enumerate().map(|(place, id)| one_id(&id?, place, largest)).collect()
}

/// One id of an iterable.
pub(crate) fn one_id(object: &Bound<'_, PyAny>, place: usize, largest: u64) -> PyResult<i64> {
    if let Ok(number) = object.cast_exact::<PyInt>()
        && let Ok(id) = number.extract::<i64>()
    {
        return Ok(id);
    }
    let number = integer(object, &format!("the id at position {place}"))?;
    if let Ok(id) = number.extract::<i64>() {
        return Ok(id);
    }
    // beyond 64 bits: the nearest ids that are just as wrong
    Err(raise(if number.lt(0)? {
        Error::NegativeId { id: i64::MIN, position: place, largest }
    } else {
        Error::UnknownId { id: number.extract().unwrap_or(u64::MAX), position: place, largest }
    }))
}

/// The elements of an array of any integer type.
fn array_ids(array: &Bound<'_, PyUntypedArray>, largest: u64) -> PyResult<Vec<i64>> {
    let (kind, dimensions) = (array.dtype().kind(), array.ndim());
    // `numpy.array([])` is of floating-point numbers, none of which is wrong
    if array.shape() == [0] {
        return Ok(Vec::new());
    }
    if !matches!(kind, b'i' | b'u') {
        return Err(PyTypeError::new_err(format!("ids must be integers, not an array of {}", array.dtype())));
    }
    if dimensions != 1 {
        return Err(PyValueError::new_err(format!(
            "ids must be one sequence (an array of 1 dimension, not {dimensions}); for several, use decode_batch"
        )));
    }
    if let Ok(ids) = array.extract::<PyReadonlyArray1<'_, u16>>() {
        return Ok(ids.as_array().iter().map(|&id| i64::from(id)).collect());
    }
    if let Ok(ids) = array.extract::<PyReadonlyArray1<'_, u32>>() {
        return Ok(ids.as_array().iter().map(|&id| i64::from(id)).collect());
    }
    if let Ok(ids) = array.extract::<PyReadonlyArray1<'_, i32>>() {
        return Ok(ids.as_array().iter().map(|&id| i64::from(id)).collect());
    }
    if let Ok(ids) = array.extract::<PyReadonlyArray1<'_, i64>>() {
        return Ok(ids.as_array().to_vec());
    }
    // the other integer types, foreign byte orders included
    array.try_iter()?.enumerate().map(|(place, id)| one_id(&id?, place, largest)).collect()
}

/// Where each row ends, checked: ascending, the last one at the end of the ids.
pub(crate) fn row_ends(object: &Bound<'_, PyAny>, ids: usize) -> PyResult<Vec<usize>> {
    let mut before = 0;
    let mut ends = Vec::new();
    for (row, end) in self::ids(object, u64::MAX)?.into_iter().enumerate() {
        let end = usize::try_from(end).ok().filter(|&checked| (before..=ids).contains(&checked)).ok_or_else(|| {
            PyValueError::new_err(format!("row_ends[{row}] must be {before} to {ids} (the number of ids), not {end}"))
        })?;
        ends.push(end);
        before = end;
    }
    if before == ids {
        return Ok(ends);
    }
    Err(PyValueError::new_err(format!("the last row ends at {before}, but there are {ids} ids")))
}
