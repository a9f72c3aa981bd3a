//! What counting has found: the border between it and the n-gram model.
//!
//! Memory: 4 to 6 bytes an n-gram of 3 bytes or more that has `min_count`, or none where they are on the disk.

use super::derive::Heads;
use super::histogram::Histogram;
use super::key::Key;
use super::run::{Run, RunReader};
use super::split::{PARTITIONS, PREFIX, Split};
use super::threshold::{Kept, thresholds};
use crate::Result;
use crate::spill::Store;

/// The border between counting and the n-gram model.
#[derive(Debug)]
pub struct NgramCounts<K> {
    /// The length of the longest n-grams.
    pub(super) order: usize,
    /// How n-grams are divided.
    pub(super) split: Split,
    /// By partition, then by length from 3 on: the n-grams that have `min_count`.
    pub(super) grams: Vec<Vec<Run>>,
    /// N-grams of 1 and 2 bytes, all of them.
    pub(super) heads: Heads,
    /// What is known of each length.
    pub(super) statistics: Statistics,
    /// The number of bytes, which is the count of the empty n-gram.
    pub(super) total: u64,
    /// The least count of an n-gram of 2 bytes or more.
    pub(super) min_count: u64,
    /// Where n-grams are that memory had no room for.
    pub(super) store: Store,
    /// The keys that were counted.
    pub(super) key: std::marker::PhantomData<K>,
}

/// Numbers of n-grams by length.
#[derive(Clone, Debug, Default)]
pub(super) struct Statistics {
    /// Entry `l - 2`: the counts of the n-grams of `l` bytes that have `min_count`.
    pub(super) histograms: Vec<Histogram>,
    /// Entry `l - 1`: how many distinct n-grams of `l` bytes there are.
    pub(super) distinct: Vec<u64>,
}

impl Statistics {
    pub(super) fn new(order: usize) -> Self {
        Self { histograms: vec![Histogram::default(); order - 1], distinct: vec![0; order] }
    }

    /// One more n-gram.
    #[inline]
    pub(super) fn add(&mut self, length: usize, count: u64, min_count: u64) -> bool {
        self.distinct[length - 1] += 1;
        let kept = count >= min_count;
        if kept {
            self.histograms[length - 2].add(count);
        }
        kept
    }

    /// Adds up both.
    pub(super) fn merge(&mut self, other: &Self) {
        self.histograms.iter_mut().zip(&other.histograms).for_each(|(sum, more)| sum.merge(more));
        self.distinct.iter_mut().zip(&other.distinct).for_each(|(sum, more)| *sum += more);
    }
}

impl<K: Key> NgramCounts<K> {
    /// The length of the longest n-grams.
    pub fn order(&self) -> usize {
        self.order
    }

    /// The number of bytes.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// By length from 1 on: how many distinct n-grams there are.
    pub fn distinct(&self) -> &[u64] {
        &self.statistics.distinct
    }

    /// Moves n-grams that are in memory to the disk, where they take more than `bytes`.
    pub(crate) fn limit_memory(&mut self, bytes: u64) -> Result<()> {
        let runs = || self.grams.iter().flatten();
        if runs().map(Run::memory).sum::<u64>() > bytes {
            self.grams.iter_mut().flatten().try_for_each(|run| run.write(&self.store))?;
        }
        Ok(())
    }

    /// By length from 2 on: what is kept when there may be at most `max_ngrams`.
    pub fn thresholds(&self, max_ngrams: Option<u64>) -> Vec<Kept> {
        thresholds(&self.statistics.histograms, self.min_count, max_ngrams)
    }

    /// The distinct counts of the n-grams of `length` bytes that are kept, ascending, and how many n-grams have each.
    pub(crate) fn distinct_counts(&self, length: usize, kept: &[Kept]) -> impl Iterator<Item = (u64, u64)> {
        self.statistics.histograms[length - 2].distinct(kept[length - 2].threshold)
    }

    /// The count of each single byte.
    pub fn singles(&self) -> &[u64] {
        &self.heads.singles
    }

    /// By the first byte times 256 plus the second: the counts of all pairs.
    pub fn doubles(&self) -> &[u64] {
        &self.heads.doubles
    }

    /// Calls `each` with the n-grams of `length` bytes, 3 to `order`, of one partition that have `min_count`, in the order of
    /// their rests.
    pub(crate) fn for_each(&self, length: usize, partition: usize, mut each: impl FnMut(K, u64)) -> Result<()> {
        let mut reader = RunReader::<K>::new(&self.store, &self.grams[partition][length - PREFIX]);
        while let Some((rest, count)) = reader.next()? {
            each(self.split.join(partition, rest, length), count);
        }
        Ok(())
    }

    /// All n-grams of `length` bytes, 1 to `order`, that have `min_count`, in no order: for tests, since it is in memory.
    pub fn all(&self, length: usize) -> Result<Vec<(K, u64)>> {
        let dense = |counts: &[u64], least| {
            let some = (0_u64..).zip(counts).filter(|&(_, &count)| count >= least);
            some.map(|(gram, &count)| (K::from(gram), count)).collect()
        };
        match length {
            1 => Ok(dense(self.singles(), 1)),
            2 => Ok(dense(self.doubles(), self.min_count)),
            _ => {
                let mut all = Vec::new();
                for partition in 0..PARTITIONS {
                    self.for_each(length, partition, |gram, count| all.push((gram, count)))?;
                }
                Ok(all)
            }
        }
    }
}
