//! `iter=True`: one line of the text is encoded when its first piece is asked for, and nothing before.

use crate::text::Text;
use bytepiece_core::corpus::normalize::nfc;
use bytepiece_core::corpus::segments::{SegmentRule, segments};
use bytepiece_core::parallel::Stop;
use bytepiece_core::tokenizer::{Mode, Tokenizer, Worker};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt};
use std::sync::{Arc, Mutex, PoisonError};

/// What the iterator gives.
#[derive(Clone, Copy)]
pub(super) enum Item {
    /// Pieces, as `bytes`.
    Pieces,
    /// Ids, with or without `<bos>` and `<eos>` around them.
    Ids {
        /// Whether to begin with `<bos>`.
        add_bos: bool,
        /// Whether to end with `<eos>`.
        add_eos: bool,
    },
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
    /// Where the next line begins in the text.
    offset: usize,
    /// Whether `<eos>` is still to come.
    eos_waits: bool,
}

impl PieceIterator {
    /// At the beginning of `text`.
    pub(super) fn new(tokenizer: Arc<Tokenizer>, text: Text, mode: Mode, item: Item) -> Self {
        let (bos, eos_waits) = match item {
            Item::Pieces => (None, false),
            Item::Ids { add_bos, add_eos } => (add_bos.then_some(super::Tokenizer::BOS_ID), add_eos),
        };
        let ids = bos.into_iter().collect();
        let state = State { worker: Worker::default(), ids, at: 0, offset: 0, eos_waits };
        Self { tokenizer, text, mode, item, state: Mutex::new(state) }
    }

    /// The next id.
    fn next(&self) -> Option<u32> {
        // a panic leaves at worst half a line in `ids`, which the panic has already told the user about
        let mut guard = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *guard;
        while state.at == state.ids.len() {
            let Some(line) = segments(&self.text[state.offset..], SegmentRule::LINES).next() else {
                return std::mem::take(&mut state.eos_waits).then_some(super::Tokenizer::EOS_ID);
            };
            let mode = self.mode.at(state.offset);
            state.offset += line.len();
            state.ids.clear();
            state.at = 0;
            self.tokenizer.encode_line_into(&nfc(line), mode, &mut state.worker, &Stop::default(), &mut state.ids);
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
            Item::Ids { .. } => PyInt::new(py, id).into_any(),
            Item::Pieces => PyBytes::new(py, self.tokenizer.vocabulary().piece(id).unwrap_or_default()).into_any(),
        })
    }
}
