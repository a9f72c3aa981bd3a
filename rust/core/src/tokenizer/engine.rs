//! The best paths of many segments at once: what [`super::best_path`] finds one by one, several times faster.
//!
//! In: normalized segments, an [`Automaton`]. Out: their ids, and where each segment's end. Text goes through in blocks of
//! about 32 KB, which many short segments share and a long one takes several of, in four passes:
//! 1. [`scan`]: from right to left, the automaton's state at every cell; units of the block are read at the same time,
//!    short segments share one, a long one is cut into several ([`blocks`]);
//! 2. the row of each state: independent loads, a block's at once, in the order of the text;
//! 3. [`forward`]: the best path, left to right;
//! 4. [`path`], [`whole`]: walking back and writing down the ids. For a segment longer than a block, what all paths that are still open have
//!    in common is written as soon as a block ends, and forgotten.
//!
//! Cost: linear in the text and in the pieces that match. Memory: some 400 KB, and 8 bytes a cell of the longest stretch that stays
//! undecided (a few dozen bytes of real text; a whole segment of `aaaa…`).
//! Segments that are not valid UTF-8, where cells are characters, and giant ones go to [`super::best_path`].

pub(super) mod blocks;
pub(super) mod forward;
pub(super) mod laid;
pub(super) mod path;
mod scan;
mod whole;

use super::Tokenizer;
use super::automaton::{Automaton, RowRef};
use super::best_path::BestPath;
use crate::parallel::Stop;
use blocks::{Blocks, Part, Place};
use forward::{GROUP, Kernel, Stretch, Window};
use laid::Segments;
use whole::Whole;

/// The buffers, reused from call to call.
#[derive(Debug, Default)]
pub(super) struct Engine {
    /// The text.
    blocks: Blocks,
    /// The segments that are whole in the block.
    whole: Whole,
    /// The undecided stretch of the segment at hand, where that is longer than a block.
    open: path::Open,
    /// Its cells ahead.
    window: Window,
}

/// Where the ids go.
pub(super) struct Output<'a> {
    /// All ids.
    pub(super) ids: &'a mut Vec<u32>,
    /// How many there are after each segment.
    pub(super) ends: &'a mut Vec<usize>,
}

impl Engine {
    /// Appends the ids of the best path of each segment. Gives up early, with fewer ends, when `stop` says so.
    pub(super) fn run(
        &mut self,
        tokenizer: &Tokenizer,
        automaton: &Automaton,
        segments: Segments<'_>,
        fallback: &mut BestPath,
        stop: &Stop,
        output: &mut Output<'_>,
    ) {
        let mut place = Place::default();
        while place.segment < segments.ranges.len() && !stop.requested() {
            place = self.blocks.read(automaton, segments, place);
            let parts = std::mem::take(&mut self.blocks.parts);
            for parts in parts.chunk_by(|one, next| one.is_whole() && next.is_whole()) {
                match parts {
                    [part] if !part.fits => {
                        let segment = &segments.text[segments.ranges[part.segment].clone()];
                        tokenizer.encode_by_trie(segment, fallback, stop, output.ids);
                        output.ends.push(output.ids.len());
                    }
                    [part] if !part.is_whole() => self.decide(tokenizer.kernel, automaton, part, output),
                    whole => self.decide_all(tokenizer.kernel, automaton, whole, output),
                }
            }
            self.blocks.parts = parts;
        }
    }

    /// Passes 2 to 4 for segments that are whole.
    fn decide_all(&mut self, kernel: Kernel, automaton: &Automaton, parts: &[Part], output: &mut Output<'_>) {
        let Self { blocks, whole, window, .. } = self;
        whole.clear(parts.len(), parts.iter().map(|part| part.cells.len()).sum());
        for Part { cells, ascii, .. } in parts {
            whole.push(automaton, blocks.slots(cells), *ascii);
        }
        whole.decide(kernel, automaton, window, output.ids, output.ends);
    }

    /// Passes 2 to 4 for a part of a segment that is longer than a block.
    fn decide(&mut self, kernel: Kernel, automaton: &Automaton, part: &Part, output: &mut Output<'_>) {
        if part.starts {
            self.open.clear(self.blocks.sizes.block);
            self.window.start(automaton);
        }
        let path::Open { rows, lengths, .. } = &mut self.open;
        let (first, cells) = (rows.len(), rows.len() + part.cells.len());
        rows.resize(cells, RowRef::EMPTY);
        path::find_rows(automaton, self.blocks.slots(&part.cells), &mut rows[first..]);
        if part.ends {
            // the cell behind the last is decided with its group
            let groups = (cells - self.window.place()) / GROUP + 1;
            rows.resize(self.window.place() + groups * GROUP, RowRef::EMPTY);
        }
        lengths.resize(rows.len(), 0);
        self.window.run(kernel, automaton, &mut Stretch { rows, lengths, ascii: part.ascii });
        if part.ends {
            self.open.write(automaton, cells, output.ids);
            output.ends.push(output.ids.len());
        } else {
            self.open.write_common(automaton, self.blocks.sizes.block, &mut self.window, output.ids);
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
