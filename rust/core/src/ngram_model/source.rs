//! Where the kept n-grams come from while a model is built, and how far that is.
//!
//! In: counts, and the least count of each length. Out: the n-grams of a length that are kept, partition by partition, to whoever reads
//! them; and a step for each. Cost: a decoding of the counts a reading.

use super::filling;
use crate::Result;
use crate::count::NgramCounts;
use crate::count::key::Key;
use crate::count::split::PARTITIONS;
use crate::count::threshold::Kept;
use crate::num::to_u64;
use crate::progress::Progress;
use std::sync::atomic::{AtomicU64, Ordering};

/// See the module.
pub(super) struct Source<'a, K> {
    /// All n-grams.
    counts: &'a NgramCounts<K>,
    /// What of them is kept, from length 2 on.
    kept: &'a [Kept],
    /// Steps that were done and not yet told.
    done: AtomicU64,
    /// Steps that may still be told: a table that has to be filled again does not count.
    left: AtomicU64,
}

impl<'a, K: Key> Source<'a, K> {
    /// Nothing read yet.
    pub(super) fn new(counts: &'a NgramCounts<K>, kept: &'a [Kept]) -> Self {
        let left = AtomicU64::new(to_u64(kept.len().saturating_sub(1) * PARTITIONS));
        Self { counts, kept, done: AtomicU64::new(0), left }
    }

    /// Tells how much was done since, and asks whether to stop.
    pub(super) fn tell(&self, progress: &mut dyn Progress) -> Result<()> {
        let left = self.left.load(Ordering::Relaxed);
        let done = self.done.swap(0, Ordering::Relaxed).min(left);
        self.left.store(left - done, Ordering::Relaxed);
        progress.advance(done);
        progress.check()
    }
}

impl<K: Key> filling::Source<K> for Source<'_, K> {
    #[inline]
    fn read(&self, length: usize, partition: usize, mut each: impl FnMut(K, u64)) -> Result<()> {
        let threshold = self.kept[length - 2].threshold;
        self.counts.for_each(length, partition, |gram, count| {
            if count >= threshold {
                each(gram, count);
            }
        })?;
        self.done.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
