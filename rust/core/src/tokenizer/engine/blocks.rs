//! How text is divided into blocks, and a block into units that are read at the same time.
//!
//! In: segments in one text, and a place in them. Out: the parts of the next block, and the units whose states are wanted. A
//! block is a stretch of the text: as many whole segments as go in, and a part of one that is longer than what is left. Short
//! segments share a unit where the states in one do not depend on the next; a long one has several.

use super::scan::Unit;
use super::{Automaton, Engine, Part, Place, Segments};

/// From this many bytes on a segment is not for this engine: places are 32-bit numbers.
const GIANT: usize = 1 << 31;

impl Engine {
    /// Fills the block from a place on; returns where the next one begins. Places in the block count from its first byte.
    pub(super) fn divide(&mut self, automaton: &Automaton, segments: Segments<'_>, from: Place) -> Place {
        self.parts.clear();
        self.scan.units.clear();
        let Place { mut segment, mut offset } = from;
        let Some(first) = segments.ranges.get(segment) else { return from };
        let base = first.start + offset;
        // whether the last unit may go on with the next segment
        let mut goes_on = false;
        while let Some(range) = segments.ranges.get(segment)
            && range.start + offset - base < self.sizes.block
        {
            let (start, end) = (range.start + offset - base, range.end - base);
            let starts = offset == 0;
            if starts && !is_fit(automaton, segments, segment) {
                // a long one is a block of its own: the states of a block are found for all its bytes
                let is_long = end - start > self.sizes.block;
                if is_long && !self.parts.is_empty() {
                    break;
                }
                self.parts.push(Part { segment, bytes: start..end, starts, ends: true, fits: false });
                (segment, goes_on) = (segment + 1, false);
                if is_long {
                    break;
                }
                continue;
            }
            let room = (self.sizes.block - start).max(self.sizes.unit);
            let ends = end - start <= room;
            let stop = if ends { end } else { start + room };
            self.parts.push(Part { segment, bytes: start..stop, starts, ends, fits: true });
            match self.scan.units.last_mut().filter(|_| goes_on) {
                Some(unit) if ends && stop - unit.start <= self.sizes.unit => (unit.end, unit.from) = (stop, stop),
                _ => self.add_units(automaton, start, stop, end),
            }
            goes_on = ends && segments.is_apart_from_next(segment);
            (segment, offset) = if ends { (segment + 1, 0) } else { (segment, offset + room) };
        }
        Place { segment, offset }
    }

    /// The units of the bytes from `start` to `stop` of a segment that ends at `end`.
    fn add_units(&mut self, automaton: &Automaton, start: usize, stop: usize, end: usize) {
        let ahead = automaton.ahead();
        // units much longer than what is read before them
        let unit = self.sizes.unit.max(self.sizes.ahead * ahead);
        let mut at = start;
        while at < stop {
            let next = if stop - at < unit + unit / 2 { stop } else { at + unit };
            self.scan.units.push(Unit { start: at, end: next, from: end.min(next + ahead) });
            at = next;
        }
    }
}

/// Whether a segment is for this engine.
fn is_fit(automaton: &Automaton, segments: Segments<'_>, segment: usize) -> bool {
    let range = segments.ranges[segment].clone();
    let valid = || segments.valid || simdutf8::basic::from_utf8(&segments.text[range.clone()]).is_ok();
    !range.is_empty() && range.len() < GIANT && (!automaton.over_characters() || valid())
}
