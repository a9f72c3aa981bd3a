//! The best paths of many segments at once: what [`super::best_path`] finds one by one, several times faster.
//!
//! In: normalized segments, an [`Automaton`]. Out: their ids, and where each segment's end. Text goes through in blocks of
//! about 32 KB, which many short segments share and a long one takes several of, in four passes:
//! 1. [`scan`]: from right to left, the automaton's state at every cell; units of the block are read at the same time,
//!    a short segment as one, a long one cut into several;
//! 2. the row of each state: independent loads, a block's at once, in the order of the text;
//! 3. [`forward`]: the best path, left to right;
//! 4. [`path`]: walking back and writing down the ids. For a segment longer than a block, what all paths that are still open have
//!    in common is written as soon as a block ends, and forgotten.
//!
//! Cost: linear in the text and in the pieces that match. Memory: some 400 KB, and 8 bytes a cell of the longest stretch that stays
//! undecided (a few dozen bytes of real text; a whole segment of `aaaa…`).
//! Segments that are not valid UTF-8, where cells are characters, and giant ones go to [`super::best_path`].

pub(super) mod forward;
mod path;
mod scan;

use super::Tokenizer;
use super::automaton::{Automaton, RowRef};
use super::best_path::BestPath;
use crate::corpus::utf8::is_continuation;
use crate::num::index;
use crate::parallel::Stop;
use forward::{GROUP, Kernel, Stretch, Window};
use scan::{Scan, Unit};
use std::hint::select_unpredictable;

/// How text is cut for the passes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// About how many bytes of text go through the passes together.
    block: usize,
    /// Segments longer than this are cut into units; and a block's last bytes are left for the next rather than cut smaller.
    unit: usize,
    /// Units have at least so many times the bytes that are read before them.
    ahead: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { block: 1 << 15, unit: 1 << 10, ahead: 8 }
    }
}

/// From this many bytes on a segment is not for this engine: places are 32-bit numbers.
const GIANT: usize = 1 << 31;

/// The buffers, reused from call to call.
#[derive(Debug, Default)]
pub(super) struct Engine {
    /// How text is cut: always the same but in tests.
    sizes: Sizes,
    /// The text of the block, and behind the part of a long segment what its states depend on.
    text: Vec<u8>,
    /// What the block is made of.
    parts: Vec<Part>,
    /// The states.
    scan: Scan,
    /// The undecided stretch of the segment at hand.
    open: path::Open,
    /// Its cells ahead.
    window: Window,
}

/// A segment, or a part of a long one, in a block.
#[derive(Clone, Debug)]
struct Part {
    /// The segment.
    segment: usize,
    /// Its units; none where the segment is not for this engine.
    units: std::ops::Range<usize>,
    /// Whether the segment begins here.
    starts: bool,
    /// Whether it ends here.
    ends: bool,
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
        segments: &[&[u8]],
        fallback: &mut BestPath,
        stop: &Stop,
        output: &mut Output<'_>,
    ) {
        let (mut segment, mut offset) = (0, 0);
        while segment < segments.len() && !stop.requested() {
            (segment, offset) = self.gather(automaton, segments, segment, offset);
            self.scan.run(automaton, &self.text);
            for at in 0..self.parts.len() {
                let part = self.parts[at].clone();
                if part.units.is_empty() {
                    tokenizer.encode_by_trie(segments[part.segment], fallback, stop, output.ids);
                } else {
                    self.decide(tokenizer.kernel, automaton, &part, output);
                }
                if part.ends {
                    output.ends.push(output.ids.len());
                }
            }
        }
    }

    /// Fills the block, from a place in a segment on; returns where the next block begins.
    fn gather(
        &mut self,
        automaton: &Automaton,
        segments: &[&[u8]],
        mut segment: usize,
        mut offset: usize,
    ) -> (usize, usize) {
        self.text.clear();
        self.parts.clear();
        self.scan.units.clear();
        while segment < segments.len() && self.text.len() < self.sizes.block {
            let rest = &segments[segment][offset..];
            let units = self.scan.units.len();
            let starts = offset == 0;
            if starts && !is_fit(automaton, rest) {
                self.parts.push(Part { segment, units: units..units, starts, ends: true });
                segment += 1;
                continue;
            }
            let room = (self.sizes.block - self.text.len()).max(self.sizes.unit);
            let ends = rest.len() <= room;
            let length = if ends { rest.len() } else { room };
            self.add_units(automaton, rest, length);
            self.parts.push(Part { segment, units: units..self.scan.units.len(), starts, ends });
            (segment, offset) = if ends { (segment + 1, 0) } else { (segment, offset + length) };
        }
        (segment, offset)
    }

    /// Appends `length` bytes of a segment of which `rest` is left, in units, and as much more as their states depend on.
    fn add_units(&mut self, automaton: &Automaton, rest: &[u8], length: usize) {
        let (start, ahead) = (self.text.len(), automaton.ahead());
        let end = rest.len().min(length + ahead);
        self.text.extend_from_slice(&rest[..end]);
        // units much longer than what is read before them
        let unit = self.sizes.unit.max(self.sizes.ahead * ahead);
        let mut at = 0;
        while at < length {
            let next = if length - at < unit + unit / 2 { length } else { at + unit };
            let from = if next == rest.len() { next } else { end.min(next + ahead) };
            self.scan.units.push(Unit { start: start + at, end: start + next, from: start + from });
            at = next;
        }
    }

    /// Passes 2 to 4 for one part of a block.
    fn decide(&mut self, kernel: Kernel, automaton: &Automaton, part: &Part, output: &mut Output<'_>) {
        if part.starts {
            self.open.clear(self.sizes.block);
            self.window.start(automaton);
        }
        let mut ascii = true;
        for unit in part.units.clone() {
            ascii &= self.add_rows(automaton, unit);
        }
        let cells = self.open.rows.len();
        if part.ends {
            // the cell behind the last is decided with its group
            let groups = (cells - self.window.place()) / GROUP + 1;
            self.open.rows.resize(self.window.place() + groups * GROUP, RowRef::EMPTY);
        }
        self.open.lengths.resize(self.open.rows.len(), 0);
        let path::Open { rows, lengths, .. } = &mut self.open;
        self.window.run(kernel, automaton, &mut Stretch { rows, lengths, ascii });
        if part.ends {
            self.open.write(automaton, cells, output.ids);
        } else {
            self.open.write_common(automaton, self.sizes.block, &mut self.window, output.ids);
        }
    }

    /// Pass 2: the rows of a unit's cells. Returns whether it is ASCII.
    fn add_rows(&mut self, automaton: &Automaton, unit: usize) -> bool {
        let Unit { start, end, .. } = self.scan.units[unit];
        let (slots, text, rows) = (self.scan.slots(unit), &self.text[start..end], automaton.rows());
        let path::Open { rows: open, apart, .. } = &mut self.open;
        let ascii = text.is_ascii();
        if ascii || !automaton.over_characters() {
            open.extend(slots.iter().map(|&slot| rows[index(slot)]));
            return ascii;
        }
        let first = open.len();
        open.resize(first + text.len(), RowRef::EMPTY);
        let (cells, mut kept, mut is_apart) = (&mut open[first..], 0, *apart);
        for (&slot, &byte) in slots.iter().zip(text) {
            let row = rows[index(slot)];
            // without branches: half of them are mispredicted where scripts mix
            let within = is_continuation(byte);
            is_apart = select_unpredictable(within, is_apart, row.is_apart());
            cells[kept] = row;
            kept += usize::from(!within | is_apart);
        }
        open.truncate(first + kept);
        *apart = is_apart;
        false
    }
}

/// Whether a segment is for this engine.
fn is_fit(automaton: &Automaton, segment: &[u8]) -> bool {
    !segment.is_empty()
        && segment.len() < GIANT
        && (!automaton.over_characters() || simdutf8::basic::from_utf8(segment).is_ok())
}

#[cfg(test)]
mod tests;
