//! How probable a text is: the best path's score, the sum over all segmentations, and how spread out these are.
//!
//! In: text. Out, of the lines added in order: the score of the best path; the logarithm of the summed probability of
//! all segmentations; the entropy of their distribution. The latter two go over the same backward sums as sampling
//! ([`super::sample`]), so that no length over- or underflows. The entropy is added up beside them: `H[i] = Σ p(w | i)
//! · (H[i + |w|] − ln p(w | i))`, terms that are all positive, instead of `ln Z − alpha · E[score]`, a small difference
//! of large numbers; and `−ln p` near 1 is taken from `1 − p`, the share of the others. Cost: the best path's; a pass
//! of sampling; such a pass and a logarithm a match. Memory: a line and its ids; a line.

use super::sample::row::Row;
use super::{Alpha, Tokenizer, Worker};
use crate::corpus::normalize::Normalization;
use crate::corpus::segments::lines;
use crate::num::index;
use crate::parallel::Stop;

impl Tokenizer {
    /// The score of the best path: of each line the `f64` sum of its pieces' scores from left to right, the lines added
    /// in order. Anything when `stop` says so, here and below.
    pub fn best_score(&self, text: &[u8], worker: &mut Worker, stop: &Stop) -> f64 {
        let mut ids = Vec::new();
        sum_over_lines(text, self.normalization(), stop, |line| {
            ids.clear();
            self.encode_by_trie(line, &mut worker.best_path, stop, &mut ids);
            ids.iter().filter_map(|&id| self.score(id)).fold(0.0, |sum, score| sum + score)
        })
    }

    /// ln Σ exp(alpha · score) over all segmentations.
    pub fn log_likelihood(&self, text: &[u8], alpha: Alpha, worker: &mut Worker, stop: &Stop) -> f64 {
        let weights = self.weights.weights(&self.trie, alpha, text.len());
        sum_over_lines(text, self.normalization(), stop, |line| {
            worker.sampler.sums.backward(&self.trie, line, &weights, stop, |_, _| ())
        })
    }

    /// The entropy, in nats, of the distribution that sampling with this exponent draws from.
    pub fn entropy(&self, text: &[u8], alpha: Alpha, worker: &mut Worker, stop: &Stop) -> f64 {
        let weights = self.weights.weights(&self.trie, alpha, text.len());
        // entry `i` modulo the length: the entropy of what follows the place `i`
        let mut ring = vec![0.0; (self.trie.max_length() + 1).next_power_of_two()];
        let mask = ring.len() - 1;
        sum_over_lines(text, self.normalization(), stop, |line| {
            ring[line.len() & mask] = 0.0;
            worker.sampler.sums.backward(&self.trie, line, &weights, stop, |start, row| {
                ring[start & mask] = entropy_of(row, |length| ring[(start + length) & mask]);
            });
            ring[0]
        })
    }
}

/// Adds up what `work` gives for each line, normalized.
fn sum_over_lines(text: &[u8], normalization: Normalization, stop: &Stop, mut work: impl FnMut(&[u8]) -> f64) -> f64 {
    let mut sum = 0.0;
    for line in lines(text) {
        if stop.requested() {
            break;
        }
        sum += work(&normalization.apply_until(line, stop));
    }
    sum
}

/// The entropy of what follows a place; `behind` gives that of what follows a piece of some length.
fn entropy_of(row: &Row, behind: impl Fn(usize) -> f64) -> f64 {
    let mut sum = 0.0;
    for (choice, weight) in row.iter().filter(|&(_, weight)| weight > 0.0) {
        let probability = weight / row.total();
        let surprise = if probability > 0.5 {
            let others: f64 = row.iter().filter(|&(other, _)| other != choice).map(|(_, weight)| weight).sum();
            core_math::log1p(-others / row.total())
        } else {
            core_math::log(probability)
        };
        sum += probability * (behind(index(choice.length)) - surprise);
    }
    sum
}
