//! Arrow arrays out of the capsules of Arrow's PyCapsule interface: the only file with `unsafe`.
//!
//! In: what `__arrow_c_array__()` or `__arrow_c_stream__()` returned. Out: chunks of texts, their buffers as the producer laid them
//! out, not copied. Strings come as the bytes they are. The name of a capsule, whether somebody has used it already, the type,
//! and every offset are checked before anything is read through them. What the interface gives no means to check is that pointers
//! and the lengths of buffers are true: like every consumer of it, this one believes the producer.

use super::arrow::{malformed, used};
use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi_and_data_type};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_data::ArrayData;
use arrow_schema::DataType;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use std::ffi::{CStr, c_int};

/// The type of an array of texts.
pub(super) struct Type {
    /// Whether the texts are strings.
    pub(super) is_str: bool,
    /// The type with the same layout whose elements are bytes.
    storage: DataType,
}

impl Type {
    /// Reads the type; a TypeError for one whose elements are no texts.
    fn new(schema: &FFI_ArrowSchema) -> PyResult<Self> {
        if schema.release().is_none() {
            return Err(used("arrow_schema"));
        }
        let given = DataType::try_from(schema).map_err(|error| PyTypeError::new_err(format!("texts: {error}")))?;
        let element = if let DataType::Dictionary(_, values) = &given { values } else { &given };
        let is_str = matches!(element, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        let storage = storage(&given).ok_or_else(|| {
            PyTypeError::new_err(format!(
                "texts is an Arrow array of {given}; the types of texts are Utf8, LargeUtf8, Utf8View, Binary, LargeBinary, \
                 BinaryView, and dictionaries of those"
            ))
        })?;
        Ok(Self { is_str, storage })
    }

    /// Takes the buffers over, and checks that offsets lead into them.
    fn import(&self, array: FFI_ArrowArray) -> PyResult<ArrayData> {
        if array.is_released() {
            return Err(used("arrow_array"));
        }
        if array.is_empty() {
            return Ok(ArrayData::new_empty(&self.storage)); // its buffers may be anything
        }
        // SAFETY: `array` is not released, and is of a type with the layout of `storage`, as the producer says in its schema.
        let data = unsafe { from_ffi_and_data_type(array, self.storage.clone()) };
        data.and_then(|data| data.validate_full().map(|()| data)).map_err(|error| malformed(&error))
    }
}

/// The type with the same layout whose elements are bytes. Nulls without a type are there because an empty array may have none.
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

/// The array of the pair of capsules that `__arrow_c_array__` returned.
pub(super) fn array(pair: &Bound<'_, PyAny>) -> PyResult<(Type, ArrayData)> {
    let capsules: Result<(Bound<'_, PyAny>, Bound<'_, PyAny>), _> = pair.extract();
    let (schema, array) = capsules.map_err(|_| malformed(&"__arrow_c_array__() gave no pair of capsules"))?;
    let schema = moved(&schema, c"arrow_schema", FFI_ArrowSchema::from_raw)?;
    let array = moved(&array, c"arrow_array", FFI_ArrowArray::from_raw)?;
    let data_type = Type::new(&schema)?;
    let data = pair.py().detach(|| data_type.import(array))?;
    Ok((data_type, data))
}

/// Chunks of one type, one after the other.
pub(super) struct Stream {
    /// Not released.
    stream: FFI_ArrowArrayStream,
    /// The type of every chunk.
    pub(super) data_type: Type,
}

impl Stream {
    /// The stream of the capsule that `__arrow_c_stream__` returned.
    pub(super) fn open(capsule: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut stream = moved(capsule, c"arrow_array_stream", FFI_ArrowArrayStream::from_raw)?;
        if stream.release().is_none() {
            return Err(used("arrow_array_stream"));
        }
        let mut schema = FFI_ArrowSchema::empty();
        call(&mut stream, FFI_ArrowArrayStream::get_schema, &mut schema)?;
        Ok(Self { data_type: Type::new(&schema)?, stream })
    }

    /// The next chunk; `None` at the end.
    pub(super) fn next(&mut self) -> PyResult<Option<ArrayData>> {
        let mut array = FFI_ArrowArray::empty();
        call(&mut self.stream, FFI_ArrowArrayStream::get_next, &mut array)?;
        if array.is_released() { Ok(None) } else { self.data_type.import(array).map(Some) }
    }
}

/// A function of a stream that fills a struct.
type Callback<T> = unsafe extern "C" fn(*mut FFI_ArrowArrayStream, *mut T) -> c_int;

/// Has a function of the stream fill `out`, which is empty.
fn call<T>(
    stream: &mut FFI_ArrowArrayStream,
    function: fn(&FFI_ArrowArrayStream) -> Option<Callback<T>>,
    out: &mut T,
) -> PyResult<()> {
    let function = function(stream).ok_or_else(|| malformed(&"a function of the stream is missing"))?;
    // SAFETY: the function is the stream's own, and `out` is an empty struct of the kind that it fills.
    let code = unsafe { function(stream, out) };
    if code == 0 {
        return Ok(());
    }
    let message = stream.get_last_error().map_or(std::ptr::null(), |function| {
        // SAFETY: the function is the stream's own, and its last call has failed.
        unsafe { function(stream) }
    });
    // SAFETY: not null, so a C string that lives until the stream is called again.
    let message = (!message.is_null()).then(|| unsafe { CStr::from_ptr(message) }.to_string_lossy().into_owned());
    Err(malformed(&message.unwrap_or_else(|| format!("the stream failed with error {code}"))))
}

/// Moves a struct out of its capsule; the capsule keeps an empty one, which says that it was used.
fn moved<T>(capsule: &Bound<'_, PyAny>, name: &CStr, take: unsafe fn(*mut T) -> T) -> PyResult<T> {
    let named = capsule.cast::<PyCapsule>().ok().and_then(|capsule| capsule.pointer_checked(Some(name)).ok());
    let pointer = named
        .map(|pointer| pointer.cast::<T>())
        .filter(|pointer| pointer.is_aligned())
        .ok_or_else(|| malformed(&format!("a capsule named {:?} is wanted, not {capsule}", name.to_string_lossy())))?;
    // SAFETY: by the interface a capsule of this name points to an initialized `T`. Nobody else can use it meanwhile: this thread
    // is attached to the interpreter, and runs no Python code before it is moved.
    Ok(unsafe { take(pointer.as_ptr()) })
}
