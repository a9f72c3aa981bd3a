//! Lines are gathered from text to text until there are enough for one call of the engine.
//!
//! In: parts of texts, in order. Out: the ids of their best paths in a [`Writer`], in order. A text is taken about
//! [`super::Sizes::call`] bytes at a time, cut where a segment ends; each such stretch is normalized as a whole (line by line took
//! longer) and stays borrowed where nothing changes, as nearly always. What is not text, where rows begin and end, waits
//! between the stretches in one list, which is worked off when the engine has been called.
//!
//! With a limit, a long text is not encoded to its end: a first stretch that in all likelihood has enough ids ([`BYTES_AN_ID`])
//! goes in with the others, and where it had too few more follows, stretch by stretch. Cost: 40 bytes a stretch, 16 a line.

use super::Buffers;
use super::feed::{BYTES_AN_ID, Job};
use super::rows::{Sink, Writer};
use super::tasks::{Part, TEXT_COST, cut};
use crate::corpus::normalize::nfc_until;
use crate::corpus::segments::lines;
use crate::parallel::Stop;
use std::borrow::Cow;

/// The fewest bytes that are fetched when more are needed.
const LEAST_MORE: usize = 1 << 8;

/// What waits for the engine's ids, in order.
enum Item<'t> {
    /// A row begins.
    Begin,
    /// Whole segments, normalized.
    Text(Cow<'t, [u8]>),
    /// The rest of a text as given, from the start of a segment, for a row that still has room.
    Rest(&'t [u8]),
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
    /// About how many bytes of text that is.
    bytes: usize,
}

impl<'a, 't, S: Sink> Gather<'a, 't, S> {
    /// Nothing gathered yet.
    pub(super) fn new(job: &'a Job<'t>, buffers: &'a mut Buffers, stop: &'a Stop, writer: Writer<'a, S>) -> Self {
        Self { job, buffers, stop, writer, items: Vec::new(), bytes: 0 }
    }

    /// Goes through the parts of a task and writes their rows.
    pub(super) fn run(mut self, parts: impl Iterator<Item = Part>) {
        for Part { text, bytes } in parts {
            let text = self.job.texts[text];
            let ends = bytes.end == text.len();
            if bytes.start == 0 {
                self.items.push(Item::Begin);
            }
            if self.job.has_room_for(text.len()) {
                self.whole(&text[bytes]);
            } else {
                self.beginning(text);
            }
            if ends {
                self.items.push(Item::End);
            }
            self.bytes += TEXT_COST;
            if self.stop.requested() {
                return;
            }
            self.flush_if_full();
        }
        self.flush();
    }

    /// Gathers text of which all ids are wanted.
    fn whole(&mut self, mut text: &'t [u8]) {
        while !text.is_empty() && !self.stop.requested() {
            self.flush_if_full();
            text = self.stretch(text, usize::MAX);
        }
    }

    /// Gathers what is likely to be enough of a text for a row with a limit.
    fn beginning(&mut self, text: &'t [u8]) {
        let room = self.job.room.unwrap_or(usize::MAX);
        let rest = self.stretch(text, room.saturating_mul(BYTES_AN_ID));
        if !rest.is_empty() {
            self.items.push(Item::Rest(rest));
        }
    }

    /// Gathers the first stretch of `text`, of about `bytes` bytes; gives what is behind it.
    fn stretch(&mut self, text: &'t [u8], bytes: usize) -> &'t [u8] {
        let (stretch, rest) = self.split(text, bytes);
        self.items.push(Item::Text(nfc_until(stretch, self.stop)));
        self.bytes += stretch.len();
        rest
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
        let mut items = std::mem::take(&mut self.items);
        self.bytes = 0;
        let (mut segments, mut lasts) = (Vec::new(), Vec::new());
        for item in &items {
            if let Item::Text(text) = item {
                segments.extend(lines(text));
                lasts.push(segments.len());
            }
        }
        let Some((ids, ends)) = self.encode(&segments) else { return };
        let (mut start, mut lasts) = (0, lasts.into_iter());
        for item in items.drain(..) {
            match item {
                Item::Begin => self.writer.begin(),
                Item::Text(_) => {
                    // no segment at all: an empty text that comes first
                    let end = lasts.next().and_then(|last| last.checked_sub(1)).map_or(0, |last| ends[last]);
                    self.writer.text(&ids[start..end]);
                    start = end;
                }
                Item::Rest(text) => self.more(text),
                Item::End => self.writer.end(),
            }
        }
        self.items = items;
        (self.buffers.ids, self.buffers.ends) = (ids, ends);
    }

    /// The ids of `segments` and where each one's end, in this thread's buffers, which should be given back. `None` when the work
    /// was stopped: some may be missing then.
    fn encode(&mut self, segments: &[&[u8]]) -> Option<(Vec<u32>, Vec<usize>)> {
        let (mut ids, mut ends) = (std::mem::take(&mut self.buffers.ids), std::mem::take(&mut self.buffers.ends));
        ids.clear();
        ends.clear();
        self.job.tokenizer.encode_segments(segments, &mut self.buffers.worker, self.stop, &mut ids, &mut ends);
        (!self.stop.requested()).then_some((ids, ends))
    }

    /// Fills the row at hand from `text`, stretch by stretch.
    fn more(&mut self, mut text: &'t [u8]) {
        while self.writer.left() > 0 && !text.is_empty() {
            let likely = self.writer.left().saturating_mul(BYTES_AN_ID);
            let (stretch, rest) = self.split(text, likely.max(LEAST_MORE));
            let normalized = nfc_until(stretch, self.stop);
            let segments: Vec<&[u8]> = lines(&normalized).collect();
            let Some((ids, ends)) = self.encode(&segments) else { return };
            self.writer.text(&ids);
            (self.buffers.ids, self.buffers.ends) = (ids, ends);
            text = rest;
        }
    }
}
