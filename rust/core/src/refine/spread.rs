//! What a count is worth on text never seen.
//!
//! In: how often something occurs, and the sum of the squares of its counts a block ([`Tally`]). Out: the count, discounted: a piece that lives
//! in one document is worth nothing elsewhere, and who takes the best of many noisy candidates takes just those.
//!
//! With c a block, C in all and H = Σc² / C² (Herfindahl's index, the chance that two of its places are in one block; 1/H is how many
//! blocks it would be in if it were spread evenly), the *cross-document value* of C is C·(1 − H)². Under [`LEAST_BLOCKS`] blocks H says
//! nothing, and the value is C. Variants that were measured are in DESIGN.md. Sums are integers, so threads may add them up in any order; the
//! rest is four operations of IEEE 754, the same on every machine.

use super::Discount;
use crate::num::to_f64;

/// With fewer blocks the discount is off.
pub(crate) const LEAST_BLOCKS: u64 = 32;

/// How often something occurs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// In all: the sum over all blocks.
    pub(super) count: u64,
    /// The sum of the squares of its counts a block.
    pub(super) squares: u64,
}

impl Tally {
    /// Adds a block, or `repeats` like it, with so many occurrences, each of which counts `weight` times.
    #[inline]
    pub(super) fn add_block(&mut self, occurrences: u64, Weight { weight, repeats }: Weight) {
        let count = occurrences.saturating_mul(weight);
        self.add(Self {
            count: count.saturating_mul(repeats),
            squares: count.saturating_mul(count).saturating_mul(repeats),
        });
    }

    /// Adds up. What is over 64 bits stays at their end: also then the order does not matter.
    #[inline]
    pub(super) fn add(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        self.squares = self.squares.saturating_add(other.squares);
    }
}

/// What a block counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weight {
    /// So many times each occurrence.
    pub(super) weight: u64,
    /// So many blocks like it.
    pub(super) repeats: u64,
}

/// Discounts, or not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spread {
    /// How.
    discount: Discount,
}

impl Spread {
    /// For a text of so many blocks.
    pub(super) fn new(blocks: u64, discount: Discount) -> Self {
        Self { discount: if blocks >= LEAST_BLOCKS { discount } else { Discount::None } }
    }

    /// The cross-document value of a count.
    #[inline]
    pub(super) fn value(self, Tally { count, squares }: Tally) -> f64 {
        let (count, squares) = (to_f64(count), to_f64(squares));
        match self.discount {
            Discount::Square if count > 0.0 => {
                let elsewhere = (1.0 - squares / (count * count)).max(0.0);
                count * (elsewhere * elsewhere)
            }
            Discount::Deviations(deviations) => (count - to_f64(deviations) * squares.sqrt()).max(0.0),
            Discount::Square | Discount::None => count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(counts: &[u64]) -> Tally {
        let mut tally = Tally::default();
        counts.iter().for_each(|&count| tally.add_block(count, Weight { weight: 1, repeats: 1 }));
        tally
    }

    #[test]
    fn what_lives_in_one_block_is_worth_nothing() {
        let spread = Spread::new(LEAST_BLOCKS, Discount::Square);
        assert_eq!(spread.value(tally(&[1_000_003])), 0.0);
        assert_eq!(spread.value(tally(&[5, 5])), 10.0 * 0.25);
        assert_eq!(spread.value(tally(&[1; 10])), 10.0 * (0.9 * 0.9));
        assert_eq!(spread.value(Tally::default()), 0.0);
        assert_eq!(Spread::new(LEAST_BLOCKS - 1, Discount::Square).value(tally(&[7])), 7.0);
    }

    #[test]
    fn other_discounts_are_as_defined() {
        let value = |discount| Spread::new(LEAST_BLOCKS, discount).value(tally(&[3, 4]));
        assert_eq!([Discount::None, Discount::Deviations(1), Discount::Deviations(2)].map(value), [7.0, 2.0, 0.0]);
    }

    #[test]
    fn weights_and_repeats_are_as_many_blocks() {
        let mut repeated = Tally::default();
        repeated.add_block(3, Weight { weight: 2, repeats: 4 });
        assert_eq!(repeated, tally(&[6, 6, 6, 6]));
        repeated.add_block(u64::MAX, Weight { weight: 2, repeats: 1 });
        assert_eq!((repeated.count, repeated.squares), (u64::MAX, u64::MAX));
    }
}
