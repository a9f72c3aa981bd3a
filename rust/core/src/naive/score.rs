//! Twin of [`crate::tokenizer::score`]: by the definitions, over a list of all segmentations. Exponential in the
//! length.

use super::sample::{distribution, segmentations};
use std::collections::HashMap;

/// The score of the best segmentation of one line.
pub fn best_score(scores: &HashMap<Vec<u8>, f64>, line: &[u8]) -> f64 {
    segmentations(scores, line).into_iter().map(|(_, score)| score).fold(f64::NEG_INFINITY, f64::max)
}

/// ln Σ exp(alpha · score) over all segmentations of one line.
pub fn log_likelihood(scores: &HashMap<Vec<u8>, f64>, line: &[u8], alpha: f64) -> f64 {
    let largest = alpha * best_score(scores, line);
    let weight = |(_, score): (Vec<usize>, f64)| (alpha * score - largest).exp();
    largest + segmentations(scores, line).into_iter().map(weight).sum::<f64>().ln()
}

/// −Σ p · ln p over all segmentations of one line.
pub fn entropy(scores: &HashMap<Vec<u8>, f64>, line: &[u8], alpha: f64) -> f64 {
    let surprise = |p: f64| if p > 0.0 { -p * p.ln() } else { 0.0 };
    distribution(scores, line, alpha).into_values().map(surprise).sum()
}
