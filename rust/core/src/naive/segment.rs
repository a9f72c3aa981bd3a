//! Twin of [`crate::ngram_model`] and [`crate::segment`]: one map of logarithms, and both cutting rules by their definitions.

use crate::ln::ln;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};

/// The logarithms of the kept n-grams, the empty one included.
#[derive(Debug)]
pub struct Model {
    /// The length of the longest n-grams.
    order: usize,
    /// By n-gram; what is not kept is not in it.
    logs: HashMap<Vec<u8>, f64>,
}

impl Model {
    /// From the counts of [`super::count::count_ngrams`].
    pub fn new(mut counts: BTreeMap<Vec<u8>, u64>, order: usize, min_count: u64) -> Self {
        for byte in 0..=255 {
            if let Entry::Vacant(missing) = counts.entry(vec![byte]) {
                missing.insert(1);
                *counts.entry(Vec::new()).or_insert(0) += 1;
            }
        }
        counts.retain(|ngram, &mut count| ngram.len() < 2 || count >= min_count);
        Self { order, logs: counts.into_iter().map(|(ngram, count)| (ngram, ln(count))).collect() }
    }

    /// ln of the count of `ngram`, −inf where it is not kept.
    pub fn log(&self, ngram: &[u8]) -> f64 {
        self.logs.get(ngram).copied().unwrap_or(f64::NEG_INFINITY)
    }

    /// ln p(last byte of `ngram` | the bytes before it).
    fn conditional(&self, ngram: &[u8]) -> f64 {
        match self.logs.get(ngram) {
            Some(log) => log - self.log(&ngram[..ngram.len() - 1]),
            None => f64::NEG_INFINITY,
        }
    }

    /// The pieces of `segment` by the rules of 0.6.3, as its source has them: a matrix of nodes, a matrix of transitions.
    pub fn cut_compat<'s>(&self, segment: &'s [u8], ensure_unicode: bool) -> Vec<&'s [u8]> {
        let (n, order) = (segment.len(), self.order);
        let mut nodes = vec![vec![f64::NEG_INFINITY; order]; n];
        for state in 0..order {
            for at in state..n {
                nodes[at][state] = self.conditional(&segment[at - state..=at]);
            }
        }
        for at in 0..n {
            if ensure_unicode && (128..192).contains(&segment[at]) {
                nodes[at][0] = f64::NEG_INFINITY;
            }
        }
        let allowed = |from: usize, to: usize| to == 0 || to == (from + 1).min(order - 1);
        let mut routes = vec![vec![0; order]; n];
        for at in 1..n {
            for to in 0..order {
                let scores: Vec<f64> = (0..order)
                    .map(|from| {
                        nodes[at - 1][from] + if allowed(from, to) { 0.0 } else { f64::NEG_INFINITY } + nodes[at][to]
                    })
                    .collect();
                routes[at][to] = argmax(&scores);
                // the row before is complete, this one is overwritten state by state after use
                nodes[at][to] = scores[routes[at][to]];
            }
        }
        let mut states = vec![0; n];
        states[n - 1] = argmax(&nodes[n - 1]);
        for at in (1..n).rev() {
            states[at - 1] = routes[at][states[at]];
        }
        let cuts: Vec<usize> = (1..n).filter(|&at| states[at] == 0).collect();
        pieces(segment, &cuts)
    }

    /// The pieces of `segment` by the default rules: all pieces between all allowed places.
    pub fn cut<'s>(&self, segment: &'s [u8], ensure_unicode: bool) -> Vec<&'s [u8]> {
        let (n, order) = (segment.len(), self.order);
        let (may_cut, must_cut) = self.places(segment, ensure_unicode);
        let ln_total = self.log(b"");
        let worth = |from: usize, to: usize| self.log(&segment[from..to]) - ln_total;
        let open = |from: usize, to: usize| may_cut[from] && (from + 1..to).all(|at| !must_cut[at]);
        let mut best = vec![(f64::NEG_INFINITY, 0); n + 1];
        let mut long = vec![(f64::NEG_INFINITY, 0); n + 1];
        best[0].0 = 0.0;
        for end in 1..=n {
            if end >= order {
                let start = end - order;
                if open(start, end) {
                    long[end] = (best[start].0 + worth(start, end), start);
                }
                if !must_cut[end - 1] {
                    let on = long[end - 1].0 + self.conditional(&segment[end - order..end]);
                    if on > long[end].0 {
                        long[end] = (on, long[end - 1].1);
                    }
                }
            }
            if may_cut[end] {
                let short = (1..order.min(end + 1)).filter(|length| open(end - length, end));
                let shorter = short.map(|length| (best[end - length].0 + worth(end - length, end), end - length));
                // strictly better only, shortest piece first
                best[end] =
                    shorter.chain([long[end]]).fold(best[end], |best, new| if new.0 > best.0 { new } else { best });
            }
        }
        let (mut cuts, mut at) = (Vec::new(), n);
        while best[at].1 > 0 {
            at = best[at].1;
            cuts.insert(0, at);
        }
        pieces(segment, &cuts)
    }

    /// Where a piece may start or end, and where one has to.
    fn places(&self, segment: &[u8], ensure_unicode: bool) -> (Vec<bool>, Vec<bool>) {
        let n = segment.len();
        let (mut may, mut must) = (vec![true; n + 1], vec![false; n + 1]);
        if !ensure_unicode {
            return (may, must);
        }
        let mut at = 0;
        for chunk in segment.utf8_chunks() {
            for character in chunk.valid().chars() {
                let length = character.len_utf8();
                let window = length.min(self.order);
                let own = &segment[at..at + length];
                let broken = length > 1 && own.windows(window).any(|ngram| self.log(ngram) == f64::NEG_INFINITY);
                may[at + 1..at + length].fill(broken);
                if broken {
                    must[at..=at + length].fill(true);
                }
                at += length;
            }
            if !chunk.invalid().is_empty() {
                must[at..=at + chunk.invalid().len()].fill(true);
                at += chunk.invalid().len();
            }
        }
        (may, must)
    }
}

/// The first of the largest, as numpy's.
fn argmax(scores: &[f64]) -> usize {
    (1..scores.len()).fold(0, |best, at| if scores[at] > scores[best] { at } else { best })
}

/// `segment` cut at `cuts`.
fn pieces<'s>(segment: &'s [u8], cuts: &[usize]) -> Vec<&'s [u8]> {
    let starts = [0].into_iter().chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([segment.len()]);
    starts.zip(ends).map(|(start, end)| &segment[start..end]).collect()
}
