//! `iter=True`: one line of the text is encoded when its first piece is asked for, and nothing before.

use crate::error::raise;
use crate::text::Text;
use bytepiece_core::corpus::normalize::nfc;
use bytepiece_core::corpus::segments::{SegmentRule, segments};
use bytepiece_core::parallel::Stop;
use bytepiece_core::tokenizer::batch::{BOS, EOS, Request};
use bytepiece_core::tokenizer::{Mode, Tokenizer, Worker};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt};
use std::sync::{Arc, Mutex, PoisonError};

/// What the iterator gives.
#[derive(Clone, Copy)]
pub(super) enum Item {
    /// Pieces, as `bytes`.
    Pieces,
    /// Ids.
    Ids,
}

/// Gives the pieces or ids of one text. Several threads may share it: each item goes to one of them.
#[pyclass(frozen, name = "_PieceIterator", module = "bytepiece")]
pub(crate) struct PieceIterator {
    /// Encodes the lines.
    tokenizer: Arc<Tokenizer>,
    /// The whole text, not normalized: NFC never reaches across a newline.
    text: Text,
    /// How to choose among segmentations.
    mode: Mode,
    /// What is given.
    item: Item,
    /// Where it stands. Locked detached only, so that a thread that waits for it holds up nobody.
    state: Mutex<State>,
}

/// What changes from item to item.
struct State {
    /// Buffers.
    worker: Worker,
    /// The ids of the line at hand.
    ids: Vec<u32>,
    /// The next of `ids`.
    at: usize,
    /// The most ids of text still to come from the lines behind.
    left: usize,
    /// Where the next line begins in the text.
    offset: usize,
    /// Whether `<eos>` is still to come.
    eos_waits: bool,
}

impl PieceIterator {
    /// At the beginning of the row of `text`.
    pub(super) fn new(tokenizer: Arc<Tokenizer>, text: Text, request: &Request, item: Item) -> PyResult<Self> {
        let mode = request.mode(0);
        let left = request.room().map_err(raise)?.unwrap_or(usize::MAX);
        let (ids, eos_waits) = (Vec::from_iter(request.add_bos.then_some(BOS)), request.add_eos);
        let state = State { worker: Worker::default(), ids, at: 0, left, offset: 0, eos_waits };
        Ok(Self { tokenizer, text, mode, item, state: Mutex::new(state) })
    }

    /// The next id.
    fn next(&self) -> Option<u32> {
        // a panic leaves at worst half a line in `ids`, which the panic has already told the user about
        let mut guard = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *guard;
        while state.at == state.ids.len() {
            let next = (state.left > 0).then(|| segments(&self.text[state.offset..], SegmentRule::LINES).next());
            let Some(line) = next.flatten() else { return std::mem::take(&mut state.eos_waits).then_some(EOS) };
            let mode = self.mode.at(state.offset);
            state.offset += line.len();
            state.ids.clear();
            state.at = 0;
            self.tokenizer.encode_line_into(&nfc(line), mode, &mut state.worker, &Stop::default(), &mut state.ids);
            state.ids.truncate(state.left);
            state.left -= state.ids.len();
        }
        state.at += 1;
        state.ids.get(state.at - 1).copied()
    }
}

#[pymethods]
impl PieceIterator {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        let id = py.detach(|| self.next())?;
        Some(match self.item {
            Item::Ids => PyInt::new(py, id).into_any(),
            Item::Pieces => PyBytes::new(py, self.tokenizer.vocabulary().piece(id).unwrap_or_default()).into_any(),
        })
    }
}
