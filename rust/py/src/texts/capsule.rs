//! Arrow arrays out of the capsules of Arrow's PyCapsule interface: the only file with `unsafe`.
//!
//! In: what `__arrow_c_array__()` or `__arrow_c_stream__()` returned. Out: chunks of texts, their buffers as the producer laid them
//! out, not copied. Strings come as the bytes they are. The name of a capsule, whether somebody has used it already, the type,
//! and every offset are checked before anything is read through them. What the interface gives no means to check is that pointers
//! and the lengths of buffers are true: like every consumer of it, this one believes the producer.

use super::arrow::{malformed, used};
use super::layout::Layout;
use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi_and_data_type};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_data::ArrayData;
use arrow_schema::DataType;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use std::ffi::{CStr, c_int};

/// The type that a schema describes.
fn type_of(schema: &FFI_ArrowSchema) -> PyResult<DataType> {
    if schema.release().is_none() {
        return Err(used("arrow_schema"));
    }
    DataType::try_from(schema).map_err(|error| PyTypeError::new_err(format!("texts: {error}")))
}

/// Takes the buffers over; offsets are still to be checked.
fn import(array: FFI_ArrowArray, layout: &Layout) -> PyResult<ArrayData> {
    if array.is_released() {
        return Err(used("arrow_array"));
    }
    if array.is_empty() {
        return Ok(ArrayData::new_empty(&layout.storage)); // its buffers may be anything
    }
    // SAFETY: `array` is not released, and is of a type with the layout of `storage`, as the producer says in its schema.
    unsafe { from_ffi_and_data_type(array, layout.storage.clone()) }.map_err(|error| malformed(&error))
}

/// What a layout is made of: the type that the producer gives.
pub(super) type Lay<'a> = &'a dyn Fn(&DataType) -> PyResult<Layout>;

/// The array of the pair of capsules that `__arrow_c_array__` returned.
pub(super) fn array(pair: &Bound<'_, PyAny>, lay: Lay<'_>) -> PyResult<(Layout, ArrayData)> {
    let capsules: Result<(Bound<'_, PyAny>, Bound<'_, PyAny>), _> = pair.extract();
    let (schema, array) = capsules.map_err(|_| malformed(&"__arrow_c_array__() gave no pair of capsules"))?;
    let schema = moved(&schema, c"arrow_schema", FFI_ArrowSchema::from_raw)?;
    let array = moved(&array, c"arrow_array", FFI_ArrowArray::from_raw)?;
    let layout = lay(&type_of(&schema)?)?;
    let data = import(array, &layout)?;
    Ok((layout, data))
}

/// Chunks of one type, one after the other.
pub(super) struct Stream {
    /// Not released.
    stream: FFI_ArrowArrayStream,
    /// The layout of every chunk.
    pub(super) layout: Layout,
}

impl Stream {
    /// The stream of the capsule that `__arrow_c_stream__` returned.
    pub(super) fn open(capsule: &Bound<'_, PyAny>, lay: Lay<'_>) -> PyResult<Self> {
        let mut stream = moved(capsule, c"arrow_array_stream", FFI_ArrowArrayStream::from_raw)?;
        if stream.release().is_none() {
            return Err(used("arrow_array_stream"));
        }
        let mut schema = FFI_ArrowSchema::empty();
        call(&mut stream, FFI_ArrowArrayStream::get_schema, &mut schema)?;
        Ok(Self { layout: lay(&type_of(&schema)?)?, stream })
    }

    /// The next chunk; `None` at the end.
    pub(super) fn next(&mut self) -> PyResult<Option<ArrayData>> {
        let mut array = FFI_ArrowArray::empty();
        call(&mut self.stream, FFI_ArrowArrayStream::get_next, &mut array)?;
        if array.is_released() { Ok(None) } else { import(array, &self.layout).map(Some) }
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
