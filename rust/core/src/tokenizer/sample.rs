//! One segmentation of a segment, drawn exactly: probability ∝ exp(alpha · sum of the pieces' scores).
//!
//! Nearly all text is sampled by [`cells`], from the rows of an automaton, many segments at once. What this file does, by the trie,
//! is for the rest (see there for what that is), and what the other is tested against.
//!
//! In: a segment, the weights of an exponent, random numbers. Out: the indices of the drawn pieces, left to right. From
//! right to left `B[i] = Σ weight(w) · B[i + |w|]` is added up over the pieces `w` that start at `i`, `weight(w) =
//! exp(alpha · score(w))`. The piece that follows if one ends at `i` depends on nothing that is drawn elsewhere: it is
//! drawn at once, for every `i`, by the random number of that place, and what is left to do is to follow the pieces
//! from the start. So matching is done once (again where a piece begins, it was a quarter to a half of the time; a
//! random number a byte is a tenth), the sums a piece can reach lie in a small ring, and of each place its piece
//! remains. Right to left because a trie gives the pieces that *start* at a place. The sums come in two forms, of which
//! the exponent alone chooses: as they are ([`linear`], up to [`LINEAR_UP_TO`]), or as logarithms ([`logarithms`]:
//! three to four times slower, any exponent). Both give the same draws but for rounding, and the same on every machine:
//! exponentials and logarithms are correctly rounded ones. Linear in the length; 8 bytes a byte of the segment.

pub(super) mod cells;
mod linear;
mod logarithms;
pub mod row;
mod segments;
pub mod weights;

use super::generator::{DRAWS, Draws};
use super::trie::Trie;
use crate::num::index;
use crate::parallel::Stop;
use linear::Linear;
use logarithms::Logarithms;
use row::{Choice, Row};
use weights::{Lazy, Weights};

/// The bytes between two looks at [`Stop`]. A byte can cost as many exponentials as the longest piece has bytes, 4,096
/// of them.
const STOP_BYTES: usize = 1 << 8;
/// Buffers for segments longer than this are given back after use.
const KEEP_BYTES: usize = 1 << 20;
/// The largest exponent for which sums are kept as they are: counts are at least 1 and their sum is under 2^64, so that
/// no score is under −44.4, and with this exponent no weight under 2^-513.
pub const LINEAR_UP_TO: f64 = 8.0;

/// Buffers, reused from segment to segment.
#[derive(Debug, Default)]
pub struct Sampler {
    /// Sums.
    pub(super) sums: Sums,
    /// Entry `i`: the piece drawn for the place `i`; longer than the segment where an earlier one was.
    choices: Vec<Choice>,
}

/// The backward sums within reach of a piece, in either form.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// As they are.
    linear: linear::Ring,
    /// As logarithms.
    logarithms: Vec<f64>,
    /// The pieces at the place at hand.
    row: Row,
}

impl Sums {
    /// Adds up from right to left and calls `visit` at each place with the pieces that start there. Gives the logarithm
    /// of the summed weight of all segmentations; anything, somewhere on the way, when `stop` says so.
    pub(super) fn backward(
        &mut self,
        trie: &Trie,
        segment: &[u8],
        weights: &Weights,
        stop: &Stop,
        mut visit: impl FnMut(usize, &Row),
    ) -> f64 {
        let Self { linear, logarithms, row } = self;
        row.resize(trie.max_length());
        match weights {
            Weights::Table(table) => Linear::new(trie, segment, &**table, linear).run(row, stop, &mut visit),
            Weights::Lazy(alpha) => Linear::new(trie, segment, &Lazy(*alpha), linear).run(row, stop, &mut visit),
            Weights::Logarithms(alpha) => Logarithms::new(trie, segment, *alpha, logarithms).run(row, stop, &mut visit),
        }
    }
}

impl Sampler {
    /// Appends the indices of the drawn pieces to `path`. When `stop` says so it gives up and appends nothing.
    pub fn run(
        &mut self,
        trie: &Trie,
        segment: &[u8],
        weights: &Weights,
        draws: Draws,
        stop: &Stop,
        path: &mut Vec<u32>,
    ) {
        if self.choices.len() < segment.len() {
            // zeroed by the system, page by page, as it is used: to fill a giant line's at once would keep an interrupt waiting
            self.choices = vec![Choice::default(); segment.len()];
        }
        let (choices, mut units) = (&mut self.choices[..segment.len()], [0.0; DRAWS]);
        self.sums.backward(trie, segment, weights, stop, |place, row| {
            let number = place % DRAWS;
            if number == DRAWS - 1 || place + 1 == segment.len() {
                units = draws.units(place / DRAWS);
            }
            choices[place] = row.choose(units[number]);
        });
        if !stop.requested() {
            let mut start = 0;
            while start < segment.len() {
                let choice = choices[start];
                path.extend(trie.value(choice.node));
                start += index(choice.length);
            }
        }
        if self.choices.capacity() > KEEP_BYTES {
            self.choices = Vec::new();
        }
    }
}
