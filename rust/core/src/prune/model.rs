//! The unigram model that pruning works with: what is left of its pieces shrinks, what they are matched by stays.
//!
//! Pieces are numbered in model-file order: the short ones, which most places look at, lie together. One that is gone
//! has count 0 in the table, and score −inf in the matcher, so it is never in a best path. When fewer than half are
//! left, all is built anew.

use super::OVERFLOW;
use super::matcher::Matcher;
use crate::Result;
use crate::ln::ln;
use crate::num::{index, low_u32, to_u64};
use crate::parallel::Stop;
use crate::pieces::PieceTable;
use crate::rules::Required;
use std::cmp::Reverse;

/// See the module's text.
#[derive(Debug, Default)]
pub(super) struct Model {
    /// In model-file order.
    pub(super) pieces: PieceTable,
    /// The pieces left, by their bytes.
    pub(super) order: Vec<u32>,
    /// Finds them.
    pub(super) matcher: Matcher,
    /// The pieces that stay whatever their counts.
    required: Required,
    /// Their numbers, ascending.
    stay: Vec<u32>,
}

impl Model {
    /// A model of pieces in model-file order; `order` has their numbers by their bytes. All that are `required` are among them.
    pub(super) fn new(pieces: PieceTable, order: Vec<u32>, required: Required, stop: &Stop) -> Result<Self> {
        let matcher = Matcher::build(&pieces, &order, stop)?;
        let find = |piece: &[u8]| order.binary_search_by(|&other| pieces.piece(index(other)).cmp(piece));
        let mut stay: Vec<u32> = required.iter().filter_map(|piece| find(piece).ok()).map(|at| order[at]).collect();
        stay.sort_unstable();
        Ok(Self { pieces, order, matcher, required, stay })
    }

    /// Whether a piece stays whatever its count.
    fn stays(&self, piece: u32) -> bool {
        !self.stay.is_empty() && self.stay.binary_search(&piece).is_ok()
    }

    /// The pieces left and their counts, by their bytes, without those that stand for no text.
    pub(super) fn all(&self) -> Vec<(u32, u64)> {
        let counted = self.order.iter().map(|&piece| (piece, self.pieces.count(index(piece))));
        counted.filter(|&(piece, count)| count > 1 || !self.stays(piece)).collect()
    }

    /// The same model, without what is gone; the old one is freed before.
    pub(super) fn anew(self, stop: &Stop) -> Result<Self> {
        let mut numbers = vec![0; self.pieces.len()];
        (0..).zip(self.left()).for_each(|(number, piece)| numbers[piece] = number);
        let pieces = self.table();
        let order: Vec<u32> = self.order.iter().map(|&piece| numbers[index(piece)]).collect();
        let required = self.required.clone();
        drop(self);
        Self::new(pieces, order, required, stop)
    }

    /// The pieces left, in model-file order.
    fn left(&self) -> impl Iterator<Item = usize> {
        (0..self.pieces.len()).filter(|&piece| self.pieces.count(piece) > 0)
    }

    /// The pieces left, in model-file order.
    pub(super) fn table(&self) -> PieceTable {
        self.pieces.select(self.left())
    }

    /// Whether it is better built anew.
    pub(super) fn is_sparse(&self) -> bool {
        self.order.len() < self.pieces.len() / 2
    }

    /// Takes over new counts. A piece whose count is 0 is gone, unless it stays.
    pub(super) fn set_counts(&mut self, counts: &[u64]) {
        self.pieces.counts_mut().copy_from_slice(counts);
        for &piece in &self.stay {
            let count = &mut self.pieces.counts_mut()[index(piece)];
            *count = (*count).max(1);
        }
        let counts = self.pieces.counts();
        self.order.retain(|&piece| counts[index(piece)] > 0);
    }

    /// Adds to the counts.
    pub(super) fn add_counts(&mut self, more: &[u64]) -> Result<()> {
        for (count, &more) in self.pieces.counts_mut().iter_mut().zip(more) {
            *count = count.checked_add(more).ok_or(OVERFLOW)?;
        }
        Ok(())
    }

    /// Removes all but the first `most` in the order of step 4: single bytes first, then those that stay, then by count, highest first; ties:
    /// longer first, then by bytes. Returns the others, by their bytes, and their counts.
    pub(super) fn drop_rare(&mut self, most: usize) -> Vec<(u32, u64)> {
        let key = |&at: &u32| {
            let piece = index(self.order[index(at)]);
            let length = self.pieces.piece(piece).len();
            let class = if length == 1 { 0 } else { 2 - u8::from(self.stays(self.order[index(at)])) };
            (class, Reverse(self.pieces.count(piece)), Reverse(length), at)
        };
        let mut ranks: Vec<u32> = (0..low_u32(to_u64(self.order.len()))).collect();
        ranks.select_nth_unstable_by_key(most, key);
        let mut rare = ranks.split_off(most);
        rare.sort_unstable();
        let counts = self.pieces.counts_mut();
        let dropped = rare.into_iter().map(|at| {
            let piece = self.order[index(at)];
            (piece, std::mem::take(&mut counts[index(piece)]))
        });
        let dropped = dropped.collect();
        self.order.retain(|&piece| counts[index(piece)] > 0);
        dropped
    }

    /// Gives the matcher the scores of the counts.
    pub(super) fn score(&mut self) -> Result<()> {
        let log_total = ln(self.pieces.total()?);
        for (ending, &count) in self.matcher.endings.iter_mut().zip(self.pieces.counts()) {
            // −inf for 0
            ending.score = ln(count) - log_total;
        }
        Ok(())
    }
}

/// Pieces in model-file order, and their numbers by their bytes.
pub(crate) fn sorted(pieces: &PieceTable) -> (PieceTable, Vec<u32>) {
    let mut keys: Vec<(u64, u32)> = (0..).zip(pieces.iter()).map(|(at, (piece, _))| (first_bytes(piece), at)).collect();
    let piece = |at: u32| pieces.piece(index(at));
    keys.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| piece(a.1).cmp(piece(b.1))));
    let mut by_length: Vec<u32> = (0..low_u32(to_u64(keys.len()))).collect();
    by_length.sort_by_key(|&at| piece(keys[index(at)].1).len());
    let mut order = vec![0; keys.len()];
    (0..).zip(&by_length).for_each(|(number, &at)| order[index(at)] = number);
    (pieces.select(by_length.into_iter().map(|at| index(keys[index(at)].1))), order)
}

/// How many different beginnings pieces have; `order` has their numbers by their bytes.
pub(super) fn beginnings(pieces: &PieceTable, order: &[u32]) -> usize {
    let mut before: &[u8] = &[];
    let own = |&piece: &u32| {
        let piece = pieces.piece(index(piece));
        let shared = before.iter().zip(piece).take_while(|(a, b)| a == b).count();
        before = piece;
        piece.len() - shared
    };
    order.iter().map(own).sum()
}

/// The first 8 bytes, as they compare; zeros where there are no more.
fn first_bytes(piece: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let most = piece.len().min(8);
    bytes[..most].copy_from_slice(&piece[..most]);
    u64::from_be_bytes(bytes)
}
