//! One segmentation of a segment, drawn exactly: probability ∝ exp(alpha · sum of the pieces' scores).
//!
//! In: a segment, the weights of an exponent, random numbers. Out: the indices of the drawn pieces, left to right. Backward
//! filtering, forward sampling: from right to left `B[i] = Σ weight(w) · B[i + |w|]` over the pieces `w` that start at `i`,
//! `weight(w) = exp(alpha · score(w))`; then from left to right one draw a piece. Right to left because a trie gives the
//! pieces that *start* at a place: nothing has to be stored but one number a byte, and the matching is repeated only where a
//! piece begins. To draw for every byte at once, so that matching is done once, costs more random numbers than it saves matching.
//! The sums come in two forms, of which the exponent alone chooses: as they are ([`linear`], up to [`LINEAR_UP_TO`]), or as
//! logarithms ([`logarithms`]: six times slower, any exponent). Both give the same draws but for rounding, and the same on
//! every machine: exponentials and logarithms are correctly rounded ones. Linear in the length; 10 bytes a byte of the segment.

mod linear;
mod logarithms;
pub mod weights;

use super::generator::Draws;
use super::trie::Trie;
use crate::parallel::Stop;
use linear::{Cells, Linear};
use logarithms::Logarithms;
use weights::{Lazy, Weights};

/// The bytes between two looks at [`Stop`]. A byte can cost as many exponentials as the longest piece has bytes, 4,096 of them.
const STOP_BYTES: usize = 1 << 8;
/// Buffers for segments longer than this are given back after use.
const KEEP_BYTES: usize = 1 << 20;
/// The largest exponent for which sums are kept as they are: counts are at least 1 and their sum is under 2^64, so that no score is
/// under −44.4, and with this exponent no weight under 2^-513.
pub const LINEAR_UP_TO: f64 = 8.0;

/// A piece that starts at the place at hand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    /// Where it ends.
    pub(super) end: usize,
    /// Its node.
    pub(super) node: u32,
    /// The weight of all segmentations that begin with it, in a unit that all terms of the place share.
    pub(super) weight: f64,
}

/// The backward sums of one segment, in either form.
pub(super) trait Sums {
    /// Adds up from right to left. Stops somewhere when `stop` says so.
    fn fill(&mut self, trie: &Trie, segment: &[u8], stop: &Stop);
    /// Replaces `terms` by the pieces that start at `start`, shortest first; some of them have a weight over 0.
    fn terms(&self, trie: &Trie, segment: &[u8], start: usize, terms: &mut Vec<Term>);
    /// The logarithm of the summed weight of all segmentations.
    fn log_total(&self, segment: &[u8]) -> f64;
}

/// The buffers of the sums, reused from segment to segment.
#[derive(Debug, Default)]
pub struct Sampler {
    /// Sums as they are.
    cells: Cells,
    /// Sums as logarithms.
    sums: Vec<f64>,
    /// The pieces at the place at hand.
    terms: Vec<Term>,
}

impl Sampler {
    /// Appends the indices of the drawn pieces to `path`. When `stop` says so it gives up and appends nothing.
    pub fn run(
        &mut self,
        trie: &Trie,
        segment: &[u8],
        weights: &Weights,
        mut draws: Draws,
        stop: &Stop,
        path: &mut Vec<u32>,
    ) {
        self.with(weights, |sums, terms| {
            sums.fill(trie, segment, stop);
            let (mut start, first) = (0, path.len());
            while start < segment.len() {
                if stop.requested() {
                    return path.truncate(first);
                }
                sums.terms(trie, segment, start, terms);
                let drawn = draw(terms, &mut draws);
                path.extend(trie.value(drawn.node));
                start = drawn.end;
            }
        });
    }

    /// Calls `work` with the sums in the form that `weights` ask for, and a buffer for terms.
    pub(super) fn with<R>(&mut self, weights: &Weights, work: impl FnOnce(&mut dyn Sums, &mut Vec<Term>) -> R) -> R {
        let Self { cells, sums, terms } = self;
        let result = match weights {
            Weights::Table(table) => work(&mut Linear::new(cells, &**table), terms),
            Weights::Lazy(alpha) => work(&mut Linear::new(cells, &Lazy(*alpha)), terms),
            Weights::Logarithms(alpha) => work(&mut Logarithms::new(sums, *alpha), terms),
        };
        cells.shrink();
        if sums.capacity() > KEEP_BYTES {
            *sums = Vec::new();
        }
        result
    }
}

/// Draws one of the terms, of which there is at least one, by its weight.
fn draw(terms: &[Term], draws: &mut Draws) -> Term {
    let mut left = draws.next_unit() * terms.iter().map(|term| term.weight).sum::<f64>();
    let mut drawn = terms[0];
    for &term in terms {
        // rounding can leave a rest behind the last one: then the last that has any weight is drawn
        if term.weight > 0.0 {
            drawn = term;
            left -= term.weight;
            if left < 0.0 {
                break;
            }
        }
    }
    drawn
}
