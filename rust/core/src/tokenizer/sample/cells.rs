//! Sampling many segments at once from the rows of the [`super::super::automaton`]: the distribution and the draws of
//! [`super::Sampler`], several times faster.
//!
//! In: normalized segments, each with its random numbers, and an exponent. Out: their ids, and where each segment's end.
//! Blocks of text go through the first two passes of the engine for best paths, which give every cell the row of the
//! pieces that start there. When a segment is whole, [`backward`] goes from its end to its start, adds up `B[i] = Σ weight · B[i +
//! length]` and draws at every cell; then [`follow`] goes along the drawn pieces from its start.
//!
//! **Cells that are characters**: sampling draws single bytes, too. Pieces of several bytes are whole characters there, so a
//! segmentation either keeps a character whole or takes it apart into all its bytes: the latter has the weight of the
//! product of the bytes, which is added to that of the character's own piece ([`weights`]).
//!
//! **Who goes where** depends on vocabulary, exponent and segment alone, so the same draw never comes out in two ways: not here are
//! segments that are not valid UTF-8 where cells are characters, giant ones, exponents with weights under 2^-35
//! ([`is_fit`]), and sums too far apart where there are pieces of more than 16 cells. Random numbers are those of the cells,
//! the last one's first. Given the same numbers both ways draw the same, but where a number falls on a rounding error.
//! Linear in the text and in the pieces that match; 16 bytes a cell of the segment, 18 where characters are cells.

mod backward;
mod follow;
pub(super) mod weights;

use super::super::Alpha;
use super::super::automaton::{Automaton, RowRef, Symbol};
use super::super::engine::Output;
use super::super::engine::blocks::{Blocks, Part, Place};
use super::super::engine::forward::Kernel;
use super::super::engine::laid::Segments;
use super::super::engine::path::find_rows;
use super::super::generator::Draws;
use super::super::trie::Trie;
use crate::parallel::Stop;
use crate::pieces::PieceTable;
use backward::{BEFORE, Backward, Job};
use weights::{CellTable, Lazy, RowWeights};

/// The most that `alpha · −score` may be: 35 ln 2, less rounding.
const MOST_SURPRISE: f64 = 24.0;
/// Buffers for segments of more cells than this are given back after use.
const KEEP_CELLS: usize = 1 << 18;

/// Whether weights of this exponent are large enough.
pub(super) fn is_fit(automaton: &Automaton, alpha: Alpha) -> bool {
    alpha.get() * -automaton.lowest() <= MOST_SURPRISE
}

/// Where weights come from.
#[derive(Clone, Copy, Debug)]
pub(in crate::tokenizer) enum Source<'a> {
    /// They are all there.
    Table(&'a CellTable),
    /// Each is computed when it is needed.
    Lazy(Alpha),
}

/// What is the same for all segments of a call.
#[derive(Clone, Copy, Debug)]
pub(in crate::tokenizer) struct Model<'a> {
    /// The rows.
    pub(in crate::tokenizer) automaton: &'a Automaton,
    /// The pieces, by id.
    pub(in crate::tokenizer) pieces: &'a PieceTable,
    /// The same, to be found.
    pub(in crate::tokenizer) trie: &'a Trie,
    /// The weights.
    pub(in crate::tokenizer) weights: Source<'a>,
    /// The form of the inner loop.
    pub(in crate::tokenizer) kernel: Kernel,
}

/// The buffers, reused from call to call.
#[derive(Debug, Default)]
pub(in crate::tokenizer) struct CellSampler {
    /// The text.
    pub(super) blocks: Blocks,
    /// The cells of the segment at hand.
    cells: Cells,
    /// Their weights where there is no table.
    lazy: Lazy,
    /// Sums, and what is drawn.
    backward: Backward,
}

/// The cells of a segment.
#[derive(Debug, Default)]
struct Cells {
    /// Their rows, behind [`BEFORE`] empty ones.
    rows: Vec<RowRef>,
    /// Their symbols, where characters are cells.
    symbols: Vec<Symbol>,
    /// Whether most of those of the last part are single bytes.
    ascii: bool,
}

impl CellSampler {
    /// Appends the ids drawn for each segment; `slow` does the same for segments that are not for this, by their number.
    /// Gives up early, with fewer ends, when `stop` says so.
    pub(in crate::tokenizer) fn run(
        &mut self,
        model: Model<'_>,
        (segments, draws): (Segments<'_>, &[Draws]),
        slow: &mut dyn FnMut(usize, &mut Vec<u32>),
        stop: &Stop,
        output: &mut Output<'_>,
    ) {
        let mut place = Place::default();
        while place.segment < segments.ranges.len() && !stop.requested() {
            place = self.blocks.read(model.automaton, segments, place);
            for at in 0..self.blocks.parts.len() {
                let part = self.blocks.parts[at].clone();
                let is_drawn = part.fits && {
                    self.add(model.automaton, &part);
                    !part.ends || self.draw(model, draws[part.segment], stop, output.ids)
                };
                if !is_drawn {
                    slow(part.segment, output.ids);
                }
                if part.ends {
                    output.ends.push(output.ids.len());
                }
            }
        }
    }

    /// Pass 2 for one part of a block.
    fn add(&mut self, automaton: &Automaton, part: &Part) {
        let Cells { rows, symbols, ascii } = &mut self.cells;
        if part.starts {
            rows.clear();
            rows.resize(BEFORE, RowRef::EMPTY);
            symbols.clear();
        }
        let first = rows.len();
        rows.resize(first + part.cells.len(), RowRef::EMPTY);
        find_rows(automaton, self.blocks.slots(&part.cells), &mut rows[first..]);
        if automaton.over_characters() {
            symbols.extend_from_slice(self.blocks.symbols(&part.cells));
        }
        *ascii = part.ascii;
    }

    /// Draws the segment whose cells are complete; `false` if its sums are too far apart.
    fn draw(&mut self, model: Model<'_>, draws: Draws, stop: &Stop, ids: &mut Vec<u32>) -> bool {
        let Self { cells, lazy, backward, .. } = self;
        let (rows, ascii) = (&cells.rows, cells.ascii);
        let weights = match model.weights {
            Source::Table(table) => RowWeights::new(table, rows),
            Source::Lazy(alpha) => lazy.fill(model, alpha, rows, stop),
        };
        let is_near = backward.run(&Job { model, weights, rows, ascii, draws }, stop);
        if is_near && !stop.requested() {
            cells.follow(model.automaton, &backward.drawn, stop, ids);
        }
        if cells.rows.capacity() > KEEP_CELLS {
            (*cells, *backward, *lazy) = (Cells::default(), Backward::default(), Lazy::default());
        }
        is_near
    }
}

#[cfg(test)]
mod tests;
