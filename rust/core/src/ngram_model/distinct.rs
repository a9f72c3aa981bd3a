//! The distinct counts of all n-grams and their logarithms: there are few of them, so tables hold places in a list.
//!
//! In: the distinct counts and how many n-grams have each. Out: [`Counts`], which tells the place of a count, and the logarithms by place.
//! A [`super::suffixes`] table has 16 bits for a place. Where there are more distinct counts, in some 5 GB of text and more, those have the low
//! places that text meets most often: the product of a count and its n-grams is the largest. The others have places above
//! [`Counts::escape`], which stands for them all there.
//! Memory: 16 KB, and 24 bytes a distinct count; a text of `n` bytes has fewer than `2·sqrt(n)` a length.

use crate::ln::ln;
use crate::num::{index, low_u16, to_usize};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Counts below this are looked up by index.
const SMALL: u64 = 1 << 12;

/// The places of the distinct counts, from 1; the low ones ascending.
pub(super) struct Counts {
    /// By count, below [`SMALL`]: its place; 0 where there is none.
    small: Vec<u32>,
    /// The others, ascending, and their places.
    large: Vec<(u64, u32)>,
    /// The place that no count has.
    escape: u16,
    /// How many places there are, that of no n-gram included.
    length: usize,
}

impl Counts {
    /// Numbers the counts in `all`, where each may come several times; the logarithms by place, of which the first is that of no n-gram, −inf.
    pub(super) fn new(all: impl Iterator<Item = (u64, u64)>, escape: u16) -> (Self, Vec<f64>) {
        let mut ngrams = BTreeMap::new();
        all.for_each(|(count, more)| *ngrams.entry(count).or_insert(0) += more);
        let mut by_weight: Vec<(u64, u64)> = ngrams.into_iter().collect();
        let low = by_weight.len().min(usize::from(escape) - 1);
        if low < by_weight.len() {
            by_weight.sort_unstable_by_key(|&(count, ngrams)| Reverse((u128::from(count) * u128::from(ngrams), count)));
            by_weight[..low].sort_unstable();
        }
        let (low, high) = by_weight.split_at(low);
        let places = low.iter().zip(1..).chain(high.iter().zip(u32::from(escape) + 1..));
        let mut logs = vec![f64::NEG_INFINITY; if high.is_empty() { 1 } else { usize::from(escape) + 1 }];
        logs.resize(logs.len().max(low.len() + 1) + high.len(), f64::NEG_INFINITY);
        let (mut small, mut large) = (vec![0; to_usize(SMALL)], Vec::new());
        for (&(count, _), place) in places {
            logs[index(place)] = ln(count);
            match small.get_mut(to_usize(count)) {
                Some(to) => *to = place,
                None => large.push((count, place)),
            }
        }
        large.sort_unstable();
        (Self { small, large, escape, length: logs.len() }, logs)
    }

    /// How many places there are, that of no n-gram included.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// The place that stands for all above it, if there are any.
    pub(super) fn escape(&self) -> Option<u16> {
        (self.length > usize::from(self.escape)).then_some(self.escape)
    }

    /// Whether a count has a place above [`Counts::escape`].
    pub(super) fn is_over(&self, count: u64) -> bool {
        self.place(count) > u32::from(self.escape)
    }

    /// A place in 16 bits.
    #[inline]
    pub(super) fn short(&self, place: u32) -> u16 {
        low_u16(place.min(u32::from(self.escape)))
    }

    /// The place of a count.
    #[inline]
    pub(super) fn place(&self, count: u64) -> u32 {
        let large = || {
            let at = self.large.partition_point(|&(other, _)| other < count);
            self.large.get(at).map_or(0, |&(_, place)| place)
        };
        self.small.get(to_usize(count)).copied().unwrap_or_else(large)
    }
}
