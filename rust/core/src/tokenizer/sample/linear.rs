//! Backward sums as they are: a multiplication and an addition a match.
//!
//! In: a segment and weights between 2^-513 and 1. Out: for each place the sum `mantissa · 2^(512 · exponent)`, the mantissa at
//! least 2^-256 and under 2^256. So a product of a weight and a mantissa neither over- nor underflows, the exponents are nearly always
//! those of the place to the right, and then nothing else is done than `Σ weight · mantissa`; where exponents
//! differ, every few hundred bytes, terms are scaled by exact powers of two first. What is under 2^-511 of the sum is dropped,
//! which f64 would do as well. The single byte is added last: its mantissa is the one just computed, and what waits for it
//! should be short. Of exponents the low 16 bits are kept: only differences within a piece are ever asked for, at most 4,200.
//! Cost: the matching; 10 bytes a byte of the segment.

use super::super::starts::{pieces, prefixes};
use super::super::trie::{Place, Trie};
use super::weights::Weigh;
use super::{KEEP_BYTES, STOP_BYTES, Sums, Term};
use crate::parallel::Stop;

/// What an exponent counts: 2^512.
const UNIT: f64 = f64::from_bits(0x5FF0_0000_0000_0000);
/// 1 over [`UNIT`]: 2^-512.
const PER_UNIT: f64 = f64::from_bits(0x1FF0_0000_0000_0000);
/// Mantissas are under this: 2^256.
const HIGH: f64 = f64::from_bits(0x4FF0_0000_0000_0000);
/// Mantissas are not under this: 2^-256.
const LOW: f64 = f64::from_bits(0x2FF0_0000_0000_0000);

/// The sums of one segment; longer than that where an earlier one was.
#[derive(Debug, Default)]
pub(super) struct Cells {
    /// By place, the segment's end included.
    mantissas: Vec<f64>,
    /// By place: the low 16 bits of the exponents.
    exponents: Vec<i16>,
}

impl Cells {
    /// Makes room for a segment of `length` bytes, and sets the sum behind it, which is 1.
    fn begin(&mut self, length: usize) {
        if self.mantissas.len() <= length {
            // zeroed by the system, page by page, as it is used: to fill a giant line's at once would keep an interrupt waiting
            self.mantissas = vec![0.0; length + 1];
            self.exponents = vec![0; length + 1];
        }
        (self.mantissas[length], self.exponents[length]) = (1.0, 0);
    }

    /// Gives large buffers back.
    pub(super) fn shrink(&mut self) {
        if self.mantissas.capacity() > KEEP_BYTES {
            *self = Self::default();
        }
    }

    /// Sets the sum at `place`, which is not 0.
    #[inline(always)]
    fn set(&mut self, place: usize, mut mantissa: f64, mut exponent: i16) {
        while mantissa < LOW {
            (mantissa, exponent) = (mantissa * UNIT, exponent.wrapping_sub(1));
        }
        while mantissa >= HIGH {
            (mantissa, exponent) = (mantissa * PER_UNIT, exponent.wrapping_add(1));
        }
        (self.mantissas[place], self.exponents[place]) = (mantissa, exponent);
    }

    /// `weight` times the sum at `end`, in units of 2^(512 · `exponent`).
    #[inline(always)]
    fn term(&self, weight: f64, end: usize, exponent: i16) -> f64 {
        let product = weight * self.mantissas[end];
        match self.exponents[end].wrapping_sub(exponent) {
            0 => product,
            1 => product * UNIT,
            2 => product * UNIT * UNIT,
            -1 => product * PER_UNIT,
            -2 => product * PER_UNIT * PER_UNIT,
            _ => 0.0, // less: no term is more than the sum, so more than 2 cannot be
        }
    }
}

/// The sums with what they are made of.
#[derive(Debug)]
pub(super) struct Linear<'a, W> {
    /// The sums.
    cells: &'a mut Cells,
    /// Gives the weights.
    weights: &'a W,
}

impl<'a, W: Weigh> Linear<'a, W> {
    /// With no sums yet.
    pub(super) fn new(cells: &'a mut Cells, weights: &'a W) -> Self {
        Self { cells, weights }
    }

    /// Adds up the terms of `start`.
    #[inline(always)]
    fn add_up(&mut self, trie: &Trie, segment: &[u8], start: usize) {
        let (mantissas, exponents) = (&self.cells.mantissas[..], &self.cells.exponents[..]);
        let mut walk = prefixes(trie, segment, start);
        let Some((end, byte)) = walk.next() else { return };
        let (mut longer, exponent) = (0.0, exponents[end]);
        for (end, place) in walk {
            if exponents[end] != exponent {
                return self.add_up_scaled(trie, segment, start);
            }
            // a prefix that is no piece has weight 0
            longer += self.weights.weigh(place) * mantissas[end];
        }
        let sum = longer + self.weights.weigh(byte) * mantissas[end];
        self.cells.set(start, sum, exponent);
    }

    /// The same where exponents differ.
    #[cold]
    #[inline(never)]
    fn add_up_scaled(&mut self, trie: &Trie, segment: &[u8], start: usize) {
        let base = self.cells.exponents[start + 1];
        let above = pieces(trie, segment, start).map(|(end, _)| self.cells.exponents[end].wrapping_sub(base)).max();
        let exponent = base.wrapping_add(above.unwrap_or(0));
        let term = |(end, place): (usize, Place)| self.cells.term(self.weights.weigh(place), end, exponent);
        let sum = pieces(trie, segment, start).map(term).sum();
        self.cells.set(start, sum, exponent);
    }
}

impl<W: Weigh> Sums for Linear<'_, W> {
    fn fill(&mut self, trie: &Trie, segment: &[u8], stop: &Stop) {
        self.cells.begin(segment.len());
        for start in (0..segment.len()).rev() {
            if start % STOP_BYTES == 0 && stop.requested() {
                return;
            }
            self.add_up(trie, segment, start);
        }
    }

    fn terms(&self, trie: &Trie, segment: &[u8], start: usize, terms: &mut Vec<Term>) {
        terms.clear();
        let exponent = self.cells.exponents[start];
        terms.extend(pieces(trie, segment, start).map(|(end, place)| {
            let weight = self.cells.term(self.weights.weigh(place), end, exponent);
            Term { end, node: place.node, weight }
        }));
    }

    fn log_total(&self, segment: &[u8]) -> f64 {
        let exponents = &self.cells.exponents[..=segment.len()];
        // sums of small integers, exact
        let exponent: f64 = exponents.windows(2).map(|pair| f64::from(pair[0].wrapping_sub(pair[1]))).sum();
        core_math::log(self.cells.mantissas[0]) + exponent * (512.0 * std::f64::consts::LN_2)
    }
}

#[cfg(test)]
mod tests;
