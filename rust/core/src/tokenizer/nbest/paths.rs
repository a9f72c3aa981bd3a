//! The best segmentations of one line.
//!
//! In: a normalized line. Out: its `n` best segmentations, best first; see [`super`] for ties. Lists within reach of a
//! piece lie in a ring; of a list that is final the ways back remain, 8 bytes each.

use super::super::starts::pieces;
use super::super::trie::Trie;
use super::Scored;
use crate::num::index;
use crate::parallel::Stop;
use crate::vocabulary::{FIRST_ID, Vocabulary};

/// How a path got where it is.
#[derive(Clone, Copy, Debug)]
struct Back {
    /// The index of its last piece.
    piece: u32,
    /// Its rank, without that piece, among the paths to where that begins.
    rank: u32,
}

/// The best paths to a place, best first.
#[derive(Clone, Debug, Default)]
struct List {
    /// Their scores.
    scores: Vec<f64>,
    /// How they got here.
    backs: Vec<Back>,
}

impl List {
    /// No paths.
    fn clear(&mut self) {
        self.scores.clear();
        self.backs.clear();
    }

    /// Adds a path.
    fn push(&mut self, score: f64, back: Back) {
        self.scores.push(score);
        self.backs.push(back);
    }

    /// Merges with the paths of `from` longer by `piece`, into `merged`, which is empty: the `n` best, those that were
    /// here first among equals.
    fn merge(&self, from: &[f64], piece: u32, score: f64, n: usize, merged: &mut Self) {
        let mut here = self.scores.iter().copied().zip(self.backs.iter().copied()).peekable();
        let mut news = (0..).zip(from).map(|(rank, before)| (before + score, Back { piece, rank })).peekable();
        while merged.scores.len() < n {
            let next = match (here.peek(), news.peek()) {
                (Some(&(old, _)), Some(&(new, _))) if new > old => news.next(),
                (Some(_), _) => here.next(),
                (None, _) => news.next(),
            };
            let Some((score, back)) = next else { break };
            merged.push(score, back);
        }
    }
}

/// Finds the best segmentations of lines; keeps its buffers from line to line.
#[derive(Debug)]
pub(super) struct Paths<'a> {
    /// How many are wanted.
    n: usize,
    /// The pieces.
    trie: &'a Trie,
    /// The list of place `i` is at `i` modulo the length, which is a power of two greater than the longest piece. All
    /// are empty between lines.
    ring: Vec<List>,
    /// The ways back of all final lists, place behind place.
    backs: Vec<Back>,
    /// Where those of each place end.
    ends: Vec<usize>,
    /// A list to merge into.
    spare: List,
}

impl<'a> Paths<'a> {
    /// For the `n` best, at least 1.
    pub(super) fn new(n: usize, trie: &'a Trie) -> Self {
        let ring = vec![List::default(); (trie.max_length() + 1).next_power_of_two()];
        Self { n, trie, ring, backs: Vec::new(), ends: Vec::new(), spare: List::default() }
    }

    /// The best segmentations of `line`; none when `stop` says so.
    pub(super) fn run(&mut self, vocabulary: &Vocabulary, line: &[u8], stop: &Stop) -> Vec<Scored> {
        self.backs.clear();
        self.ends.clear();
        // the empty path has no way back: this one is never followed
        self.ring[0].push(0.0, Back { piece: 0, rank: 0 });
        for start in 0..line.len() {
            if stop.requested() {
                return Vec::new();
            }
            let mut list = self.close(start);
            self.extend(line, start, &list.scores);
            list.clear();
            let slot = start & (self.ring.len() - 1);
            self.ring[slot] = list;
        }
        let mut last = self.close(line.len());
        let ids = |rank| self.walk_back(vocabulary, line.len(), rank);
        let best = (0..).zip(&last.scores).map(|(rank, &score)| (ids(rank), score)).collect();
        last.clear();
        let slot = line.len() & (self.ring.len() - 1);
        self.ring[slot] = last;
        best
    }

    /// Takes the list of `place` out of the ring, which is final now, and keeps its ways back.
    fn close(&mut self, place: usize) -> List {
        let slot = place & (self.ring.len() - 1);
        let list = std::mem::take(&mut self.ring[slot]);
        self.backs.extend_from_slice(&list.backs);
        self.ends.push(self.backs.len());
        list
    }

    /// Makes the paths to `start`, which have these scores, longer by each piece that starts there.
    fn extend(&mut self, line: &[u8], start: usize, scores: &[f64]) {
        let mask = self.ring.len() - 1;
        for (end, place) in pieces(self.trie, line, start) {
            let (list, Some(piece)) = (&mut self.ring[end & mask], self.trie.value(place.node)) else { continue };
            // merging would change nothing where even the best comes too late
            let full = list.scores.len() == self.n;
            if full && list.scores.last() >= scores.first().map(|best| best + place.score).as_ref() {
                continue;
            }
            self.spare.clear();
            list.merge(scores, piece, place.score, self.n, &mut self.spare);
            std::mem::swap(list, &mut self.spare);
        }
    }

    /// The ids of the path to `end` that has this rank there.
    fn walk_back(&self, vocabulary: &Vocabulary, mut end: usize, mut rank: u32) -> Vec<u32> {
        let mut ids = Vec::new();
        while end > 0 {
            let Back { piece, rank: before } = self.backs[self.ends[end - 1] + index(rank)];
            ids.push(piece + FIRST_ID);
            end -= vocabulary.pieces().piece(index(piece)).len();
            rank = before;
        }
        ids.reverse();
        ids
    }
}
