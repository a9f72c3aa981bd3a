//! The texts of an Arrow array, read where they lie.
//!
//! In: an object with `__arrow_c_array__` or `__arrow_c_stream__` (pyarrow, polars, pandas, arro3, nanoarrow, ...). Out: its texts, by
//! index. Nulls are refused, and strings that are not UTF-8. Cost: nothing a text, but for dictionaries 8 bytes; one pass over
//! the strings to see that they are UTF-8, some GB/s.

use super::capsule::{Lay, Stream, array};
use super::layout::Layout;
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
        let Some(chunks) = Chunks::open(object, &Layout::of_texts, 1)? else { return Ok(None) };
        object.py().detach(|| Self::read(chunks)).map(Some)
    }

    /// Reads all chunks. Detached: the producer may have threads that wait for the interpreter.
    fn read(mut chunks: Chunks) -> PyResult<Self> {
        let (mut columns, mut length, mut signals) = (Vec::new(), 0, Signals::new());
        let mut is_str = false;
        while let Some(mut read) = chunks.next()? {
            let Some(chunk) = read.pop() else { break };
            is_str = chunk.is_str;
            let column = chunk.without_flaws(length)?;
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

/// Columns of texts, chunk by chunk.
pub(crate) struct Chunks {
    /// Where chunks come from.
    from: From,
    /// How many columns there are.
    columns: usize,
}

/// Where chunks come from.
enum From {
    /// One array, until it was given.
    Array(Layout, Option<ArrayData>),
    /// A stream.
    Stream(Stream),
}

impl Chunks {
    /// Opens what an object exports, in which `lay` finds so many columns. `None`: the object exports nothing, or cannot, but can be iterated.
    pub(super) fn open(object: &Bound<'_, PyAny>, lay: Lay<'_>, columns: usize) -> PyResult<Option<Self>> {
        if let Some(method) = object.getattr_opt("__arrow_c_array__")? {
            let Some(pair) = exported(object, &method)? else { return Ok(None) };
            let (layout, data) = array(&pair, lay)?;
            return Ok(Some(Self { from: From::Array(layout, Some(data)), columns }));
        }
        let Some(method) = object.getattr_opt("__arrow_c_stream__")? else { return Ok(None) };
        let Some(capsule) = exported(object, &method)? else { return Ok(None) };
        Ok(Some(Self { from: From::Stream(Stream::open(&capsule, lay)?), columns }))
    }

    /// Opens the columns of a table by their paths; of what has no columns, an empty path is itself. Errors begin with `place`.
    pub(crate) fn of_columns(object: &Bound<'_, PyAny>, columns: &[&[String]], place: &str) -> PyResult<Option<Self>> {
        Self::open(object, &|given| Layout::of_columns(given, columns, place), columns.len())
    }

    /// The columns of the next chunk; `None` at the end. To be called detached.
    pub(crate) fn next(&mut self) -> PyResult<Option<Vec<Chunk>>> {
        let (layout, data) = match &mut self.from {
            From::Array(layout, data) => (&*layout, data.take()),
            From::Stream(stream) => {
                let data = stream.next()?;
                (&stream.layout, data)
            }
        };
        let Some(data) = data else { return Ok(None) };
        (0..self.columns).map(|number| Chunk::new(layout, &data, number)).collect::<PyResult<_>>().map(Some)
    }
}

/// The texts of one chunk, nulls and what is not UTF-8 included.
pub(crate) struct Chunk {
    /// The texts; that of a null is anything.
    column: Column,
    /// Where the nulls are.
    data: ArrayData,
    /// Whether the texts are strings; they may be no UTF-8 all the same.
    pub(crate) is_str: bool,
}

impl Chunk {
    /// A column of a chunk.
    fn new(layout: &Layout, data: &ArrayData, number: usize) -> PyResult<Self> {
        let data = layout.column(data, number)?;
        Ok(Self { column: Column::without_nulls(&data), data, is_str: layout.is_str(number) })
    }

    /// How many texts there are.
    pub(crate) fn len(&self) -> usize {
        self.data.len()
    }

    /// The text at a place; `None` for a null.
    pub(crate) fn text(&self, at: usize) -> Option<&[u8]> {
        let own = self.data.nulls().is_some_and(|nulls| nulls.is_null(at));
        let value = || match &self.column {
            Column::Dictionary { keys, .. } => self.data.child_data()[0]
                .nulls()
                .is_some_and(|nulls| keys.get(at).is_some_and(|&key| nulls.is_null(key))),
            _ => matches!(self.data.data_type(), DataType::Null),
        };
        (!own && !value()).then(|| self.column.text(at))
    }

    /// The texts of a chunk that must have no nulls and be UTF-8; its first text is the one numbered `first`.
    fn without_flaws(self, first: usize) -> PyResult<Column> {
        for at in (0..self.len()).filter(|_| self.is_str || may_have_nulls(&self.data)) {
            let Some(text) = self.text(at) else {
                return Err(PyValueError::new_err(format!(
                    "text {} is null; leave the nulls of the Arrow array out (drop_null), or give them a text (fill_null)",
                    first + at
                )));
            };
            if self.is_str && simdutf8::basic::from_utf8(text).is_err() {
                return Err(PyValueError::new_err(format!(
                    "text {} is not UTF-8, as Arrow's strings must be; cast the array to binary to encode any bytes",
                    first + at
                )));
            }
        }
        Ok(self.column)
    }
}

/// Whether an array, or the values of a dictionary, may have nulls.
fn may_have_nulls(data: &ArrayData) -> bool {
    matches!(data.data_type(), DataType::Null)
        || data.null_count() > 0
        || data.child_data().iter().any(|child| child.null_count() > 0)
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
