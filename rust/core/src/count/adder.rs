//! One thread's way into [`Partitions`].
//!
//! In: n-grams and tails. Out: whole buffers of those of one partition, counted under its lock. Buffers get longer as the text does,
//! where the budget has memory for that. Memory: see [`super::buffers`].

use super::buffers::{self, Buffers};
use super::key::Key;
use super::partitions::Partitions;
use super::split::PARTITIONS;
use crate::Result;
use crate::spill::Budget;

/// See the module.
pub(super) struct Adder<'p, 'a, K> {
    /// Where full buffers go.
    partitions: &'p Partitions<'a, K>,
    /// The memory for longer buffers.
    budget: &'p Budget,
    /// N-grams of `order` bytes.
    full: Buffers<K>,
    /// Tails.
    tails: Buffers<K>,
    /// Bytes of the buffers for n-grams that the budget does not know of.
    granted: usize,
}

impl<'p, 'a, K: Key> Adder<'p, 'a, K> {
    /// Buffers of `shortest` n-grams that may get up to `longest`, and of `tails` tails.
    pub(super) fn new(
        partitions: &'p Partitions<'a, K>,
        budget: &'p Budget,
        (shortest, longest): (usize, usize),
        tails: usize,
    ) -> Self {
        let (full, tails) = (Buffers::new(shortest, longest), Buffers::new(tails, tails));
        Self { partitions, budget, full, tails, granted: buffers::bytes::<K>(shortest) }
    }

    /// Counts n-grams of `order` bytes.
    #[inline(always)]
    pub(super) fn add(&mut self, grams: impl Iterator<Item = K>) -> Result<()> {
        let (partitions, split) = (self.partitions, self.partitions.split());
        self.full.push(grams.map(|gram| split.part(gram)), |partition, rests| partitions.add(partition, rests))?;
        if self.full.are_short() { self.lengthen() } else { Ok(()) }
    }

    /// Counts tails, the last bytes of a segment, with their lengths.
    #[inline(always)]
    pub(super) fn add_tails(&mut self, tails: impl Iterator<Item = (K, usize)>) -> Result<()> {
        let (partitions, split) = (self.partitions, self.partitions.split());
        let parts = tails.map(|(tail, length)| split.part(split.tail(tail, length)));
        self.tails.push(parts, |partition, rests| partitions.add(PARTITIONS + partition, rests))
    }

    /// Lets the buffers get longer, if memory allows it.
    #[cold]
    fn lengthen(&mut self) -> Result<()> {
        if self.budget.take(self.full.next_bytes() - self.full.bytes()) {
            let count = |partition| self.partitions.add(partition, self.full.stretch(partition));
            (0..PARTITIONS).try_for_each(count)?;
            self.full.longer();
        }
        Ok(())
    }

    /// Counts what is in the buffers of one partition.
    pub(super) fn flush(&self, partition: usize) -> Result<()> {
        self.partitions.add(partition, self.full.stretch(partition))?;
        self.partitions.add(PARTITIONS + partition, self.tails.stretch(partition))
    }

    /// Frees the buffers.
    pub(super) fn free(self) {
        self.budget.give_back(self.full.bytes() - self.granted);
    }
}
