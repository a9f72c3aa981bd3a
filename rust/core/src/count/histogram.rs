//! How many n-grams of one length have at least some count, for the counts a threshold may have; and which counts occur.
//!
//! Counts up to 4095 are told apart, larger ones by their first 12 bits: a threshold among those is within 0.05 % of any
//! other. Larger ones are also in a map. Memory: 864 KB at most, as large as the largest count needs, and some 24 bytes a large distinct
//! count: of those there are fewer than `2·sqrt(n)` in `n` bytes.

use crate::num::{to_u64, to_usize};
use std::collections::BTreeMap;

/// The bits by which counts are told apart.
const BITS: u32 = 12;

/// A number of n-grams for each class of counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Histogram {
    /// By class, ascending.
    ngrams: Vec<u64>,
    /// The counts that have a class with others, and how many n-grams have each.
    large: BTreeMap<u64, u64>,
}

/// The class of a count.
fn class(count: u64) -> usize {
    let shift = (u64::BITS - count.leading_zeros()).saturating_sub(BITS);
    // behind the classes below 2^12, each doubling has 2^11
    to_usize((u64::from(shift) << (BITS - 1)) + (count >> shift))
}

/// The smallest count of a class.
fn smallest(class: usize) -> u64 {
    let class = to_u64(class);
    let shift = (class >> (BITS - 1)).saturating_sub(1);
    (class - (shift << (BITS - 1))) << shift
}

impl Histogram {
    /// One more n-gram of this count.
    #[inline]
    pub(crate) fn add(&mut self, count: u64) {
        let class = class(count);
        if count >> BITS > 0 {
            *self.large.entry(count).or_insert(0) += 1;
        }
        if class >= self.ngrams.len() {
            self.ngrams.resize(class + 1, 0);
        }
        self.ngrams[class] += 1;
    }

    /// Adds up both.
    pub(crate) fn merge(&mut self, other: &Self) {
        if self.ngrams.len() < other.ngrams.len() {
            self.ngrams.resize(other.ngrams.len(), 0);
        }
        self.ngrams.iter_mut().zip(&other.ngrams).for_each(|(sum, more)| *sum += more);
        other.large.iter().for_each(|(&count, more)| *self.large.entry(count).or_insert(0) += more);
    }

    /// The distinct counts of at least `threshold`, ascending, and how many n-grams have each.
    pub(crate) fn distinct(&self, threshold: u64) -> impl Iterator<Item = (u64, u64)> {
        let small = (0..1 << BITS).zip(self.ngrams.iter().copied()).filter(|&(_, ngrams)| ngrams > 0);
        let all = small.chain(self.large.iter().map(|(&count, &ngrams)| (count, ngrams)));
        all.filter(move |&(count, _)| count >= threshold)
    }

    /// The smallest threshold of at least `least` that at most `most` n-grams reach, and how many do. It is `least` itself
    /// or the smallest count of a class.
    pub(crate) fn threshold(&self, least: u64, most: u64) -> (u64, u64) {
        let first = class(least);
        let (mut kept, mut threshold) = (0, smallest(self.ngrams.len().max(first + 1)));
        for class in (first..self.ngrams.len()).rev() {
            if kept + self.ngrams[class] > most {
                return (threshold, kept);
            }
            (kept, threshold) = (kept + self.ngrams[class], smallest(class).max(least));
        }
        (least, kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn classes_are_in_the_order_of_counts(count in prop_oneof![0_u64..10_000, any::<u64>()]) {
            prop_assert!(smallest(class(count)) <= count);
            prop_assert!(count == u64::MAX || class(count + 1) - class(count) <= 1);
            prop_assert_eq!(class(smallest(class(count))), class(count));
            prop_assert!(count >= 1 << BITS || smallest(class(count)) == count);
        }

        #[test]
        fn distinct_counts_are_those_added_to_any_part(
            counts in prop::collection::vec(prop_oneof![1_u64..6, 4000_u64..9000, any::<u64>()], 0..50), threshold in 0_u64..9000
        ) {
            let (mut histogram, mut other) = (Histogram::default(), Histogram::default());
            let (some, others) = counts.split_at(counts.len() / 2);
            some.iter().for_each(|&count| histogram.add(count));
            others.iter().for_each(|&count| other.add(count));
            histogram.merge(&other);
            let mut expected = BTreeMap::new();
            let counts = counts.into_iter().filter(|&count| count >= threshold);
            counts.for_each(|count| *expected.entry(count).or_insert(0_u64) += 1);
            prop_assert_eq!(histogram.distinct(threshold).collect::<Vec<_>>(), expected.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn a_threshold_is_the_smallest_that_keeps_few_enough(
            counts in prop::collection::vec(1_u64..60, 0..50), least in 1_u64..20, most in 0_u64..60
        ) {
            let mut histogram = Histogram::default();
            counts.iter().for_each(|&count| histogram.add(count));
            let reach = |threshold: u64| u64::try_from(counts.iter().filter(|&&count| count >= threshold).count()).unwrap();
            let expected = (least..).find(|&threshold| reach(threshold) <= most).unwrap();
            let (threshold, kept) = histogram.threshold(least, most);
            prop_assert!(threshold >= least && kept == reach(threshold));
            prop_assert_eq!(kept, reach(expected));
        }
    }
}
