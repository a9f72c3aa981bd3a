//! The documents of one batch, held alive, and read detached from the interpreter.
//!
//! In: what a reader written in Python gives: `str` and `bytes`, an Arrow array, or one `bytes` that packs many
//! documents (from another process). Out: each document as bytes, or why it is none. Cost: none a document, but for
//! Python's objects.

use crate::parameter::type_name;
use crate::text::Text;
use crate::texts::arrow::Chunk;
use bytepiece_core::corpus::tally::Flaw;
use bytepiece_core::num::to_usize;
use pyo3::exceptions::{PyUnicodeEncodeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyBytesMethods, PyString};

/// A document, or why it is none.
pub(super) enum Document<'a> {
    /// Its bytes, and whether they are to be UTF-8 whatever the policy says.
    Bytes(&'a [u8], bool),
    /// A flaw with its words, and the document with U+FFFD for what is wrong, where that can be.
    Flawed(Flaw, &'a str, Option<&'a [u8]>),
}

/// See the module.
pub(super) enum Held {
    /// Python's objects.
    Objects(Vec<Object>),
    /// An Arrow column.
    Arrow(Box<Chunk>),
    /// Many documents in one.
    Packed(PyBackedBytes, Vec<usize>),
}

/// A document of Python's.
pub(super) enum Object {
    /// `bytes`, or the UTF-8 of a `str`.
    Bytes(PyBackedBytes),
    /// A `str` with a lone surrogate: what is said of it, and it with U+FFFD instead.
    Broken(String, PyBackedBytes),
}

impl Object {
    /// Reads a document; with `keep` a lone surrogate is no error, but kept in mind.
    pub(super) fn extract(object: &Bound<'_, PyAny>, keep: bool, name: impl Fn() -> String) -> PyResult<Self> {
        let broken = |error: PyErr| -> PyResult<Self> {
            let py = object.py();
            let surrogate =
                error.is_instance_of::<PyValueError>(py) && !error.is_instance_of::<PyUnicodeEncodeError>(py);
            let Ok(text) = object.cast::<PyString>() else { return Err(error) };
            if !keep || !surrogate {
                return Err(error);
            }
            let wide = text.call_method1("encode", ("utf-16-le", "surrogatepass"))?;
            let mended = wide.call_method1("decode", ("utf-16-le", "replace"))?;
            Ok(Self::Broken(error.value(py).to_string(), mended.cast::<PyString>()?.encode_utf8()?.into()))
        };
        Text::extract_once(object, &name).map(Self::Bytes).or_else(broken)
    }

    /// How many bytes it takes.
    pub(super) fn len(&self) -> usize {
        let (Self::Bytes(bytes) | Self::Broken(_, bytes)) = self;
        bytes.len()
    }
}

impl Held {
    /// Reads packed documents: how many in 8 bytes, the length of each in 8 bytes, little-endian, and all of them.
    pub(super) fn unpack(packed: &Bound<'_, PyBytes>) -> PyResult<Self> {
        let malformed = || PyValueError::new_err("a batch of packed documents is broken: please report it");
        let word = |at: usize| -> PyResult<usize> {
            let bytes = packed.as_bytes().get(at..).and_then(<[u8]>::first_chunk::<8>).ok_or_else(malformed)?;
            Ok(to_usize(u64::from_le_bytes(*bytes)))
        };
        let count = word(0)?;
        if count > packed.as_bytes().len() / 8 {
            return Err(malformed());
        }
        let mut ends = Vec::with_capacity(count + 1);
        let mut end = 8 * (1 + count);
        ends.push(end);
        for number in 0..count {
            end = end.checked_add(word(8 * (1 + number))?).ok_or_else(malformed)?;
            ends.push(end);
        }
        if end != packed.as_bytes().len() {
            return Err(malformed());
        }
        Ok(Self::Packed(PyBackedBytes::from(packed.clone()), ends))
    }

    /// How many documents there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Objects(objects) => objects.len(),
            Self::Arrow(chunk) => chunk.len(),
            Self::Packed(_, ends) => ends.len().saturating_sub(1),
        }
    }

    /// The document at a place.
    pub(super) fn get(&self, at: usize) -> Document<'_> {
        match self {
            Self::Objects(objects) => match &objects[at] {
                Object::Bytes(bytes) => Document::Bytes(bytes, false),
                Object::Broken(words, mended) => Document::Flawed(Flaw::InvalidUtf8, words, Some(mended)),
            },
            Self::Arrow(chunk) => match chunk.text(at) {
                Some(text) => Document::Bytes(text, chunk.is_str),
                None => Document::Flawed(Flaw::Null, "is null", None),
            },
            Self::Packed(bytes, ends) => Document::Bytes(&bytes[ends[at]..ends[at + 1]], false),
        }
    }
}

/// The names of the sources of a batch.
pub(super) enum Sources {
    /// There are none.
    None,
    /// One for all documents.
    One(String),
    /// One for each.
    Each(Box<Held>),
}

impl Sources {
    /// Reads what a batch says of them.
    pub(super) fn extract(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        if object.is_none() {
            return Ok(Self::None);
        }
        if let Ok(name) = object.cast::<PyString>() {
            return name.extract().map(Self::One);
        }
        let one = |(at, name): (usize, PyResult<Bound<'_, PyAny>>)| {
            Object::extract(&name?, true, || format!("the source of document {at}"))
        };
        let names = object.try_iter().map_err(|_| {
            PyValueError::new_err(format!("the sources of a batch are a {}: please report it", type_name(object)))
        })?;
        Ok(Self::Each(Box::new(Held::Objects(names.enumerate().map(one).collect::<PyResult<_>>()?))))
    }
}
