//! All pieces that start at a place of the text, from one automaton state a byte: Aho-Corasick from right to left.
//!
//! In: the pieces with a score each. Out: an automaton that reads text **from its end to its start**, cell by cell, and whose
//! state at cell `i` is the longest string that begins at `i` and is the end of some piece (a piece is one, too). So the
//! state tells every piece that starts at `i`: those are beginnings of that string. It depends on the next
//! [`Automaton::reach`] cells only, so text can be cut anywhere and the parts be read at the same time: see
//! [`super::engine::scan`].
//!
//! **Cells** are where a piece may begin, and what is read is the number of each, its [`Symbol`]: bytes; or, *over characters*, the
//! characters that are pieces, and the bytes of those that are not: see [`symbols`]. That is done if all pieces of several bytes
//! are whole characters, and every character that is a piece scores better by [`MARGIN`] than its bytes one by one: then no
//! best path of valid text cuts such a character, and a Chinese one is one cell instead of three.
//!
//! **States** are slots of a double array (see [`super::double_array`]) of 8 bytes, whole in one load:
//! ```text
//! | base: 24 bits | fail: 24 bits | label: 16 bits |
//! ```
//! From state `s` and the symbol `b` before it, the slot `base(s) ^ b` is the next state if its `label` is `b`; else the same is
//! asked of `fail(s)`, the state of the longest proper beginning of `s`. Every symbol is a piece, so the first state, that of
//! the empty string, has a child for each and the search ends there. A state without children has the base and `fail` of the
//! one it would send to. Slots are given out by how often a state is likely to be visited (the counts of the pieces that end
//! in its string): those that matter lie together.
//!
//! **Rows** say what starts there, by length in cells, so that the best path adds and compares four lengths at once:
//! ```text
//! a row:  | score of the piece of 1 cell | of 2 cells | ... | of `len` cells |     −inf where there is no such piece
//! ```
//! A state that is no piece has the row of its `fail`. A row has at most [`WIDTH`] cells; longer pieces are in a list beside, each
//! with a link to the next shorter one. So rows are linear in the bytes of the pieces: at most 12 a cell. A [`RowRef`] is all
//! that is kept of a place: where its row is, how many cells it has, and whether there are longer pieces.
//!
//! Left out: pieces with a newline before another byte, which never match inside a line. Not built at all (the [`super::trie`]
//! does the work then): more than 2^24 slots or 2^26 row cells. What was tried instead: see DESIGN.md.

mod build;
mod cells;
mod reversed;
mod rows;
mod states;
mod symbols;

use crate::num::index;
use crate::pieces::PieceTable;
use crate::region::Region;
use cells::Cells;
pub(super) use cells::{BEFORE, CellsView, READ};
use rows::NO_LONG;
pub(super) use rows::{Long, RowRef, WIDTH};
use states::States;
pub(super) use states::{State, StatesView};
pub(super) use symbols::{Symbol, Symbols};

/// The state of the empty string. Its slot is nobody's child.
pub(super) const START: u32 = 0;
/// How much better a character's own piece must be than its bytes: far above what rounding can do to a path's score.
const MARGIN: f64 = 0.001;
/// The slots that fit a base.
const MAX_SLOTS: usize = 1 << 24;

/// The bytes of a symbol, as pieces.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spelling {
    /// The id of each, and zeros.
    pub(super) ids: [u32; Self::MOST],
    /// How many there are.
    pub(super) count: u32,
}

impl Spelling {
    /// The most bytes of a symbol.
    pub(super) const MOST: usize = 4;
}

/// See the module's text.
#[derive(Debug)]
pub(super) struct Automaton {
    /// What it reads.
    symbols: Symbols,
    /// By slot. Slots not given out have a label that no child of theirs could have.
    states: States,
    /// The rows, one behind the other, with room around for reading past either end; and the row of each state, by slot.
    cells: Cells,
    /// For each cell the id of its piece; before the first cell of a row with long pieces, the index of the longest one.
    ids: Region<u32>,
    /// Pieces of more than [`WIDTH`] cells.
    longs: Vec<Long>,
    /// The length in cells of the longest of these, or 0.
    longest_long: usize,
    /// The lowest score of a piece.
    lowest: f64,
    /// By symbol: its bytes.
    spellings: Vec<Spelling>,
    /// The length of the longest piece, in cells.
    reach: usize,
    /// See [`Automaton::separator`].
    separator: Option<u8>,
}

impl Automaton {
    /// Builds it; `None` when the vocabulary is too large for it. Entry `i` has `scores[i]` and the id `i + FIRST_ID`.
    pub(super) fn build(pieces: &PieceTable, scores: &[f64]) -> Option<Self> {
        build::build(pieces, scores)
    }

    /// The lowest score of a piece.
    pub(super) fn lowest(&self) -> f64 {
        self.lowest
    }

    /// The bytes of each symbol.
    pub(super) fn spellings(&self) -> &[Spelling] {
        &self.spellings
    }

    /// The length of the longest piece, in cells: what a state can depend on.
    pub(super) fn reach(&self) -> usize {
        self.reach
    }

    /// How many cells behind a place matter for its state.
    pub(super) fn ahead(&self) -> usize {
        self.reach - 1
    }

    /// What turns text into what it reads.
    pub(super) fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    /// Whether cells are characters, and text must be valid UTF-8.
    pub(super) fn over_characters(&self) -> bool {
        self.symbols.over_characters()
    }

    /// A character of one byte that no piece has behind its first byte, so that a state before it does not depend on what is
    /// behind it; not the newline.
    pub(super) fn separator(&self) -> Option<u8> {
        self.separator
    }

    /// The states, by slot.
    pub(super) fn states(&self) -> StatesView<'_> {
        self.states.view()
    }

    /// The row of the state in each slot.
    pub(super) fn rows(&self) -> &[RowRef] {
        self.cells.refs()
    }

    /// All rows.
    pub(super) fn cells(&self) -> CellsView<'_> {
        self.cells.view()
    }

    /// The ids of the pieces in [`Self::cells`].
    pub(super) fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// All pieces of more than [`WIDTH`] cells.
    pub(super) fn all_longs(&self) -> &[Long] {
        &self.longs
    }

    /// The length of the longest of them in cells; 0 where there are none.
    pub(super) fn longest_long(&self) -> usize {
        self.longest_long
    }

    /// The pieces of more than [`WIDTH`] cells that start a row, longest first.
    pub(super) fn longs(&self, row: RowRef) -> impl Iterator<Item = &Long> {
        let first = if row.has_longs() { self.ids[row.at() - 1] } else { NO_LONG };
        std::iter::successors(self.longs.get(index(first)), |long| self.longs.get(index(long.next)))
    }
}
