//! The texts of a batch, however they come: held alive, and read detached from the interpreter.
//!
//! In: a list, a tuple or any other iterable of `str` and `bytes`; a numpy array of texts; an Arrow array by its PyCapsule interface.
//! Out: one slice of bytes a text, in order, and whether it was a `str`. An error names the first text that is none by its index.
//! Cost: for Python's objects 24 bytes a text and the UTF-8 that CPython keeps beside a `str`; a numpy array becomes Python's objects
//! first, as its `tolist()` does; an Arrow array is read where it lies.

pub(crate) mod arrow;
#[expect(unsafe_code, reason = "pointers come in capsules, and a stream is a table of C functions")]
mod capsule;
mod layout;

use crate::array;
use crate::parameter::{interruptible, type_name};
use crate::text::Text;
use arrow::Arrow;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyListMethods, PyString, PyTuple};

/// See the module's text.
pub(crate) enum Texts {
    /// Python's objects.
    Objects(Vec<Text>),
    /// An Arrow array.
    Arrow(Arrow),
}

impl Texts {
    /// Reads `texts=`.
    pub(crate) fn extract(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        if object.is_exact_instance_of::<PyList>() || object.is_exact_instance_of::<PyTuple>() {
            return Self::objects(object);
        }
        if let Some(list) = array::texts(object)? {
            return Self::objects(&list);
        }
        if let Some(arrow) = Arrow::extract(object)? {
            return Ok(Self::Arrow(arrow));
        }
        refuse_one(object, "texts", "str or bytes", "encode(text)")?;
        Self::objects(object)
    }

    /// A single text.
    pub(crate) fn one(text: Text) -> Self {
        Self::Objects(vec![text])
    }

    /// Reads an iterable of `str` and `bytes`.
    fn objects(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let text =
            |(place, text): (usize, PyResult<Bound<'_, PyAny>>)| Text::extract(&text?, || format!("text {place}"));
        // of a list the number is known: growing step by step would take half as much memory again
        let mut texts = Vec::with_capacity(object.cast::<PyList>().map_or(0, PyListMethods::len));
        for text in interruptible(object.py(), object.try_iter()?).enumerate().map(text) {
            texts.push(text?);
        }
        Ok(Self::Objects(texts))
    }

    /// How many texts there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Objects(texts) => texts.len(),
            Self::Arrow(texts) => texts.len(),
        }
    }

    /// The bytes of each text: those of a `str` are its UTF-8. Fast enough to be called attached, made to be called detached.
    pub(crate) fn slices(&self) -> Vec<&[u8]> {
        match self {
            Self::Objects(texts) => texts.iter().map(|text| &**text).collect(),
            Self::Arrow(texts) => texts.iter().collect(),
        }
    }

    /// Whether a text is a `str`, so that it has characters.
    pub(crate) fn is_str(&self, at: usize) -> bool {
        match self {
            Self::Objects(texts) => texts.get(at).is_some_and(Text::is_str),
            Self::Arrow(texts) => texts.is_str,
        }
    }
}

/// Whether it is one text.
pub(crate) fn is_one(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyString>() || object.is_instance_of::<PyBytes>()
}

/// A single `str` or `bytes` would be taken apart into characters: say what to call instead. `items` are what is wanted.
pub(crate) fn refuse_one(object: &Bound<'_, PyAny>, name: &str, items: &str, call: &str) -> PyResult<()> {
    let given = type_name(object);
    if is_one(object) {
        return Err(PyTypeError::new_err(format!("{name} is a single {given}: call {call}, or pass a list")));
    }
    if object.hasattr("__iter__")? || object.hasattr("__getitem__")? {
        return Ok(());
    }
    Err(PyTypeError::new_err(format!("{name} must be an iterable of {items}, not {given}")))
}
