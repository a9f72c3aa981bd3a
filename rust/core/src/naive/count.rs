//! Twin of [`crate::count`]: every n-gram of every length at every position, one map.

use std::collections::BTreeMap;

/// How often each n-gram of 0 to `order` bytes occurs. The empty n-gram occurs once a byte.
pub fn count_ngrams(segments: &[&[u8]], order: usize) -> BTreeMap<Vec<u8>, u64> {
    let mut counts = BTreeMap::new();
    for segment in segments {
        for start in 0..segment.len() {
            for end in start..=segment.len().min(start + order) {
                *counts.entry(segment[start..end].to_vec()).or_insert(0) += 1;
            }
        }
    }
    counts
}
