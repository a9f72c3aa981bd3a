//! Backward sums as logarithms, for any exponent: `B[i] = ln Σ exp(alpha · score(w) + B[i + |w|])`, relative to the largest term.
//!
//! Cost: an exponential a match and a logarithm a byte; 8 bytes a byte of the segment.

use super::super::Alpha;
use super::super::starts::pieces;
use super::super::trie::Trie;
use super::{STOP_BYTES, Sums, Term};
use crate::parallel::Stop;

/// See the module's text.
#[derive(Debug)]
pub(super) struct Logarithms<'a> {
    /// Entry `i` is `B[i]`; longer than the segment where an earlier one was.
    sums: &'a mut Vec<f64>,
    /// The exponent.
    alpha: Alpha,
}

impl<'a> Logarithms<'a> {
    /// With no sums yet.
    pub(super) fn new(sums: &'a mut Vec<f64>, alpha: Alpha) -> Self {
        Self { sums, alpha }
    }

    /// The largest term at `start`, and all of them, as logarithms.
    fn logarithms(&self, trie: &Trie, segment: &[u8], start: usize, terms: &mut Vec<Term>) -> f64 {
        terms.clear();
        terms.extend(pieces(trie, segment, start).map(|(end, place)| {
            let weight = self.alpha.get() * place.score + self.sums[end];
            Term { end, node: place.node, weight }
        }));
        terms.iter().fold(f64::NEG_INFINITY, |largest, term| largest.max(term.weight))
    }
}

impl Sums for Logarithms<'_> {
    fn fill(&mut self, trie: &Trie, segment: &[u8], stop: &Stop) {
        if self.sums.len() <= segment.len() {
            // zeroed by the system, page by page, as it is used: to fill a giant line's at once would keep an interrupt waiting
            *self.sums = vec![0.0; segment.len() + 1];
        }
        self.sums[segment.len()] = 0.0;
        let mut terms = Vec::new();
        for start in (0..segment.len()).rev() {
            if start % STOP_BYTES == 0 && stop.requested() {
                return;
            }
            let largest = self.logarithms(trie, segment, start, &mut terms);
            let sum: f64 = terms.iter().map(|term| core_math::exp(term.weight - largest)).sum();
            self.sums[start] = largest + core_math::log(sum);
        }
    }

    fn terms(&self, trie: &Trie, segment: &[u8], start: usize, terms: &mut Vec<Term>) {
        let largest = self.logarithms(trie, segment, start, terms);
        for term in terms {
            term.weight = core_math::exp(term.weight - largest);
        }
    }

    fn log_total(&self, _segment: &[u8]) -> f64 {
        self.sums[0]
    }
}
