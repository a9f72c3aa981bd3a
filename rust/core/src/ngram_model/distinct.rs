//! The distinct counts of a table and their logarithms: there are few of them.
//!
//! In: n-grams with counts. Out: [`Counts`], which tells the place of a count, and the logarithms by place. Memory: 32 KB, and 16 bytes a distinct
//! count; a text of `n` bytes has fewer than `2·sqrt(n)`.

use super::table::Grams;
use crate::Result;
use crate::ln::ln;
use crate::num::{to_u64, to_usize};
use std::collections::BTreeSet;

/// The distinct counts, ascending.
pub(super) struct Counts {
    /// By count, below [`Counts::SMALL`]: its place; 0 where there is none.
    small: Vec<usize>,
    /// The others, ascending.
    large: Vec<u64>,
    /// The place of the first of the others.
    first_large: usize,
}

impl Counts {
    /// Counts below this are looked up by index.
    const SMALL: u64 = 1 << 12;

    /// The place of a count, from 1.
    #[inline]
    pub(super) fn place(&self, count: u64) -> u64 {
        let place = match self.small.get(to_usize(count)) {
            Some(&place) => place,
            None => self.first_large + self.large.partition_point(|&other| other < count),
        };
        to_u64(place)
    }
}

/// The distinct counts and their logarithms, ascending.
pub(super) fn distinct<K>(grams: &impl Grams<K>) -> Result<(Counts, Vec<f64>)> {
    let (mut small, mut large) = (vec![0; to_usize(Counts::SMALL)], BTreeSet::new());
    grams(&mut |_, count| match small.get_mut(to_usize(count)) {
        Some(there) => *there = 1,
        None => drop(large.insert(count)),
    })?;
    let mut logs = vec![f64::NEG_INFINITY];
    for (count, place) in (0..).zip(&mut small).filter(|(_, there)| **there > 0) {
        *place = logs.len();
        logs.push(ln(count));
    }
    let first_large = logs.len();
    logs.extend(large.iter().map(|&count| ln(count)));
    Ok((Counts { small, large: large.into_iter().collect(), first_large }, logs))
}
