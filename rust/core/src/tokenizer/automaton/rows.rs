//! The rows of an [`super::Automaton`]: see there for what they are.
//!
//! In: nodes breadth first, each with its `fail`. Out: a [`RowRef`] by slot, the cells and their ids. The rows of pieces that
//! are visited most come first. Linear in the cells of the pieces.

use super::reversed::{NO_PIECE, Reversed};
use super::symbols::Spelled;
use crate::num::{index, low_u32, to_u64};
use crate::vocabulary::FIRST_ID;
use std::cmp::Reverse;

/// The longest piece in a row, in cells.
pub(in crate::tokenizer) const WIDTH: usize = 16;
/// Cells before the first row and behind the last: reading four by four may go past a row on either side.
pub(in crate::tokenizer) const AROUND: usize = 24;
/// The index of a long piece that is none.
pub(in crate::tokenizer) const NO_LONG: u32 = u32::MAX;
/// The cells there can be, so that a [`RowRef`] has 32 bits.
const MAX_CELLS: usize = 1 << 26;

/// Which row a place of the text has:
/// ```text
/// | index of the row's first cell: 26 bits | longs: 1 bit | number of cells, 0 to 16: 5 bits |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(transparent)]
pub(in crate::tokenizer) struct RowRef(u32);

impl RowRef {
    /// The row of a place where nothing starts.
    pub(in crate::tokenizer) const EMPTY: Self = Self(low_u32(to_u64(AROUND) << 6));

    /// Packs the three.
    fn new(at: usize, longs: bool, len: usize) -> Self {
        Self(low_u32(to_u64(at) << 6 | u64::from(longs) << 5 | to_u64(len)))
    }

    /// The same with its first cell at `at`, in a table of somebody else's.
    pub(in crate::tokenizer) fn moved(self, at: usize) -> Self {
        Self::new(at, self.has_longs(), self.len())
    }

    /// The index of its first cell; at least [`AROUND`], and as many cells are behind it.
    #[inline(always)]
    pub(in crate::tokenizer) fn at(self) -> usize {
        index(self.0 >> 6)
    }

    /// The number of its cells, and so the longest piece in it: up to [`WIDTH`].
    #[inline(always)]
    pub(in crate::tokenizer) fn len(self) -> usize {
        index(self.short_len())
    }

    /// The same, as it is kept.
    #[inline(always)]
    pub(in crate::tokenizer) fn short_len(self) -> u32 {
        self.0 & 31
    }

    /// The length of the longest piece, as far as it is in the row: where there are longer ones, some number above [`WIDTH`].
    #[inline(always)]
    pub(in crate::tokenizer) fn longest(self) -> usize {
        index(self.0 & 63)
    }

    /// Whether there are pieces of more than [`WIDTH`] cells, too.
    #[inline(always)]
    pub(in crate::tokenizer) fn has_longs(self) -> bool {
        self.0 & 32 != 0
    }
}

/// A piece of more than [`WIDTH`] cells.
#[derive(Clone, Copy, Debug)]
pub(in crate::tokenizer) struct Long {
    /// Its index among all of them.
    pub(in crate::tokenizer) number: u32,
    /// Its length in cells.
    pub(in crate::tokenizer) length: u32,
    /// Its id.
    pub(in crate::tokenizer) id: u32,
    /// Its score.
    pub(in crate::tokenizer) score: f64,
    /// The index of the longest shorter one that begins it, or [`NO_LONG`].
    pub(in crate::tokenizer) next: u32,
}

/// What rows are made of.
pub(super) struct Shape<'a> {
    /// The pieces: a cell is a symbol.
    pub(super) spelled: &'a Spelled,
    /// Their scores.
    pub(super) scores: &'a [f64],
}

/// The rows while they are filled.
pub(super) struct Rows {
    /// By slot.
    pub(super) refs: Vec<RowRef>,
    /// The scores.
    pub(super) cells: Vec<f64>,
    /// The ids; before a row with long pieces the index in `longs`.
    pub(super) ids: Vec<u32>,
    /// Pieces of more than [`WIDTH`] cells.
    pub(super) longs: Vec<Long>,
    /// By index of a piece: where its row is to be.
    places: Vec<u32>,
}

impl Rows {
    /// Room for the rows of all pieces in the trie, the most visited first. `None` when there are too many cells.
    pub(super) fn new(trie: &Reversed, slot_count: usize, shape: &Shape<'_>) -> Option<Self> {
        let mut order: Vec<(Reverse<u64>, u32)> = (1..trie.len())
            .filter(|&node| trie.piece[node] != NO_PIECE)
            .map(|node| (Reverse(trie.weight[node]), trie.piece[node]))
            .collect();
        order.sort_unstable();
        let mut places = vec![0; shape.scores.len()];
        let mut end = AROUND + 1;
        for (_, piece) in order {
            places[index(piece)] = low_u32(to_u64(end));
            // one cell between rows: one with long pieces keeps a number before it
            end += shape.spelled.piece(piece).len().min(WIDTH) + 1;
            if end > MAX_CELLS - AROUND {
                return None;
            }
        }
        let cells = vec![f64::NEG_INFINITY; end + AROUND];
        Some(Self {
            refs: vec![RowRef::EMPTY; slot_count],
            ids: vec![NO_LONG; cells.len()],
            cells,
            longs: Vec::new(),
            places,
        })
    }

    /// Gives the state in `slot` its row: that of `fail`, and `piece` at its end if it is one.
    pub(super) fn fill(&mut self, slot: u32, fail: u32, piece: u32, shape: &Shape<'_>) {
        let shorter = self.refs[index(fail)];
        self.refs[index(slot)] = shorter;
        if piece == NO_PIECE {
            return;
        }
        let length = shape.spelled.piece(piece).len();
        let (at, len) = (index(self.places[index(piece)]), if length <= WIDTH { length } else { shorter.len() });
        self.cells.copy_within(shorter.at()..shorter.at() + shorter.len(), at);
        self.ids.copy_within(shorter.at()..shorter.at() + shorter.len(), at);
        let mut longest = if shorter.has_longs() { self.ids[shorter.at() - 1] } else { NO_LONG };
        let (score, id) = (shape.scores[index(piece)], piece + FIRST_ID);
        if length > WIDTH {
            let number = low_u32(to_u64(self.longs.len()));
            self.longs.push(Long { number, length: low_u32(to_u64(length)), id, score, next: longest });
            longest = number;
        } else {
            (self.cells[at + length - 1], self.ids[at + length - 1]) = (score, id);
        }
        self.ids[at - 1] = longest;
        self.refs[index(slot)] = RowRef::new(at, longest != NO_LONG, len);
    }
}
