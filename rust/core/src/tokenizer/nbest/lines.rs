//! The best combinations of the segmentations of several lines.
//!
//! In: of each line its segmentations, best first. Out: the best of the whole text. Of the lines so far the `n` best
//! sums are kept, each as a pair (rank of the beginning, rank in the line). Pair (i, j) is never better than (i − 1,
//! j), nor (0, j) than (0, j − 1): a heap that begins with (0, 0) and takes the successors of what leaves it meets
//! every pair once, best first. Cost: n · log n a line; 8 · n bytes a line beside the ids.

use super::Scored;
use crate::num::{index, low_u32, to_u64};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A beginning with a segmentation of the next line.
#[derive(Clone, Copy, Debug)]
struct Pair {
    /// The score of both.
    score: f64,
    /// The rank of the beginning.
    beginning: u32,
    /// The rank of the line's segmentation.
    line: u32,
}

impl Ord for Pair {
    /// The better is the greater: the larger score, else the better segmentation of the line, else the better
    /// beginning.
    fn cmp(&self, other: &Self) -> Ordering {
        let by_score = self.score.total_cmp(&other.score);
        by_score.then(other.line.cmp(&self.line)).then(other.beginning.cmp(&self.beginning))
    }
}

impl PartialOrd for Pair {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Pair {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Pair {}

/// See the module's text.
#[derive(Debug)]
pub(super) struct Combined {
    /// How many are kept.
    n: usize,
    /// The scores of the lines so far, best first.
    scores: Vec<f64>,
    /// Of each line its segmentations, best first.
    lines: Vec<Vec<Vec<u32>>>,
    /// Of each line, for each of the best up to it: the rank of the beginning and that in the line.
    pairs: Vec<Vec<(u32, u32)>>,
}

impl Combined {
    /// Of no lines there is one segmentation, with score 0.
    pub(super) fn new(n: usize) -> Self {
        Self { n, scores: vec![0.0], lines: Vec::new(), pairs: Vec::new() }
    }

    /// Adds a line with its segmentations, best first.
    pub(super) fn push(&mut self, line: Vec<Scored>) {
        let pair = |beginning: u32, rank: u32| {
            let score = *self.scores.get(index(beginning))? + line.get(index(rank))?.1;
            Some(Pair { score, beginning, line: rank })
        };
        let mut waiting: BinaryHeap<Pair> = pair(0, 0).into_iter().collect();
        let (mut scores, mut pairs) = (Vec::new(), Vec::new());
        while let Some(best) = waiting.pop() {
            scores.push(best.score);
            pairs.push((best.beginning, best.line));
            if scores.len() == self.n {
                break;
            }
            waiting.extend(pair(best.beginning + 1, best.line));
            if best.beginning == 0 {
                waiting.extend(pair(0, best.line + 1));
            }
        }
        self.scores = scores;
        self.pairs.push(pairs);
        self.lines.push(line.into_iter().map(|(ids, _)| ids).collect());
    }

    /// The best of the whole text, best first.
    pub(super) fn finish(self) -> Vec<Scored> {
        let ids = |rank: usize| {
            let mut ranks = Vec::with_capacity(self.lines.len());
            let mut beginning = low_u32(to_u64(rank)); // under n
            for (pairs, line) in self.pairs.iter().zip(&self.lines).rev() {
                let Some(&(before, rank)) = pairs.get(index(beginning)) else { break };
                ranks.push(&line[index(rank)]);
                beginning = before;
            }
            ranks.into_iter().rev().flatten().copied().collect()
        };
        self.scores.iter().enumerate().map(|(rank, &score)| (ids(rank), score)).collect()
    }
}
