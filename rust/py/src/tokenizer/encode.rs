//! Texts to ids, detached from the interpreter.

use crate::error::raise;
use crate::interrupt::Signals;
use crate::parameter::{Argument, real, word};
use crate::text::Text;
use bytepiece_core::parallel::Stop;
use bytepiece_core::tokenizer::batch::{Rows, Sampling};
use bytepiece_core::tokenizer::generator::Generator;
use bytepiece_core::tokenizer::{Mode, Tokenizer, Worker};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::cell::Cell;
use std::num::NonZeroUsize;

/// Longer texts are encoded by a thread of their own, so that Ctrl-C is heard meanwhile.
const INTERRUPTIBLE: usize = 1 << 20;

thread_local! {
    /// The buffers of this thread's last call: making them anew takes a quarter of the time of a short text.
    static WORKER: Cell<Worker> = Cell::default();
}

/// `alpha=`, by default the best path.
#[inline]
pub(super) fn alpha(given: &Argument<'_>) -> PyResult<f64> {
    given.or(-1.0, |alpha| real(alpha, "alpha"))
}

/// `output=`: whether it is `"numpy"`.
pub(super) fn as_numpy(given: &Argument<'_>) -> PyResult<bool> {
    given.or(false, |output| match word(output, "output")?.as_str() {
        "lists" => Ok(false),
        "numpy" => Ok(true),
        other => Err(PyValueError::new_err(format!("output must be 'lists' or 'numpy', not '{other}'"))),
    })
}

/// The mode of the core for one text.
pub(super) fn mode(draw: Option<Sampling>) -> Mode {
    draw.map_or(Mode::BestPath, |draw| Mode::Sample(draw.alpha, Generator::new(draw.seed, draw.first_index)))
}

/// Appends the ids of one text.
pub(super) fn one(
    py: Python<'_>,
    core: &Tokenizer,
    text: &Text,
    draw: Option<Sampling>,
    ids: &mut Vec<u32>,
) -> PyResult<()> {
    if text.len() > INTERRUPTIBLE {
        ids.extend(many(py, core, &[&**text], draw, NonZeroUsize::MIN)?.ids);
        return Ok(());
    }
    py.detach(|| {
        let mut worker = WORKER.take();
        core.encode_into(text, &mut mode(draw), &mut worker, &Stop::default(), ids);
        WORKER.set(worker); // not after a panic: it starts with empty buffers then
    });
    Ok(())
}

/// The ids of several texts.
pub(super) fn many(
    py: Python<'_>,
    core: &Tokenizer,
    texts: &[&[u8]],
    draw: Option<Sampling>,
    threads: NonZeroUsize,
) -> PyResult<Rows> {
    py.detach(|| {
        let mut signals = Signals::new();
        core.encode_batch(texts, draw, threads, &mut || signals.check())
    })
    .map_err(raise)
}
