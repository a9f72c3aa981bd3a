//! Passes 2 to 4 for segments that are whole in a block, all of them at once: most text is short lines.
//!
//! In: segments and their states. Out: their ids, and where each one's end. The cells of all lie in one list, each segment's
//! from a multiple of [`GROUP`] on; and each takes a cell more than it has, for what ends with it. One by one, as
//! segments longer than a block go ([`super::path`]), a line of 50 bytes paid for a window written and read and for six vectors.

use super::forward::{GROUP, Kernel, Mark, Marked, Window};
use super::path::{Paths, find_rows};
use crate::tokenizer::automaton::{Automaton, RowRef};

/// The segments at hand; reused from block to block.
#[derive(Debug, Default)]
pub(super) struct Whole {
    /// The rows of all cells.
    rows: Vec<RowRef>,
    /// By place: the length of the last piece of the best path to there.
    lengths: Vec<u32>,
    /// Where each segment's cells are.
    marks: Vec<Mark>,
    /// For writing paths from their ends.
    backwards: Vec<u32>,
}

impl Whole {
    /// Begins anew, with room for so many segments of so many cells in all.
    pub(super) fn clear(&mut self, segments: usize, cells: usize) {
        let most = cells + segments * GROUP;
        self.rows.resize(self.rows.len().max(most), RowRef::EMPTY);
        self.lengths.resize(self.lengths.len().max(most), 0);
        self.backwards.resize(self.backwards.len().max(most), 0);
        self.marks.clear();
    }

    /// Appends a segment, for which there is room. `slots` are those of its cells; `ascii` as in [`Mark`].
    pub(super) fn push(&mut self, automaton: &Automaton, slots: &[u32], ascii: bool) {
        let (first, cells) = (self.end(), slots.len());
        let rows = &mut self.rows[first..first + cells + GROUP];
        find_rows(automaton, slots, rows);
        rows[cells..].fill(RowRef::EMPTY);
        self.marks.push(Mark { first, cells, ascii });
    }

    /// Where the next segment's cells begin.
    fn end(&self) -> usize {
        self.marks.last().map_or(0, Mark::end)
    }

    /// Finds the best paths and appends their ids.
    pub(super) fn decide(
        &mut self,
        kernel: Kernel,
        automaton: &Automaton,
        window: &mut Window,
        ids: &mut Vec<u32>,
        ends: &mut Vec<usize>,
    ) {
        let end = self.end();
        let (rows, lengths) = (&self.rows[..end], &mut self.lengths[..end]);
        window.run_all(kernel, automaton, &mut Marked { rows, lengths, marks: &self.marks });
        self.write(automaton, ids, ends);
    }

    /// Walks back all paths, the last one first.
    fn write(&mut self, automaton: &Automaton, ids: &mut Vec<u32>, ends: &mut Vec<usize>) {
        let end = self.end();
        let (rows, lengths, path) = (&self.rows[..end], &self.lengths[..end], &mut self.backwards[..end]);
        let paths = Paths { automaton, ids: automaton.ids(), rows, lengths };
        let (mut first, before) = (end, ends.len());
        ends.resize(before + self.marks.len(), 0);
        for (mark, of_segment) in self.marks.iter().zip(&mut ends[before..]).rev() {
            *of_segment = first;
            first = paths.write_back(mark.first..mark.first + mark.cells, path, first);
        }
        for of_segment in &mut ends[before..] {
            *of_segment += ids.len();
            *of_segment -= first;
        }
        ids.extend_from_slice(&path[first..]);
    }
}
