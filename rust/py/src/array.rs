//! The only file that knows numpy: ids out as arrays, ids in from arrays and from any iterable of integers.

use crate::error::raise;
use crate::parameter::{integer, interruptible, type_name};
use bytepiece_core::Error;
use bytepiece_core::tokenizer::batch::{Id, Padded, Rows};
use bytepiece_core::tokenizer::offsets::Span;
use numpy::{PyArray1, PyArrayDescrMethods, PyArrayMethods, PyReadonlyArray1, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyInt, PyList, PyString, PyTuple};

/// An integer that ids are kept in, here and in arrays.
pub(crate) trait Element: Id + numpy::Element {}

impl<I: Id + numpy::Element> Element for I {}

/// Imports numpy, once. The library would do so at its first call and panic where that fails, as it does when Ctrl-C was
/// pressed; this is an error.
fn load_numpy(py: Python<'_>) -> PyResult<()> {
    static LOADED: PyOnceLock<()> = PyOnceLock::new();
    LOADED
        .get_or_try_init(py, || {
            py.import("numpy")?;
            py.check_signals()?;
            // the library's own first call, while no signal is pending
            numpy::dtype::<u8>(py);
            Ok(())
        })
        .copied()
}

/// `object` as an array, if it is one.
fn as_array<'a, 'py>(object: &'a Bound<'py, PyAny>) -> PyResult<Option<&'a Bound<'py, PyUntypedArray>>> {
    load_numpy(object.py())?;
    Ok(object.cast::<PyUntypedArray>().ok())
}

/// An array of one dimension in the vector's memory.
fn new<T: numpy::Element>(py: Python<'_>, elements: Vec<T>) -> PyResult<Bound<'_, PyArray1<T>>> {
    load_numpy(py)?;
    Ok(PyArray1::from_vec(py, elements))
}

/// `(ids, row_ends)`, the ids without a copy; row_ends as int64.
pub(crate) fn rows<I: Element>(py: Python<'_>, rows: Rows<I>) -> PyResult<Bound<'_, PyTuple>> {
    let ends = signed(py, rows.ends)?;
    PyTuple::new(py, [new(py, rows.ids)?.into_any(), ends.into_any()])
}

/// `(ids, mask)` of two dimensions, without a copy.
pub(crate) fn padded<I: Element>(py: Python<'_>, padded: Padded<I>) -> PyResult<Bound<'_, PyTuple>> {
    let shape = [padded.rows, padded.width];
    let ids = new(py, padded.ids)?.reshape(shape)?;
    let mask = new(py, padded.mask)?.reshape(shape)?;
    PyTuple::new(py, [ids.into_any(), mask.into_any()])
}

/// Spans as int64, `(start, end)` in the last of two dimensions; or of three, where `shape` has the first two.
pub(crate) fn spans<'py>(py: Python<'py>, spans: Vec<Span>, shape: Option<[usize; 2]>) -> PyResult<Bound<'py, PyAny>> {
    let count = spans.len();
    let flat = signed(py, spans.into_flattened())?;
    match shape {
        None => Ok(flat.reshape([count, 2])?.into_any()),
        Some([rows, width]) => Ok(flat.reshape([rows, width, 2])?.into_any()),
    }
}

/// Lengths, counts and places as int64, in the same memory.
pub(crate) fn signed<T: Send>(py: Python<'_>, numbers: Vec<T>) -> PyResult<Bound<'_, PyArray1<i64>>>
where
    i64: TryFrom<T>,
{
    let convert = |number| i64::try_from(number).map_err(|_| ());
    let numbers: Result<Vec<i64>, ()> = py.detach(|| numbers.into_iter().map(convert).collect());
    new(py, numbers.map_err(overflow)?)
}

/// Ids as uint16 where the vocabulary allows, else uint32 without a copy.
pub(crate) fn narrow(py: Python<'_>, ids: Vec<u32>, vocab_size: usize) -> PyResult<Bound<'_, PyAny>> {
    if u16::holds(vocab_size).is_err() {
        return Ok(new(py, ids)?.into_any());
    }
    let narrow = py.detach(|| ids.iter().map(|&id| u16::try_from(id)).collect::<Result<Vec<_>, _>>());
    Ok(new(py, narrow.map_err(overflow)?)?.into_any())
}

/// What cannot happen.
fn overflow<E>(_: E) -> PyErr {
    PyRuntimeError::new_err("internal error: an id or a number of ids is out of its range; please report it")
}

/// One id, or the ids of one sequence: what can be used as an integer (0-dimensional arrays and tensors too) is one.
pub(crate) fn one_or_more(object: &Bound<'_, PyAny>, largest: u64) -> PyResult<Vec<i64>> {
    let integer = object.is_exact_instance_of::<PyInt>() || object.hasattr("__index__")?;
    if !integer {
        return ids(object, largest);
    }
    match one_id(object, largest) {
        // larger arrays have `__index__` too, and refuse
        Err(error) if error.is_instance_of::<PyTypeError>(object.py()) && object.hasattr("__iter__")? => {
            ids(object, largest)
        }
        id => Ok(vec![id?]),
    }
}

/// The ids of one sequence: a one-dimensional array of integers, or any iterable of integers.
pub(crate) fn ids(object: &Bound<'_, PyAny>, largest: u64) -> PyResult<Vec<i64>> {
    integers(object, &Names { all: "ids", one: "the id at position", row: None, largest: Some(largest) })
}

/// Rows of ids, joined, with the end of each: `object` has the rows, or with `ends` all ids in one sequence.
pub(crate) fn rows_of_ids(
    object: &Bound<'_, PyAny>,
    ends: Option<&Bound<'_, PyAny>>,
    largest: u64,
) -> PyResult<(Vec<i64>, Vec<usize>)> {
    if let Some(ends) = ends {
        let ids = ids(object, largest)?;
        let ends = row_ends(ends, ids.len())?;
        return Ok((ids, ends));
    }
    let refused =
        |_| PyTypeError::new_err(format!("ids must be an iterable of rows of ids, not {}", type_name(object)));
    let (mut all, mut ends) = (Vec::new(), Vec::new());
    for row in interruptible(object.py(), object.try_iter().map_err(refused)?) {
        let name = format!("row {} of ids", ends.len());
        let names = Names { all: &name, one: "the id at position", row: Some(ends.len()), largest: Some(largest) };
        all.extend(integers(&row?, &names)?);
        ends.push(all.len());
    }
    Ok((all, ends))
}

/// The texts of an array as a list of `str` and `bytes`; `None` for what is no array. As everywhere in numpy, NULs at the end of
/// texts of a fixed width ("U" and "S") are padding and no part of the text.
pub(crate) fn texts<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some(array) = as_array(object)? else { return Ok(None) };
    let (data_type, dimensions) = (array.dtype(), array.ndim());
    // `numpy.array([])` is of floating-point numbers, none of which is wrong; "T" is StringDType
    if !matches!(data_type.kind(), b'O' | b'U' | b'S' | b'T') && array.shape() != [0] {
        return Err(PyTypeError::new_err(format!("texts must be str or bytes, not an array of {data_type}")));
    }
    if dimensions != 1 {
        let problem = format!("texts must be an array of 1 dimension, not {dimensions}; call ravel() first");
        return Err(PyValueError::new_err(problem));
    }
    array.call_method0("tolist").map(Some)
}

/// What errors call a sequence of integers, and the limit they name.
struct Names<'a> {
    /// The sequence.
    all: &'a str,
    /// One of its elements, before the number of its place.
    one: &'a str,
    /// Which of several sequences it is.
    row: Option<usize>,
    /// The largest id; `None` where the elements are no ids.
    largest: Option<u64>,
}

/// The elements of a sequence.
fn integers(object: &Bound<'_, PyAny>, names: &Names<'_>) -> PyResult<Vec<i64>> {
    if let Ok(list) = object.cast_exact::<PyList>() {
        let elements = interruptible(object.py(), list.iter().map(Ok));
        return elements.enumerate().map(|(place, id)| element(&id?, place, names)).collect();
    }
    if object.is_instance_of::<PyString>() || object.is_instance_of::<PyBytes>() {
        return Err(PyTypeError::new_err(format!("{} must be integers, not {}", names.all, type_name(object))));
    }
    if let Some(array) = as_array(object)? {
        return array_integers(array, names);
    }
    let iterator = object.try_iter().map_err(|_| {
        PyTypeError::new_err(format!("{} must be an iterable of integers, not {}", names.all, type_name(object)))
    })?;
    interruptible(object.py(), iterator).enumerate().map(|(place, id)| element(&id?, place, names)).collect()
}

/// A single id.
pub(crate) fn one_id(object: &Bound<'_, PyAny>, largest: u64) -> PyResult<i64> {
    element(object, 0, &Names { all: "id", one: "the id at position", row: None, largest: Some(largest) })
}

/// One element of a sequence.
fn element(object: &Bound<'_, PyAny>, place: usize, names: &Names<'_>) -> PyResult<i64> {
    if let Ok(number) = object.cast_exact::<PyInt>()
        && let Ok(id) = number.extract::<i64>()
    {
        return Ok(id);
    }
    let of = names.row.map_or_else(String::new, |row| format!(" of row {row}"));
    let number = integer(object, &format!("{} {place}{of}", names.one))?;
    if let Ok(id) = number.extract::<i64>() {
        return Ok(id);
    }
    let Some(largest) = names.largest else {
        return Ok(if number.lt(0)? { i64::MIN } else { i64::MAX }); // out of any range, which the caller knows
    };
    let nearest = if number.lt(0)? { i128::MIN } else { i128::MAX };
    let error = Error::no_id(number.extract().unwrap_or(nearest), place, largest);
    Err(raise(if let Some(row) = names.row { error.in_row(row) } else { error }))
}

/// The elements of an array of any integer type.
fn array_integers(array: &Bound<'_, PyUntypedArray>, names: &Names<'_>) -> PyResult<Vec<i64>> {
    let (kind, dimensions) = (array.dtype().kind(), array.ndim());
    // `numpy.array([])` is of floating-point numbers, none of which is wrong
    if array.shape() == [0] {
        return Ok(Vec::new());
    }
    if !matches!(kind, b'i' | b'u') {
        return Err(PyTypeError::new_err(format!("{} must be integers, not an array of {}", names.all, array.dtype())));
    }
    if dimensions != 1 {
        return Err(PyValueError::new_err(format!(
            "{} must be one sequence (an array of 1 dimension, not {dimensions}); for several, use decode_batch",
            names.all
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
    interruptible(array.py(), array.try_iter()?).enumerate().map(|(place, id)| element(&id?, place, names)).collect()
}

/// Where each row ends, checked: ascending, the last one at the end of the ids.
pub(crate) fn row_ends(object: &Bound<'_, PyAny>, ids: usize) -> PyResult<Vec<usize>> {
    let mut before = 0;
    let mut ends = Vec::new();
    let names = Names { all: "row_ends", one: "the end of row", row: None, largest: None };
    for (row, end) in integers(object, &names)?.into_iter().enumerate() {
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

/// Ids as `encode_batch` gives them, to be read where they lie, attached to the interpreter.
pub(crate) enum IdArray<'py> {
    /// uint16.
    Narrow(PyReadonlyArray1<'py, u16>),
    /// uint32.
    Wide(PyReadonlyArray1<'py, u32>),
}

impl<'py> IdArray<'py> {
    /// Reads `ids=`.
    pub(crate) fn extract(object: &Bound<'py, PyAny>) -> PyResult<Self> {
        load_numpy(object.py())?;
        if let Ok(ids) = object.extract() {
            return Ok(Self::Narrow(ids));
        }
        let refused = |_| PyTypeError::new_err("ids must be an array of uint16 or uint32");
        object.extract().map(Self::Wide).map_err(refused)
    }
}
