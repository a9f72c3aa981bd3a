//! Rows of one length: filled up with `<pad>`.
//!
//! In: [`Rows`] and how to fill them. Out: [`Padded`]: the rectangle, row behind row, and which of its places hold ids of the row.
//! It is made in place: the ids are as many or fewer, so each row moves towards the end, the last one first, and none is
//! overwritten before it has moved. A rectangle beside the rows would need both at once. Cost: one pass over the rectangle.

use super::PAD;
use super::rows::{Id, Rows};
use crate::{Error, Result};
use std::num::NonZeroUsize;

/// Where `<pad>` goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Before the row's ids.
    Left,
    /// Behind the row's ids.
    Right,
}

/// How rows are made equally long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Padding {
    /// They get at least so many ids, and as many as the longest of them has.
    pub least: usize,
    /// A multiple of this.
    pub multiple: NonZeroUsize,
    /// Where `<pad>` goes.
    pub side: Side,
}

/// Rows of one length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Padded<I> {
    /// All rows, one behind another.
    pub ids: Vec<I>,
    /// For each of `ids`, whether it is the row's own; `false` for padding.
    pub mask: Vec<bool>,
    /// How many rows there are.
    pub rows: usize,
    /// How many ids each has.
    pub width: usize,
}

impl<I: Id> Rows<I> {
    /// Makes all rows equally long. [`Error::Rectangle`] where there is no memory for that.
    pub fn pad(self, padding: Padding) -> Result<Padded<I>> {
        let Self { mut ids, ends } = self;
        let mut mask = vec![true; ids.len()];
        let width = spread(&mut ids, &ends, padding, I::new(PAD))?;
        spread(&mut mask, &ends, padding, false)?;
        Ok(Padded { ids, mask, rows: ends.len(), width })
    }
}

/// Makes the rows that end at `ends` equally long, filled up with `filler`; gives their length. [`Error::Rectangle`] as above.
pub(crate) fn spread<T: Copy>(items: &mut Vec<T>, ends: &[usize], padding: Padding, filler: T) -> Result<usize> {
    let start = |row: usize| if row == 0 { 0 } else { ends[row - 1] };
    let longest = (0..ends.len()).map(|row| ends[row] - start(row)).max().unwrap_or(0);
    let (rows, width) = (ends.len(), longest.max(padding.least));
    // over what can be counted, the largest number: there is no memory for that either
    let width = width.checked_next_multiple_of(padding.multiple.get()).unwrap_or(usize::MAX);
    let too_large = || Error::Rectangle { rows, width };
    let size = rows.checked_mul(width).ok_or_else(too_large)?;
    items.try_reserve_exact(size - items.len()).map_err(|_| too_large())?;
    items.resize(size, filler);
    for row in (0..rows).rev() {
        let (start, end) = (start(row), ends[row]);
        let (left, right) = (row * width, row * width + width);
        let first = match padding.side {
            Side::Left => right - (end - start),
            Side::Right => left,
        };
        items.copy_within(start..end, first);
        items[left..first].fill(filler);
        items[first + (end - start)..right].fill(filler);
    }
    Ok(width)
}
