//! The core's calls that take long, detached from the interpreter.

use crate::error::raise;
use crate::interrupt::Signals;
use crate::text::Text;
use crate::texts::Texts;
use bytepiece_core::Result;
use bytepiece_core::parallel::Stop;
use bytepiece_core::tokenizer::Tokenizer;
use bytepiece_core::tokenizer::batch::{Buffers, Id, Padded, Padding, Request, Rows};
use pyo3::prelude::*;
use std::cell::Cell;
use std::num::NonZeroUsize;

/// Longer texts are encoded by a thread of their own, so that Ctrl-C is heard meanwhile.
const INTERRUPTIBLE: usize = 1 << 20;

thread_local! {
    /// The buffers of this thread's last call: making them anew takes a quarter of the time of a short text.
    static BUFFERS: Cell<Buffers> = Cell::default();
}

/// The row of one text.
pub(super) fn one(py: Python<'_>, core: &Tokenizer, text: Text, request: &Request) -> PyResult<Vec<u32>> {
    if text.len() > INTERRUPTIBLE {
        return Ok(many(py, core, Texts::one(text), request, NonZeroUsize::MIN)?.ids);
    }
    let mut ids = Vec::new();
    py.detach(|| {
        let mut buffers = BUFFERS.take();
        core.encode_text(&text, request, &mut buffers, &Stop::default(), &mut ids)?;
        BUFFERS.set(buffers); // not after a panic: it starts with empty buffers then
        Ok(())
    })
    .map_err(raise)?;
    Ok(ids)
}

/// The rows of several texts, which are let go.
pub(super) fn many<I: Id>(
    py: Python<'_>,
    core: &Tokenizer,
    texts: Texts,
    request: &Request,
    threads: NonZeroUsize,
) -> PyResult<Rows<I>> {
    detached(py, &texts, |texts, check| core.encode_batch(texts, request, threads, check))
}

/// Rows of one length.
pub(super) fn padded<I: Id>(py: Python<'_>, rows: Rows<I>, padding: Padding) -> PyResult<Padded<I>> {
    py.detach(|| rows.pad(padding)).map_err(raise)
}

/// The numbers of ids of several texts.
pub(super) fn counts(
    py: Python<'_>,
    core: &Tokenizer,
    texts: &Texts,
    request: &Request,
    threads: NonZeroUsize,
) -> PyResult<Vec<u64>> {
    detached(py, texts, |texts, check| core.count_tokens(texts, request, threads, check))
}

/// Calls `work` without the interpreter, which it can ask whether to stop.
fn detached<T: Send>(
    py: Python<'_>,
    texts: &Texts,
    work: impl FnOnce(&[&[u8]], &mut dyn FnMut() -> Result<()>) -> Result<T> + Send,
) -> PyResult<T> {
    py.detach(|| {
        let (texts, mut signals) = (texts.slices(), Signals::new());
        work(&texts, &mut || signals.check())
    })
    .map_err(raise)
}
