//! `iter=True`: one line of the text is encoded when its first piece is asked for, and nothing before. Special tokens, where they
//! are parsed, are sought at once: a refused one is an error of the call.

use super::{call, lookup};
use crate::error::raise;
use crate::text::Text;
use crate::turns::Turns;
use bytepiece_core::corpus::segments::lines;
use bytepiece_core::parallel::Stop;
use bytepiece_core::tokenizer::batch::{BOS, EOS, Request};
use bytepiece_core::tokenizer::special::Part;
use bytepiece_core::tokenizer::{Mode, Tokenizer, Worker};
use pyo3::prelude::*;
use pyo3::types::PyInt;
use std::ops::Range;
use std::sync::Arc;

/// What the iterator gives.
#[derive(Clone, Copy)]
pub(super) enum Item {
    /// Pieces, as `bytes`; special tokens as `str`.
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
    state: Turns<State>,
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
    /// The parts of the text that follow the one at hand.
    parts: std::vec::IntoIter<Part>,
    /// What is left of the part at hand: the next line begins at its start.
    rest: Range<usize>,
    /// Whether `<eos>` is still to come.
    eos_waits: bool,
}

impl PieceIterator {
    /// At the beginning of the row of `text`.
    pub(super) fn new(
        py: Python<'_>,
        tokenizer: Arc<Tokenizer>,
        text: Text,
        request: &Request,
        item: Item,
    ) -> PyResult<Self> {
        let mut parts = vec![Part { range: 0..text.len(), special: None }];
        if let Some(specials) = &request.specials {
            parts.clear();
            py.detach(|| specials.parts_into(&text, 0..text.len(), &|| false, &mut parts)).map_err(raise)?;
        }
        let mode = request.mode(0);
        let left = request.room().map_err(raise)?.unwrap_or(usize::MAX);
        let (ids, eos_waits) = (Vec::from_iter(request.add_bos.then_some(BOS)), request.add_eos);
        let (worker, parts) = (Worker::default(), parts.into_iter());
        let state = State { worker, ids, at: 0, left, parts, rest: 0..0, eos_waits };
        Ok(Self { tokenizer, text, mode, item, state: Turns::new(state) })
    }

    /// The next id.
    fn next(&self) -> PyResult<Option<u32>> {
        let mut guard = self.state.lock()?;
        let state = &mut *guard;
        while state.at == state.ids.len() {
            state.ids.clear();
            state.at = 0;
            if state.left == 0 {
                return Ok(std::mem::take(&mut state.eos_waits).then_some(EOS));
            }
            if let Some(line) = lines(&self.text[state.rest.clone()]).next() {
                let mode = self.mode.at(state.rest.start);
                let encode = |worker: &mut Worker, ids: &mut Vec<u32>, stop: &Stop| {
                    self.tokenizer.encode_line_into(
                        &self.tokenizer.normalization().apply_until(line, stop),
                        mode,
                        worker,
                        stop,
                        ids,
                    );
                };
                if line.len() <= self.tokenizer.quick_bytes(call::INTERRUPTIBLE) {
                    encode(&mut state.worker, &mut state.ids, &Stop::default());
                } else {
                    let long = call::apart(|stop| {
                        let mut ids = Vec::new();
                        encode(&mut Worker::default(), &mut ids, stop);
                        Ok(ids)
                    });
                    state.ids = long.map_err(raise)?;
                }
                state.rest.start += line.len();
            } else {
                match state.parts.next() {
                    Some(Part { special: Some(id), .. }) => state.ids.push(id),
                    Some(Part { special: None, range }) => state.rest = range,
                    None => state.left = 0,
                }
            }
            state.ids.truncate(state.left);
            state.left -= state.ids.len();
        }
        state.at += 1;
        Ok(state.ids.get(state.at - 1).copied())
    }
}

#[pymethods]
impl PieceIterator {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(id) = py.detach(|| self.next())? else { return Ok(None) };
        match self.item {
            Item::Ids => Ok(Some(PyInt::new(py, id).into_any())),
            Item::Pieces => lookup::piece(py, &self.tokenizer, i64::from(id), 0).map(Some),
        }
    }
}
