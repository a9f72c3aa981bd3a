//! All pieces of a corpus, in the memory there is for them.
//!
//! In: what [`super::piece_counter`] has divided. Out: pieces and their counts. Memory: those that pruning begins with as a [`PieceTable`];
//! the others, which are most, compressed, or on the disk.

use super::piece_run::PieceReader;
use crate::Result;
use crate::pieces::PieceTable;
use crate::spill::{Chunk, Store};
use crate::trim::trim;

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

    /// Moves pieces that are in memory to the disk, where those that pruning does not begin with take more than `bytes`.
    pub(crate) fn limit_memory(&mut self, bytes: u64) -> Result<()> {
        let mut memory: u64 = self.others.iter().flatten().map(Chunk::memory).sum();
        for chunk in self.others.iter_mut().flatten() {
            if memory <= bytes {
                break;
            }
            memory -= chunk.memory();
            self.store.move_in(chunk)?;
        }
        trim();
        Ok(())
    }
}
