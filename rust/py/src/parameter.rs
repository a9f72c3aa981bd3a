//! Numbers, flags, words, paths and mappings as users give them: anything with `__index__` is an integer, `bool` is not.

use crate::texts::refuse_one;
use bytepiece_core::Error;
use bytepiece_core::parallel::available_threads;
use bytepiece_core::vocabulary::special::MAX_SPECIAL_TOKENS;
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyFrozenSet, PyInt, PyMapping, PySet, PyString};
use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// More threads than any machine has cores for: a typing error rather than a wish.
const MAX_THREADS: u64 = 1024;

/// An argument that can be left out. `None` is a value like any other, which no number and no flag accepts.
pub(crate) enum Argument<'py> {
    /// Left out.
    Default,
    /// As the user gave it.
    Given(Bound<'py, PyAny>),
}

impl<'py> Argument<'py> {
    /// What `read` makes of it, or `default`.
    #[inline]
    pub(crate) fn or<T>(&self, default: T, read: impl FnOnce(&Bound<'py, PyAny>) -> PyResult<T>) -> PyResult<T> {
        match self {
            Self::Default => Ok(default),
            Self::Given(object) => read(object),
        }
    }
}

impl<'py> FromPyObject<'_, 'py> for Argument<'py> {
    type Error = Infallible;

    #[inline]
    fn extract(object: Borrowed<'_, 'py, PyAny>) -> Result<Self, Infallible> {
        Ok(Self::Given(object.to_owned()))
    }
}

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
    // numpy's arrays have the method and refuse in words of their own
    let number = object.call_method0("__index__");
    let no_integer = |error: PyErr| if error.is_instance_of::<PyTypeError>(object.py()) { refused() } else { error };
    number.map_err(no_integer)?.cast_into().map_err(|_| refused())
}

/// Any number with `__float__` or `__index__`; a `bool` or anything else is a TypeError that begins with `name`.
pub(crate) fn real(object: &Bound<'_, PyAny>, name: &str) -> PyResult<f64> {
    if let Ok(number) = object.cast_exact::<PyFloat>() {
        return Ok(number.value());
    }
    let refused = || PyTypeError::new_err(format!("{name} must be a number, not {}", type_name(object)));
    if object.is_instance_of::<PyBool>() {
        return Err(refused());
    }
    object.extract().map_err(|error: PyErr| {
        if error.is_instance_of::<PyOverflowError>(object.py()) {
            return PyValueError::new_err(format!("{name} is beyond the range of a float"));
        }
        if error.is_instance_of::<PyTypeError>(object.py()) { refused() } else { error }
    })
}

/// A `str`; anything else is a TypeError that begins with `name`.
pub(crate) fn word(object: &Bound<'_, PyAny>, name: &str) -> PyResult<String> {
    let word = object
        .cast::<PyString>()
        .map_err(|_| PyTypeError::new_err(format!("{name} must be a str, not {}", type_name(object))))?;
    let surrogate = |_| PyValueError::new_err(format!("{name} has a lone surrogate, which has no UTF-8 form"));
    word.extract().map_err(surrogate)
}

/// A key and its value.
pub(crate) type Pair<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

/// The keys and values of a dict or any other mapping, as its `items()` gives them; `None` for what is no mapping. Goes through
/// Python's iterator, which notices when the mapping changes meanwhile.
pub(crate) fn pairs<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<impl Iterator<Item = PyResult<Pair<'py>>>>> {
    if object.cast::<PyMapping>().is_err() {
        return Ok(None);
    }
    Ok(Some(object.call_method0("items")?.try_iter()?.map(|pair| pair?.extract())))
}

/// Lets Ctrl-C through while Python's objects are gathered: an endless iterator written in C would never ask.
pub(crate) fn interruptible<'py, T>(
    py: Python<'py>,
    items: impl Iterator<Item = PyResult<T>>,
) -> impl Iterator<Item = PyResult<T>> {
    const SELDOM: usize = 1 << 16;
    items.enumerate().map(move |(number, item)| {
        if number % SELDOM == SELDOM - 1 {
            py.check_signals()?;
        }
        item
    })
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

/// One of some words; anything else is a ValueError that names them.
pub(crate) fn choice<T: Copy>(object: &Bound<'_, PyAny>, name: &str, words: &[(&str, T)]) -> PyResult<T> {
    let given: Option<&str> = object.extract().ok();
    if let Some(&(_, value)) = words.iter().find(|(word, _)| given == Some(word)) {
        return Ok(value);
    }
    let quoted: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
    let shown = object.repr()?;
    Err(PyValueError::new_err(format!("{name} must be {}, not {shown}", quoted.join(" or "))))
}

/// A `str` or an `os.PathLike`.
pub(crate) fn path(object: &Bound<'_, PyAny>, name: &str) -> PyResult<PathBuf> {
    if object.is_instance_of::<PyString>() || object.hasattr("__fspath__")? {
        let path: PathBuf = object.extract()?;
        if path.as_os_str().as_encoded_bytes().contains(&0) {
            return Err(PyValueError::new_err(format!(
                "{name} has a NUL character, which no file has: {}",
                object.repr()?
            )));
        }
        return Ok(path);
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

/// The elements of an iterable, which are `str`; it may have no end.
pub(crate) fn strings<'a, 'py: 'a>(
    object: &Bound<'py, PyAny>,
    name: &'a str,
) -> PyResult<impl Iterator<Item = PyResult<String>> + use<'a, 'py>> {
    let string = move |(place, token): (usize, PyResult<Bound<'_, PyAny>>)| word(&token?, &format!("{name}[{place}]"));
    Ok(interruptible(object.py(), object.try_iter()?).enumerate().map(string))
}

/// Special tokens in the order of their ids; `call` is what to do with a single one.
pub(crate) fn tokens(object: &Bound<'_, PyAny>, name: &str, call: &str) -> PyResult<Vec<String>> {
    refuse_one(object, name, "str", call)?;
    if object.cast::<PyMapping>().is_ok() || object.is_instance_of::<PySet>() || object.is_instance_of::<PyFrozenSet>()
    {
        let problem = format!("{name} is a {}: ids go by the order of the tokens, pass a list", type_name(object));
        return Err(PyTypeError::new_err(problem));
    }
    // one more than there can be is enough for the error
    strings(object, name)?.take(MAX_SPECIAL_TOKENS + 1).collect()
}
