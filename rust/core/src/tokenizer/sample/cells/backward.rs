//! The summed weights of all segmentations from each cell to the end, and what is drawn at each cell.
//!
//! In: the weights of the rows of a segment's cells, and random numbers. Out: for every cell what a segmentation goes on with if a
//! piece ends there. From the last cell to the first `B[i] = Σ weight(i, l) · B[i + l]` is added up, `B` of the end being 1,
//! longest piece first: so only the last terms wait for the sums just computed. Then a random number times `B[i]` is held against the
//! same terms, in the order of [`super::super::row`]: the single byte, or bytes, then by length. What is drawn depends on nothing drawn
//! elsewhere, so no cell waits for that, and it costs less to draw at all cells, four at a time, than only where a piece ends: there
//! it would be, each time, a branch that cannot be predicted.
//!
//! Four cells are a *group*. Form `avx2` has a lane for each; `to 5` is a vector of the four weights of the pieces that
//! end at slot 5, and each is multiplied by the same sum.
//! ```text
//! slot:       0   1   2   3 |  4   5   6   7 |  8 ...        cell 0: length 5, cell 1: length 4, ...
//! to 5:       l=5 l=4 l=3 l=2      *
//! ```
//! The `portable` form goes cell by cell. Both add the same products in the same order, so both give the same bits.
//!
//! **Range.** Sums are relative to a power of two that changes between groups where they have left 2^±256: all sums that a piece
//! can still reach are multiplied by a power of two, which is exact. No weight is under 2^-35, so sums within 20 cells
//! of each other stay within the numbers there are. Those that a longer piece reaches may not: then the segment is given up, and
//! sampled another way. Cost: 12 bytes a cell.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod portable;

use super::super::super::automaton::{Long, RowRef, WIDTH};
use super::super::super::engine::forward::Form;
use super::super::super::generator::{DRAWS, Draws};
use super::Model;
use super::weights::RowWeights;
use crate::num::{index, low_u32, to_u64};
use crate::parallel::Stop;

/// The cells of a group.
const GROUP: usize = 4;
/// Empty cells before the first, so that its group is whole. The cell `i` is at `i` plus this, its *slot*.
pub(super) const BEFORE: usize = GROUP - 1;
/// Entries read before a row: the last cell of a group has none for the cells before it.
pub(super) const LEAD: usize = GROUP;
/// Entries read of a row with those before it: from the first cell of a group to what the last one reaches.
pub(super) const READ: usize = WIDTH + 2 * GROUP;
/// The binary exponents that sums may have without a change of the power of two.
const CALM: i32 = 256;
/// Those that they may have at all.
const FAR: i32 = 950;
/// What a long piece may add at most: 2^256.
const HIGH: f64 = f64::from_bits(0x4FF0_0000_0000_0000);
/// Groups between two looks at [`Stop`].
const STOP_GROUPS: usize = 1 << 12;
/// What is drawn, if not a number of cells: the single byte, or all bytes of the character.
pub(super) const BYTES: u32 = 0;

/// The buffers, reused from segment to segment.
#[derive(Debug, Default)]
pub(super) struct Backward {
    /// The sums by slot, behind the end zeros; in one unit as far as a piece reaches from where the work stands.
    sums: Vec<f64>,
    /// By slot: the length in cells of the piece that is drawn, or [`BYTES`].
    pub(super) drawn: Vec<u32>,
}

/// What is done for one segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job<'a> {
    /// The model.
    pub(super) model: Model<'a>,
    /// The weights.
    pub(super) weights: RowWeights<'a>,
    /// The rows by slot, as the automaton has them.
    pub(super) rows: &'a [RowRef],
    /// Whether most cells are single bytes.
    pub(super) ascii: bool,
    /// The random numbers: of the last cell the first.
    pub(super) draws: Draws,
}

/// How far the work is.
#[derive(Clone, Copy, Debug)]
struct State {
    /// The first slot that is done.
    slot: usize,
    /// The random numbers of the group at hand and of some others.
    units: [f64; DRAWS],
}

impl Backward {
    /// Does it; `false` if sums are too far apart. Anything when `stop` says so.
    pub(super) fn run(&mut self, job: &Job<'_>, stop: &Stop) -> bool {
        let end = job.rows.len();
        if self.drawn.len() < end + READ {
            // zeroed by the system as they are used
            let size = (end + READ).next_power_of_two();
            (self.sums, self.drawn) = (vec![0.0; size], vec![0; size]);
        }
        self.sums[end..end + READ].fill(0.0);
        self.sums[end] = 1.0;
        let mut state = State { slot: end, units: [0.0; DRAWS] };
        while state.slot >= GROUP && !stop.requested() {
            let is_near = match job.model.kernel.form() {
                #[cfg(target_arch = "x86_64")]
                Form::Avx2 => avx2::run(job, self, &mut state),
                Form::Portable => portable::run(job, self, &mut state),
            };
            if !is_near {
                return false;
            }
        }
        true
    }

    /// The unit changes so that `sum`, the last of the group at `slot`, is about 1. `false` if others are too far from that.
    #[cold]
    fn rescale(&mut self, job: &Job<'_>, slot: usize, sum: f64) -> bool {
        let reach = (job.model.automaton.longest_long() + 1).max(READ);
        let (shift, end) = (exponent(sum), (job.rows.len() + 1).min(slot + reach));
        for sum in &mut self.sums[slot..end] {
            // before the start there are zeros
            if *sum != 0.0 {
                if (exponent(*sum) - shift).abs() > FAR {
                    return false;
                }
                *sum *= power(-shift / 2);
                *sum *= power(-shift - -shift / 2);
            }
        }
        true
    }

    /// What the pieces longer than a row add to the sums of the group at `start`; infinite where that is too much.
    #[cold]
    fn longs(&self, job: &Job<'_>, start: usize) -> [f64; GROUP] {
        std::array::from_fn(|cell| {
            let slot = start + cell;
            let terms = job.longs(slot).map(|long| job.weights.long(long) * self.sums[slot + index(long.length)]);
            let sum = terms.fold(0.0, |sum, term| sum + term);
            if sum <= HIGH { sum } else { f64::INFINITY }
        })
    }

    /// Draws at `slot`, whose sum is there, by `unit`.
    #[inline(always)]
    fn draw(&self, job: &Job<'_>, slot: usize, unit: f64) -> u32 {
        let row = job.weights.rows()[slot];
        let (bytes, weights) = job.weights.row(row);
        let left = unit * self.sums[slot];
        if left < bytes * self.sums[slot + 1] {
            return BYTES;
        }
        let behind = &self.sums[slot + 1..slot + 1 + weights.len()];
        // without a branch for each: none could be predicted
        let (sum, passed) = weights.iter().zip(behind).fold((0.0, 0), |(sum, passed), (&weight, &behind)| {
            let sum: f64 = sum + weight * behind;
            (sum, passed + usize::from(sum <= left))
        });
        if passed < weights.len() {
            return low_u32(to_u64(passed)) + 1;
        }
        if row.has_longs() { self.draw_long(job, slot, left, sum) } else { BYTES }
    }

    /// The same where the pieces of the row, whose terms are `sum`, are not drawn. The bytes, which always have a weight, where
    /// rounding has it that nothing is.
    #[cold]
    fn draw_long(&self, job: &Job<'_>, slot: usize, left: f64, mut sum: f64) -> u32 {
        let longest_first: Vec<_> = job.longs(slot).collect();
        let drawn = longest_first.into_iter().rev().find(|long| {
            sum += job.weights.long(long) * self.sums[slot + index(long.length)];
            left < sum
        });
        drawn.map_or(BYTES, |long| long.length)
    }
}

impl<'a> Job<'a> {
    /// Moves on to the next group; the slot where it starts and its rows. `None` behind the last.
    #[inline(always)]
    fn group(&self, state: &mut State) -> Option<(usize, &'a [RowRef; GROUP])> {
        let start = state.slot.checked_sub(GROUP)?;
        let number = self.rows.len() - state.slot;
        if number.is_multiple_of(DRAWS) {
            state.units = self.draws.units_by(self.model.kernel, number / DRAWS);
        }
        state.slot = start;
        Some((start, self.weights.rows()[start..].first_chunk()?))
    }

    /// The random numbers of the group at `start`, that of its last cell first.
    #[inline(always)]
    fn units<'s>(&self, state: &'s State) -> &'s [f64; GROUP] {
        let number = self.rows.len() - state.slot - GROUP;
        state.units[number % DRAWS..].first_chunk().unwrap_or(&[0.0; GROUP])
    }

    /// The pieces longer than a row that start at `slot`, longest first.
    fn longs(&self, slot: usize) -> impl Iterator<Item = &'a Long> {
        self.model.automaton.longs(self.rows[slot])
    }
}

/// Whether the unit may stay where this is a sum.
#[inline(always)]
fn is_calm(sum: f64) -> bool {
    exponent(sum).abs() <= CALM
}

/// The binary exponent.
#[inline(always)]
fn exponent(value: f64) -> i32 {
    i32::try_from(value.to_bits() >> 52 & 0x7FF).unwrap_or(0) - 1023
}

/// 2^`exponent`, of a number that has one.
fn power(exponent: i32) -> f64 {
    f64::from_bits(u64::from((exponent + 1023).unsigned_abs()) << 52)
}
