//! Following the drawn pieces from the start of a segment.
//!
//! In: what is drawn at each cell. Out: ids. Where characters are cells, four ids are written at a time, of which one is
//! meant, or as many as the character has bytes: whether it is taken apart is a branch that cannot be predicted. Cost: a load a
//! piece that waits for the one before.

use super::super::super::automaton::{Automaton, Spelling};
use super::super::super::engine::path::id_of;
use super::Cells;
use super::backward::{BEFORE, BYTES};
use crate::num::index;
use crate::parallel::Stop;
use std::hint::select_unpredictable;

/// Pieces between two looks at [`Stop`].
const STOP_PIECES: usize = 1 << 12;
/// The first symbol of a character of several bytes.
const CHARACTERS: u16 = 256;

impl Cells {
    /// Appends the ids of what is drawn, by slot; fewer when `stop` says so.
    pub(super) fn follow(&self, automaton: &Automaton, drawn: &[u32], stop: &Stop, ids: &mut Vec<u32>) {
        let spellings = automaton.spellings();
        // without a branch for each
        if self.symbols.iter().fold(false, |any, &symbol| any | (symbol >= CHARACTERS)) {
            self.follow_by::<{ Spelling::MOST }>(automaton, drawn, stop, ids, |at, drawn, id, ids| {
                let Spelling { ids: [first, others @ ..], count } = spellings[usize::from(self.symbols[at])];
                let is_piece = drawn != BYTES;
                ids[0] = select_unpredictable(is_piece, id, first);
                ids[1..].copy_from_slice(&others);
                select_unpredictable(is_piece, 1, index(count))
            });
        } else {
            self.follow_by::<1>(automaton, drawn, stop, ids, |_, _, id, ids| {
                ids[0] = id;
                1
            });
        }
    }

    /// The same. `write` gets the number of a cell, what is drawn there and the id of that piece, or of the first one where it
    /// is the bytes; it writes up to `MOST` ids and gives how many.
    #[inline(always)]
    fn follow_by<const MOST: usize>(
        &self,
        automaton: &Automaton,
        drawn: &[u32],
        stop: &Stop,
        ids: &mut Vec<u32>,
        write: impl Fn(usize, u32, u32, &mut [u32; MOST]) -> usize,
    ) {
        let (mut slot, last, of_cells) = (BEFORE, self.rows.len(), automaton.ids());
        while slot < last && !stop.requested() {
            let mut end = ids.len();
            ids.resize(end + MOST * STOP_PIECES.min(last - slot), 0);
            for _ in 0..STOP_PIECES {
                if slot >= last {
                    break;
                }
                let (length, row) = (drawn[slot], self.rows[slot]);
                let id = id_of(automaton, of_cells, row, length.max(1));
                if let Some(room) = ids[end..].first_chunk_mut() {
                    end += write(slot - BEFORE, length, id, room);
                }
                slot += index(length.max(1));
            }
            ids.truncate(end);
        }
    }
}
