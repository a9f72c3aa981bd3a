//! The distinct counts of all n-grams and their logarithms: there are few of them, so tables hold places in a list.
//!
//! In: the n-grams of each length with their counts. Out: [`Counts`], which tells the place of a count, and the logarithms by place.
//! Memory: 32 KB a length while it is made, and 16 bytes a distinct count; a text of `n` bytes has fewer than `2·sqrt(n)` a length.

use super::table::Grams;
use crate::Result;
use crate::ln::ln;
use crate::num::{low_u32, to_u64, to_usize};
use std::collections::BTreeSet;

/// Counts below this are looked up by index.
const SMALL: u64 = 1 << 12;

/// Some distinct counts.
pub(super) struct Distinct {
    /// By count, below [`SMALL`]: whether it occurs.
    small: Vec<bool>,
    /// The others that occur.
    large: BTreeSet<u64>,
}

impl Distinct {
    /// The counts of some n-grams.
    pub(super) fn new<K>(grams: &impl Grams<K>) -> Result<Self> {
        let (mut small, mut large) = (vec![false; to_usize(SMALL)], BTreeSet::new());
        grams(&mut |_, count| match small.get_mut(to_usize(count)) {
            Some(there) => *there = true,
            None => drop(large.insert(count)),
        })?;
        Ok(Self { small, large })
    }
}

/// The places of the distinct counts: ascending, from 1.
pub(super) struct Counts {
    /// By count, below [`SMALL`]: its place; 0 where there is none.
    small: Vec<usize>,
    /// The others, ascending.
    large: Vec<u64>,
    /// The place of the first of the others.
    first_large: usize,
}

impl Counts {
    /// Numbers what occurs in any of `all`; the logarithms by place, of which the first is that of no n-gram, −inf.
    pub(super) fn new(all: &[Distinct]) -> (Self, Vec<f64>) {
        let (mut small, mut logs) = (vec![0; to_usize(SMALL)], vec![f64::NEG_INFINITY]);
        for (count, place) in (0..).zip(&mut small) {
            if all.iter().any(|distinct| distinct.small[to_usize(count)]) {
                *place = logs.len();
                logs.push(ln(count));
            }
        }
        let first_large = logs.len();
        let large: BTreeSet<u64> = all.iter().flat_map(|distinct| &distinct.large).copied().collect();
        logs.extend(large.iter().map(|&count| ln(count)));
        (Self { small, large: large.into_iter().collect(), first_large }, logs)
    }

    /// How many places there are, that of no n-gram included.
    pub(super) fn len(&self) -> usize {
        self.first_large + self.large.len()
    }

    /// The place of a count, from 1.
    #[inline]
    pub(super) fn place(&self, count: u64) -> u32 {
        let place = match self.small.get(to_usize(count)) {
            Some(&place) => place,
            None => self.first_large + self.large.partition_point(|&other| other < count),
        };
        low_u32(to_u64(place))
    }
}
