//! Where the kept n-grams come from while a model is built, and how far that is.
//!
//! In: counts, and the least count of each length. Out: the n-grams of a length that are kept, partition by partition, to whoever reads
//! them; and one step for each partition of each reading. Cost: a decoding of the counts a reading.

use crate::Result;
use crate::count::NgramCounts;
use crate::count::key::Key;
use crate::count::split::PARTITIONS;
use crate::count::threshold::Kept;
use crate::num::to_u64;
use crate::parallel::Stop;
use crate::progress::Progress;
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// Hands on the n-grams of one length.
pub(super) type Give<'g, K> = &'g dyn Fn(&mut dyn FnMut(K, u64)) -> Result<()>;

/// See the module.
pub(super) struct Source<'a, K> {
    /// All n-grams.
    counts: &'a NgramCounts<K>,
    /// What of them is kept, from length 2 on.
    kept: &'a [Kept],
    /// Steps that were done and not yet told.
    done: AtomicU64,
}

impl<'a, K: Key> Source<'a, K> {
    /// Nothing read yet.
    pub(super) fn new(counts: &'a NgramCounts<K>, kept: &'a [Kept]) -> Self {
        Self { counts, kept, done: AtomicU64::new(0) }
    }

    /// Lets `work` read the n-grams of a length. That is [`PARTITIONS`] steps, however often it reads them.
    pub(super) fn read<T>(&self, length: usize, stop: &Stop, work: impl FnOnce(Give<'_, K>) -> Result<T>) -> Result<T> {
        let (threshold, left) = (self.kept[length - 2].threshold, Cell::new(to_u64(PARTITIONS)));
        let outcome = work(&|each: &mut dyn FnMut(K, u64)| {
            for partition in (0..PARTITIONS).take_while(|_| !stop.requested()) {
                self.counts.for_each(length, partition, |gram, count| {
                    if count >= threshold {
                        each(gram, count);
                    }
                })?;
                self.done.fetch_add(left.get().min(1), Ordering::Relaxed);
                left.set(left.get().saturating_sub(1));
            }
            Ok(())
        });
        self.done.fetch_add(left.get(), Ordering::Relaxed);
        outcome
    }

    /// Tells how much was done since, and asks whether to stop.
    pub(super) fn tell(&self, progress: &mut dyn Progress) -> Result<()> {
        progress.advance(self.done.swap(0, Ordering::Relaxed));
        progress.check()
    }
}
