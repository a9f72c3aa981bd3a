//! The most probable segmentation of one segment: Viterbi in one forward pass, 0.6.3's sums and ties.
//! For what [`super::engine`] does not take: too large a vocabulary, invalid text, segments of gigabytes.
//!
//! In: a segment, a [`Trie`] that has every single byte. Out: the indices of the pieces of its best path, left to right. A
//! path's score is the `f64` sum of its pieces' scores, added from left to right beginning with 0 at the segment's start.
//! Starts are visited in ascending order and a cell is replaced only by a strictly better score, so an exact tie goes to the
//! longest last piece: 0.6.3 pulls, longest first, and comes to the same.
//!
//! Only the cells a piece can still reach are kept, in a ring of `max_length + 1` of them (rounded up to a power of two); of a
//! cell that is final 8 bytes a byte remain, for walking back. Linear in the segment's length, whatever it is: a step for every
//! prefix of a piece that occurs. Selecting without a branch was slower by a tenth (most nodes are no piece or no better, which
//! is predicted), a flat window of scores instead of the ring by as much, nodes numbered by how often they are visited no faster.

use super::trie::{ROOT, Trie};
use crate::num::index;
use crate::parallel::Stop;

/// The bytes between two looks at [`Stop`]. A byte can cost as many steps as the longest piece has bytes, 4,096 of them.
const STOP_BYTES: usize = 1 << 12;
/// Buffers larger than this are given back after use, so that one giant text does not hold memory for ever.
const KEEP_CELLS: usize = 1 << 20;

/// A place in the text.
#[derive(Clone, Copy, Debug)]
struct Cell {
    /// The best score of a path to here, −inf while there is none.
    score: f64,
    /// How that path gets here.
    last: Last,
}

/// The last piece of a path.
#[derive(Clone, Copy, Debug)]
struct Last {
    /// Its node.
    node: u32,
    /// Its length in bytes.
    length: u32,
}

const EMPTY: Cell = Cell { score: f64::NEG_INFINITY, last: Last { node: ROOT, length: 1 } };

/// The engine's buffers, reused from segment to segment.
#[derive(Debug, Default)]
pub struct BestPath {
    /// Cell `i` is at `i` modulo the length, which is a power of two greater than the longest piece. All are [`EMPTY`] between
    /// calls.
    ring: Vec<Cell>,
    /// Entry `i`: the last piece of the best path to the place `i + 1`.
    last: Vec<Last>,
}

impl BestPath {
    /// Appends the indices of the pieces of the best path of `segment` to `path`. When `stop` says so it gives up and appends
    /// nothing.
    pub fn run(&mut self, trie: &Trie, segment: &[u8], stop: &Stop, path: &mut Vec<u32>) {
        let size = (trie.max_length() + 1).next_power_of_two();
        if self.ring.len() != size {
            self.ring.clear();
            self.ring.resize(size, EMPTY);
        }
        self.last.clear();
        // all at once: growing in steps costs a long line a sixth of its speed
        self.last.reserve(segment.len());
        self.ring[0].score = 0.0;
        let mut start = 0;
        while start < segment.len() {
            let end = segment.len().min(start + STOP_BYTES);
            self.forward(trie, segment, start..end);
            start = end;
            if stop.requested() {
                self.ring.fill(EMPTY);
                return;
            }
        }
        let at_end = segment.len() & (size - 1);
        self.last.extend((!segment.is_empty()).then_some(self.ring[at_end].last));
        self.ring[at_end] = EMPTY;
        self.walk_back(trie, segment.len(), path);
        if self.last.capacity() > KEEP_CELLS {
            self.last = Vec::new();
        }
    }

    /// Extends the paths that end at each of `starts` by every piece that starts there.
    fn forward(&mut self, trie: &Trie, segment: &[u8], starts: std::ops::Range<usize>) {
        let mask = self.ring.len() - 1;
        let ring = &mut self.ring[..];
        for start in starts {
            let cell = std::mem::replace(&mut ring[start & mask], EMPTY);
            if start > 0 {
                self.last.push(cell.last);
            }
            let mut place = trie.root();
            for (length, &byte) in (1u32..).zip(&segment[start..]) {
                let Some(next) = trie.step(place, byte) else { break };
                place = next;
                let score = cell.score + place.score;
                let reached = &mut ring[(start + index(length)) & mask];
                // strictly better only: on an exact tie the earlier start, which is the longer last piece, stays
                if score > reached.score {
                    *reached = Cell { score, last: Last { node: place.node, length } };
                }
            }
        }
    }

    /// Follows the last pieces back from `end`.
    fn walk_back(&self, trie: &Trie, mut end: usize, path: &mut Vec<u32>) {
        let first = path.len();
        while end > 0 {
            let last = self.last[end - 1];
            path.extend(trie.value(last.node));
            end -= index(last.length);
        }
        path[first..].reverse();
    }
}
