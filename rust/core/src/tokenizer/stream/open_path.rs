//! The best path of one segment that is not complete: what of it is decided, and what the rest hangs on.
//!
//! In: the bytes of the segment, a few at a time. Out: the indices of the pieces of its best path, each as soon as every path that may
//! still become the best has it. It is the path of [`super::super::best_path`]: sums are `f64`, from left to right, and at each end
//! the starts are tried in ascending order and a strictly better score replaces, so an exact tie goes to the longest last piece.
//!
//! Here the loops are the other way round: outside the bytes, inside the *walks* through the trie that began at earlier bytes and
//! have not failed. So nothing is needed of what is still to come, and the walks are just what the future can use: a later path
//! goes through the end of the bytes so far or by a piece that a walk is in. The *cells*, one behind each byte, are a tree, each the
//! child of the one where its last piece begins. A cell counts what holds it: its children, its walk, being the end. One that
//! nothing holds goes, and lets go of its parent. When the root has no walk and one child left, the piece between them is decided and
//! the child is the root. Which child that is, the exclusive or of the children's distances says.
//!
//! That is exact after every byte and costs O(1) a byte beside the walks, however long the undecided stretch is: looking for the
//! place where the paths meet by walking back from each would be quadratic for `aaaa…` a byte at a time. Not considered is
//! that a walk may have fallen so far behind in score that no piece at its end can win. Memory: 16 bytes a byte of the undecided
//! stretch, 40 a walk.

use super::super::trie::{Place, ROOT, Trie};
use crate::num::{index, low_u32, to_u64};
use std::collections::VecDeque;

/// More cells than this are given back when they are not needed any more.
const KEEP_CELLS: usize = 1 << 14;

/// The place behind a byte.
#[derive(Clone, Copy, Debug)]
struct Cell {
    /// The node of the last piece of the best path to here.
    node: u32,
    /// That piece's length: so far to the left is the parent.
    length: u32,
    /// How many cells have this one for their parent, 1 more if a walk began here, 1 more if it is the end.
    holders: u32,
    /// The exclusive or of the distances to the children that are held.
    children: u32,
}

/// Where every path begins.
const BEGINNING: Cell = Cell { node: ROOT, length: 0, holders: 1, children: 0 };

/// A piece that has begun and may go on.
#[derive(Clone, Copy, Debug)]
struct Walk {
    /// Where in the trie.
    place: Place,
    /// Where in the segment it began.
    start: usize,
    /// The score of the best path to there.
    score: f64,
}

/// See the module's text.
#[derive(Debug)]
pub(super) struct OpenPath {
    /// The first is the root: the end of what is decided. The last is the end of the bytes so far.
    cells: VecDeque<Cell>,
    /// Where in the segment the root is.
    root: usize,
    /// The score of the best path to the end.
    score: f64,
    /// The walks, by ascending start.
    walks: Vec<Walk>,
}

impl Default for OpenPath {
    fn default() -> Self {
        Self { cells: VecDeque::from([BEGINNING]), root: 0, score: 0.0, walks: Vec::new() }
    }
}

impl OpenPath {
    /// The number of bytes so far.
    pub(super) fn len(&self) -> usize {
        self.root + self.cells.len() - 1
    }

    /// The bytes that are allocated.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.cells.capacity() * size_of::<Cell>() + self.walks.capacity() * size_of::<Walk>()
    }

    /// Takes the next bytes of the segment.
    pub(super) fn extend(&mut self, trie: &Trie, bytes: &[u8]) {
        for &byte in bytes {
            let end = self.len();
            self.walks.push(Walk { place: trie.root(), start: end, score: self.score });
            let (cells, root) = (&mut self.cells, self.root);
            let mut best = (f64::NEG_INFINITY, end, ROOT);
            self.walks.retain_mut(|walk| {
                let Some(place) = trie.step(walk.place, byte) else {
                    release(cells, walk.start - root);
                    return false;
                };
                walk.place = place;
                let score = walk.score + place.score;
                // strictly better only: on an exact tie the earlier start, which is the longer last piece, stays
                if score > best.0 {
                    best = (score, walk.start, place.node);
                }
                true
            });
            let (score, start, node) = best;
            let length = low_u32(to_u64(end + 1 - start));
            cells[start - root].holders += 1;
            cells[start - root].children ^= length;
            cells.push_back(Cell { node, length, holders: 1, children: 0 });
            self.score = score;
        }
    }

    /// Appends to `path` the pieces that are decided. `next` is the only byte that may follow within the segment, if not any may.
    pub(super) fn settle(&mut self, trie: &Trie, next: Option<u8>, path: &mut Vec<u32>) {
        let (cells, root) = (&mut self.cells, self.root);
        self.walks.retain(|walk| {
            let goes_on = next.map_or(trie.leads_on(walk.place), |byte| trie.step(walk.place, byte).is_some());
            if !goes_on {
                release(cells, walk.start - root);
            }
            goes_on
        });
        // with the root's own walk or a second child it would be 2
        while self.cells.len() > 1 && self.cells[0].holders == 1 {
            let length = index(self.cells[0].children);
            self.cells.drain(..length);
            self.root += length;
            path.extend(trie.value(self.cells[0].node));
        }
        if self.cells.capacity() > KEEP_CELLS {
            // to a half: a stretch that goes on growing is not copied at every piece
            self.cells.shrink_to(self.cells.len() * 2);
        }
    }

    /// The segment ends here: appends the rest of its best path. Afterwards another may begin.
    pub(super) fn finish(&mut self, trie: &Trie, path: &mut Vec<u32>) {
        for walk in self.walks.drain(..) {
            release(&mut self.cells, walk.start - self.root);
        }
        self.settle(trie, None, path);
        self.cells[0] = BEGINNING;
        (self.root, self.score) = (0, 0.0);
    }
}

/// One holder less for a cell; if that was the last, it lets go of its parent. Never the last of the root: the end hangs on it.
fn release(cells: &mut VecDeque<Cell>, mut at: usize) {
    loop {
        let cell = &mut cells[at];
        cell.holders -= 1;
        if cell.holders > 0 {
            return;
        }
        let length = cell.length;
        at -= index(length);
        cells[at].children ^= length;
    }
}

#[cfg(test)]
mod tests;
