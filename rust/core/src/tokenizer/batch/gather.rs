//! Lines are gathered from text to text until there are enough for one call of the engine.
//!
//! In: parts of texts, in order. Out: the ids of their best paths, or those drawn, in a [`Writer`], in order. A text is taken about
//! [`super::Sizes::call`] bytes at a time, cut where a segment ends. Such stretches, of many texts, are laid end to end
//! ([`Laid`]) and checked and normalized as one text: one by one, short lines of Chinese took an eighth longer. A line that is
//! longer than that is not copied, but goes alone. Random numbers come from the lines as given: NFC neither makes nor takes
//! newlines, so there are as many. What is not text, where rows begin and end, waits
//! between the stretches in one list, which is worked off when the engine has been called.
//!
//! With a limit, a long text is not encoded to its end: a first stretch that in all likelihood has enough ids ([`BYTES_AN_ID`])
//! goes in with the others, and where it had too few more follows, stretch by stretch. Cost: 40 bytes a stretch, 16 a line.

use super::feed::{BYTES_AN_ID, Job};
use super::rows::{Sink, Writer};
use super::tasks::{Part, TEXT_COST, cut};
use super::{Buffers, Sampling};
use crate::Result;
use crate::parallel::Stop;
use crate::tokenizer::Mode;
use crate::tokenizer::engine::Output;
use crate::tokenizer::engine::laid::{Laid, Segments, lines_of};
use crate::tokenizer::generator::Draws;
use crate::tokenizer::special::Part as Stretch;

/// The fewest bytes that are fetched when more are needed.
const LEAST_MORE: usize = 1 << 8;

/// What waits for the engine's ids, in order.
enum Item<'t> {
    /// A row begins.
    Begin,
    /// A special token.
    Special(u32),
    /// The next stretch that was laid: whole segments.
    Text,
    /// The rest of a text as given, from the start of a segment, for a row that still has room.
    Rest(&'t [u8], Mode),
    /// The row ends.
    End,
}

/// See the module's text.
pub(super) struct Gather<'a, 't, S> {
    /// The work.
    job: &'a Job<'t>,
    /// This thread's.
    buffers: &'a mut Buffers,
    /// Says when to give up.
    stop: &'a Stop,
    /// Takes the ids.
    writer: Writer<'a, S>,
    /// What has been gathered.
    items: Vec<Item<'t>>,
    /// The stretches of it.
    laid: Laid,
    /// The random numbers of each line of these, if they are to be drawn.
    draws: Vec<Draws>,
    /// About how many bytes of text that is.
    bytes: usize,
}

impl<'a, 't, S: Sink> Gather<'a, 't, S> {
    /// Nothing gathered yet.
    pub(super) fn new(job: &'a Job<'t>, buffers: &'a mut Buffers, stop: &'a Stop, writer: Writer<'a, S>) -> Self {
        let mut laid = std::mem::take(&mut buffers.laid);
        laid.clear(job.tokenizer.separator());
        Self { job, buffers, stop, writer, items: Vec::new(), laid, draws: Vec::new(), bytes: 0 }
    }

    /// Goes through the parts of a task and writes their rows.
    pub(super) fn run(mut self, parts: impl Iterator<Item = Part>) -> Result<()> {
        let mut stretches = Vec::new();
        for part in parts {
            let text = self.job.texts[part.text];
            if part.bytes.start == 0 {
                self.items.push(Item::Begin);
            }
            self.job.stretches_into(&part, self.stop, &mut stretches)?;
            self.stretches(text, self.job.request.mode(part.text), &mut stretches);
            if part.bytes.end == text.len() {
                self.items.push(Item::End);
            }
            self.bytes += TEXT_COST;
            if self.stop.requested() {
                return Ok(());
            }
            self.flush_if_full();
        }
        self.flush();
        self.buffers.laid = self.laid;
        Ok(())
    }

    /// Gathers special tokens and what is between them.
    fn stretches(&mut self, text: &'t [u8], mode: Mode, stretches: &mut Vec<Stretch>) {
        let whole = self.job.has_room_for(text.len());
        let mut likely = self.job.room.unwrap_or(usize::MAX).saturating_mul(BYTES_AN_ID);
        for Stretch { range, special } in stretches.drain(..) {
            match special {
                Some(id) => {
                    self.items.push(Item::Special(id));
                    self.bytes += range.len();
                    self.flush_if_full();
                }
                None if whole => self.whole(&text[range.clone()], mode.at(range.start)),
                None => likely = self.beginning(&text[range.clone()], mode.at(range.start), likely),
            }
        }
    }

    /// Gathers text of which all ids are wanted.
    fn whole(&mut self, mut text: &'t [u8], mut mode: Mode) {
        while !text.is_empty() && !self.stop.requested() {
            self.flush_if_full();
            (text, mode) = self.stretch(text, mode, usize::MAX);
        }
    }

    /// Gathers of a text for a row with a limit what is likely to be enough: `likely` bytes. Gives how many more are.
    fn beginning(&mut self, text: &'t [u8], mode: Mode, likely: usize) -> usize {
        let (rest, mode) = if likely == 0 { (text, mode) } else { self.stretch(text, mode, likely) };
        if rest.is_empty() {
            return likely.saturating_sub(text.len());
        }
        self.items.push(Item::Rest(rest, mode));
        0
    }

    /// Gathers the first stretch of `text`, of about `bytes` bytes; gives what is behind it, and its mode.
    fn stretch(&mut self, text: &'t [u8], mode: Mode, bytes: usize) -> (&'t [u8], Mode) {
        let (stretch, rest) = self.split(text, bytes);
        if stretch.len() > 2 * self.job.sizes.call {
            self.flush();
            self.alone(stretch, mode);
        } else {
            self.items.push(Item::Text);
            self.laid.push(stretch);
            draws_into(stretch, mode, &mut self.draws);
            self.bytes += stretch.len();
        }
        (rest, mode.at(stretch.len()))
    }

    /// Cuts `text` behind the segment that reaches `bytes` bytes, or those of a call where that is less.
    fn split(&self, text: &'t [u8], bytes: usize) -> (&'t [u8], &'t [u8]) {
        let bytes = bytes.min(self.job.sizes.call);
        text.split_at(if text.len() <= bytes { text.len() } else { cut(text, bytes) })
    }

    /// Calls the engine where there is enough for a call.
    fn flush_if_full(&mut self) {
        if self.bytes >= self.job.sizes.call {
            self.flush();
        }
    }

    /// Calls the engine with everything gathered and works off the list.
    fn flush(&mut self) {
        let (mut items, mut laid) = (std::mem::take(&mut self.items), std::mem::take(&mut self.laid));
        let (mut lasts, mut draws) = (std::mem::take(&mut self.buffers.lasts), std::mem::take(&mut self.draws));
        self.bytes = 0;
        let Some((ids, ends)) =
            self.encode(laid.normal_lines(self.job.tokenizer.normalization(), self.stop, &mut lasts), &draws)
        else {
            return;
        };
        let (mut start, mut next) = (0, lasts.iter());
        for item in items.drain(..) {
            match item {
                Item::Begin => self.writer.begin(),
                Item::Special(id) => self.writer.text(&[id]),
                Item::Text => {
                    // no segment at all: an empty text that comes first
                    let end = next.next().and_then(|last| last.checked_sub(1)).map_or(0, |last| ends[last]);
                    self.writer.text(&ids[start..end]);
                    start = end;
                }
                Item::Rest(text, mode) => self.more(text, mode),
                Item::End => self.writer.end(),
            }
        }
        laid.clear(self.job.tokenizer.separator());
        draws.clear();
        (self.items, self.laid, self.draws) = (items, laid, draws);
        (self.buffers.ids, self.buffers.ends, self.buffers.lasts) = (ids, ends, lasts);
    }

    /// The ids of `segments`, by `draws` where they are to be drawn, and where each one's end, in this thread's buffers, which should
    /// be given back. `None` when the work was stopped: some may be missing then.
    fn encode(&mut self, segments: Segments<'_>, draws: &[Draws]) -> Option<(Vec<u32>, Vec<usize>)> {
        let (mut ids, mut ends) = (std::mem::take(&mut self.buffers.ids), std::mem::take(&mut self.buffers.ends));
        ids.clear();
        ends.clear();
        let (tokenizer, worker) = (self.job.tokenizer, &mut self.buffers.worker);
        match self.job.request.sampling {
            None => tokenizer.encode_laid(segments, worker, self.stop, &mut ids, &mut ends),
            Some(Sampling { alpha, .. }) => {
                let mut output = Output { ids: &mut ids, ends: &mut ends };
                tokenizer.sample_segments((segments, draws), alpha, worker, self.stop, &mut output);
            }
        }
        (!self.stop.requested()).then_some((ids, ends))
    }

    /// Writes the ids of one stretch.
    fn alone(&mut self, stretch: &[u8], mode: Mode) {
        let (text, mut draws) = (self.job.tokenizer.normalization().apply_until(stretch, self.stop), Vec::new());
        draws_into(stretch, mode, &mut draws);
        let ranges: Vec<_> = lines_of(&text, 0..text.len()).collect();
        let segments = Segments { text: &text, ranges: &ranges, valid: false };
        let Some((ids, ends)) = self.encode(segments, &draws) else { return };
        self.writer.text(&ids);
        (self.buffers.ids, self.buffers.ends) = (ids, ends);
    }

    /// Fills the row at hand from `text`, stretch by stretch.
    fn more(&mut self, mut text: &'t [u8], mut mode: Mode) {
        while self.writer.left() > 0 && !text.is_empty() && !self.stop.requested() {
            let likely = self.writer.left().saturating_mul(BYTES_AN_ID);
            let (stretch, rest) = self.split(text, likely.max(LEAST_MORE));
            self.alone(stretch, mode);
            (text, mode) = (rest, mode.at(stretch.len()));
        }
    }
}

/// Appends the random numbers of each line of a stretch, as given, where it is to be drawn.
fn draws_into(stretch: &[u8], mode: Mode, draws: &mut Vec<Draws>) {
    if let Mode::Sample(_, generator) = mode {
        draws.extend(lines_of(stretch, 0..stretch.len()).map(|line| generator.line(line.start)));
    }
}
