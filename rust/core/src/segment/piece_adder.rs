//! One thread's way into a [`ShardedPieceCounter`].
//!
//! In: pieces, as places in a text. Out: counts, added up in the shards, a batch for one lock. A short piece has one slot in a table that
//! fits the second-level cache. Whoever was there before leaves with its count for a buffer of its shard: frequent
//! pieces are counted where they are, rare ones are handed on at no more than a copy. Longer pieces hardly ever come twice: they
//! go to the buffers at once.
//!
//! Memory: [`LOCAL_MOST`].

use super::piece_counter::{SHARDS, ShardedPieceCounter};
use super::piece_table::PieceCounter;
use super::short_pieces::{Counted, LONGEST, Short};
use crate::Result;
use crate::count::key::place;
use crate::num::to_usize;

/// The number of slots for short pieces.
const FRONT: usize = 1 << 14;
/// The number of short pieces that wait for a shard.
const BUFFER: usize = 128;
/// The bytes of longer pieces that wait for a shard, one that is longer than all that not counted.
const LONG_BUFFER: usize = 1 << 12;
/// The bytes that all this takes at most: a longer piece has at least 16 bytes and 16 more in the buffer, and vectors double as they grow.
pub(crate) const LOCAL_MOST: usize =
    (FRONT + SHARDS * BUFFER) * size_of::<Counted>() + SHARDS * 4 * LONG_BUFFER + (1 << 17);

/// Pieces of more than [`LONGEST`] bytes, one behind the other.
#[derive(Debug, Default)]
pub(super) struct LongPieces {
    /// Their bytes.
    bytes: Vec<u8>,
    /// Their hashes, and where they end.
    ends: Vec<(u64, usize)>,
}

impl LongPieces {
    /// All of them and their hashes.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|&(_, end)| end));
        starts.zip(&self.ends).map(|(start, &(hash, end))| (hash, &self.bytes[start..end]))
    }

    /// Forgets all.
    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct PieceAdder<'p, 'a> {
    /// Where all pieces go.
    counter: &'p ShardedPieceCounter<'a>,
    /// Short pieces that came lately, each in the slot of its hash.
    front: Vec<Counted>,
    /// By shard: short pieces not shared yet.
    buffers: Vec<Vec<Counted>>,
    /// By shard: longer pieces not shared yet.
    long: Vec<LongPieces>,
}

impl<'p, 'a> PieceAdder<'p, 'a> {
    /// Nothing counted yet.
    pub(super) fn new(counter: &'p ShardedPieceCounter<'a>) -> Self {
        let buffers = (0..SHARDS).map(|_| Vec::with_capacity(BUFFER)).collect();
        let long = (0..SHARDS).map(|_| LongPieces::default()).collect();
        Self { counter, front: vec![Counted::default(); FRONT], buffers, long }
    }

    /// Counts the piece `text[start..end]`, which is not empty, once more.
    #[inline]
    pub(crate) fn add(&mut self, text: &[u8], start: usize, end: usize) -> Result<()> {
        if end - start > LONGEST {
            return self.add_long(&text[start..end]);
        }
        let piece = Short::new(text, start, end - start);
        let hash = piece.hash();
        let slot = &mut self.front[place(hash << SHARDS.trailing_zeros(), FRONT)];
        if slot.piece == piece {
            slot.count += 1;
            return Ok(());
        }
        let before = std::mem::replace(slot, Counted { piece, count: 1 });
        if before.count == 0 { Ok(()) } else { self.share(before) }
    }

    /// Hands a short piece on.
    fn share(&mut self, counted: Counted) -> Result<()> {
        let shard = shard_of(counted.piece.hash());
        let buffer = &mut self.buffers[shard];
        buffer.push(counted);
        if buffer.len() < BUFFER {
            return Ok(());
        }
        self.counter.add_short(shard, buffer)?;
        buffer.clear();
        Ok(())
    }

    /// Counts a longer piece.
    fn add_long(&mut self, piece: &[u8]) -> Result<()> {
        let hash = PieceCounter::hash(piece);
        let shard = shard_of(hash);
        let pieces = &mut self.long[shard];
        pieces.bytes.extend_from_slice(piece);
        pieces.ends.push((hash, pieces.bytes.len()));
        if pieces.bytes.len() < LONG_BUFFER {
            return Ok(());
        }
        self.counter.add_long(shard, pieces)?;
        pieces.clear();
        Ok(())
    }

    /// Shares what is counted so far.
    pub(crate) fn flush(&mut self) -> Result<()> {
        for slot in 0..self.front.len() {
            let counted = std::mem::take(&mut self.front[slot]);
            if counted.count > 0 {
                self.share(counted)?;
            }
        }
        for (shard, (buffer, pieces)) in self.buffers.iter_mut().zip(&mut self.long).enumerate() {
            if !buffer.is_empty() {
                self.counter.add_short(shard, buffer)?;
                buffer.clear();
            }
            if !pieces.ends.is_empty() {
                self.counter.add_long(shard, pieces)?;
                pieces.clear();
            }
        }
        Ok(())
    }
}

/// The shard of a hash.
fn shard_of(hash: u64) -> usize {
    to_usize(hash >> (64 - SHARDS.trailing_zeros()))
}
