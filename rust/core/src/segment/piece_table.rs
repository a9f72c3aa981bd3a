//! A counter of byte strings for one thread.
//!
//! In: pieces, in any order. Out: the distinct ones with 64-bit counts. Memory: 21 to 29 bytes and the piece's own bytes for each
//! distinct piece. Cost: a hash of the piece and a cache miss or two.

use crate::num::{index, low_u32, to_u64};
use crate::pieces::PieceTable;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use xxhash_rust::xxh3::xxh3_64;

/// Counts pieces on one thread.
#[derive(Debug, Default)]
pub struct PieceCounter {
    /// Distinct pieces in the order of their first occurrence.
    pub(super) table: PieceTable,
    /// Indices into `table`, by the hash of the piece.
    indices: HashTable<u32>,
}

impl PieceCounter {
    /// The hash of a piece.
    #[inline]
    pub(super) fn hash(piece: &[u8]) -> u64 {
        xxh3_64(piece)
    }

    /// Adds `count` to the count of `piece`, whose hash that is. The sum is a number of places in the text, so it fits.
    #[inline]
    pub(super) fn add(&mut self, hash: u64, piece: &[u8], count: u64) {
        let Self { table, indices } = self;
        let same = |&at: &u32| table.piece(index(at)) == piece;
        match indices.entry(hash, same, |&at| Self::hash(table.piece(index(at)))) {
            Entry::Occupied(at) => table.counts_mut()[index(*at.get())] += count,
            Entry::Vacant(place) => {
                place.insert(low_u32(to_u64(table.len())));
                table.push(piece, count);
            }
        }
    }

    /// The bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        self.table.capacity() + self.indices.allocation_size()
    }

    /// The pieces and their counts, ascending.
    pub(super) fn ascending(&self) -> impl Iterator<Item = (&[u8], u64)> {
        let mut order: Vec<u32> = (0..low_u32(to_u64(self.table.len()))).collect();
        order.sort_unstable_by(|&a, &b| self.table.piece(index(a)).cmp(self.table.piece(index(b))));
        order.into_iter().map(|at| (self.table.piece(index(at)), self.table.count(index(at))))
    }
}
