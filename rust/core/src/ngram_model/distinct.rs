//! The distinct counts of all n-grams and their logarithms: there are few of them, so tables hold places in a list.
//!
//! In: the counts of the n-grams of each length. Out: [`Counts`], which tells the place of a count, and the logarithms by place.
//! Memory: 16 KB, and 24 bytes a distinct count; a text of `n` bytes has fewer than `2·sqrt(n)` a length.

use crate::ln::ln;
use crate::num::{index, low_u32, to_u64, to_usize};
use std::collections::BTreeSet;

/// Counts below this are looked up by index.
const SMALL: u64 = 1 << 12;

/// The places of the distinct counts: ascending, from 1.
pub(super) struct Counts {
    /// By count, below [`SMALL`]: its place; 0 where there is none.
    small: Vec<u32>,
    /// The others, ascending.
    large: Vec<u64>,
    /// The place of the first of the others.
    first_large: u32,
}

impl Counts {
    /// Numbers what occurs in `all`; the logarithms by place, of which the first is that of no n-gram, −inf.
    pub(super) fn new(all: impl Iterator<Item = u64>) -> (Self, Vec<f64>) {
        let all: BTreeSet<u64> = all.collect();
        let mut small = vec![0; to_usize(SMALL)];
        for (&count, place) in all.range(..SMALL).zip(1..) {
            small[to_usize(count)] = place;
        }
        let large: Vec<u64> = all.range(SMALL..).copied().collect();
        let first_large = low_u32(to_u64(all.len() - large.len() + 1));
        let logs = std::iter::once(f64::NEG_INFINITY).chain(all.into_iter().map(ln)).collect();
        (Self { small, large, first_large }, logs)
    }

    /// How many places there are, that of no n-gram included.
    pub(super) fn len(&self) -> usize {
        index(self.first_large) + self.large.len()
    }

    /// The place of a count, from 1.
    #[inline]
    pub(super) fn place(&self, count: u64) -> u32 {
        match self.small.get(to_usize(count)) {
            Some(&place) => place,
            None => self.first_large + low_u32(to_u64(self.large.partition_point(|&other| other < count))),
        }
    }
}
