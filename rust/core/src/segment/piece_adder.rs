//! One thread's way into a [`ShardedPieceCounter`].
//!
//! In: pieces, as places in a text. Out: counts, added up in the shards, a batch for one lock. A short piece has one slot in a table that
//! fits the second-level cache. Whoever was there before leaves with its count for a buffer of its shard: frequent
//! pieces are counted where they are, rare ones are handed on at no more than a copy. Longer pieces are few and have a table that is
//! emptied when it has grown.
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
/// The number of distinct longer pieces a thread keeps before it empties its table.
pub(super) const LOCAL: usize = 1 << 15;
/// The bytes of distinct longer pieces a thread keeps before it empties its table.
const LOCAL_BYTES: usize = 1 << 20;
/// The bytes that all this takes at most, vectors doubling as they grow, and twice while they are emptied.
pub(crate) const LOCAL_MOST: usize =
    2 * LOCAL_BYTES + LOCAL * (2 * 16 + 10 + 16) + (FRONT + SHARDS * BUFFER) * size_of::<Counted>();

/// See the module.
#[derive(Debug)]
pub(crate) struct PieceAdder<'p, 'a> {
    /// Where all pieces go.
    counter: &'p ShardedPieceCounter<'a>,
    /// Short pieces that came lately, each in the slot of its hash.
    front: Vec<Counted>,
    /// By shard: short pieces not shared yet.
    buffers: Vec<Vec<Counted>>,
    /// Longer pieces not shared yet.
    long: PieceCounter,
}

impl<'p, 'a> PieceAdder<'p, 'a> {
    /// Nothing counted yet.
    pub(super) fn new(counter: &'p ShardedPieceCounter<'a>) -> Self {
        let buffers = (0..SHARDS).map(|_| Vec::with_capacity(BUFFER)).collect();
        Self { counter, front: vec![Counted::default(); FRONT], buffers, long: PieceCounter::default() }
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
        self.long.add(piece, 1);
        let full = self.long.table.len() >= LOCAL || self.long.table.byte_len() >= LOCAL_BYTES;
        if full { self.flush_long() } else { Ok(()) }
    }

    /// Shares what is counted so far.
    pub(crate) fn flush(&mut self) -> Result<()> {
        for slot in 0..self.front.len() {
            let counted = std::mem::take(&mut self.front[slot]);
            if counted.count > 0 {
                self.share(counted)?;
            }
        }
        for (shard, buffer) in self.buffers.iter_mut().enumerate() {
            self.counter.add_short(shard, buffer)?;
            buffer.clear();
        }
        self.flush_long()
    }

    /// Shares the longer pieces.
    fn flush_long(&mut self) -> Result<()> {
        let local = std::mem::take(&mut self.long);
        let hash = |at| (local.hash(local.table.piece(at)), at);
        let mut order: Vec<(u64, usize)> = (0..local.table.len()).map(hash).collect();
        order.sort_unstable();
        let of_shards = order.chunk_by(|a, b| shard_of(a.0) == shard_of(b.0));
        of_shards.into_iter().try_for_each(|pieces| self.counter.add_long(shard_of(pieces[0].0), pieces, &local.table))
    }
}

/// The shard of a hash.
fn shard_of(hash: u64) -> usize {
    to_usize(hash >> (64 - SHARDS.trailing_zeros()))
}
