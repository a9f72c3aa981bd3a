//! What a batch is made of, and how one task of it is done.
//!
//! In: a task, which is a stretch of the texts. Out: its rows in a [`Sink`], in order. Best paths are looked for in many lines at
//! once ([`super::gather`]). Lines to be sampled go one by one, each with random numbers of its own: the engine has no faster
//! way for many. Cost: that of the engine.

use super::gather::Gather;
use super::rows::{Sink, Writer};
use super::tasks::{Part, Place, TEXT_COST, parts};
use super::{Buffers, Request, Sizes};
use crate::Result;
use crate::corpus::normalize::nfc_until;
use crate::corpus::segments::lines;
use crate::parallel::Stop;
use crate::tokenizer::Tokenizer;
use std::ops::Range;

/// The bytes of text that are nearly always enough for an id.
pub(super) const BYTES_AN_ID: usize = 8;
/// NFC makes at most so many bytes of one (of U+1D160, in Unicode's own table of expansion factors), and an id has at least one.
const MOST_IDS_A_BYTE: usize = 3;
/// Buffers for more ids than this are given back after use, so that one giant line does not hold memory for ever.
const KEEP_IDS: usize = 1 << 20;

/// Everything the work on a batch has to know.
#[derive(Debug)]
pub(super) struct Job<'a> {
    /// Encodes.
    pub(super) tokenizer: &'a Tokenizer,
    /// All texts.
    pub(super) texts: &'a [&'a [u8]],
    /// What is wanted of them.
    request: &'a Request,
    /// The most ids of text in a row; `None` for no limit.
    pub(super) room: Option<usize>,
    /// Where work is divided.
    pub(super) sizes: Sizes,
}

impl<'a> Job<'a> {
    /// An error where the request contradicts itself.
    pub(super) fn new(
        tokenizer: &'a Tokenizer,
        texts: &'a [&'a [u8]],
        request: &'a Request,
        sizes: Sizes,
    ) -> Result<Self> {
        Ok(Self { tokenizer, texts, request, room: request.room()?, sizes })
    }

    /// About what `length` bytes of a text cost, as a number of bytes.
    pub(super) fn weight(&self, length: usize) -> usize {
        TEXT_COST + self.room.map_or(length, |room| length.min(room.saturating_mul(BYTES_AN_ID)))
    }

    /// About what all texts cost.
    pub(super) fn weight_of_all(&self) -> usize {
        self.texts.iter().map(|text| self.weight(text.len())).sum()
    }

    /// Whether all ids of a text of this length are wanted, however many it has. Only then is it worked on in several places at
    /// once: else most of that would be for nothing.
    pub(super) fn has_room_for(&self, length: usize) -> bool {
        self.room.is_none_or(|room| length.saturating_mul(MOST_IDS_A_BYTE) <= room)
    }

    /// Writes the rows of `task`; anything when `stop` says so.
    pub(super) fn work<S: Sink>(&self, task: Range<Place>, buffers: &mut Buffers, stop: &Stop, sink: &mut S) {
        let writer = Writer::new(sink, self.request, self.room);
        let parts = parts(self.texts, task);
        match self.request.sampling {
            None => Gather::new(self, buffers, stop, writer).run(parts),
            Some(_) => self.line_by_line(parts, buffers, stop, writer),
        }
        if buffers.ids.capacity() > KEEP_IDS {
            buffers.ids = Vec::new();
        }
    }

    /// Does what the engine does for single lines only.
    fn line_by_line<S: Sink>(
        &self,
        parts: impl Iterator<Item = Part>,
        buffers: &mut Buffers,
        stop: &Stop,
        mut writer: Writer<'_, S>,
    ) {
        let Buffers { worker, ids, .. } = buffers;
        for Part { text: index, bytes } in parts {
            let text = self.texts[index];
            if bytes.start == 0 {
                writer.begin();
            }
            let mut mode = self.request.mode(index).at(bytes.start);
            for line in lines(&text[bytes.clone()]) {
                if stop.requested() {
                    return;
                }
                if writer.left() == 0 {
                    break;
                }
                ids.clear();
                self.tokenizer.encode_line_into(&nfc_until(line, stop), mode, worker, stop, ids);
                writer.text(ids);
                mode = mode.at(line.len());
            }
            if bytes.end == text.len() {
                writer.end();
            }
        }
    }
}
