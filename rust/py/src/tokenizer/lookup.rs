//! Single pieces and ids. Pieces are `bytes`; the three specials, which are none, are `str`.

use crate::error::raise;
use crate::text::Text;
use bytepiece_core::Error;
use bytepiece_core::tokenizer::Tokenizer;
use bytepiece_core::vocabulary::{FIRST_ID, SPECIALS};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};

/// The id of a piece; a `str` that is no special stands for its UTF-8.
pub(super) fn id(core: &Tokenizer, piece: &Bound<'_, PyAny>) -> PyResult<u32> {
    if let Ok(word) = piece.cast::<PyString>()
        && let Some((id, _)) = (0..FIRST_ID).zip(SPECIALS).find(|(_, special)| *word == *special)
    {
        return Ok(id);
    }
    match core.id(&Text::extract(piece, || "piece".to_owned())?) {
        Some(id) => Ok(id),
        None => Err(raise(Error::UnknownPiece { piece: piece.repr()?.to_string() })),
    }
}

/// The piece of an id that stands at `position`.
pub(super) fn piece<'py>(py: Python<'py>, core: &Tokenizer, id: i64, position: usize) -> PyResult<Bound<'py, PyAny>> {
    if let Some(special) = usize::try_from(id).ok().and_then(|id| SPECIALS.get(id)) {
        return Ok(PyString::new(py, special).into_any());
    }
    let piece = u32::try_from(id).ok().and_then(|id| core.vocabulary().piece(id));
    let unknown = || raise(core.unknown_id(id, position));
    piece.map(|piece| PyBytes::new(py, piece).into_any()).ok_or_else(unknown)
}

/// All pieces with their ids, in the order of the ids.
pub(super) fn vocab<'py>(py: Python<'py>, core: &Tokenizer) -> PyResult<Bound<'py, PyDict>> {
    let vocab = PyDict::new(py);
    for (id, special) in SPECIALS.iter().enumerate() {
        vocab.set_item(special, id)?;
    }
    for (index, (piece, _)) in core.vocabulary().pieces().iter().enumerate() {
        vocab.set_item(PyBytes::new(py, piece), index + SPECIALS.len())?;
    }
    Ok(vocab)
}
