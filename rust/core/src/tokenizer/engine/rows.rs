//! The rows of the cells of some text, from its states.
//!
//! In: the slots of the states of some bytes. Out: the row of each cell that begins there. Looking a row up is a load that often
//! misses the nearest caches, but none depends on another. Over characters, only the states where a character begins are
//! looked up, and if one of these is no piece, so that its bytes are cells, all are looked at once more.

use crate::corpus::utf8::is_continuation;
use crate::num::index;
use crate::tokenizer::automaton::{Automaton, RowRef};
use std::hint::select_unpredictable;

/// Finds rows; reused from text to text.
#[derive(Debug, Default)]
pub(super) struct Finder {
    /// The slots of the first bytes of characters.
    leads: Vec<u32>,
}

impl Finder {
    /// Writes the rows of the cells that begin in `text` to the beginning of `rows`, which has room for one a byte; returns how
    /// many there are. `apart` says of the last character so far whether its bytes are cells.
    pub(super) fn find(
        &mut self,
        automaton: &Automaton,
        text: &[u8],
        slots: &[u32],
        apart: &mut bool,
        rows: &mut [RowRef],
    ) -> usize {
        let of_slots = automaton.rows();
        if !automaton.over_characters() || text.is_ascii() {
            for (row, &slot) in rows.iter_mut().zip(slots) {
                *row = of_slots[index(slot)];
            }
            return text.len();
        }
        if !*apart && let Some(count) = self.find_leads(of_slots, text, slots, rows) {
            return count;
        }
        find_all(of_slots, text, slots, apart, rows)
    }

    /// The rows of the first bytes of characters; `None` where one of them is no piece.
    fn find_leads(&mut self, of_slots: &[RowRef], text: &[u8], slots: &[u32], rows: &mut [RowRef]) -> Option<usize> {
        self.leads.resize(self.leads.len().max(text.len()), 0);
        let leads = &mut self.leads[..text.len()];
        let mut count = 0;
        for (&slot, &byte) in slots.iter().zip(text) {
            leads[count] = slot;
            count += usize::from(!is_continuation(byte));
        }
        let mut any_apart = false;
        for (row, &slot) in rows.iter_mut().zip(&leads[..count]) {
            *row = of_slots[index(slot)];
            any_apart |= row.is_apart();
        }
        (!any_apart).then_some(count)
    }
}

/// The same where some characters are no pieces.
fn find_all(of_slots: &[RowRef], text: &[u8], slots: &[u32], apart: &mut bool, rows: &mut [RowRef]) -> usize {
    let (mut count, mut is_apart) = (0, *apart);
    for (&slot, &byte) in slots.iter().zip(text) {
        let row = of_slots[index(slot)];
        // without branches: half of them are mispredicted where scripts mix
        let within = is_continuation(byte);
        is_apart = select_unpredictable(within, is_apart, row.is_apart());
        rows[count] = row;
        count += usize::from(!within | is_apart);
    }
    *apart = is_apart;
    count
}
