//! `bytepiece.StreamEncoder`: pieces of text in, ids out.

use super::super::{Tokenizer, ids::Ids};
use super::{Turns, refuse_pickle};
use crate::array;
use crate::error::raise;
use crate::interrupt::Signals;
use crate::text::Text;
use bytepiece_core::tokenizer::Tokenizer as Core;
use bytepiece_core::tokenizer::stream::StreamEncoder as CoreEncoder;
use pyo3::prelude::*;
use pyo3::types::PyType;
use std::sync::Arc;

/// What the caller wants of the ids.
#[derive(Clone, Copy)]
pub(super) struct Options {
    /// Whether to begin with `<bos>`.
    pub(super) add_bos: bool,
    /// Whether to end with `<eos>`.
    pub(super) add_eos: bool,
    /// Whether as arrays.
    pub(super) numpy: bool,
}

/// Encodes one text that comes in pieces.
#[pyclass(frozen, module = "bytepiece", weakref)]
pub(crate) struct StreamEncoder {
    /// The model.
    core: Arc<Core>,
    /// The Python ints of its ids.
    ids: Arc<Ids>,
    /// How ids are given.
    options: Options,
    /// The text so far.
    turns: Turns<State>,
}

/// Where in the text it is.
struct State {
    /// What of the text is still undecided.
    encoder: CoreEncoder,
    /// Whether `<bos>` is still to come.
    bos_waits: bool,
}

impl StreamEncoder {
    /// At the beginning of a text.
    pub(super) fn new(core: Arc<Core>, ids: Arc<Ids>, options: Options) -> Self {
        let turns = Turns::new(State::new(&core, options));
        Self { core, ids, options, turns }
    }

    /// Ids as the caller wants them.
    fn output<'py>(&self, py: Python<'py>, ids: Vec<u32>) -> PyResult<Bound<'py, PyAny>> {
        let size = self.core.vocabulary().size();
        if self.options.numpy {
            return array::narrow(py, ids, size);
        }
        Ok(self.ids.list(py, size, &ids)?.into_any())
    }
}

impl State {
    /// At the beginning of a text.
    fn new(core: &Arc<Core>, options: Options) -> Self {
        Self { encoder: CoreEncoder::new(Arc::clone(core)), bos_waits: options.add_bos }
    }

    /// The ids to begin with.
    fn first(&mut self) -> Vec<u32> {
        Vec::from_iter(std::mem::take(&mut self.bos_waits).then_some(Tokenizer::BOS_ID))
    }
}

#[pymethods]
impl StreamEncoder {
    /// Takes the next piece of the text.
    ///
    /// Args:
    ///     text: `str` or `bytes`, cut anywhere.
    ///
    /// Returns:
    ///     The ids that can no longer change and were not given before.
    ///
    /// Raises:
    ///     ValueError: The text has ended, or a call was interrupted: `reset()` begins another.
    ///     TypeError: The piece is neither `str` nor `bytes`.
    ///     RuntimeError: Another call is running.
    fn push<'py>(&self, py: Python<'py>, text: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let text = Text::extract(text, || "text".to_owned())?;
        self.turns.push("push()", |state| {
            let (mut ids, mut signals) = (state.first(), Signals::new());
            py.detach(|| state.encoder.push(&text, &mut || signals.check(), &mut ids)).map_err(raise)?;
            self.output(py, ids)
        })
    }

    /// The text ends here: the rest of its ids.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.turns.finish("finish()", |state| {
            let (mut ids, mut signals) = (state.first(), Signals::new());
            py.detach(|| state.encoder.finish(&mut || signals.check(), &mut ids)).map_err(raise)?;
            ids.extend(self.options.add_eos.then_some(Tokenizer::EOS_ID));
            self.output(py, ids)
        })
    }

    /// Begins another text.
    fn reset(&self) -> PyResult<()> {
        self.turns.reset(State::new(&self.core, self.options))
    }

    /// `StreamEncoder[...]` in annotations.
    #[classmethod]
    #[pyo3(signature = (item, /))]
    fn __class_getitem__<'py>(class: &Bound<'py, PyType>, item: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        class.py().import("types")?.getattr("GenericAlias")?.call1((class, item))
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(refuse_pickle(slf))
    }
}
