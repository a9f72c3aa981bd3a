//! Counting for `bytepiece.evaluate`: documents and ids from Python, texts and arrays of counts back.

use crate::array::{self, IdArray};
use crate::corpus::once;
use crate::error::raise;
use crate::interrupt::Signals;
use crate::texts::Texts;
use crate::turns::Turns;
use bytepiece_core::corpus::Documents;
use bytepiece_core::corpus::normalize::nfc;
use bytepiece_core::evaluate::pieces::class_of_piece;
use bytepiece_core::evaluate::texts::{Classes, Counts};
use bytepiece_core::evaluate::{CLASSES, tokens::Tokens};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyList, PyTuple};
use std::borrow::Cow;

/// One byte a class.
fn by_class(bytes: &[u8], name: &str) -> PyResult<[u8; CLASSES]> {
    bytes.try_into().map_err(|_| PyValueError::new_err(format!("{name} must have {CLASSES} bytes")))
}

/// The documents of a corpus, batch by batch, composed and counted.
#[pyclass(frozen, name = "_CountedTexts", module = "bytepiece._bytepiece")]
pub(crate) struct CountedTexts {
    /// The pass; threads that share it take turns.
    pass: Turns<CountedPass>,
    /// The class of each code point.
    classes: PyBackedBytes,
    /// What each class does to words.
    kinds: [u8; CLASSES],
    /// What an error calls the corpus.
    name: String,
}

/// A pass over documents.
struct CountedPass {
    /// The documents.
    documents: Box<dyn Documents + Send>,
    /// How many were read.
    read: usize,
}

/// Some texts in normal form C, with their counts.
#[derive(Default)]
struct CountedBatch {
    /// Their UTF-8.
    texts: Vec<Vec<u8>>,
    /// The counts.
    counts: Counts,
}

impl CountedTexts {
    /// The next texts, to the one that makes them as long as `bytes`, or as many as `documents`.
    fn read(&self, bytes: usize, documents: usize) -> PyResult<CountedBatch> {
        let classes = Classes::new(&self.classes, &self.kinds);
        let mut pass = self.pass.lock()?;
        let (mut batch, mut size, mut signals) = (CountedBatch::default(), 0, Signals::new());
        while size < bytes && batch.texts.len() < documents {
            let Some(text) = pass.next(&mut signals)? else { break };
            let text = match nfc(&text) {
                Cow::Owned(composed) => composed,
                Cow::Borrowed(_) => text,
            };
            let Ok(valid) = simdutf8::basic::from_utf8(&text) else {
                return Err(PyValueError::new_err(format!(
                    "corpus {}: document {} is not UTF-8: only text can be compared; \
                     bytepiece.corpus.Documents(..., errors=\"replace\") makes it text",
                    self.name,
                    pass.read - 1,
                )));
            };
            batch.counts.add(valid, &classes);
            size += text.len();
            batch.texts.push(text);
        }
        Ok(batch)
    }
}

impl CountedPass {
    /// The next document.
    fn next(&mut self, signals: &mut Signals) -> PyResult<Option<Vec<u8>>> {
        let mut text = Vec::new();
        while let Some(part) = self.documents.next_part(&mut text).map_err(raise)? {
            signals.check().map_err(raise)?;
            if part.ends_document {
                self.read += 1;
                return Ok(Some(text));
            }
        }
        Ok(None)
    }
}

#[pymethods]
impl CountedTexts {
    #[new]
    fn new(documents: &Bound<'_, PyAny>, name: String, classes: PyBackedBytes, kinds: PyBackedBytes) -> PyResult<Self> {
        let kinds = by_class(&kinds, "kinds")?;
        let pass = Turns::new(CountedPass { documents: once::documents(documents)?, read: 0 });
        Ok(Self { pass, classes, kinds, name })
    }

    /// `(texts, bytes, characters, words, class_characters, class_words)`: texts as UTF-8, the next three of each text, the others of
    /// each class. No texts at the end.
    fn next<'py>(&self, py: Python<'py>, bytes: usize, documents: usize) -> PyResult<Bound<'py, PyTuple>> {
        let CountedBatch { texts, counts } = py.detach(|| self.read(bytes, documents))?;
        let (characters, words) = counts.of_classes();
        let sizes = texts.iter().map(Vec::len).collect::<Vec<_>>();
        let list = PyList::empty(py);
        for text in texts {
            list.append(PyBytes::new(py, &text))?; // and frees the text: at most one is there twice
        }
        let arrays = [
            array::signed(py, sizes)?,
            array::signed(py, counts.characters)?,
            array::signed(py, counts.words)?,
            array::signed(py, characters.to_vec())?,
            array::signed(py, words.to_vec())?,
        ];
        PyTuple::new(py, std::iter::once(list.into_any()).chain(arrays.map(Bound::into_any)).collect::<Vec<_>>())
    }
}

/// `(classes, broken)`, a byte a piece each.
#[pyfunction(name = "_piece_classes")]
pub(crate) fn piece_classes<'py>(
    py: Python<'py>,
    pieces: Vec<PyBackedBytes>,
    classes: PyBackedBytes,
    weights: PyBackedBytes,
) -> PyResult<Bound<'py, PyTuple>> {
    let weights = by_class(&weights, "weights")?;
    let (found, broken): (Vec<u8>, Vec<u8>) = pieces
        .iter()
        .map(|piece| class_of_piece(piece, &classes, &weights))
        .map(|(class, broken)| (class, u8::from(broken)))
        .unzip();
    PyTuple::new(py, [PyBytes::new(py, &found), PyBytes::new(py, &broken)])
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
