//! Where ids go: rows of them, or only their numbers.
//!
//! In: the ids of stretches of text, and where rows begin and end. Out: a [`Sink`] filled. [`Writer`] stands in between and
//! knows what a row is: `<bos>`, at most so many ids of text, `<eos>`. Cost: one copy.

use super::{BOS, EOS, Request};
use crate::num::{low_u16, to_u64};
use crate::{Error, Result};

/// An integer that ids are kept in.
pub trait Id: Copy + Send + 'static {
    /// `id`, which is one of a vocabulary that [`Self::holds`] let pass.
    fn new(id: u32) -> Self;

    /// An error where a vocabulary of this size has ids that do not fit.
    fn holds(size: usize) -> Result<()>;
}

impl Id for u32 {
    #[inline(always)]
    fn new(id: u32) -> Self {
        id
    }

    fn holds(_size: usize) -> Result<()> {
        Ok(())
    }
}

impl Id for u16 {
    #[inline(always)]
    fn new(id: u32) -> Self {
        low_u16(id)
    }

    fn holds(size: usize) -> Result<()> {
        let fits = size <= 1 << Self::BITS;
        fits.then_some(())
            .ok_or_else(|| Error::parameter("the vocabulary's size", size, "at most 65536 for ids of 16 bits"))
    }
}

/// The bytes of text that have an id, rather fewer: room that stays unused is only addresses.
const FEW_BYTES_AN_ID: usize = 3;

/// Takes ids in order. What is put in between two ends is a row.
pub(super) trait Sink {
    /// Makes room for the ids of about so many bytes of text, in so many rows, where the system has that.
    fn reserve(&mut self, bytes: usize, rows: usize);

    /// More ids of the row at hand.
    fn ids(&mut self, ids: &[u32]);

    /// The row is complete.
    fn end_row(&mut self);

    /// Moves what is in `later` behind what is here; the last row here may be the first one there, begun.
    fn append(&mut self, later: &mut Self);
}

/// The ids of several texts, row behind row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows<I = u32> {
    /// All ids.
    pub ids: Vec<I>,
    /// Where each row ends in `ids`.
    pub ends: Vec<usize>,
}

// not derived: that would ask for a default id
impl<I> Default for Rows<I> {
    fn default() -> Self {
        Self { ids: Vec::new(), ends: Vec::new() }
    }
}

impl<I> Rows<I> {
    /// The rows, one slice each.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[I]> {
        (0..self.ends.len()).map(|row| &self.ids[if row == 0 { 0 } else { self.ends[row - 1] }..self.ends[row]])
    }
}

impl<I: Id> Sink for Rows<I> {
    fn reserve(&mut self, bytes: usize, rows: usize) {
        // no matter if that fails: the vectors grow, or there is no room for the result either
        let _ = self.ids.try_reserve_exact(bytes / FEW_BYTES_AN_ID);
        let _ = self.ends.try_reserve_exact(rows);
    }

    fn ids(&mut self, ids: &[u32]) {
        self.ids.extend(ids.iter().map(|&id| I::new(id)));
    }

    fn end_row(&mut self) {
        self.ends.push(self.ids.len());
    }

    fn append(&mut self, later: &mut Self) {
        // a single giant line is all there is: not to be held twice
        if self.ids.is_empty() && self.ends.is_empty() && later.ids.len() > self.ids.capacity() / 2 {
            return std::mem::swap(self, later);
        }
        let before = self.ids.len();
        self.ids.append(&mut later.ids);
        self.ends.extend(later.ends.drain(..).map(|end| before + end));
    }
}

/// Only how many ids each row has.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Of the complete rows.
    counts: Vec<u64>,
    /// Of the row at hand.
    begun: u64,
}

impl Counts {
    /// One number a row.
    pub(super) fn into_counts(self) -> Vec<u64> {
        self.counts
    }
}

impl Sink for Counts {
    fn reserve(&mut self, _bytes: usize, rows: usize) {
        let _ = self.counts.try_reserve_exact(rows);
    }

    fn ids(&mut self, ids: &[u32]) {
        self.begun += to_u64(ids.len());
    }

    fn end_row(&mut self) {
        self.counts.push(std::mem::take(&mut self.begun));
    }

    fn append(&mut self, later: &mut Self) {
        match later.counts.first_mut() {
            Some(first) => {
                *first += self.begun;
                self.begun = std::mem::take(&mut later.begun);
            }
            None => self.begun += std::mem::take(&mut later.begun),
        }
        self.counts.append(&mut later.counts);
    }
}

/// One row, whose end nobody needs to know.
impl Sink for Vec<u32> {
    fn reserve(&mut self, _bytes: usize, _rows: usize) {}

    fn ids(&mut self, ids: &[u32]) {
        self.extend_from_slice(ids);
    }

    fn end_row(&mut self) {}

    fn append(&mut self, later: &mut Self) {
        Self::append(self, later);
    }
}

/// Makes rows: what a [`Request`] wants around and of the ids of a text.
#[derive(Debug)]
pub(super) struct Writer<'a, S> {
    /// Where the rows go.
    sink: &'a mut S,
    /// What is wanted.
    request: &'a Request,
    /// The most ids of text in a row.
    room: usize,
    /// How many more the row at hand takes.
    left: usize,
}

impl<'a, S: Sink> Writer<'a, S> {
    /// At the beginning of a row, or inside one that has room for all of its text.
    pub(super) fn new(sink: &'a mut S, request: &'a Request, room: Option<usize>) -> Self {
        let room = room.unwrap_or(usize::MAX);
        Self { sink, request, room, left: room }
    }

    /// Begins a row.
    #[inline]
    pub(super) fn begin(&mut self) {
        self.left = self.room;
        if self.request.add_bos {
            self.sink.ids(&[BOS]);
        }
    }

    /// Puts the ids of some text into the row, as many as it takes.
    #[inline]
    pub(super) fn text(&mut self, ids: &[u32]) {
        let taken = ids.len().min(self.left);
        self.left -= taken;
        self.sink.ids(&ids[..taken]);
    }

    /// How many more ids of text the row takes.
    pub(super) fn left(&self) -> usize {
        self.left
    }

    /// Ends the row.
    #[inline]
    pub(super) fn end(&mut self) {
        if self.request.add_eos {
            self.sink.ids(&[EOS]);
        }
        self.sink.end_row();
    }
}
