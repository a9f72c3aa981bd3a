//! Counters of byte strings, for one thread and for many.
//!
//! In: pieces, from any thread, in any order. Out: a [`PieceTable`] of the distinct ones with 64-bit counts, in model-file
//! order: the same for any number of threads. Each thread counts into a table of its own and empties it into shared shards
//! when it has grown: most pieces of a text are frequent ones and meet no lock.
//! Memory: 29 bytes and the piece's own bytes for each distinct piece, once in the shards and at most [`LOCAL`] pieces a thread.

use crate::num::{index, low_u32, to_u64, to_usize};
use crate::parallel::lock;
use crate::pieces::{PieceTable, model_order};
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::hash::BuildHasher;
use std::sync::{Mutex, PoisonError};

/// The number of shards.
const SHARDS: usize = 64;
/// The number of distinct pieces a thread keeps before it empties its table.
const LOCAL: usize = 1 << 17;
/// The bytes of distinct pieces a thread keeps before it empties its table.
const LOCAL_BYTES: usize = 1 << 23;

/// Counts pieces on one thread.
#[derive(Debug, Default)]
pub struct PieceCounter {
    /// Distinct pieces in the order of their first occurrence.
    table: PieceTable,
    /// Indices into `table`, by the hash of the piece.
    indices: HashTable<u32>,
    /// The same in every process, not that it matters: hashes choose places, never results.
    hasher: foldhash::fast::FixedState,
}

impl PieceCounter {
    /// Adds `count` to the count of `piece`. The sum is a number of places in the text, so it fits.
    #[inline]
    pub fn add(&mut self, piece: &[u8], count: u64) {
        let hash = self.hasher.hash_one(piece);
        self.add_hashed(hash, piece, count);
    }

    /// [`PieceCounter::add`] with the hash at hand.
    #[inline]
    fn add_hashed(&mut self, hash: u64, piece: &[u8], count: u64) {
        let Self { table, indices, hasher } = self;
        let same = |&at: &u32| table.piece(index(at)) == piece;
        match indices.entry(hash, same, |&at| hasher.hash_one(table.piece(index(at)))) {
            Entry::Occupied(at) => table.counts_mut()[index(*at.get())] += count,
            Entry::Vacant(place) => {
                place.insert(low_u32(to_u64(table.len())));
                table.push(piece, count);
            }
        }
    }

    /// The distinct pieces and their counts, in model-file order.
    pub fn into_sorted(self) -> PieceTable {
        sorted(&self.table)
    }
}

/// A table in model-file order.
fn sorted(table: &PieceTable) -> PieceTable {
    let mut order: Vec<usize> = (0..table.len()).collect();
    order.sort_unstable_by(|&a, &b| model_order(table.piece(a), table.piece(b)));
    table.select(order)
}

/// Counts pieces on many threads.
#[derive(Debug)]
pub struct ShardedPieceCounter {
    /// Shard `s` holds the pieces whose hash has `s` as its top bits: at most 2^32 pieces each.
    shards: Vec<Mutex<PieceCounter>>,
}

impl ShardedPieceCounter {
    /// Nothing counted yet.
    pub fn new() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::new(PieceCounter::default())).collect() }
    }

    /// The part of one thread. What it has counted is shared when its table is full and by [`PieceAdder::flush`].
    pub fn adder(&self) -> PieceAdder<'_> {
        PieceAdder { counter: self, local: PieceCounter::default() }
    }

    /// The distinct pieces and their counts, in model-file order.
    pub fn into_sorted(self) -> PieceTable {
        let mut all = PieceTable::new();
        for shard in self.shards {
            let shard = shard.into_inner().unwrap_or_else(PoisonError::into_inner);
            for (piece, count) in shard.table.iter() {
                all.push(piece, count);
            }
        }
        sorted(&all)
    }
}

impl Default for ShardedPieceCounter {
    fn default() -> Self {
        Self::new()
    }
}

/// One thread's way into a [`ShardedPieceCounter`].
#[derive(Debug)]
pub struct PieceAdder<'a> {
    /// Where a full table goes.
    counter: &'a ShardedPieceCounter,
    /// Pieces not shared yet.
    local: PieceCounter,
}

impl PieceAdder<'_> {
    /// Counts `piece` once more.
    #[inline]
    pub fn add(&mut self, piece: &[u8]) {
        self.local.add(piece, 1);
        if self.local.table.len() >= LOCAL || self.local.table.byte_len() >= LOCAL_BYTES {
            self.flush();
        }
    }

    /// Shares what is counted so far.
    pub fn flush(&mut self) {
        let local = std::mem::take(&mut self.local);
        let mut order: Vec<(u64, usize)> =
            (0..local.table.len()).map(|at| (local.hasher.hash_one(local.table.piece(at)), at)).collect();
        order.sort_unstable();
        for of_shard in order.chunk_by(|a, b| shard_of(a.0) == shard_of(b.0)) {
            let mut shard = lock(&self.counter.shards[shard_of(of_shard[0].0)]);
            for &(hash, at) in of_shard {
                shard.add_hashed(hash, local.table.piece(at), local.table.count(at));
            }
        }
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

    #[test]
    fn threads_count_together_what_one_map_counts() {
        let pieces: Vec<Vec<u8>> = (0..400_000u32)
            .map(|i| (i.wrapping_mul(i) % 200_003).to_be_bytes()[usize::from(i % 2 == 0)..].to_vec())
            .collect();
        let mut expected: HashMap<&[u8], u64> = HashMap::new();
        pieces.iter().for_each(|piece| *expected.entry(piece).or_insert(0) += 1);
        assert!(expected.len() > LOCAL, "the local table must overflow");
        let counter = ShardedPieceCounter::new();
        std::thread::scope(|scope| {
            for part in pieces.chunks(150_000) {
                let counter = &counter;
                scope.spawn(move || {
                    let mut adder = counter.adder();
                    part.iter().for_each(|piece| adder.add(piece));
                    adder.flush();
                });
            }
        });
        let table = counter.into_sorted();
        assert_eq!(table.len(), expected.len());
        assert!(table.iter().all(|(piece, count)| expected[piece] == count));
        let pieces: Vec<&[u8]> = table.iter().map(|(piece, _)| piece).collect();
        assert!(pieces.is_sorted_by(|a, b| model_order(a, b).is_lt()));
    }
}
