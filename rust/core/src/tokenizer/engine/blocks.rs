//! How text is divided into blocks, and a block into units that are read at the same time.
//!
//! In: segments in one text, and a place in them. Out: the cells of the next block, their states, and the parts it is made of.
//! A block is a stretch of the text: as many whole segments as go in, or a part of a longer one. Short segments share a unit
//! where the states in one do not depend on the next; a long one has several. Best paths and sampling both read text by this.

use super::laid::Segments;
use super::scan::{Scan, Unit};
use crate::corpus::utf8::is_continuation;
use crate::tokenizer::automaton::{Automaton, Symbol};
use std::ops::Range;

/// From this many bytes on a segment is not for this engine: places are 32-bit numbers.
const GIANT: usize = 1 << 31;
/// The most bytes of a character.
const LONGEST_CHARACTER: usize = 4;

/// How text is cut for the passes.
#[derive(Clone, Copy, Debug)]
pub(in crate::tokenizer) struct Sizes {
    /// About how many bytes of text go through the passes together.
    pub(in crate::tokenizer) block: usize,
    /// Segments longer than this are cut into units; and a block's last bytes are left for the next rather than cut smaller.
    pub(in crate::tokenizer) unit: usize,
    /// Units have at least so many times the bytes that are read before them.
    pub(in crate::tokenizer) ahead: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { block: 1 << 15, unit: 1 << 10, ahead: 8 }
    }
}

/// The buffers, reused from block to block.
#[derive(Debug, Default)]
pub(in crate::tokenizer) struct Blocks {
    /// How text is cut: always the same but in tests.
    pub(in crate::tokenizer) sizes: Sizes,
    /// The cells of the block, and behind the part of a long segment what its states depend on.
    symbols: Vec<Symbol>,
    /// What the block is made of.
    pub(in crate::tokenizer) parts: Vec<Part>,
    /// The states.
    scan: Scan,
}

/// A segment, or a part of a long one, in a block.
#[derive(Clone, Debug)]
pub(in crate::tokenizer) struct Part {
    /// The segment.
    pub(in crate::tokenizer) segment: usize,
    /// Which cells of the block.
    pub(in crate::tokenizer) cells: Range<usize>,
    /// Whether most of them are single bytes.
    pub(in crate::tokenizer) ascii: bool,
    /// Whether the segment begins here.
    pub(in crate::tokenizer) starts: bool,
    /// Whether it ends here.
    pub(in crate::tokenizer) ends: bool,
    /// Whether this engine can do it.
    pub(in crate::tokenizer) fits: bool,
}

impl Part {
    /// Whether it is a segment of its own.
    pub(super) fn is_whole(&self) -> bool {
        self.starts && self.ends && self.fits
    }
}

/// A place in segments.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::tokenizer) struct Place {
    /// The segment.
    pub(in crate::tokenizer) segment: usize,
    /// The byte of it.
    pub(in crate::tokenizer) offset: usize,
}

impl Blocks {
    /// Pass 1 for the next block, from a place on; returns where the one after it begins.
    pub(in crate::tokenizer) fn read(&mut self, automaton: &Automaton, segments: Segments<'_>, from: Place) -> Place {
        let (next, count) = self.divide(automaton, segments, from);
        self.scan.run(automaton, &self.symbols[..count]);
        next
    }

    /// The symbols of some cells of the block.
    pub(in crate::tokenizer) fn symbols(&self, cells: &Range<usize>) -> &[Symbol] {
        &self.symbols[cells.clone()]
    }

    /// The slots of the states at some cells of the block.
    pub(in crate::tokenizer) fn slots(&self, cells: &Range<usize>) -> &[u32] {
        self.scan.slots(cells)
    }

    /// Fills the block from a place on; returns where the next one begins, and how many symbols there are to be read.
    fn divide(&mut self, automaton: &Automaton, segments: Segments<'_>, from: Place) -> (Place, usize) {
        self.parts.clear();
        self.scan.units.clear();
        let (mut place, mut bytes, mut count) = (from, 0, 0);
        while let Some(range) = segments.ranges.get(place.segment)
            && bytes < self.sizes.block
        {
            let Place { segment, offset } = place;
            let (starts, rest) = (offset == 0, &segments.text[range.start + offset..range.end]);
            if starts && !is_fit(automaton, segments, segment) {
                self.parts.push(Part { segment, cells: 0..0, ascii: false, starts, ends: true, fits: false });
                (place, bytes) = (Place { segment: segment + 1, offset: 0 }, bytes + rest.len());
                continue;
            }
            let length = border(rest, (self.sizes.block - bytes).max(self.sizes.unit));
            let ends = length == rest.len();
            let unit = if starts && ends { self.unit_to_join(segments, segment, count + length) } else { None };
            if unit.is_some() {
                let gap = segments.ranges[segment - 1].end..range.start;
                count = self.spell(automaton, &segments.text[gap], count);
            }
            let cells = count..self.spell(automaton, &rest[..length], count);
            self.parts.push(Part {
                segment,
                ascii: 4 * cells.len() > 3 * length,
                cells: cells.clone(),
                starts,
                ends,
                fits: true,
            });
            count = match unit {
                Some(unit) => {
                    let unit = &mut self.scan.units[unit];
                    (unit.end, unit.from) = (cells.end, cells.end);
                    cells.end
                }
                None => self.add_units(automaton, cells, &rest[length..]),
            };
            bytes += length;
            place = if ends {
                Place { segment: segment + 1, offset: 0 }
            } else {
                Place { segment, offset: offset + length }
            };
        }
        (place, count)
    }

    /// The unit that a whole segment can join, whose last cell will be at `end` at most: that of the one before it, if it is not
    /// full, and if states there do not depend on what follows.
    fn unit_to_join(&self, segments: Segments<'_>, segment: usize, end: usize) -> Option<usize> {
        let last = self.scan.units.len().checked_sub(1)?;
        let joins = self.parts.last().is_some_and(Part::is_whole)
            && segments.is_apart_from_next(segment - 1)
            && end - self.scan.units[last].start <= self.sizes.unit;
        joins.then_some(last)
    }

    /// Writes the symbols of `text` from `first` on; returns where they end.
    fn spell(&mut self, automaton: &Automaton, text: &[u8], first: usize) -> usize {
        if self.symbols.len() < first + text.len() {
            self.symbols.resize(first + text.len(), 0);
        }
        first + automaton.symbols().spell(text, &mut self.symbols[first..])
    }

    /// Adds the units of the cells of a segment that goes on with the text `behind`, of which as much is spelled as their states
    /// depend on; returns where that ends.
    fn add_units(&mut self, automaton: &Automaton, cells: Range<usize>, behind: &[u8]) -> usize {
        let ahead = automaton.ahead();
        let end = self.spell(automaton, &behind[..border(behind, LONGEST_CHARACTER * ahead)], cells.end);
        // units much longer than what is read before them
        let unit = self.sizes.unit.max(self.sizes.ahead * ahead);
        let mut at = cells.start;
        while at < cells.end {
            let next = if cells.end - at < unit + unit / 2 { cells.end } else { at + unit };
            self.scan.units.push(Unit { start: at, end: next, from: end.min(next + ahead) });
            at = next;
        }
        end
    }
}

/// About `length`, but not inside a character, and at most all of `text`.
fn border(text: &[u8], length: usize) -> usize {
    let within = |&at: &usize| text.get(at).is_some_and(|&byte| is_continuation(byte));
    let at = (length..).take(LONGEST_CHARACTER).find(|at| !within(at)).unwrap_or(length);
    at.min(text.len())
}

/// Whether a segment is for this engine.
fn is_fit(automaton: &Automaton, segments: Segments<'_>, segment: usize) -> bool {
    let range = segments.ranges[segment].clone();
    let valid = || segments.valid || simdutf8::basic::from_utf8(&segments.text[range.clone()]).is_ok();
    !range.is_empty() && range.len() < GIANT && (!automaton.over_characters() || valid())
}
