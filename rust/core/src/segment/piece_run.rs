//! Pieces with their counts, as bytes.
//!
//! A record is how many bytes the piece has in common with the one before (0 for the first one of a chunk), how many others, these,
//! and the count less 1; the numbers as variable-length integers, 7 bits a byte, the lowest first. Pieces in ascending order
//! take 4 to 5 bytes each before compression.

use crate::Result;
use crate::num::{low_u8, to_u64, to_usize};
use crate::spill::{Budget, Chunk, ChunkReader, ChunkWriter, Store};

/// Writes pieces.
#[derive(Debug)]
pub(crate) struct PieceWriter<'a> {
    /// The records so far.
    chunks: ChunkWriter<'a>,
    /// The piece before.
    last: Vec<u8>,
}

impl<'a> PieceWriter<'a> {
    /// Begins: in memory as long as there is a budget.
    pub(crate) fn new(store: &'a Store, budget: Option<&'a Budget>) -> Self {
        Self { chunks: ChunkWriter::new(store, budget), last: Vec::new() }
    }

    /// Appends a piece; its count is at least 1.
    pub(crate) fn push(&mut self, piece: &[u8], count: u64) -> Result<()> {
        let (records, begins) = self.chunks.record();
        let same = self.last.iter().zip(piece).take_while(|(a, b)| a == b).count();
        let common = if begins { 0 } else { same };
        push_integer(records, to_u64(common));
        push_integer(records, to_u64(piece.len() - common));
        records.extend_from_slice(&piece[common..]);
        push_integer(records, count - 1);
        self.last.truncate(same);
        self.last.extend_from_slice(&piece[same..]);
        self.chunks.end_record()
    }

    /// All of them.
    pub(crate) fn finish(self) -> Result<Vec<Chunk>> {
        self.chunks.finish()
    }
}

/// Reads pieces.
#[derive(Debug)]
pub(crate) struct PieceReader<'a> {
    /// The records to come.
    chunks: ChunkReader<'a>,
    /// The piece that was read last.
    piece: Vec<u8>,
}

impl<'a> PieceReader<'a> {
    /// From the beginning.
    pub(crate) fn new(store: &'a Store, chunks: &'a [Chunk]) -> Self {
        Self { chunks: ChunkReader::new(store, chunks), piece: Vec::new() }
    }

    /// Goes to the next piece; its count, or nothing at the end.
    pub(crate) fn next(&mut self) -> Result<Option<u64>> {
        let (left, _) = self.chunks.left()?;
        if left.is_empty() {
            return Ok(None);
        }
        let mut at = 0;
        let common = to_usize(read_integer(left, &mut at));
        let others = to_usize(read_integer(left, &mut at));
        self.piece.truncate(common);
        self.piece.extend_from_slice(&left[at..at + others]);
        at += others;
        let count = read_integer(left, &mut at) + 1;
        self.chunks.consume(at);
        Ok(Some(count))
    }

    /// The piece that [`PieceReader::next`] went to.
    pub(crate) fn piece(&self) -> &[u8] {
        &self.piece
    }
}

/// Appends an integer.
fn push_integer(records: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        records.push(low_u8(value) | 0x80);
        value >>= 7;
    }
    records.push(low_u8(value));
}

/// Reads an integer and goes past it.
fn read_integer(records: &[u8], at: &mut usize) -> u64 {
    let (mut value, mut shift) = (0, 0);
    for &byte in &records[*at..] {
        *at += 1;
        value |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            break;
        }
        shift += 7;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_come_back(
            pieces in prop::collection::vec((prop::collection::vec(0_u8..3, 0..20), 1..u64::MAX), 0..50), in_memory: bool
        ) {
            let (store, budget) = (Store::new(None), Budget::new(usize::MAX));
            let mut writer = PieceWriter::new(&store, in_memory.then_some(&budget));
            pieces.iter().for_each(|(piece, count)| writer.push(piece, *count).unwrap());
            let chunks = writer.finish().unwrap();
            let mut reader = PieceReader::new(&store, &chunks);
            for (piece, count) in &pieces {
                prop_assert_eq!(reader.next().unwrap(), Some(*count));
                prop_assert_eq!(reader.piece(), &piece[..]);
            }
            prop_assert_eq!(reader.next().unwrap(), None);
        }
    }
}
