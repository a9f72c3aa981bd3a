//! Where the texts are in an Arrow array, and how to read them as bytes.
//!
//! In: the type of an array. Out: the type with the same layout whose texts are bytes, and the way to each column of
//! texts: the array itself, or a field of a struct (which is what tables and frames are). Cost: nothing a row, but a
//! join of two bitmaps where structs have nulls.

use super::arrow::malformed;
use arrow_buffer::NullBuffer;
use arrow_data::ArrayData;
use arrow_schema::{DataType, Field, Fields};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use std::sync::Arc;

/// See the module.
pub(super) struct Layout {
    /// The type with the same layout whose texts are bytes.
    pub(super) storage: DataType,
    /// The columns of texts.
    leaves: Vec<Leaf>,
}

/// A column of texts.
struct Leaf {
    /// The number of the field in each struct on the way; empty for the array itself.
    way: Vec<usize>,
    /// Whether the texts are strings.
    is_str: bool,
}

impl Layout {
    /// An array of texts; a TypeError for one whose elements are none.
    pub(super) fn of_texts(given: &DataType) -> PyResult<Self> {
        let storage = storage(given).ok_or_else(|| {
            PyTypeError::new_err(format!(
                "texts is an Arrow array of {given}; the types of texts are Utf8, LargeUtf8, Utf8View, Binary, LargeBinary, \
                 BinaryView, and dictionaries of those"
            ))
        })?;
        Ok(Self { storage, leaves: vec![Leaf { way: Vec::new(), is_str: is_str(given) }] })
    }

    /// Columns of a table, each by its path of names. What has no columns is one itself, where nothing is named.
    pub(super) fn of_columns(given: &DataType, columns: &[&[String]], place: &str) -> PyResult<Self> {
        if let ([[]], false) = (columns, matches!(given, DataType::Struct(_))) {
            return Self::of_texts(given);
        }
        let mut layout = Self { storage: given.clone(), leaves: Vec::new() };
        for column in columns {
            let column = &chosen(given, column);
            let name = column.join(".");
            let mut leaf = Leaf { way: Vec::new(), is_str: false };
            layout.storage = with_bytes(&layout.storage, given, column, &mut leaf)
                .map_err(|problem| PyValueError::new_err(format!("{place}: {}", problem.words(&name))))?;
            layout.leaves.push(leaf);
        }
        Ok(layout)
    }

    /// Whether the texts of a column are strings.
    pub(super) fn is_str(&self, column: usize) -> bool {
        self.leaves.get(column).is_some_and(|leaf| leaf.is_str)
    }

    /// A column out of an array, its nulls those of the structs around it too; offsets are checked.
    pub(super) fn column(&self, data: &ArrayData, column: usize) -> PyResult<ArrayData> {
        let mut data = data.clone();
        let way = self.leaves.get(column).map_or(&[][..], |leaf| &leaf.way);
        for &field in way {
            let child = data.child_data().get(field).filter(|child| child.len() >= data.offset() + data.len());
            let child = child.ok_or_else(|| malformed(&"a column is shorter than its table"))?;
            let child = child.slice(data.offset(), data.len());
            let nulls = NullBuffer::union(data.nulls(), child.nulls());
            data = child.into_builder().nulls(nulls).build().map_err(|error| malformed(&error))?;
        }
        data.validate_full().map(|()| data).map_err(|error| malformed(&error))
    }
}

/// The column of a table where none is named: `text`, or the only one.
fn chosen(given: &DataType, column: &[String]) -> Vec<String> {
    match given {
        DataType::Struct(fields) if column.is_empty() => {
            let only = fields.first().filter(|_| fields.len() == 1).map(|field| field.name().clone());
            vec![only.unwrap_or_else(|| "text".to_owned())]
        }
        _ => column.to_vec(),
    }
}

/// Why there is no column of texts.
enum Problem {
    /// There is no such column; those that are there.
    Missing(Vec<String>),
    /// It has another type.
    Type(String),
}

impl Problem {
    /// What is said of the column of this name.
    fn words(&self, name: &str) -> String {
        match self {
            Self::Missing(columns) => format!("there is no column {name:?}; the columns are {}", columns.join(", ")),
            Self::Type(given) => format!("the column {name:?} is of type {given}, where strings or bytes are expected"),
        }
    }
}

/// The storage of a struct in which one more column is of bytes. `given` is what its type was.
fn with_bytes(so_far: &DataType, given: &DataType, path: &[String], leaf: &mut Leaf) -> Result<DataType, Problem> {
    let (DataType::Struct(fields), DataType::Struct(given_fields)) = (so_far, given) else {
        if path.is_empty() {
            leaf.is_str = is_str(given);
            return storage(given).ok_or_else(|| Problem::Type(given.to_string()));
        }
        return Err(Problem::Type(given.to_string()));
    };
    let names = || Problem::Missing(given_fields.iter().map(|field| format!("{:?}", field.name())).collect());
    let Some((name, rest)) = path.split_first() else { return Err(Problem::Type(given.to_string())) };
    let at = given_fields.iter().position(|field| field.name() == name).ok_or_else(names)?;
    leaf.way.push(at);
    let inner = with_bytes(fields[at].data_type(), given_fields[at].data_type(), rest, leaf)?;
    let changed = |(number, field): (usize, &Arc<Field>)| {
        if number == at { Arc::new(field.as_ref().clone().with_data_type(inner.clone())) } else { Arc::clone(field) }
    };
    Ok(DataType::Struct(fields.iter().enumerate().map(changed).collect::<Fields>()))
}

/// Whether the elements are strings.
fn is_str(given: &DataType) -> bool {
    let element = if let DataType::Dictionary(_, values) = given { values } else { given };
    matches!(element, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// The type with the same layout whose elements are bytes. Nulls without a type are there because an empty array may
/// have none.
fn storage(data_type: &DataType) -> Option<DataType> {
    Some(match data_type {
        DataType::Utf8 | DataType::Binary => DataType::Binary,
        DataType::LargeUtf8 | DataType::LargeBinary => DataType::LargeBinary,
        DataType::Utf8View | DataType::BinaryView => DataType::BinaryView,
        DataType::Null => DataType::Null,
        DataType::Dictionary(keys, values) if !matches!(**values, DataType::Dictionary(..) | DataType::Null) => {
            DataType::Dictionary(keys.clone(), Box::new(storage(values)?))
        }
        _ => return None,
    })
}
