//! Several ascending sources of pieces as one, the counts of equal pieces added up.
//!
//! Memory: a chunk and a piece a source. Cost: log2 of the number of sources comparisons a piece.

use super::piece_run::PieceReader;
use crate::Result;
use crate::spill::{Chunk, Store};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Calls `each` with every distinct piece of `runs` and of `memory`, all of which ascend, in ascending order. The sums are
/// numbers of places in the text, so they fit.
pub(super) fn merge<P: AsRef<[u8]>>(
    store: &Store,
    runs: &[Vec<Chunk>],
    mut memory: impl Iterator<Item = (P, u64)>,
    mut each: impl FnMut(&[u8], u64) -> Result<()>,
) -> Result<()> {
    let mut readers: Vec<PieceReader<'_>> = runs.iter().map(|run| PieceReader::new(store, run)).collect();
    // the number behind all readers is that of what is in memory
    let last = readers.len();
    let mut next = |source: usize, piece: &mut Vec<u8>| -> Result<Option<u64>> {
        piece.clear();
        let Some(reader) = readers.get_mut(source) else {
            return Ok(memory.next().map(|(other, count)| {
                piece.extend_from_slice(other.as_ref());
                count
            }));
        };
        let count = reader.next()?;
        piece.extend_from_slice(reader.piece());
        Ok(count)
    };
    let mut heads = BinaryHeap::new();
    for source in 0..=last {
        let mut piece = Vec::new();
        if let Some(count) = next(source, &mut piece)? {
            heads.push(Reverse((piece, source, count)));
        }
    }
    let (mut found, mut sum) = (Vec::new(), 0);
    while let Some(Reverse((mut piece, source, count))) = heads.pop() {
        if sum > 0 && piece != found {
            each(&found, sum)?;
            sum = 0;
        }
        sum += count;
        std::mem::swap(&mut found, &mut piece);
        if let Some(count) = next(source, &mut piece)? {
            heads.push(Reverse((piece, source, count)));
        }
    }
    if sum > 0 { each(&found, sum) } else { Ok(()) }
}
