//! The texts of an Arrow array, read where they lie.
//!
//! In: an object with `__arrow_c_array__` or `__arrow_c_stream__` (pyarrow, polars, pandas, arro3, nanoarrow, ...). Out: its texts, by
//! index. Nulls are refused, and strings that are not UTF-8. Cost: nothing a text, but for dictionaries 8 bytes; one pass over
//! the strings to see that they are UTF-8, some GB/s.

use super::capsule::{Stream, array};
use crate::error::raise;
use crate::interrupt::Signals;
use arrow_array::{Array, BinaryArray, BinaryViewArray, LargeBinaryArray};
use arrow_buffer::ArrowNativeType;
use arrow_data::ArrayData;
use arrow_schema::DataType;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;

/// The chunks of an array; keeps its buffers alive.
pub(crate) struct Arrow {
    /// The chunks, in order.
    columns: Vec<Column>,
    /// Whether the texts are strings; else they are bytes.
    pub(super) is_str: bool,
}

impl Arrow {
    /// Reads an array. `None`: the object is none, or cannot be exported as one (a pandas column where pyarrow is missing, say),
    /// but can be iterated.
    pub(super) fn extract(object: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        let py = object.py();
        if let Some(method) = object.getattr_opt("__arrow_c_array__")? {
            let Some(pair) = exported(object, &method)? else { return Ok(None) };
            let (data_type, data) = array(&pair)?;
            let column = py.detach(|| Column::new(&data, data_type.is_str, 0))?;
            return Ok(Some(Self { columns: vec![column], is_str: data_type.is_str }));
        }
        let Some(method) = object.getattr_opt("__arrow_c_stream__")? else { return Ok(None) };
        let Some(capsule) = exported(object, &method)? else { return Ok(None) };
        let stream = Stream::open(&capsule)?;
        py.detach(|| Self::read(stream)).map(Some)
    }

    /// Reads a stream to its end. Detached: the producer may have threads that wait for the interpreter.
    fn read(mut stream: Stream) -> PyResult<Self> {
        let (is_str, mut signals) = (stream.data_type.is_str, Signals::new());
        let (mut columns, mut length) = (Vec::new(), 0);
        while let Some(data) = stream.next()? {
            let column = Column::new(&data, is_str, length)?;
            length += column.len();
            columns.push(column);
            signals.check().map_err(raise)?;
        }
        Ok(Self { columns, is_str })
    }

    /// How many texts there are.
    pub(super) fn len(&self) -> usize {
        self.columns.iter().map(Column::len).sum()
    }

    /// The texts.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.columns.iter().flat_map(|column| (0..column.len()).map(|at| column.text(at)))
    }
}

/// What the method that exports an array gives. `None`: it cannot, but the object can be iterated.
fn exported<'py>(object: &Bound<'py, PyAny>, method: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    match method.call0() {
        Ok(exported) => Ok(Some(exported)),
        Err(error) if error.is_instance_of::<PyException>(object.py()) && object.hasattr("__iter__")? => Ok(None),
        Err(error) => Err(error),
    }
}

/// The texts of one chunk.
enum Column {
    /// With offsets of 32 bits.
    Small(BinaryArray),
    /// With offsets of 64 bits.
    Large(LargeBinaryArray),
    /// Views.
    View(BinaryViewArray),
    /// Numbers of texts in another column.
    Dictionary {
        /// The number of each text, in range.
        keys: Vec<usize>,
        /// The different texts.
        values: Box<Column>,
    },
}

impl Column {
    /// Reads a chunk whose offsets are checked; its first text is the one numbered `first`.
    fn new(data: &ArrayData, is_str: bool, first: usize) -> PyResult<Self> {
        if let Some(at) = first_null(data) {
            return Err(PyValueError::new_err(format!(
                "text {} is null; leave the nulls of the Arrow array out (drop_null), or give them a text (fill_null)",
                first + at
            )));
        }
        let column = Self::without_nulls(data);
        match (0..column.len()).find(|&at| is_str && column.is_broken(at)) {
            None => Ok(column),
            Some(at) => Err(PyValueError::new_err(format!(
                "text {} is not UTF-8, as Arrow's strings must be; cast the array to binary to encode any bytes",
                first + at
            ))),
        }
    }

    /// Reads a chunk without looking at nulls.
    fn without_nulls(data: &ArrayData) -> Self {
        match data.data_type() {
            DataType::LargeBinary => Self::Large(data.clone().into()),
            DataType::BinaryView => Self::View(data.clone().into()),
            DataType::Binary => Self::Small(data.clone().into()),
            DataType::Dictionary(..) => {
                Self::Dictionary { keys: keys(data), values: Box::new(Self::without_nulls(&data.child_data()[0])) }
            }
            // the type of no values: there are none
            _ => Self::Small(BinaryArray::new_null(0)),
        }
    }

    /// How many texts there are.
    fn len(&self) -> usize {
        match self {
            Self::Small(array) => array.len(),
            Self::Large(array) => array.len(),
            Self::View(array) => array.len(),
            Self::Dictionary { keys, .. } => keys.len(),
        }
    }

    /// The text at a place.
    fn text(&self, at: usize) -> &[u8] {
        match self {
            Self::Small(array) => array.value(at),
            Self::Large(array) => array.value(at),
            Self::View(array) => array.value(at),
            Self::Dictionary { keys, values } => values.text(keys[at]),
        }
    }

    /// Whether the text at a place is no UTF-8.
    fn is_broken(&self, at: usize) -> bool {
        std::str::from_utf8(self.text(at)).is_err()
    }
}

/// The first place that is null, in itself or by what its key stands for.
fn first_null(data: &ArrayData) -> Option<usize> {
    let own = |data: &ArrayData, at| data.nulls().is_some_and(|nulls| nulls.is_null(at));
    match data.data_type() {
        DataType::Null => (!data.is_empty()).then_some(0),
        DataType::Dictionary(..) => {
            let values = &data.child_data()[0];
            if data.null_count() + values.null_count() == 0 {
                return None;
            }
            (0..).zip(keys(data)).find(|&(at, key)| own(data, at) || own(values, key)).map(|(at, _)| at)
        }
        _ if data.null_count() == 0 => None,
        _ => (0..data.len()).find(|&at| own(data, at)),
    }
}

/// The keys of a dictionary array; that of a null may be anything.
fn keys(data: &ArrayData) -> Vec<usize> {
    fn of<T: ArrowNativeType>(data: &ArrayData) -> Vec<usize> {
        data.buffer::<T>(0).iter().take(data.len()).map(|key| key.as_usize()).collect()
    }
    let DataType::Dictionary(keys, _) = data.data_type() else { return Vec::new() };
    match **keys {
        DataType::Int8 => of::<i8>(data),
        DataType::Int16 => of::<i16>(data),
        DataType::Int32 => of::<i32>(data),
        DataType::Int64 => of::<i64>(data),
        DataType::UInt8 => of::<u8>(data),
        DataType::UInt16 => of::<u16>(data),
        DataType::UInt32 => of::<u32>(data),
        DataType::UInt64 => of::<u64>(data),
        _ => Vec::new(), // there are no other keys
    }
}

/// An export that breaks a rule of the interface.
pub(super) fn malformed(problem: &dyn std::fmt::Display) -> PyErr {
    PyValueError::new_err(format!("texts is not what Arrow's PyCapsule interface asks for: {problem}"))
}

/// A capsule that was used before.
pub(super) fn used(name: &str) -> PyErr {
    malformed(&format!("the capsule \"{name}\" has been used or released before"))
}
