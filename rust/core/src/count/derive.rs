//! From the n-grams of the highest order to those of every order.
//!
//! In: the n-grams and the tails of one partition, each ascending. Out, to a sink: every n-gram of 3 to `order` bytes that
//! begins with a prefix of the partition, with its count; those of one length ascending. N-grams of 1 and 2 bytes have no
//! partition of their own: their counts are added up in [`Heads`] over all partitions.
//!
//! Every occurrence of an n-gram is followed by a byte or ends a segment, so `c(w) = Σ over b of c(wb) + (segments that end
//! in w)`. In sorted order all n-grams that begin with `w` are neighbours: one sum a length is enough, which is complete, and
//! joins the sum of the length below, when the first n-gram comes that begins otherwise. A tail sorts before what goes on with
//! more bytes. Memory: none. Cost: an addition for each distinct n-gram of each length.

use super::key::Key;
use super::merge::Merge;
use super::split::{PREFIX, Split};
use crate::Result;
use crate::parallel::Stop;

/// The n-grams between two looks at [`Stop`].
const STOP_ENTRIES: u32 = 1 << 16;

/// Takes n-grams: their length, their rest at that length, their count.
pub(super) trait Sink<K> {
    /// Takes one.
    fn gram(&mut self, length: usize, rest: K, count: u64) -> Result<()>;
}

/// The counts of n-grams of 1 and 2 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heads {
    /// By the byte: how many segments end in it and have no byte before; after [`Heads::finish`] its count.
    pub(super) singles: Vec<u64>,
    /// By the first byte times 256 plus the second.
    pub(super) doubles: Vec<u64>,
}

impl Heads {
    pub(super) fn new() -> Self {
        Self { singles: vec![0; 1 << 8], doubles: vec![0; 1 << 16] }
    }

    /// Adds up both.
    pub(super) fn add(&mut self, other: &Self) {
        self.singles.iter_mut().zip(&other.singles).for_each(|(sum, more)| *sum += more);
        self.doubles.iter_mut().zip(&other.doubles).for_each(|(sum, more)| *sum += more);
    }

    /// Derives single bytes from pairs, once all partitions are in.
    pub(super) fn finish(&mut self) {
        let pairs = self.doubles.chunks_exact(1 << 8);
        self.singles.iter_mut().zip(pairs).for_each(|(single, pairs)| *single += pairs.iter().sum::<u64>());
    }
}

/// Derives one partition.
pub(super) struct Derivation<'a, K, S> {
    /// How n-grams are divided.
    split: Split,
    /// Which partition it is.
    partition: usize,
    /// Takes n-grams of 3 bytes and more.
    sink: &'a mut S,
    /// Takes the others.
    heads: &'a mut Heads,
    /// The n-gram that came last; zeros behind a tail.
    last: K,
    /// Its length; [`PREFIX`]` - 1` before the first.
    depth: usize,
    /// By length: the sum so far of the n-gram that `last` begins with.
    sums: [u64; 17],
}

impl<'a, K: Key, S: Sink<K>> Derivation<'a, K, S> {
    /// Begins a partition.
    pub(super) fn new(split: Split, partition: usize, sink: &'a mut S, heads: &'a mut Heads) -> Self {
        Self { split, partition, sink, heads, last: K::default(), depth: PREFIX - 1, sums: [0; 17] }
    }

    /// Derives everything; part of it when `stop` says so.
    pub(super) fn run(mut self, mut full: Merge<'_, K>, mut tails: Merge<'_, K>, stop: &Stop) -> Result<()> {
        let order = self.split.order();
        let mut tail = tails.next()?;
        let mut until_stop = 0_u32;
        while let Some((rest, count)) = full.next()? {
            until_stop = until_stop.wrapping_add(1);
            if until_stop.is_multiple_of(STOP_ENTRIES) && stop.requested() {
                return Ok(());
            }
            while let Some((ended, count)) = tail {
                let (padded, length) = self.split.untail(ended);
                if padded > rest {
                    break;
                }
                self.push(padded, length, count)?;
                tail = tails.next()?;
            }
            self.push(rest, order, count)?;
        }
        while let Some((ended, count)) = tail {
            let (padded, length) = self.split.untail(ended);
            self.push(padded, length, count)?;
            tail = tails.next()?;
        }
        while self.depth >= PREFIX {
            self.complete()?;
        }
        Ok(())
    }

    /// Takes the next n-gram of `length` bytes, with zeros behind it.
    #[inline]
    fn push(&mut self, padded: K, length: usize, count: u64) -> Result<()> {
        if length < PREFIX {
            let gram =
                self.split.join(self.partition, padded, self.split.order()) >> self.split.low_bits(self.split.order());
            let (first, pair) = Split::heads(gram);
            *(if length == 1 { &mut self.heads.singles[first] } else { &mut self.heads.doubles[pair] }) += count;
            return Ok(());
        }
        let differs = padded ^ self.last;
        // how many n-grams end here nobody can guess: so there is one loop, and one wrong guess
        while self.depth > length || self.depth >= PREFIX && differs >> self.shift(self.depth) != K::default() {
            self.complete()?;
        }
        (self.last, self.depth) = (padded, length);
        self.sums[length] += count;
        Ok(())
    }

    /// The bits behind the first `length` bytes of an n-gram of `order` bytes.
    #[inline(always)]
    fn shift(&self, length: usize) -> u32 {
        self.split.low_bits(self.split.order()) - self.split.low_bits(length)
    }

    /// Completes the n-gram of `depth` bytes that `last` begins with.
    #[inline(always)]
    fn complete(&mut self) -> Result<()> {
        let (length, sum) = (self.depth, std::mem::take(&mut self.sums[self.depth]));
        let rest = self.last >> self.shift(length);
        self.sink.gram(length, rest, sum)?;
        self.depth -= 1;
        if length > PREFIX {
            self.sums[self.depth] += sum;
        } else {
            let (_, pair) = Split::heads(self.split.join(self.partition, rest, PREFIX));
            self.heads.doubles[pair] += sum;
        }
        Ok(())
    }
}
