//! What a batch is made of, and how one task of it is done.
//!
//! In: a task, which is a stretch of the texts. Out: its rows in a [`Sink`], in order. Many lines are worked on at
//! once ([`super::gather`]). Cost: that of the engine.

use super::gather::Gather;
use super::rows::{Sink, Writer};
use super::tasks::{Place, TEXT_COST, parts};
use super::{Buffers, Request, Sizes};
use crate::Result;
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
    pub(super) request: &'a Request,
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

    /// Writes the rows of `task`; anything when `stop` says so. A refused special token is an error.
    pub(super) fn work<S: Sink>(
        &self,
        task: Range<Place>,
        buffers: &mut Buffers,
        stop: &Stop,
        sink: &mut S,
    ) -> Result<()> {
        let writer = Writer::new(sink, self.request, self.room);
        Gather::new(self, buffers, stop, writer).run(parts(self.texts, task))?;
        if buffers.ids.capacity() > KEEP_IDS {
            buffers.ids = Vec::new();
        }
        Ok(())
    }
}
