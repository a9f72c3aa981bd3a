//! Single pieces and ids. Pieces are `bytes`; special tokens, which are none, are `str`.

use crate::error::raise;
use crate::text::Text;
use bytepiece_core::Error;
use bytepiece_core::tokenizer::Tokenizer;
use bytepiece_core::vocabulary::{FIRST_ID, SPECIALS};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};

/// The id of a piece; a `str` that is no special token stands for its UTF-8.
pub(super) fn id(core: &Tokenizer, piece: &Bound<'_, PyAny>) -> PyResult<u32> {
    let text = Text::extract(piece, || "piece".to_owned())?;
    let special = match &text {
        Text::Str(word) => core.vocabulary().special_id(word),
        Text::Bytes(_) => None,
    };
    match special.or_else(|| core.id(&text)) {
        Some(id) => Ok(id),
        None => Err(raise(Error::UnknownPiece { piece: piece.repr()?.to_string() })),
    }
}

/// The piece of an id that stands at `position`.
pub(super) fn piece<'py>(py: Python<'py>, core: &Tokenizer, id: i64, position: usize) -> PyResult<Bound<'py, PyAny>> {
    let id = u32::try_from(id).map_err(|_| raise(core.unknown_id(id, position)))?;
    if let Some(piece) = core.vocabulary().piece(id) {
        return Ok(PyBytes::new(py, piece).into_any());
    }
    let unknown = || raise(core.unknown_id(i64::from(id), position));
    core.vocabulary().special(id).map(|special| PyString::new(py, special).into_any()).ok_or_else(unknown)
}

/// All pieces and special tokens with their ids, in the order of the ids.
pub(super) fn vocab<'py>(py: Python<'py>, core: &Tokenizer) -> PyResult<Bound<'py, PyDict>> {
    let (vocab, vocabulary) = (PyDict::new(py), core.vocabulary());
    for (special, id) in vocabulary.specials().take(SPECIALS.len()) {
        vocab.set_item(special, id)?;
    }
    for ((piece, _), id) in vocabulary.pieces().iter().zip(FIRST_ID..) {
        vocab.set_item(PyBytes::new(py, piece), id)?;
    }
    for (special, id) in vocabulary.specials().skip(SPECIALS.len()) {
        vocab.set_item(special, id)?;
    }
    Ok(vocab)
}
