//! `bytepiece.StreamDecoder`: ids in, text out.

use super::{Turns, refuse_pickle};
use crate::array;
use crate::error::raise;
use crate::interrupt::Signals;
use bytepiece_core::num::to_u64;
use bytepiece_core::tokenizer::Tokenizer as Core;
use bytepiece_core::tokenizer::decode::Shown;
use bytepiece_core::tokenizer::stream::decoder::{Invalid, StreamDecoder as CoreDecoder};
use pyo3::prelude::*;
use std::sync::Arc;

/// Fewer ids are decoded without letting go of the interpreter: to get it back from a busy thread can take 5 ms.
const DETACHED: usize = 1 << 10;

/// Decodes ids that come one by one.
#[pyclass(frozen, module = "bytepiece", weakref)]
pub(crate) struct StreamDecoder {
    /// The model.
    core: Arc<Core>,
    /// What becomes of invalid bytes.
    invalid: Invalid,
    /// Which special tokens give their text.
    shown: Shown,
    /// The character at hand.
    turns: Turns<CoreDecoder>,
}

impl StreamDecoder {
    /// At the beginning of a text.
    pub(super) fn new(core: Arc<Core>, invalid: Invalid, shown: Shown) -> Self {
        Self { core, invalid, shown, turns: Turns::new(CoreDecoder::new(invalid)) }
    }
}

#[pymethods]
impl StreamDecoder {
    /// Takes the next id, or several.
    ///
    /// Args:
    ///     ids: An integer, any iterable of them, or an array.
    ///
    /// Returns:
    ///     The text that they complete.
    ///
    /// Raises:
    ///     KeyError: An id is not in the vocabulary: none of `ids` is taken.
    ///     ValueError: An id is negative: none is taken; or the text has ended: `reset()` begins another.
    ///     TypeError: An id is no integer: none is taken.
    ///     RuntimeError: Another call is running.
    fn push(&self, py: Python<'_>, ids: &Bound<'_, PyAny>) -> PyResult<String> {
        let ids = array::one_or_more(ids, to_u64(self.core.vocabulary().size()) - 1)?;
        let work = || {
            // all ids are known before the state is touched
            let mut signals = Signals::new();
            let bytes = self.core.decode(&ids, self.shown, &mut || signals.check()).map_err(raise)?;
            // an interrupt is no error of the turn: the decoder has taken nothing then
            self.turns.push("push()", |decoder| Ok(decoder.push(&bytes, &mut || signals.check())))?.map_err(raise)
        };
        if ids.len() < DETACHED { work() } else { py.detach(work) }
    }

    /// The ids end here: what becomes of a character that is not complete.
    fn finish(&self) -> PyResult<String> {
        self.turns.finish("finish()", |decoder| Ok(decoder.finish()))
    }

    /// Begins another text.
    fn reset(&self) -> PyResult<()> {
        self.turns.reset(CoreDecoder::new(self.invalid))
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(refuse_pickle(slf))
    }
}
