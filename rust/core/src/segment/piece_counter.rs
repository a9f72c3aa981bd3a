//! Counters of byte strings: for one thread, and for many in the memory given.
//!
//! In: pieces, from any thread, in any order. Out: what [`super::CountedPieces`] is made of, the distinct ones with 64-bit counts: the same for any
//! number of threads and any memory. Each thread counts in a small table of its own that keeps what came last ([`super::piece_adder`]): most
//! pieces of a text are frequent ones and meet no lock. The others go to shared shards, many at a time. Pieces of up to 15 bytes are in a
//! table of integers ([`super::short_pieces`]), longer ones in [`super::piece_table`]. A shard that grows takes the memory from a budget;
//! when that is used up, the largest shard goes to the store as a sorted run. In the end each shard is merged on its own.
//! Pieces that pruning will not keep, the longest and the rare ones, which are most, are handed on as runs.
//!
//! Memory: 30 to 45 bytes for each distinct piece of up to 15 bytes, 21 to 29 and its own bytes for a longer one, in the shards within the
//! budget; and what [`super::piece_adder`] says a thread.

use super::piece_adder::{LongPieces, PieceAdder};
use super::piece_merge::merge;
use super::piece_run::PieceWriter;
use super::piece_table::PieceCounter;
use super::short_pieces::{Counted, ShortPieces, ascending};
use crate::Result;
use crate::checkpoint::RunIndex;
use crate::parallel::{Stop, lock, map};
use crate::pieces::PieceTable;
use crate::prune::Limits;
use crate::spill::{Budget, Chunk, Store};
use crate::trim::trim;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, TryLockError};

/// The number of shards.
pub(super) const SHARDS: usize = 64;

/// So often is the memory that the C library keeps given back while the budget is used up once,
const TRIMS: usize = 32;
/// unless that would be for fewer bytes.
const TRIM_BYTES: usize = 1 << 22;

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
    /// Bytes that shards have grown by or given back since the C library last gave back what it keeps.
    changed: AtomicUsize,
}

/// See [`ShardedPieceCounter`].
#[derive(Debug, Default)]
struct Shard {
    /// The short pieces that are counted in memory.
    short: ShortPieces,
    /// The longer ones.
    counter: PieceCounter,
    /// What was written before, each run ascending.
    runs: Vec<Vec<Chunk>>,
}

impl Shard {
    /// Whether nothing is in memory.
    fn is_empty(&self) -> bool {
        self.short.is_empty() && self.counter.table.is_empty()
    }

    /// The bytes it takes.
    fn bytes(&self) -> usize {
        self.short.bytes() + self.counter.bytes()
    }
}

impl<'a> ShardedPieceCounter<'a> {
    /// Adds up short pieces, all of one shard.
    pub(super) fn add_short(&self, at: usize, counted: &[Counted]) -> Result<()> {
        let mut shard = lock(&self.shards[at]);
        shard.short.add_all(counted, SHARDS.trailing_zeros());
        self.account(at, &mut shard)
    }

    /// Counts longer pieces, all of one shard.
    pub(super) fn add_long(&self, at: usize, pieces: &LongPieces) -> Result<()> {
        let mut shard = lock(&self.shards[at]);
        pieces.iter().for_each(|(hash, piece)| shard.counter.add(hash, piece, 1));
        self.account(at, &mut shard)
    }

    /// Nothing counted yet.
    pub(crate) fn new(budget: &'a Budget, store: &'a Store) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self {
            shards,
            sizes: (0..SHARDS).map(|_| AtomicUsize::new(0)).collect(),
            budget,
            store,
            changed: AtomicUsize::new(0),
        }
    }

    /// The part of one thread. What it has counted is shared when its table is full and by [`PieceAdder::flush`].
    pub(crate) fn adder(&self) -> PieceAdder<'_, 'a> {
        PieceAdder::new(self)
    }

    /// Writes everything that is in memory.
    pub(crate) fn write_all(&self, threads: NonZeroUsize, check: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        let write = |at: usize, _: &Stop| {
            let mut shard = lock(&self.shards[at]);
            if shard.is_empty() { Ok(()) } else { self.write(at, &mut shard) }
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
            let (bytes, taken) = (shard.bytes(), self.sizes[at].load(Ordering::Relaxed));
            if bytes <= taken {
                return Ok(());
            }
            if self.budget.take(bytes - taken) {
                self.sizes[at].store(bytes, Ordering::Relaxed);
                self.trim(bytes - taken);
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
        let (short, counter) = (std::mem::take(&mut shard.short), std::mem::take(&mut shard.counter));
        let mut writer = PieceWriter::new(self.store, None);
        for (piece, count) in ascending(short.ascending(), counter.ascending()) {
            writer.push(piece.as_ref(), count)?;
        }
        shard.runs.push(writer.finish()?);
        let freed = self.sizes[at].swap(0, Ordering::Relaxed);
        self.budget.give_back(freed);
        self.trim(freed);
        Ok(())
    }

    /// Tables that grow leave holes behind, which the C library keeps and no other table may fit into: a third of the budget and more.
    fn trim(&self, changed: usize) {
        let before = self.changed.fetch_add(changed, Ordering::Relaxed);
        if before + changed > TRIM_BYTES.max(self.budget.limit() / TRIMS) {
            self.changed.store(0, Ordering::Relaxed);
            trim();
        }
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
                let Shard { short, counter, runs } = std::mem::take(&mut *lock(&self.shards[at]));
                let (mut kept, mut others) = (PieceTable::new(), PieceWriter::new(self.store, Some(self.budget)));
                let memory = ascending(short.ascending(), counter.ascending());
                merge(self.store, &runs, memory, |piece, count| {
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

#[cfg(test)]
mod tests {
    use super::super::CountedPieces;
    use super::*;
    use crate::rules::{PieceRules, Required};
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
                    part.iter().for_each(|piece| adder.add(piece, 0, piece.len()).unwrap());
                    adder.flush().unwrap();
                });
            }
        });
        let (kept, others) = counter.finish(limits, NonZeroUsize::MIN, &mut || Ok(())).unwrap();
        let (written, mut all) = (store.written(), CountedPieces { kept, others, store: Store::new(None) });
        drop(counter);
        all.store = store;
        let mut counts = Counts::new();
        all.for_each(|piece, count| assert!(counts.insert(piece.to_vec(), count).is_none())).unwrap();
        all.limit_memory(0).unwrap();
        assert!(all.others.iter().flatten().all(|chunk| chunk.memory() == 0));
        all.for_each(|piece, count| assert_eq!(counts[piece], count, "on the disk")).unwrap();
        let kept: Counts = all.kept.iter().map(|(piece, count)| (piece.to_vec(), count)).collect();
        counts.retain(|piece, _| !kept.contains_key(piece));
        (kept, counts, written)
    }

    #[test]
    fn threads_count_together_what_one_map_counts_in_any_memory() {
        let piece = |i: u32| (i.wrapping_mul(i) % 200_003).to_be_bytes()[usize::from(i.is_multiple_of(2))..].to_vec();
        // one in three is no short piece
        let longer = |i: u32| if i.is_multiple_of(3) { piece(i).repeat(5) } else { piece(i) };
        let pieces: Vec<Vec<u8>> = (0..400_000u32).map(longer).collect();
        let rules = PieceRules { max_piece_length: 3, ..PieceRules::NONE };
        let limits = Limits { rules, min_count: 2, required: Required::default() };
        let mut expected = Counts::new();
        pieces.iter().for_each(|piece| *expected.entry(piece.clone()).or_insert(0) += 1);
        assert!(expected.len() > 1 << 17, "the local tables must overflow");
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
