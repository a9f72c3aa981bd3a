//! Best paths of pieces, and what they are made of.
//!
//! In: pieces with counts, and a [`Matcher`]. Out: how often each piece of the matcher occurs in the best paths, times
//! the counts. The sums and ties are those of [`crate::tokenizer::best_path`], seen from the other end: a place looks
//! back at all pieces that end there, the longest first, and takes the first of the best.
//!
//! Pieces go through in blocks, twice: [`Scan`] finds the pieces that end at every place, then the paths are decided.
//! What a piece has in common with the one before it is not looked at again: the best path of a beginning is the same
//! in both. So pieces in ascending order cost a step for each state of their trie, not for each of their bytes.

use super::OVERFLOW;
use super::matcher::{Ending, Matcher, NONE};
use super::scan::{Part, Scan};
use crate::Result;
use crate::num::index;
use crate::parallel::Stop;
use crate::prefetch::prefetch;

/// The bytes between two looks at [`Stop`].
const STOP_BYTES: usize = 1 << 12;
/// So many places ahead pieces are loaded.
const AHEAD: usize = 12;
/// About how many bytes go through together.
const BLOCK: usize = 1 << 14;

/// The best path to a place.
#[derive(Clone, Copy, Debug)]
struct Cell {
    /// Its score.
    score: f64,
    /// Its last piece.
    last: u32,
    /// That piece's length: known here, walking back waits for nothing.
    length: u32,
}

/// No path to a place as yet.
const NO_PATH: Cell = Cell { score: f64::NEG_INFINITY, last: NONE, length: 1 };

/// One thread's part of a round.
#[derive(Debug)]
pub(super) struct Splitter<'m> {
    /// What pieces are made of.
    matcher: &'m Matcher,
    /// By index of a piece of the model: how often it occurred in best paths, times the counts of what was split.
    counts: Vec<u64>,
    /// The pieces that end at the places of the block.
    scan: Scan,
    /// The best paths to the start of the piece at hand, and behind each of its bytes.
    cells: Vec<Cell>,
}

impl<'m> Splitter<'m> {
    /// For the pieces of a matcher.
    pub(super) fn new(matcher: &'m Matcher) -> Self {
        let cells = vec![Cell { score: 0.0, ..NO_PATH }];
        Self { matcher, counts: vec![0; matcher.endings.len()], scan: Scan::default(), cells }
    }

    /// Counts the parts of `piece`, now or later.
    #[inline]
    pub(super) fn add(&mut self, piece: &[u8], count: u64, stop: &Stop) -> Result<()> {
        self.scan.add(piece, count);
        if self.scan.len() < BLOCK { Ok(()) } else { self.finish(stop) }
    }

    /// Counts the parts of all pieces so far.
    pub(super) fn finish(&mut self, stop: &Stop) -> Result<()> {
        self.scan.run(self.matcher, stop);
        for at in 0..self.scan.parts.len() {
            if stop.requested() {
                break;
            }
            let Part { start, end, common, count } = self.scan.parts[at];
            self.cells.truncate(common + 1);
            self.decide(start + common..end, stop);
            let mut left = end - start;
            while left > 0 && !stop.requested() {
                let Cell { last, length, .. } = self.cells[left];
                let sum = &mut self.counts[index(last)];
                *sum = sum.checked_add(count).ok_or(OVERFLOW)?;
                left -= index(length);
            }
        }
        self.scan.clear();
        Ok(())
    }

    /// Finds the best paths to the next places.
    fn decide(&mut self, places: std::ops::Range<usize>, stop: &Stop) {
        let endings = &self.matcher.endings[..];
        let ahead = self.scan.heads[(places.start + AHEAD).min(self.scan.heads.len())..].iter();
        let mut ahead = ahead.copied().chain(std::iter::repeat(0));
        for heads in self.scan.heads[places].chunks(STOP_BYTES) {
            if stop.requested() {
                return;
            }
            for &head in heads {
                prefetch(endings, index(ahead.next().unwrap_or(0)));
                let (at, mut piece) = (self.cells.len(), head);
                let mut best = NO_PATH;
                while let Some(&Ending { score, next, length }) = endings.get(index(piece)) {
                    let score = self.cells[at - index(length)].score + score;
                    // strictly better only: on an exact tie the longer piece stays
                    if score > best.score {
                        best = Cell { score, last: piece, length };
                    }
                    piece = next;
                }
                self.cells.push(best);
            }
        }
    }

    /// What was counted.
    pub(super) fn into_counts(self) -> Vec<u64> {
        self.counts
    }
}
