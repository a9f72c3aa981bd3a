//! Numbers, flags and paths as users give them: anything with `__index__` is an integer, `bool` is not.

use bytepiece_core::Error;
use bytepiece_core::parallel::available_threads;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyString};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// More threads than any machine has cores for: a typing error rather than a wish.
const MAX_THREADS: u64 = 1024;

/// The name of an object's class, for error messages.
pub(crate) fn type_name(object: &Bound<'_, PyAny>) -> String {
    object.get_type().name().map_or_else(|_| "an unknown type".to_owned(), |name| name.to_string())
}

/// An object as a Python `int`, by `__index__`; a `bool` or anything else is a TypeError that begins with `name`.
pub(crate) fn integer<'py>(object: &Bound<'py, PyAny>, name: &str) -> PyResult<Bound<'py, PyInt>> {
    if let Ok(number) = object.cast_exact::<PyInt>() {
        return Ok(number.clone());
    }
    let refused = || PyTypeError::new_err(format!("{name} must be an int, not {}", type_name(object)));
    if object.is_instance_of::<PyBool>() || !object.hasattr("__index__")? {
        return Err(refused());
    }
    object.call_method0("__index__")?.cast_into().map_err(|_| refused())
}

/// A whole number as the nearest `u64`, with the words the user gave, for an error about its range.
pub(crate) struct Count {
    /// The number; 0 for a negative one, the largest for a larger one.
    pub(crate) nearest: u64,
    /// The number as Python shows it.
    pub(crate) words: String,
}

impl Count {
    /// Reads an integer.
    pub(crate) fn extract(object: &Bound<'_, PyAny>, name: &str) -> PyResult<Self> {
        let number = integer(object, name)?;
        let nearest = match number.extract::<u64>() {
            Ok(value) => value,
            Err(_) if number.lt(0)? => 0,
            Err(_) => u64::MAX,
        };
        Ok(Self { nearest, words: number.to_string() })
    }

    /// Whether `nearest` is the number itself.
    fn exact(&self) -> bool {
        self.nearest.to_string() == self.words
    }
}

/// An integer of 0 to 2^64 − 1: a seed or an index.
pub(crate) fn unsigned(object: &Bound<'_, PyAny>, name: &str) -> PyResult<u64> {
    let count = Count::extract(object, name)?;
    if count.exact() {
        return Ok(count.nearest);
    }
    Err(PyValueError::new_err(format!("{name} must be 0 to 2**64 - 1, not {}", count.words)))
}

/// A seed, or `None`.
pub(crate) fn seed(object: Option<&Bound<'_, PyAny>>) -> PyResult<Option<u64>> {
    object.map(|object| unsigned(object, "seed")).transpose()
}

/// A number of threads.
pub(crate) fn threads(object: &Bound<'_, PyAny>, name: &'static str) -> PyResult<NonZeroUsize> {
    let count = Count::extract(object, name)?;
    let value = (count.nearest <= MAX_THREADS).then(|| usize::try_from(count.nearest).ok().and_then(NonZeroUsize::new));
    value
        .flatten()
        .ok_or_else(|| PyValueError::new_err(format!("{name} must be 1 to {MAX_THREADS}, not {}", count.words)))
}

/// A number of threads; `None` is all cores.
pub(crate) fn threads_or_all(object: Option<&Bound<'_, PyAny>>) -> PyResult<NonZeroUsize> {
    object.map_or_else(|| Ok(available_threads()), |object| threads(object, "threads"))
}

/// `True` or `False`, and nothing that only behaves like it: `isolate_digits=36` is a mistake in the order of arguments.
pub(crate) fn flag(object: &Bound<'_, PyAny>, name: &str) -> PyResult<bool> {
    object
        .extract::<bool>()
        .map_err(|_| PyTypeError::new_err(format!("{name} must be True or False, not {}", type_name(object))))
}

/// A `str` or an `os.PathLike`.
pub(crate) fn path(object: &Bound<'_, PyAny>, name: &str) -> PyResult<PathBuf> {
    if object.is_instance_of::<PyString>() || object.hasattr("__fspath__")? {
        return object.extract();
    }
    Err(PyTypeError::new_err(format!("{name} must be a path (str or os.PathLike), not {}", type_name(object))))
}

/// Puts the user's own words into an error about the range of a parameter that had to be saturated.
pub(crate) fn in_words_of(error: Error, given: &[(&'static str, Count)]) -> Error {
    let Error::Parameter { name, value, expected } = error else { return error };
    let same = |(of, count): &&(&str, Count)| *of == name && count.nearest.to_string() == value;
    let value = given.iter().find(same).map_or(value.clone(), |(_, count)| count.words.clone());
    Error::Parameter { name, value, expected }
}
