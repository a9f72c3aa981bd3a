//! The weights of the rows' cells for one exponent: exp(alpha · score), correctly rounded.
//!
//! In: an exponent. Out: [`RowWeights`]: behind one another the weights of a row's cells, and before its first the one of the
//! single byte or, where cells are characters, of all bytes of the character:
//! ```text
//! | bytes | of 1 cell, with `bytes` | of 2 cells | ... | of `len` cells |        0 where there is no such piece
//! ```
//! They come from a [`CellTable`] with all rows of the automaton, at the places of their scores, or, for a little text, from
//! [`Lazy`], with the rows of that text. Both have the same values. Cost: 30 ns a piece for a table, 8 bytes a cell of the
//! automaton.

use super::super::super::Alpha;
use super::super::super::automaton::{Automaton, Long, RowRef};
use super::super::super::trie::Trie;
use super::super::STOP_BYTES;
use super::super::weights::weight;
use super::Model;
use super::backward::{LEAD, READ};
use crate::num::index;
use crate::parallel::Stop;
use crate::pieces::PieceTable;
use crate::region::Region;
use crate::vocabulary::FIRST_ID;

/// The weights of the rows of a segment.
#[derive(Clone, Copy, Debug)]
pub(in crate::tokenizer) struct RowWeights<'a> {
    /// All weights.
    cells: &'a [f64],
    /// Where those of each cell of the segment are.
    rows: &'a [RowRef],
    /// Of pieces longer than a row.
    longs: Longs<'a>,
}

/// The weights of pieces longer than a row.
#[derive(Clone, Copy, Debug)]
enum Longs<'a> {
    /// All.
    Table(&'a [f64]),
    /// To be computed.
    Lazy(Alpha),
}

impl<'a> RowWeights<'a> {
    /// From a table.
    pub(super) fn new(table: &'a CellTable, rows: &'a [RowRef]) -> Self {
        Self { cells: &table.cells, rows, longs: Longs::Table(&table.longs) }
    }

    /// Where the weights of each cell are.
    pub(super) fn rows(&self) -> &'a [RowRef] {
        self.rows
    }

    /// The weights from [`LEAD`] entries before a row on, also those behind it.
    #[inline(always)]
    pub(super) fn around(&self, row: RowRef) -> &'a [f64; READ] {
        // every row has so many entries around it: one that had not would have no weight
        self.cells.get(row.at().wrapping_sub(LEAD)..).and_then(|cells| cells.first_chunk()).unwrap_or(&[0.0; READ])
    }

    /// The weight of the byte or bytes of a row, and its cells.
    #[inline(always)]
    pub(super) fn row(&self, row: RowRef) -> (f64, &'a [f64]) {
        let cells = &self.cells[row.at() - 1..row.at() + row.len()];
        (cells[0], &cells[1..])
    }

    /// The weight of a long piece.
    pub(super) fn long(&self, long: &Long) -> f64 {
        match self.longs {
            Longs::Table(table) => table[index(long.number)],
            Longs::Lazy(alpha) => weight(alpha, long.score),
        }
    }
}

/// What weighs pieces of one cell.
struct Bytes<'a> {
    /// The exponent.
    alpha: Alpha,
    /// By id.
    pieces: &'a PieceTable,
    /// To find bytes.
    trie: &'a Trie,
}

impl Bytes<'_> {
    /// The first two entries of a row whose first cell is the piece with this id and weight.
    fn first(&self, id: u32, own: f64) -> [f64; 2] {
        let piece = self.pieces.piece(index(id - FIRST_ID));
        if piece.len() == 1 {
            return [own, own];
        }
        let weight_of =
            |byte| self.trie.step(self.trie.root(), byte).map_or(0.0, |place| weight(self.alpha, place.score));
        let bytes = piece.iter().fold(1.0, |product, &byte| product * weight_of(byte));
        [bytes, own + bytes]
    }
}

/// The weights of all rows.
#[derive(Debug)]
pub(in crate::tokenizer) struct CellTable {
    /// At the places of the automaton's cells.
    cells: Region<f64>,
    /// By number of the long piece.
    longs: Vec<f64>,
}

impl CellTable {
    /// Computes them.
    pub(in crate::tokenizer) fn new(automaton: &Automaton, pieces: &PieceTable, trie: &Trie, alpha: Alpha) -> Self {
        let (scores, ids, bytes) = (automaton.cells(), automaton.ids(), Bytes { alpha, pieces, trie });
        let mut cells = vec![0.0; ids.len()];
        // by index of a piece; 0 where it is not computed yet
        let mut known = vec![0.0; pieces.len()];
        for &row in automaton.rows().iter().filter(|row| row.len() > 0) {
            // each state has a row, several the same one
            if cells[row.at()] > 0.0 {
                continue;
            }
            for ((&score, &id), cell) in scores.row(row).iter().zip(&ids[row.at()..]).zip(&mut cells[row.at()..]) {
                if score > f64::NEG_INFINITY {
                    let known = &mut known[index(id - FIRST_ID)];
                    if *known == 0.0 {
                        *known = weight(alpha, score);
                    }
                    *cell = *known;
                }
            }
            let first = bytes.first(ids[row.at()], cells[row.at()]);
            cells[row.at() - 1..=row.at()].copy_from_slice(&first);
        }
        let longs = automaton.all_longs().iter().map(|long| weight(alpha, long.score)).collect();
        Self { cells: Region::of(cells), longs }
    }
}

/// The weights of the rows of one segment, computed for it.
#[derive(Debug, Default)]
pub(super) struct Lazy {
    /// Row behind row.
    cells: Vec<f64>,
    /// Where each row is.
    rows: Vec<RowRef>,
}

impl Lazy {
    /// Computes them; fewer when `stop` says so.
    pub(super) fn fill(&mut self, model: Model<'_>, alpha: Alpha, rows: &[RowRef], stop: &Stop) -> RowWeights<'_> {
        let Model { automaton, pieces, trie, .. } = model;
        let (scores, ids, bytes) = (automaton.cells(), automaton.ids(), Bytes { alpha, pieces, trie });
        self.cells.clear();
        self.cells.resize(LEAD, 0.0);
        self.rows.clear();
        for (at, &row) in rows.iter().enumerate() {
            if at % STOP_BYTES == 0 && stop.requested() {
                break;
            }
            let last = self.cells.len();
            self.cells.push(0.0);
            self.cells.extend(scores.row(row).iter().map(|&score| weight(alpha, score)));
            self.rows.push(row.moved(last + 1));
            if row.len() > 0 {
                let first = bytes.first(ids[row.at()], self.cells[last + 1]);
                self.cells[last..last + 2].copy_from_slice(&first);
            }
        }
        self.rows.resize(rows.len(), RowRef::EMPTY);
        let end = self.cells.len();
        self.cells.resize(end + READ, 0.0);
        RowWeights { cells: &self.cells, rows: &self.rows, longs: Longs::Lazy(alpha) }
    }
}
