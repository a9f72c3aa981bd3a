//! The rows' cells, checked once against all that refers to them, so that reading a row needs no check.
#![allow(unsafe_code, reason = "a load a cell of the text, in bounds by what `Cells::new` has checked")]

use super::rows::{RowRef, WIDTH};
use crate::region::Region;

/// Cells read before a row: as many as a group of the window has.
pub(in crate::tokenizer) const BEFORE: usize = 4;
/// Cells read together: a row of [`WIDTH`], and a group on either side.
pub(in crate::tokenizer) const READ: usize = WIDTH + 2 * BEFORE;

/// The cells of all rows, and which row each state has. Every row has [`BEFORE`] cells before its first, and [`READ`]` - BEFORE`
/// from there on.
#[derive(Debug)]
pub(in crate::tokenizer) struct Cells {
    /// The scores.
    cells: Region<f64>,
    /// By slot.
    refs: Region<RowRef>,
}

impl Cells {
    /// `None` if that is not so.
    pub(super) fn new(cells: Vec<f64>, refs: Vec<RowRef>) -> Option<Self> {
        let fits = |row: &RowRef| row.at() >= BEFORE && row.at() - BEFORE + READ <= cells.len();
        (refs.iter().all(fits) && fits(&RowRef::EMPTY))
            .then(|| Self { cells: Region::of(cells), refs: Region::of(refs) })
    }

    /// The row of the state in each slot.
    pub(in crate::tokenizer) fn refs(&self) -> &[RowRef] {
        &self.refs
    }

    /// The cells, to be read.
    pub(in crate::tokenizer) fn view(&self) -> CellsView<'_> {
        CellsView(&self.cells)
    }
}

/// The cells of a [`Cells`].
#[derive(Clone, Copy, Debug)]
pub(in crate::tokenizer) struct CellsView<'a>(&'a [f64]);

impl<'a> CellsView<'a> {
    /// The cells of a row.
    pub(in crate::tokenizer) fn row(&self, row: RowRef) -> &'a [f64] {
        &self.0[row.at()..row.at() + row.len()]
    }

    /// The cells from [`BEFORE`] before a row on.
    ///
    /// # Safety
    /// The row is one of [`Cells::refs`] of the same automaton, or [`RowRef::EMPTY`].
    #[inline(always)]
    pub(in crate::tokenizer) unsafe fn around_unchecked(&self, row: RowRef) -> &'a [f64; READ] {
        debug_assert!(row.at() >= BEFORE && row.at() - BEFORE + READ <= self.0.len());
        // SAFETY: `Cells::new` has checked every row; and an array of `f64` is aligned as its entries are.
        unsafe { &*self.0.as_ptr().add(row.at() - BEFORE).cast::<[f64; READ]>() }
    }
}
