//! Backward sums as they are: a multiplication and an addition a match.
//!
//! In: a segment and weights between 2^-513 and 1. Out: the rows of all places from right to left. The sum of a place
//! is `mantissa · 2^(512 · exponent)`, the mantissa at least 2^-256 and under 2^256. So a product of a weight and a
//! mantissa neither over- nor underflows, the exponents are nearly always those of the place to the right, and then
//! nothing else is done than `Σ weight · mantissa`; where exponents differ, every few hundred bytes, terms are scaled
//! by exact powers of two first. What is under 2^-511 of the sum is dropped, which f64 would do as well. The single
//! byte is added last: its mantissa is the one just computed, and what waits for it should be short. Cost: the
//! matching; the sums lie in a ring of a few more than the longest piece has bytes, 16 bytes each.

use super::super::starts::{pieces, prefixes};
use super::super::trie::Trie;
use super::STOP_BYTES;
use super::row::Row;
use super::weights::Weigh;
use crate::parallel::Stop;

/// What an exponent counts: 2^512.
const UNIT: f64 = f64::from_bits(0x5FF0_0000_0000_0000);
/// 1 over [`UNIT`]: 2^-512.
const PER_UNIT: f64 = f64::from_bits(0x1FF0_0000_0000_0000);
/// Mantissas are under this: 2^256.
const HIGH: f64 = f64::from_bits(0x4FF0_0000_0000_0000);
/// Mantissas are not under this: 2^-256.
const LOW: f64 = f64::from_bits(0x2FF0_0000_0000_0000);

/// The sum of a place.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    /// See the module's text.
    mantissa: f64,
    /// It too.
    exponent: i64,
}

impl Sum {
    /// With a mantissa in its bounds; `mantissa` is not 0.
    #[inline(always)]
    fn new(mut mantissa: f64, mut exponent: i64) -> Self {
        while mantissa < LOW {
            (mantissa, exponent) = (mantissa * UNIT, exponent - 1);
        }
        while mantissa >= HIGH {
            (mantissa, exponent) = (mantissa * PER_UNIT, exponent + 1);
        }
        Self { mantissa, exponent }
    }

    /// `weight` times this in units of 2^(512 · `exponent`), none of which is smaller than that of the row's largest
    /// exponent.
    fn times(self, weight: f64, exponent: i64) -> f64 {
        let product = weight * self.mantissa;
        match exponent - self.exponent {
            0 => product,
            1 => product * PER_UNIT,
            2 => product * PER_UNIT * PER_UNIT,
            _ => 0.0,
        }
    }

    /// Its logarithm.
    fn ln(self) -> f64 {
        // over 2^53 only for texts of more than 2^53 bytes
        let exponent =
            crate::num::to_f64(self.exponent.unsigned_abs()).copysign(if self.exponent < 0 { -1.0 } else { 1.0 });
        core_math::log(self.mantissa) + exponent * (512.0 * std::f64::consts::LN_2)
    }
}

/// The sums within reach: that of place `i` is at `i` modulo the length, which is a power of two greater than the
/// longest piece.
pub(super) type Ring = Vec<Sum>;

/// What adds up one segment.
#[derive(Debug)]
pub(super) struct Linear<'a, W> {
    /// The pieces.
    trie: &'a Trie,
    /// The segment.
    segment: &'a [u8],
    /// Gives the weights.
    weights: &'a W,
    /// The sums within reach.
    ring: &'a mut [Sum],
}

impl<'a, W: Weigh> Linear<'a, W> {
    /// Nothing added up yet.
    pub(super) fn new(trie: &'a Trie, segment: &'a [u8], weights: &'a W, ring: &'a mut Ring) -> Self {
        ring.resize((trie.max_length() + 1).next_power_of_two(), Sum::default());
        Self { trie, segment, weights, ring }
    }

    /// Adds up; see [`super::Sums::backward`].
    #[inline(always)]
    pub(super) fn run(&mut self, row: &mut Row, stop: &Stop, visit: &mut impl FnMut(usize, &Row)) -> f64 {
        let mask = self.ring.len() - 1;
        let mut last = Sum { mantissa: 1.0, exponent: 0 };
        self.ring[self.segment.len() & mask] = last;
        for start in (0..self.segment.len()).rev() {
            if start % STOP_BYTES == 0 && stop.requested() {
                break;
            }
            last = self.add_up(row, start, last);
            self.ring[start & mask] = last;
            visit(start, row);
        }
        last.ln()
    }

    /// The row and the sum of `start`; `next` is the sum of the place behind it.
    #[inline(always)]
    fn add_up(&self, row: &mut Row, start: usize, next: Sum) -> Sum {
        let ring = &*self.ring;
        let mask = ring.len() - 1;
        row.clear();
        let mut walk = prefixes(self.trie, self.segment, start);
        let Some((_, byte)) = walk.next() else { return next };
        let mut longer = 0.0;
        for (end, place) in walk {
            let sum = ring[end & mask];
            if sum.exponent != next.exponent {
                return self.add_up_scaled(row, start);
            }
            // a prefix that is no piece has weight 0
            longer = row.push(place.node, self.weights.weigh(place) * sum.mantissa, longer);
        }
        let total = row.finish(byte.node, self.weights.weigh(byte) * next.mantissa, longer);
        Sum::new(total, next.exponent)
    }

    /// The same where exponents differ.
    #[cold]
    #[inline(never)]
    fn add_up_scaled(&self, row: &mut Row, start: usize) -> Sum {
        let sum = |end: usize| self.ring[end & (self.ring.len() - 1)];
        let exponent = pieces(self.trie, self.segment, start).map(|(end, _)| sum(end).exponent).max().unwrap_or(0);
        row.clear();
        let mut walk = prefixes(self.trie, self.segment, start);
        let Some((byte_end, byte)) = walk.next() else { return Sum::default() };
        let mut longer = 0.0;
        for (end, place) in walk {
            longer = row.push(place.node, sum(end).times(self.weights.weigh(place), exponent), longer);
        }
        let total = row.finish(byte.node, sum(byte_end).times(self.weights.weigh(byte), exponent), longer);
        Sum::new(total, exponent)
    }
}

#[cfg(test)]
mod tests;
