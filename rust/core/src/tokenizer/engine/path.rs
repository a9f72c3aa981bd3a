//! The undecided stretch of a segment, and writing down what is decided of it.
//!
//! In: the rows of its cells, and the length of the last piece of the best path to each. Out: ids. A path is walked
//! back from its end and written from the end of a buffer: 6 instructions a byte of English.

use super::forward::Window;
use crate::num::index;
use crate::tokenizer::automaton::{Automaton, RowRef, WIDTH};
use std::collections::BTreeSet;
use std::ops::Range;

/// Buffers larger than this are given back after use, so that one giant text does not hold memory for ever.
const KEEP_CELLS: usize = 1 << 18;

/// The rows of the states in `slots`: loads that often miss the nearest caches, but do not depend on each other.
#[inline]
pub(in crate::tokenizer) fn find_rows(automaton: &Automaton, slots: &[u32], rows: &mut [RowRef]) {
    let of_slots = automaton.rows();
    for (row, &slot) in rows.iter_mut().zip(slots) {
        *row = of_slots[index(slot)];
    }
}

/// The id of the piece of `length` cells that starts a row. `ids` are the automaton's: finding them costs more than this.
#[inline]
pub(in crate::tokenizer) fn id_of(automaton: &Automaton, ids: &[u32], row: RowRef, length: u32) -> u32 {
    if index(length) <= WIDTH {
        return ids[row.at() + index(length) - 1];
    }
    automaton.longs(row).find(|long| long.length == length).map_or(0, |long| long.id)
}

/// Best paths, to be walked back.
pub(super) struct Paths<'a> {
    /// The automaton.
    pub(super) automaton: &'a Automaton,
    /// Its ids: finding them costs more than reading one.
    pub(super) ids: &'a [u32],
    /// By place: the row of the pieces that start there.
    pub(super) rows: &'a [RowRef],
    /// By place: the length of the last piece of the best path to there.
    pub(super) lengths: &'a [u32],
}

impl Paths<'_> {
    /// Writes the ids of the best path from the beginning of `places` to their end before `end` in `ids`, which has room for one a
    /// place: the last piece comes first. Returns where they begin.
    #[inline]
    pub(super) fn write_back(&self, places: Range<usize>, ids: &mut [u32], end: usize) -> usize {
        let (mut at, mut first) = (places.end, end);
        while at > places.start {
            let length = self.lengths[at];
            at -= index(length);
            first -= 1;
            ids[first] = id_of(self.automaton, self.ids, self.rows[at], length);
        }
        first
    }
}

/// The cells of a segment whose ids are not written yet; place 0 is where the ids that are written end.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// By place: the row of the pieces that start there.
    pub(super) rows: Vec<RowRef>,
    /// By place: the length of the last piece of the best path to there; decided up to the window's place.
    pub(super) lengths: Vec<u32>,
    /// For writing a path from its end.
    backwards: Vec<u32>,
    /// How many cells there have to be before looking again for what all paths have in common.
    patience: usize,
}

impl Open {
    /// Begins a segment. From `patience` cells on it is worth looking for what all paths have in common.
    pub(super) fn clear(&mut self, patience: usize) {
        if self.rows.capacity() > KEEP_CELLS {
            *self = Self::default();
        }
        self.rows.clear();
        self.lengths.clear();
        self.patience = patience;
    }

    /// Appends the ids of the best path from place 0 to `end`.
    pub(super) fn write(&mut self, automaton: &Automaton, end: usize, ids: &mut Vec<u32>) {
        self.backwards.resize(self.backwards.len().max(end), 0);
        let paths = Paths { automaton, ids: automaton.ids(), rows: &self.rows, lengths: &self.lengths };
        let first = paths.write_back(0..end, &mut self.backwards, end);
        ids.extend_from_slice(&self.backwards[first..end]);
    }

    /// Writes what the paths to all pending cells have in common, and forgets it. Looking for it costs a walk back over the
    /// whole stretch, so after looking in vain it waits until the stretch is twice as long: linear all the same.
    pub(super) fn write_common(
        &mut self,
        automaton: &Automaton,
        patience: usize,
        window: &mut Window,
        ids: &mut Vec<u32>,
    ) {
        if window.place() < self.patience {
            return;
        }
        let common = self.common(window);
        if common > 0 {
            self.write(automaton, common, ids);
            self.rows.drain(..common);
            self.lengths.drain(..common);
            window.forget(common);
        }
        self.patience = patience.max(2 * window.place());
    }

    /// The last place that is on the best paths to all pending cells.
    fn common(&self, window: &Window) -> usize {
        let mut places: BTreeSet<usize> = window.starts().collect();
        while places.len() > 1 {
            let Some(last) = places.pop_last() else { break };
            places.insert(last - index(self.lengths[last]));
        }
        places.first().copied().unwrap_or(0)
    }
}
