//! Backward sums as logarithms, for any exponent: `B[i] = ln Σ exp(alpha · score(w) + B[i + |w|])`, relative to the
//! largest term.
//!
//! In: a segment and an exponent. Out: the rows of all places from right to left, each relative to its largest weight.
//! Cost: an exponential a match and a logarithm a byte; the sums lie in a ring of a few more than the longest piece has
//! bytes.

use super::super::Alpha;
use super::super::starts::prefixes;
use super::super::trie::{Place, Trie};
use super::STOP_BYTES;
use super::row::Row;
use crate::parallel::Stop;

/// See the module's text.
#[derive(Debug)]
pub(super) struct Logarithms<'a> {
    /// The pieces.
    trie: &'a Trie,
    /// The segment.
    segment: &'a [u8],
    /// The exponent.
    alpha: Alpha,
    /// `B[i]` is at `i` modulo the length, which is a power of two greater than the longest piece.
    ring: &'a mut Vec<f64>,
}

impl<'a> Logarithms<'a> {
    /// Nothing added up yet.
    pub(super) fn new(trie: &'a Trie, segment: &'a [u8], alpha: Alpha, ring: &'a mut Vec<f64>) -> Self {
        ring.resize((trie.max_length() + 1).next_power_of_two(), 0.0);
        Self { trie, segment, alpha, ring }
    }

    /// Adds up; see [`super::Sums::backward`].
    pub(super) fn run(&mut self, row: &mut Row, stop: &Stop, visit: &mut impl FnMut(usize, &Row)) -> f64 {
        let mask = self.ring.len() - 1;
        let mut last = 0.0;
        self.ring[self.segment.len() & mask] = last;
        for start in (0..self.segment.len()).rev() {
            if start % STOP_BYTES == 0 && stop.requested() {
                break;
            }
            let logarithm = |(end, place): (usize, Place)| self.alpha.get() * place.score + self.ring[end & mask];
            let pieces =
                || prefixes(self.trie, self.segment, start).filter(|(_, place)| place.score > f64::NEG_INFINITY);
            let largest = pieces().map(logarithm).fold(f64::NEG_INFINITY, f64::max);
            last = largest + core_math::log(self.fill(row, start, largest));
            self.ring[start & mask] = last;
            visit(start, row);
        }
        last
    }

    /// Fills the row of `start`, relative to the largest weight; gives its sum.
    fn fill(&self, row: &mut Row, start: usize, largest: f64) -> f64 {
        let mask = self.ring.len() - 1;
        let weight = |end: usize, place: Place| {
            if place.score == f64::NEG_INFINITY {
                return 0.0;
            }
            core_math::exp(self.alpha.get() * place.score + self.ring[end & mask] - largest)
        };
        row.clear();
        let mut walk = prefixes(self.trie, self.segment, start);
        let Some((byte_end, byte)) = walk.next() else { return 0.0 };
        let longer = walk.fold(0.0, |sum, (end, place)| row.push(place.node, weight(end, place), sum));
        row.finish(byte.node, weight(byte_end, byte), longer)
    }
}
