//! Texts to ids, detached from the interpreter.

use crate::error::raise;
use crate::interrupt::Signals;
use crate::parameter::{Argument, interruptible, real, type_name, word};
use crate::text::Text;
use bytepiece_core::parallel::Stop;
use bytepiece_core::tokenizer::batch::{Rows, Sampling};
use bytepiece_core::tokenizer::generator::Generator;
use bytepiece_core::tokenizer::{Mode, Tokenizer, Worker};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
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
        ids.extend(many(py, core, std::slice::from_ref(text), draw, NonZeroUsize::MIN)?.ids);
        return Ok(());
    }
    py.detach(|| {
        let mut worker = WORKER.take();
        core.encode_into(text, mode(draw), &mut worker, &Stop::default(), ids);
        WORKER.set(worker); // not after a panic: it starts with empty buffers then
    });
    Ok(())
}

/// The ids of several texts.
pub(super) fn many(
    py: Python<'_>,
    core: &Tokenizer,
    texts: &[Text],
    draw: Option<Sampling>,
    threads: NonZeroUsize,
) -> PyResult<Rows> {
    py.detach(|| {
        let (texts, mut signals) = (texts.iter().map(|text| &**text).collect::<Vec<_>>(), Signals::new());
        core.encode_batch(&texts, draw, threads, &mut || signals.check())
    })
    .map_err(raise)
}

/// The texts of a batch.
pub(super) fn texts(object: &Bound<'_, PyAny>) -> PyResult<Vec<Text>> {
    refuse_one(object, "texts", "encode(text)")?;
    let text = |(place, text): (usize, PyResult<Bound<'_, PyAny>>)| Text::extract(&text?, || format!("text {place}"));
    interruptible(object.py(), object.try_iter()?).enumerate().map(text).collect()
}

/// A single `str` or `bytes` would be taken apart into characters: say what to call instead.
pub(super) fn refuse_one(object: &Bound<'_, PyAny>, name: &str, call: &str) -> PyResult<()> {
    let given = type_name(object);
    if object.is_instance_of::<PyString>() || object.is_instance_of::<PyBytes>() {
        return Err(PyTypeError::new_err(format!("{name} is a single {given}: call {call}, or pass a list")));
    }
    if object.hasattr("__iter__")? || object.hasattr("__getitem__")? {
        return Ok(());
    }
    Err(PyTypeError::new_err(format!("{name} must be an iterable of str or bytes, not {given}")))
}
