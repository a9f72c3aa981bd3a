//! The twin of `avx2`, one lane at a time.

use super::{Automaton, GROUP, Stretch, Window};
use crate::tokenizer::automaton::CellsView;

#[inline(never)]
/// Decides all whole groups.
pub(super) fn run(window: &mut Window, automaton: &Automaton, stretch: &mut Stretch<'_>) {
    let cells = automaton.cells();
    while window.place + GROUP <= stretch.rows.len() {
        if window.far != 0 {
            window.take_pending();
        }
        for phase in 0..GROUP {
            add_row(window, automaton, cells, stretch, phase);
        }
        window.retire(stretch.lengths);
    }
}

/// Adds the pieces that start at the cell of this phase.
#[inline(always)]
fn add_row(window: &mut Window, automaton: &Automaton, cells: CellsView<'_>, stretch: &Stretch<'_>, phase: usize) {
    let row = stretch.rows[window.place + phase];
    let (from, tag) = (window.scores[phase], window.tag() + u32::try_from(phase).unwrap_or(0));
    let cells = cells.row(row);
    let lanes = window.scores[phase + 1..].iter_mut().zip(&mut window.tags[phase + 1..]);
    for (&score, (best, start)) in cells.iter().zip(lanes) {
        let score = from + score;
        // strictly better only: on an exact tie the earlier start, which is the longer last piece, stays
        (*best, *start) = if score > *best { (score, tag) } else { (*best, *start) };
    }
    if row.has_longs() {
        window.add_longs(automaton, row, phase);
    }
}
