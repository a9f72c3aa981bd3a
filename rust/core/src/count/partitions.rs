//! N-grams counted by many threads, partition by partition, in the memory given.
//!
//! In: n-grams, from any thread, in any order. Out: for each partition what [`super::merge`] makes one of: sorted runs in the
//! store, and a table. Each thread collects n-grams a partition ([`super::adder`]) and counts a buffer at a time under the partition's lock:
//! up to 16,384 n-grams, so that the table comes into a near cache once for all of them. A table that wants to grow takes the memory from a budget; when
//! that is used up, the largest table there is goes to the store as a run, and gives its memory back. So all memory is in
//! use whatever the text is like, and runs are as long as they can be.
//!
//! Memory: the budget, of which longer buffers take a quarter at most, [`SMALLEST_BYTES`] for the first slots of the tables, and
//! [`BUFFER_BYTES`] a thread (at orders over 8 twice as much, both).

use super::adder::Adder;
use super::buffers;
use super::key::Key;
use super::merge::Merge;
use super::run::{Run, RunWriter};
use super::split::{PARTITIONS, Split};
use super::table::{Table, random_factor};
use crate::Result;
use crate::checkpoint::RunIndex;
use crate::parallel::{Stop, lock, map};
use crate::spill::{Budget, Store};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, TryLockError};

/// The n-grams a thread collects for a partition at first, before it takes the lock; a table has room for so many before they are counted.
const BUFFER: usize = 256;
/// The most n-grams a thread collects for a partition.
const LONGEST_BUFFER: usize = 1 << 14;
/// Longer buffers of all threads have at most this part of the memory for tables.
const BUFFER_SHARE: usize = 4;
/// The tails a thread collects for a partition: there are few of them.
const TAIL_BUFFER: usize = 32;
/// Bytes of the buffers of a thread, at orders up to 8.
pub(crate) const BUFFER_BYTES: usize = PARTITIONS * (BUFFER + TAIL_BUFFER) * size_of::<u64>();
/// Bytes of all tables when each has its first slots, at orders up to 8. They are granted whatever the budget says.
pub(crate) const SMALLEST_BYTES: usize = 2 * PARTITIONS * SMALLEST * size_of::<u64>();
/// The slots that every table may have: a whole buffer fits in.
const SMALLEST: usize = 2 * BUFFER;

/// What all threads count into.
#[derive(Debug)]
pub(super) struct Partitions<'a, K> {
    /// How n-grams are divided.
    split: Split,
    /// N-grams of `order` bytes by partition, then tails by partition.
    parts: Vec<Mutex<Part<K>>>,
    /// The bytes of each part's table, to find the largest by.
    sizes: Vec<AtomicUsize>,
    /// The memory for tables.
    budget: &'a Budget,
    /// Where runs go.
    store: &'a Store,
    /// How many n-grams a thread may collect for a partition.
    longest: usize,
}

/// One partition's n-grams, or its tails.
#[derive(Debug)]
struct Part<K> {
    /// What is counted in memory.
    table: Table<K>,
    /// What was written before.
    runs: Vec<Run>,
}

impl<'a, K: Key> Partitions<'a, K> {
    /// Nothing counted yet; `threads` will count.
    pub(super) fn new(split: Split, budget: &'a Budget, store: &'a Store, threads: NonZeroUsize) -> Self {
        let factor = random_factor();
        let part = |_| Mutex::new(Part { table: Table::new(split.rest_bits(), factor), runs: Vec::new() });
        let parts: Vec<_> = (0..2 * PARTITIONS).map(part).collect();
        let sizes = parts.iter().map(|_| AtomicUsize::new(0)).collect();
        let most = budget.limit() / (BUFFER_SHARE * threads.get() * buffers::bytes::<K>(1));
        let longest = most.clamp(BUFFER, LONGEST_BUFFER);
        Self { split, parts, sizes, budget, store, longest: 1 << longest.ilog2() }
    }

    /// The length of the n-grams that are counted.
    pub(super) fn order(&self) -> usize {
        self.split.order()
    }

    /// How n-grams are divided.
    pub(super) fn split(&self) -> Split {
        self.split
    }

    /// The part of one thread. What it has collected is counted when a buffer is full, and by [`Partitions::flush`].
    pub(super) fn adder(&self) -> Adder<'_, 'a, K> {
        Adder::new(self, self.budget, (BUFFER, self.longest), TAIL_BUFFER)
    }

    /// Counts what is left in the buffers of `adders`, partition by partition on all threads, and frees them.
    pub(super) fn flush(
        &self,
        adders: Vec<Adder<'_, 'a, K>>,
        threads: NonZeroUsize,
        check: &mut dyn FnMut() -> Result<()>,
    ) -> Result<()> {
        let flush = |at: usize, _: &Stop| adders.iter().try_for_each(|adder| adder.flush(at));
        map(threads, PARTITIONS, flush, check)?;
        adders.into_iter().for_each(Adder::free);
        Ok(())
    }

    /// Writes everything that is in memory.
    pub(super) fn write_all(&self, threads: NonZeroUsize, check: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        let write = |at: usize, _: &Stop| {
            let mut part = lock(&self.parts[at]);
            if part.table.bytes() > 0 { self.write(at, &mut part) } else { Ok(()) }
        };
        map(threads, self.parts.len(), write, check).map(drop)
    }

    /// Where the runs of each part are.
    pub(super) fn index(&self) -> RunIndex {
        self.parts.iter().map(|part| lock(part).runs.iter().map(Run::index).collect()).collect()
    }

    /// Takes over runs that are in the store.
    pub(super) fn restore(&self, index: &RunIndex) {
        for (part, runs) in self.parts.iter().zip(index) {
            lock(part).runs = runs.iter().map(|run| Run::at(run)).collect();
        }
    }

    /// The most runs that a partition has.
    pub(super) fn most_runs(&self) -> usize {
        self.parts.iter().map(|part| lock(part).runs.len()).max().unwrap_or(0)
    }

    /// Calls `work` with what there is of one partition, n-grams and tails, and frees it afterwards.
    pub(super) fn take<R>(
        &self,
        partition: usize,
        work: impl FnOnce(Merge<'_, K>, Merge<'_, K>) -> Result<R>,
    ) -> Result<R> {
        let take = |at: usize| {
            let mut part = lock(&self.parts[at]);
            let bytes = part.table.bytes();
            (part.table.take_sorted(), std::mem::take(&mut part.runs), bytes)
        };
        let (full, full_runs, bytes) = take(partition);
        let (tails, tail_runs, more) = take(PARTITIONS + partition);
        let done = work(Merge::new(self.store, &full_runs, full)?, Merge::new(self.store, &tail_runs, tails)?)?;
        self.budget.give_back(bytes + more);
        Ok(done)
    }

    /// Counts `rests`; `at` is a partition, or [`PARTITIONS`] more for its tails.
    pub(super) fn add(&self, at: usize, mut rests: &[K]) -> Result<()> {
        let mut part = lock(&self.parts[at]);
        while !rests.is_empty() {
            let room = part.table.room();
            if room < rests.len().min(BUFFER) {
                self.make_room(at, &mut part)?;
            } else {
                let (now, later) = rests.split_at(rests.len().min(room));
                part.table.add_all(now);
                rests = later;
            }
        }
        Ok(())
    }

    /// Lets the table of `part` grow, or writes it.
    #[cold]
    fn make_room(&self, at: usize, part: &mut Part<K>) -> Result<()> {
        let (before, after) = (part.table.bytes(), part.table.next_bytes());
        if after <= SMALLEST * size_of::<K>() {
            self.budget.force(after);
        } else {
            while !self.budget.take(after) {
                if !self.write_largest(at, before)? {
                    return self.write(at, part);
                }
            }
        }
        part.table.grow();
        self.sizes[at].store(after, Ordering::Relaxed);
        self.budget.give_back(before);
        Ok(())
    }

    /// Writes the largest part but `at`. False: that is smaller than half of `bytes`, or somebody else works on it.
    fn write_largest(&self, at: usize, bytes: usize) -> Result<bool> {
        let sizes = self.sizes.iter().enumerate().filter(|&(other, _)| other != at);
        let largest = sizes.map(|(other, size)| (size.load(Ordering::Relaxed), other)).max();
        let Some((size, largest)) = largest.filter(|&(size, _)| size >= bytes / 2 && size > 0) else {
            return Ok(false);
        };
        let mut part = match self.parts[largest].try_lock() {
            Ok(part) => part,
            // never waited for: whoever has it may wait for `at`
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        };
        debug_assert!(size > 0);
        self.write(largest, &mut part).map(|()| true)
    }

    /// Writes what a part has in memory, and frees it.
    fn write(&self, at: usize, part: &mut Part<K>) -> Result<()> {
        let bytes = part.table.bytes();
        let mut writer = RunWriter::new(self.store, None);
        for (rest, count) in part.table.take_sorted() {
            writer.push(rest, count)?;
        }
        part.runs.push(writer.finish()?);
        self.sizes[at].store(0, Ordering::Relaxed);
        self.budget.give_back(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// What `grams` are counted to with so much memory, and how much was written.
    fn counted<K: Key>(grams: &[u64], memory: usize) -> (BTreeMap<u64, u64>, u64) {
        let (budget, store, split) = (Budget::new(memory), Store::new(None), Split::new(8));
        let partitions = Partitions::<K>::new(split, &budget, &store, NonZeroUsize::MIN);
        let adders = std::thread::scope(|scope| {
            let count = |part: &[u64]| {
                let mut adder = partitions.adder();
                for grams in part.chunks(1000) {
                    adder.add(grams.iter().map(|&gram| K::from(gram))).unwrap();
                }
                adder
            };
            let threads: Vec<_> =
                grams.chunks(grams.len() / 3 + 1).map(|part| scope.spawn(move || count(part))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        partitions.flush(adders, NonZeroUsize::MIN, &mut || Ok(())).unwrap();
        let mut counts = BTreeMap::new();
        for partition in 0..PARTITIONS {
            let all = |mut full: Merge<'_, K>, _: Merge<'_, K>| {
                while let Some((rest, count)) = full.next()? {
                    counts.insert(split.join(partition, rest, 8).low_u64(), count);
                }
                Ok(())
            };
            partitions.take(partition, all).unwrap();
        }
        (counts, store.written())
    }

    #[test]
    fn threads_count_together_what_one_map_counts_in_any_memory() {
        // most in one partition, so that it needs more than others
        let grams: Vec<u64> = (0..300_000_u64).map(|i| ((i * i) % 70_001) << (16 * (i % 5 / 4))).collect();
        let mut expected = BTreeMap::new();
        grams.iter().for_each(|&gram| *expected.entry(gram).or_insert(0) += 1);
        for (memory, spills) in [(usize::MAX, false), (200_000, true), (0, true)] {
            for (counts, written) in [counted::<u64>(&grams, memory), counted::<u128>(&grams, memory)] {
                assert!(counts == expected, "memory {memory}");
                assert_eq!(written > 0, spills, "memory {memory}");
            }
        }
    }
}
