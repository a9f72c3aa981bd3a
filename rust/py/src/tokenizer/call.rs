//! The core's calls that take long, detached from the interpreter.

use super::offsets::Spans;
use crate::error::raise;
use crate::interrupt::Signals;
use crate::text::Text;
use crate::texts::Texts;
use bytepiece_core::parallel::{Stop, map};
use bytepiece_core::tokenizer::Tokenizer;
use bytepiece_core::tokenizer::batch::{Buffers, Id, Padded, Padding, Request, Rows};
use bytepiece_core::tokenizer::offsets::Offsets;
use bytepiece_core::{Error, Result};
use pyo3::prelude::*;
use std::cell::Cell;
use std::num::NonZeroUsize;

/// Longer texts are encoded by a thread of their own, so that Ctrl-C is heard meanwhile.
pub(super) const INTERRUPTIBLE: usize = 1 << 20;

thread_local! {
    /// The buffers of this thread's last call: making them anew takes a quarter of the time of a short text.
    static BUFFERS: Cell<Buffers> = Cell::default();
}

/// The row of one text.
pub(super) fn one(py: Python<'_>, core: &Tokenizer, text: Text, request: &Request) -> PyResult<Vec<u32>> {
    if text.len() > core.quick_bytes(INTERRUPTIBLE) {
        let rows = many(py, core, Texts::one(text), request, NonZeroUsize::MIN, None);
        return rows.map(|(rows, _)| rows.ids).map_err(|error| raise(error.in_text(None)));
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

/// The row of one text, and its spans.
pub(super) fn one_with_spans(
    py: Python<'_>,
    core: &Tokenizer,
    text: Text,
    request: &Request,
    spans: Spans,
) -> PyResult<(Vec<u32>, Offsets)> {
    let rows = many(py, core, Texts::one(text), request, NonZeroUsize::MIN, Some(spans));
    rows.map(|(rows, offsets)| (rows.ids, offsets.unwrap_or_default())).map_err(|error| raise(error.in_text(None)))
}

/// The rows of several texts, which are let go, and where they come from, if `spans` are wanted.
pub(super) fn many<I: Id>(
    py: Python<'_>,
    core: &Tokenizer,
    texts: Texts,
    request: &Request,
    threads: NonZeroUsize,
    spans: Option<Spans>,
) -> Result<(Rows<I>, Option<Offsets>)> {
    detached(py, &texts, |texts, check| {
        let rows = core.encode_batch(texts, request, threads, check)?;
        let offsets = spans.map(|Spans { chars }| core.offsets(texts, &rows, request, chars, threads, check));
        Ok((rows, offsets.transpose()?))
    })
}

/// Rows of one length, and their spans in the same places.
pub(super) fn padded<I: Id>(
    py: Python<'_>,
    rows: Rows<I>,
    offsets: Option<&mut Offsets>,
    padding: Padding,
) -> PyResult<Padded<I>> {
    py.detach(|| {
        offsets.map_or(Ok(()), |offsets| offsets.pad(&rows.ends, padding))?;
        rows.pad(padding)
    })
    .map_err(raise)
}

/// The numbers of ids of several texts.
pub(super) fn counts(
    py: Python<'_>,
    core: &Tokenizer,
    texts: &Texts,
    request: &Request,
    threads: NonZeroUsize,
) -> PyResult<Vec<u64>> {
    detached(py, texts, |texts, check| core.count_tokens(texts, request, threads, check)).map_err(raise)
}

/// The number of ids of one text.
pub(super) fn count(
    py: Python<'_>,
    core: &Tokenizer,
    text: Text,
    request: &Request,
    threads: NonZeroUsize,
) -> PyResult<u64> {
    let counts = detached(py, &Texts::one(text), |texts, check| core.count_tokens(texts, request, threads, check));
    counts.map(|counts| counts.iter().sum()).map_err(|error| raise(error.in_text(None)))
}

/// Does `work` on a thread of its own, so that Ctrl-C is heard meanwhile. Called detached.
pub(super) fn apart<R: Send>(work: impl Fn(&Stop) -> Result<R> + Sync) -> Result<R> {
    let mut signals = Signals::new();
    let mut results = map(NonZeroUsize::MIN, 1, |_, stop| work(stop), &mut || signals.check())?;
    results.pop().ok_or_else(|| Error::Panic { message: "no result".to_owned() })
}

/// Calls `work` without the interpreter, which it can ask whether to stop.
fn detached<T: Send>(
    py: Python<'_>,
    texts: &Texts,
    work: impl FnOnce(&[&[u8]], &mut dyn FnMut() -> Result<()>) -> Result<T> + Send,
) -> Result<T> {
    py.detach(|| {
        let (texts, mut signals) = (texts.slices(), Signals::new());
        work(&texts, &mut || signals.check())
    })
}
