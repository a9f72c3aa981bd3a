//! Which n-grams are kept when there are more than there may be.
//!
//! In: for each length how many n-grams have at least some count; the least count, and the most n-grams. Out: one threshold a length.
//! A function of the counts alone: neither the machine nor its memory has a part in it. Lengths are gone through from the
//! shortest. Each may use an equal share of what is left, takes the lowest threshold that stays within it and is at least the
//! one before, and leaves what it does not need to the longer ones. So short n-grams, of which there are few and which the long ones
//! need, are kept first; thresholds never fall with the length, so what is kept stays closed under substrings. Raising one
//! threshold for all lengths was the alternative: it takes short n-grams away to make room for long ones.

use super::histogram::Histogram;
use crate::num::to_u64;

/// The default for the most n-grams kept.
pub const MAX_NGRAMS: u64 = 100_000_000;
/// Single bytes, which are always kept.
pub(crate) const SINGLE_BYTES: u64 = 256;

/// What is kept of the n-grams of one length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The least count.
    pub threshold: u64,
    /// How many n-grams have it.
    pub ngrams: u64,
}

/// The threshold of each length from 2 on, of which `histograms` has one entry each.
pub(super) fn thresholds(histograms: &[Histogram], min_count: u64, max_ngrams: Option<u64>) -> Vec<Kept> {
    let mut left = max_ngrams.map_or(u64::MAX, |most| most.saturating_sub(SINGLE_BYTES));
    let mut least = min_count;
    let lengths = (1..=to_u64(histograms.len())).rev();
    let kept = histograms.iter().zip(lengths).map(|(histogram, lengths_left)| {
        let (threshold, ngrams) = histogram.threshold(least, left / lengths_left);
        least = threshold;
        left -= ngrams;
        Kept { threshold, ngrams }
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn histogram(counts: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        counts.iter().for_each(|&count| histogram.add(count));
        histogram
    }

    #[test]
    fn short_ngrams_come_first_and_leave_what_they_do_not_need() {
        let lengths = [histogram(&[9, 5]), histogram(&[9, 5, 4, 3, 2]), histogram(&[9, 5, 3, 3, 2, 2])];
        let kept =
            |most| thresholds(&lengths, 2, most).iter().map(|kept| (kept.threshold, kept.ngrams)).collect::<Vec<_>>();
        assert_eq!(kept(None), [(2, 2), (2, 5), (2, 6)]);
        assert_eq!(kept(Some(256 + 13)), [(2, 2), (2, 5), (2, 6)]);
        // 12: 2 of at most 4, then 5 of at most 5, then 5 are left, but those with count 2 are two
        assert_eq!(kept(Some(256 + 12)), [(2, 2), (2, 5), (3, 4)]);
        assert_eq!(kept(Some(256 + 9)), [(2, 2), (4, 3), (4, 2)]);
        assert_eq!(kept(Some(0)), [(10, 0), (10, 0), (10, 0)]);
    }

    proptest! {
        #[test]
        fn never_more_than_asked_and_thresholds_never_fall(
            lengths in prop::collection::vec(prop::collection::vec(1_u64..100, 0..60), 1..6),
            min_count in 1_u64..10, most in 256_u64..500,
        ) {
            let histograms: Vec<Histogram> = lengths.iter().map(|counts| histogram(counts)).collect();
            let kept = thresholds(&histograms, min_count, Some(most));
            prop_assert!(kept.iter().map(|kept| kept.ngrams).sum::<u64>() + SINGLE_BYTES <= most);
            prop_assert!(kept.is_sorted_by_key(|kept| kept.threshold) && kept[0].threshold >= min_count);
            for (kept, counts) in kept.iter().zip(&lengths) {
                let reach = counts.iter().filter(|&&count| count >= kept.threshold).count();
                prop_assert_eq!(u64::try_from(reach).unwrap(), kept.ngrams);
            }
        }
    }
}
