//! Counters of byte strings: for one thread, and for many in the memory given.
//!
//! In: pieces, from any thread, in any order. Out: [`CountedPieces`], the distinct ones with 64-bit counts: the same for any
//! number of threads and any memory. Each thread counts into a table of its own and empties it into shared shards when it
//! has grown: most pieces of a text are frequent ones and meet no lock. A shard that grows takes the memory from a budget;
//! when that is used up, the largest shard goes to the store as a sorted run. In the end each shard is merged on its own.
//! Pieces that pruning will not keep, the longest and the rare ones, which are most, are handed on as runs.
//!
//! Memory: 21 to 29 bytes and the piece's own bytes for each distinct piece, in the shards within the budget; and at most
//! [`LOCAL`] pieces a thread, [`LOCAL_MOST`] bytes in all.

use super::piece_merge::merge;
use super::piece_run::{PieceReader, PieceWriter};
use super::piece_table::PieceCounter;
use crate::Result;
use crate::checkpoint::RunIndex;
use crate::num::{index, to_usize};
use crate::parallel::{Stop, lock, map};
use crate::pieces::PieceTable;
use crate::prune::Limits;
use crate::spill::{Budget, Chunk, Store};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, TryLockError};

/// The number of shards.
const SHARDS: usize = 64;
/// The number of distinct pieces a thread keeps before it empties its table.
const LOCAL: usize = 1 << 16;
/// The bytes of distinct pieces a thread keeps before it empties its table.
const LOCAL_BYTES: usize = 1 << 21;
/// The bytes a thread's table takes at most, vectors doubling as they grow, and twice while it is emptied.
pub(crate) const LOCAL_MOST: usize = 2 * LOCAL_BYTES + LOCAL * (2 * 16 + 10 + 16);

/// All pieces of a corpus.
#[derive(Debug)]
pub struct CountedPieces {
    /// Those that pruning begins with, in no order: the single bytes, and what is within the limits.
    pub(crate) kept: PieceTable,
    /// The others, in no order.
    pub(crate) others: Vec<Vec<Chunk>>,
    /// Where the others are that memory has no room for.
    pub(crate) store: Store,
}

impl CountedPieces {
    /// All pieces and their counts, in no order.
    pub fn for_each(&self, mut each: impl FnMut(&[u8], u64)) -> Result<()> {
        self.kept.iter().for_each(|(piece, count)| each(piece, count));
        for chunks in &self.others {
            let mut reader = PieceReader::new(&self.store, chunks);
            while let Some(count) = reader.next()? {
                each(reader.piece(), count);
            }
        }
        Ok(())
    }
}

/// Counts pieces on many threads.
#[derive(Debug)]
pub(crate) struct ShardedPieceCounter<'a> {
    /// Shard `s` holds the pieces whose hash has `s` as its top bits: at most 2^32 pieces each.
    shards: Vec<Mutex<Shard>>,
    /// The bytes that each shard has taken from the budget.
    sizes: Vec<AtomicUsize>,
    /// The memory for shards.
    budget: &'a Budget,
    /// Where runs go.
    store: &'a Store,
}

/// See [`ShardedPieceCounter`].
#[derive(Debug, Default)]
struct Shard {
    /// What is counted in memory.
    counter: PieceCounter,
    /// What was written before, each run ascending.
    runs: Vec<Vec<Chunk>>,
}

impl<'a> ShardedPieceCounter<'a> {
    /// Nothing counted yet.
    pub(crate) fn new(budget: &'a Budget, store: &'a Store) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, sizes: (0..SHARDS).map(|_| AtomicUsize::new(0)).collect(), budget, store }
    }

    /// The part of one thread. What it has counted is shared when its table is full and by [`PieceAdder::flush`].
    pub(crate) fn adder(&self) -> PieceAdder<'_, 'a> {
        PieceAdder { counter: self, local: PieceCounter::default() }
    }

    /// Writes everything that is in memory.
    pub(crate) fn write_all(&self, threads: NonZeroUsize, check: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        let write = |at: usize, _: &Stop| {
            let mut shard = lock(&self.shards[at]);
            if shard.counter.table.is_empty() { Ok(()) } else { self.write(at, &mut shard) }
        };
        map(threads, SHARDS, write, check).map(drop)
    }

    /// Where the runs of each shard are.
    pub(crate) fn index(&self) -> RunIndex {
        let index = |run: &Vec<Chunk>| run.iter().filter_map(Chunk::index).collect();
        self.shards.iter().map(|shard| lock(shard).runs.iter().map(index).collect()).collect()
    }

    /// Takes over runs that are in the store.
    pub(crate) fn restore(&self, index: &RunIndex) {
        for (shard, runs) in self.shards.iter().zip(index) {
            lock(shard).runs = runs.iter().map(|run| run.iter().map(Chunk::at).collect()).collect();
        }
    }

    /// Accounts for what a shard has grown by; writes the largest shards until there is memory again.
    fn account(&self, at: usize, shard: &mut Shard) -> Result<()> {
        loop {
            let (bytes, taken) = (shard.counter.bytes(), self.sizes[at].load(Ordering::Relaxed));
            if bytes <= taken {
                return Ok(());
            }
            if self.budget.take(bytes - taken) {
                self.sizes[at].store(bytes, Ordering::Relaxed);
            } else if !self.write_largest(at, bytes)? {
                return self.write(at, shard);
            }
        }
    }

    /// Writes the largest shard but `at`. False: that is smaller than half of `bytes`, or somebody else works on it.
    fn write_largest(&self, at: usize, bytes: usize) -> Result<bool> {
        let sizes = self.sizes.iter().enumerate().filter(|&(other, _)| other != at);
        let largest = sizes.map(|(other, size)| (size.load(Ordering::Relaxed), other)).max();
        let Some((_, largest)) = largest.filter(|&(size, _)| size > bytes / 2) else { return Ok(false) };
        let mut shard = match self.shards[largest].try_lock() {
            Ok(shard) => shard,
            // never waited for: whoever has it may wait for `at`
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        };
        self.write(largest, &mut shard).map(|()| true)
    }

    /// Writes what a shard has in memory, and frees it.
    fn write(&self, at: usize, shard: &mut Shard) -> Result<()> {
        let counter = std::mem::take(&mut shard.counter);
        let mut writer = PieceWriter::new(self.store, None);
        for piece in counter.ascending() {
            writer.push(counter.table.piece(index(piece)), counter.table.count(index(piece)))?;
        }
        shard.runs.push(writer.finish()?);
        self.budget.give_back(self.sizes[at].swap(0, Ordering::Relaxed));
        Ok(())
    }

    /// The distinct pieces, divided by what pruning will keep.
    pub(crate) fn finish(
        &self,
        limits: &Limits,
        threads: NonZeroUsize,
        check: &mut dyn FnMut() -> Result<()>,
    ) -> Result<(PieceTable, Vec<Vec<Chunk>>)> {
        let divided = map(
            threads,
            SHARDS,
            |at, _| {
                let Shard { counter, runs } = std::mem::take(&mut *lock(&self.shards[at]));
                let (mut kept, mut others) = (PieceTable::new(), PieceWriter::new(self.store, Some(self.budget)));
                let entry = |piece: u32| (counter.table.piece(index(piece)), counter.table.count(index(piece)));
                let order = counter.ascending();
                merge(self.store, &runs, order.into_iter().map(entry), |piece, count| {
                    if limits.keep(piece, count) {
                        kept.push(piece, count);
                        return Ok(());
                    }
                    others.push(piece, count)
                })?;
                self.budget.give_back(self.sizes[at].swap(0, Ordering::Relaxed));
                Ok((kept, others.finish()?))
            },
            check,
        )?;
        let (mut kept, mut others) = (PieceTable::new(), Vec::with_capacity(SHARDS));
        for (of_shard, more) in divided {
            of_shard.iter().for_each(|(piece, count)| kept.push(piece, count));
            others.push(more);
        }
        Ok((kept, others))
    }
}

/// One thread's way into a [`ShardedPieceCounter`].
#[derive(Debug)]
pub(crate) struct PieceAdder<'p, 'a> {
    /// Where a full table goes.
    counter: &'p ShardedPieceCounter<'a>,
    /// Pieces not shared yet.
    local: PieceCounter,
}

impl PieceAdder<'_, '_> {
    /// Counts `piece` once more.
    #[inline]
    pub(crate) fn add(&mut self, piece: &[u8]) -> Result<()> {
        self.local.add(piece, 1);
        let full = self.local.table.len() >= LOCAL || self.local.table.byte_len() >= LOCAL_BYTES;
        if full { self.flush() } else { Ok(()) }
    }

    /// Shares what is counted so far.
    pub(crate) fn flush(&mut self) -> Result<()> {
        let local = std::mem::take(&mut self.local);
        let mut order: Vec<(u64, usize)> =
            (0..local.table.len()).map(|at| (local.hash(local.table.piece(at)), at)).collect();
        order.sort_unstable();
        for of_shard in order.chunk_by(|a, b| shard_of(a.0) == shard_of(b.0)) {
            let at = shard_of(of_shard[0].0);
            let mut shard = lock(&self.counter.shards[at]);
            for &(hash, at) in of_shard {
                shard.counter.add_hashed(hash, local.table.piece(at), local.table.count(at));
            }
            self.counter.account(at, &mut shard)?;
        }
        Ok(())
    }
}

/// The shard of a hash.
fn shard_of(hash: u64) -> usize {
    to_usize(hash >> (64 - SHARDS.trailing_zeros()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    type Counts = HashMap<Vec<u8>, u64>;

    /// What `pieces` are counted to with so much memory.
    fn counted(pieces: &[Vec<u8>], memory: usize, limits: &Limits) -> (Counts, Counts, u64) {
        let (budget, store) = (Budget::new(memory), Store::new(None));
        let counter = ShardedPieceCounter::new(&budget, &store);
        std::thread::scope(|scope| {
            for part in pieces.chunks(150_000) {
                let counter = &counter;
                scope.spawn(move || {
                    let mut adder = counter.adder();
                    part.iter().for_each(|piece| adder.add(piece).unwrap());
                    adder.flush().unwrap();
                });
            }
        });
        let (kept, others) = counter.finish(limits, NonZeroUsize::MIN, &mut || Ok(())).unwrap();
        let kept = kept.iter().map(|(piece, count)| (piece.to_vec(), count)).collect();
        let mut rest = HashMap::new();
        for chunks in &others {
            let mut reader = PieceReader::new(&store, chunks);
            while let Some(count) = reader.next().unwrap() {
                assert!(rest.insert(reader.piece().to_vec(), count).is_none());
            }
        }
        (kept, rest, store.written())
    }

    #[test]
    fn threads_count_together_what_one_map_counts_in_any_memory() {
        let pieces: Vec<Vec<u8>> = (0..400_000u32)
            .map(|i| (i.wrapping_mul(i) % 200_003).to_be_bytes()[usize::from(i % 2 == 0)..].to_vec())
            .collect();
        let limits = Limits { max_piece_length: 3, min_count: 2 };
        let mut expected = Counts::new();
        pieces.iter().for_each(|piece| *expected.entry(piece.clone()).or_insert(0) += 1);
        assert!(expected.len() > LOCAL, "the local table must overflow");
        let (kept, rest): (HashMap<_, _>, HashMap<_, _>) =
            expected.into_iter().partition(|(piece, count)| limits.keep(piece, *count));
        assert!(!kept.is_empty() && !rest.is_empty());
        for (memory, spills) in [(usize::MAX, false), (4_000_000, true), (0, true)] {
            let (kept_here, rest_here, written) = counted(&pieces, memory, &limits);
            assert!(kept_here == kept && rest_here == rest, "memory {memory}");
            assert_eq!(written > 0, spills, "memory {memory}");
        }
    }
}
