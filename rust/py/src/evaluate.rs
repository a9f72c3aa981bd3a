//! Counting for `bytepiece.evaluate`: texts and ids from Python, arrays of counts back.

use crate::array::{self, IdArray};
use crate::error::raise;
use crate::texts::Texts;
use bytepiece_core::corpus::normalize::nfc;
use bytepiece_core::evaluate::texts::{Kind, count};
use bytepiece_core::evaluate::{CLASSES, tokens::Tokens};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyList, PyString, PyTuple};
use std::borrow::Cow;

/// The texts in normal form C: the same objects where nothing changes.
#[pyfunction(name = "_composed")]
pub(crate) fn composed<'py>(py: Python<'py>, texts: &Bound<'py, PyList>) -> PyResult<Bound<'py, PyList>> {
    let given = Texts::extract(texts)?;
    let changed = py.detach(|| {
        let changed = |(place, text)| match nfc(text) {
            Cow::Borrowed(_) => None,
            Cow::Owned(text) => Some((place, text)),
        };
        given.slices().into_iter().enumerate().filter_map(changed).collect::<Vec<_>>()
    });
    let composed = texts.get_slice(0, texts.len());
    for (place, text) in changed {
        composed.set_item(place, PyString::new(py, &String::from_utf8_lossy(&text)))?;
    }
    Ok(composed)
}

/// `(bytes, characters, words, class_characters, class_words)`: the first three of each text, the others of each class.
#[pyfunction(name = "_text_counts")]
pub(crate) fn text_counts<'py>(
    py: Python<'py>,
    texts: &Bound<'py, PyAny>,
    classes: PyBackedBytes,
    kinds: PyBackedBytes,
) -> PyResult<Bound<'py, PyTuple>> {
    let kinds: [u8; CLASSES] =
        kinds.as_ref().try_into().map_err(|_| PyValueError::new_err(format!("kinds must have {CLASSES} bytes")))?;
    let texts = Texts::extract(texts)?;
    let (sizes, counts) = py.detach(|| {
        let slices = texts.slices();
        let counts = count(&slices, &classes, &kinds.map(Kind::new));
        (slices.iter().map(|text| text.len()).collect::<Vec<_>>(), counts)
    });
    let arrays = [
        array::signed(py, sizes)?,
        array::signed(py, counts.characters)?,
        array::signed(py, counts.words)?,
        array::signed(py, counts.class_characters.to_vec())?,
        array::signed(py, counts.class_words.to_vec())?,
    ];
    PyTuple::new(py, arrays)
}

/// What one tokenizer made of one corpus.
#[pyclass(name = "_TokenCounts", module = "bytepiece._bytepiece")]
pub(crate) struct TokenCounts {
    /// The core's.
    core: Tokens,
    /// The class of each code point.
    classes: PyBackedBytes,
}

#[pymethods]
impl TokenCounts {
    #[new]
    fn new(pieces: Vec<PyBackedBytes>, parts: PyBackedBytes, classes: PyBackedBytes) -> PyResult<Self> {
        let slices: Vec<&[u8]> = pieces.iter().map(|piece| &**piece).collect();
        let parts: Vec<bool> = parts.iter().map(|&part| part != 0).collect();
        Ok(Self { core: Tokens::new(&slices, &parts).map_err(raise)?, classes })
    }

    /// Counts the ids of texts; gives the places of those that are not their pieces laid end to end. Attached, since others may
    /// write to the array: a batch takes milliseconds.
    fn add(
        &mut self,
        texts: &Bound<'_, PyAny>,
        ids: &Bound<'_, PyAny>,
        ends: &Bound<'_, PyAny>,
    ) -> PyResult<Vec<usize>> {
        let texts = Texts::extract(texts)?;
        let (ends, texts) = (array::row_ends(ends, ids.len()?)?, texts.slices());
        let different = match IdArray::extract(ids)? {
            IdArray::Narrow(ids) => self.core.add(&texts, ids.as_slice()?, &ends, &self.classes),
            IdArray::Wide(ids) => self.core.add(&texts, ids.as_slice()?, &ends, &self.classes),
        };
        different.map_err(raise)
    }

    /// `(counts, spread, parts)`.
    fn result<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let spread = array::signed(py, self.core.spread())?;
        let counts = array::signed(py, self.core.counts())?;
        PyTuple::new(py, [counts, spread, array::signed(py, self.core.parts().to_vec())?])
    }
}
