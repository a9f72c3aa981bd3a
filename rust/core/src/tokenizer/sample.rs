//! One segmentation of a segment, drawn exactly: probability ∝ exp(alpha · sum of the pieces' scores).
//!
//! In: a segment, an exponent, random numbers. Out: the indices of the drawn pieces, left to right. Backward filtering, forward
//! sampling: from right to left `B[i] = ln Σ exp(alpha · score(w) + B[i + |w|])` over the pieces `w` that start at `i`, all in
//! logarithms relative to the largest, so that no length and no exponent overflows; then from left to right one draw a piece.
//! Right to left because a trie gives the pieces that *start* at a place: nothing has to be stored but one number a byte, and
//! the matching is repeated only where a piece begins. The exponentials are correctly rounded ones, so that the same draws
//! come out on every machine. Linear in the length; 8 bytes a byte of the segment.

use super::Alpha;
use super::generator::Draws;
use super::trie::Trie;
use crate::parallel::Stop;

/// The bytes between two looks at [`Stop`]. A byte can cost as many exponentials as the longest piece has bytes, 4,096 of them.
const STOP_BYTES: usize = 1 << 8;
/// Buffers larger than this are given back after use.
const KEEP_SUMS: usize = 1 << 20;

/// The sampler's buffers, reused from segment to segment.
#[derive(Debug, Default)]
pub struct Sampler {
    /// Entry `i`: `B[i]`, the logarithm of the summed weight of all segmentations of what follows `i`; longer than the segment
    /// where an earlier one was.
    sums: Vec<f64>,
    /// The pieces that start at the place at hand: end, node, logarithm of the weight.
    matches: Vec<(usize, u32, f64)>,
}

impl Sampler {
    /// Appends the indices of the drawn pieces to `path`. When `stop` says so it gives up and appends nothing.
    pub fn run(
        &mut self,
        trie: &Trie,
        segment: &[u8],
        alpha: Alpha,
        mut draws: Draws,
        stop: &Stop,
        path: &mut Vec<u32>,
    ) {
        if self.sums.len() <= segment.len() {
            // zeroed by the system, page by page, as it is used: to fill a giant line's at once would keep an interrupt waiting
            self.sums = vec![0.0; segment.len() + 1];
        }
        self.sums[segment.len()] = 0.0;
        for start in (0..segment.len()).rev() {
            if start % STOP_BYTES == 0 && stop.requested() {
                return;
            }
            self.find(trie, segment, start, alpha);
            let largest = self.largest();
            let sum: f64 = self.matches.iter().map(|&(_, _, weight)| core_math::exp(weight - largest)).sum();
            self.sums[start] = largest + core_math::log(sum);
        }
        let (mut start, first) = (0, path.len());
        while start < segment.len() {
            if stop.requested() {
                return path.truncate(first);
            }
            self.find(trie, segment, start, alpha);
            let (end, node) = self.draw(&mut draws);
            path.extend(trie.value(node));
            start = end;
        }
        if self.sums.capacity() > KEEP_SUMS {
            self.sums = Vec::new();
        }
    }

    /// Finds the pieces that start at `start`; there is always one, the single byte.
    fn find(&mut self, trie: &Trie, segment: &[u8], start: usize, alpha: Alpha) {
        self.matches.clear();
        let mut place = trie.root();
        for (end, &byte) in (start + 1..).zip(&segment[start..]) {
            let Some(next) = trie.step(place, byte) else { break };
            place = next;
            if place.score > f64::NEG_INFINITY {
                self.matches.push((end, place.node, alpha.get() * place.score + self.sums[end]));
            }
        }
    }

    /// The largest weight of the matches, as a logarithm.
    fn largest(&self) -> f64 {
        self.matches.iter().fold(f64::NEG_INFINITY, |largest, &(_, _, weight)| largest.max(weight))
    }

    /// Draws one of the matches by its weight; gives its end and node.
    fn draw(&self, draws: &mut Draws) -> (usize, u32) {
        let largest = self.largest();
        let weight = |at: usize| core_math::exp(self.matches[at].2 - largest);
        let total: f64 = (0..self.matches.len()).map(weight).sum();
        let mut left = draws.next_unit() * total;
        let mut drawn = 0;
        for at in 0..self.matches.len() {
            let weight = weight(at);
            // rounding can leave a rest behind the last match: then the last one that has any weight is drawn
            if weight > 0.0 {
                drawn = at;
                left -= weight;
                if left < 0.0 {
                    break;
                }
            }
        }
        (self.matches[drawn].0, self.matches[drawn].1)
    }
}
