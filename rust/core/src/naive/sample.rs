//! Twin of [`crate::tokenizer::sample`]: every segmentation with its probability, by the definition. Exponential in the length.

use std::collections::{BTreeMap, HashMap};

/// Every segmentation of `text`, as the lengths of its pieces, with its probability: ∝ exp(alpha · summed scores).
pub fn distribution(scores: &HashMap<Vec<u8>, f64>, text: &[u8], alpha: f64) -> BTreeMap<Vec<usize>, f64> {
    let segmentations = segmentations(scores, text);
    let largest = segmentations.iter().map(|(_, score)| *score).fold(f64::NEG_INFINITY, f64::max);
    let weight = |score: f64| (alpha * (score - largest)).exp();
    let total: f64 = segmentations.iter().map(|(_, score)| weight(*score)).sum();
    segmentations.into_iter().map(|(lengths, score)| (lengths, weight(score) / total)).collect()
}

/// Every segmentation of `text`, as the lengths of its pieces, with its score, added up from left to right.
pub fn segmentations(scores: &HashMap<Vec<u8>, f64>, text: &[u8]) -> Vec<(Vec<usize>, f64)> {
    let mut segmentations = Vec::new();
    extend(scores, text, (Vec::new(), 0.0), &mut segmentations);
    segmentations
}

/// Adds all segmentations that begin with the pieces of `path`, which are followed by `rest`.
fn extend(
    scores: &HashMap<Vec<u8>, f64>,
    rest: &[u8],
    path: (Vec<usize>, f64),
    segmentations: &mut Vec<(Vec<usize>, f64)>,
) {
    if rest.is_empty() {
        return segmentations.push(path);
    }
    for length in 1..=rest.len() {
        if let Some(score) = scores.get(&rest[..length]) {
            let lengths = path.0.iter().copied().chain([length]).collect();
            extend(scores, &rest[length..], (lengths, path.1 + score), segmentations);
        }
    }
}
