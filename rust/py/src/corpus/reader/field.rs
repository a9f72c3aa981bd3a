//! Paths of keys and other arguments of readers.

use crate::parameter::{type_name, unsigned, word};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple};

/// A path of keys: a `str` with dots between them, or a sequence of `str`.
pub(super) fn field_path(object: &Bound<'_, PyAny>, name: &str) -> PyResult<Vec<String>> {
    if object.is_instance_of::<PyString>() {
        return Ok(word(object, name)?.split('.').map(str::to_owned).collect());
    }
    let refused = || PyTypeError::new_err(format!("{name} must be a str, or a list of str, not {}", type_name(object)));
    if object.is_instance_of::<PyBytes>() {
        return Err(refused());
    }
    let keys: Vec<String> = object
        .try_iter()
        .map_err(|_| refused())?
        .enumerate()
        .map(|(place, key)| word(&key?, &format!("{name}[{place}]")))
        .collect::<PyResult<_>>()?;
    if keys.is_empty() {
        return Err(PyValueError::new_err(format!("{name} must be at least one key, not an empty list")));
    }
    Ok(keys)
}

/// The inverse of [`field_path`].
pub(super) fn field_word<'py>(py: Python<'py>, field: &[String]) -> PyResult<Bound<'py, PyAny>> {
    if field.iter().any(|key| key.contains('.')) {
        return Ok(PyTuple::new(py, field)?.into_any());
    }
    Ok(PyString::new(py, &field.join(".")).into_any())
}

/// A whole number over 0.
pub(super) fn at_least_one(object: &Bound<'_, PyAny>, name: &str) -> PyResult<u64> {
    let number = unsigned(object, name)?;
    if number > 0 { Ok(number) } else { Err(PyValueError::new_err(format!("{name} must be at least 1, not 0"))) }
}

/// The path of keys that `field=` stands for, for readers written in Python.
#[pyfunction(name = "_field_path")]
pub(crate) fn path_of_field(field: &Bound<'_, PyAny>, name: &str) -> PyResult<Vec<String>> {
    field_path(field, name)
}
