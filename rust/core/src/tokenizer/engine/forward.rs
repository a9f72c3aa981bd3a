//! The best path from left to right, four cells at a time: what of a path is not decided yet is a window of cells.
//!
//! In: the rows of a segment's cells. Out: for each cell the length of the last piece of the best path to it.
//! `score[i + l] = max(score[i + l], score[i] + score of the piece of l cells at i)` is done for all `l` of a row at once. The
//! starts come in ascending order and a cell is replaced by strictly better scores only, so the sums, and the winners of
//! ties, are those of [`super::super::best_path`] and of 0.6.3: an exact tie goes to the longest last piece.
//!
//! The window does not move with the cell, but by [`GROUP`]s of four: in phase `p` of a group, lane `p` is the cell whose
//! pieces are added, and lane `p + l` gets the piece of length `l`.
//! ```text
//! lane:    0   1   2   3 |  4   5   6   7 |  8 ...  19
//! phase 1: -  cell l=1 l=2  l=3 l=4 l=5 l=6  l=7 ...            row:  | l=1 | l=2 | ...
//! ```
//! So four lanes at once get four neighbours of the row, read from where they begin. What is read before the row or
//! behind it is made NaN by a [`MASKS`] entry, and a NaN is better than nothing.
//! Pieces longer than [`WIDTH`] go into a ring of pending cells, and from there into the window when their cell's group
//! begins: their starts came before all starts in the window, so there they win ties.
//! Two engines do the same: `avx2`, and `portable`, its twin for other machines and for tests.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod kernel;
mod portable;

pub(in crate::tokenizer) use kernel::Form;
pub use kernel::Kernel;

use crate::num::{index, low_u32, to_u64};
use crate::tokenizer::automaton::{Automaton, RowRef, WIDTH};

/// The cells that are decided together.
pub(super) const GROUP: usize = 4;
/// The lanes of the window: a group and what it can reach.
const LANES: usize = GROUP + WIDTH;
/// The tag of a start at place 0; 0 is no tag.
const FIRST_TAG: u32 = 1;

/// The cells ahead of what is decided. Places are indices into the rows of the undecided stretch.
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// By lane: the best score of a path to the cell, −inf while there is none.
    scores: [f64; LANES],
    /// By lane: the place where the last piece of that path starts, plus [`FIRST_TAG`].
    tags: [u32; LANES],
    /// The place of lane 0, a multiple of four cells from the segment's start.
    place: usize,
    /// Pending cells behind the window: the one with tag `t` is at `t` modulo the length, a power of two.
    ring: Vec<(f64, u32)>,
    /// The largest tag of a pending cell, or 0.
    far: u32,
}

/// What a window needs to go on.
pub(super) struct Stretch<'a> {
    /// The rows of all cells of the undecided stretch.
    pub(super) rows: &'a [RowRef],
    /// By place: the length of the last piece of the best path to there, in cells.
    pub(super) lengths: &'a mut [u32],
    /// Whether most cells are single bytes.
    pub(super) ascii: bool,
}

/// Where the cells of a whole segment are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    /// The place of the first, a multiple of [`GROUP`].
    pub(super) first: usize,
    /// How many there are. The cell behind the last is decided with its group.
    pub(super) cells: usize,
    /// Whether most of them are single bytes.
    pub(super) ascii: bool,
}

impl Mark {
    /// Behind its last group.
    pub(super) fn end(&self) -> usize {
        self.first + (self.cells / GROUP + 1) * GROUP
    }
}

/// Whole segments, to be decided one after another.
pub(super) struct Marked<'a> {
    /// The rows of the cells of all; empty ones between them.
    pub(super) rows: &'a [RowRef],
    /// By place: the length of the last piece of the best path to there, in cells.
    pub(super) lengths: &'a mut [u32],
    /// Where the cells of each are.
    pub(super) marks: &'a [Mark],
}

/// Nothing in the ring.
const NOTHING: (f64, u32) = (f64::NEG_INFINITY, 0);

impl Default for Window {
    fn default() -> Self {
        let scores = [f64::NEG_INFINITY; LANES];
        Self { scores, tags: [0; LANES], place: 0, ring: Vec::new(), far: 0 }
    }
}

impl Window {
    /// Begins a segment, whose first cell is at place 0.
    pub(super) fn start(&mut self, automaton: &Automaton) {
        let size = (automaton.reach() + 2 * LANES).next_power_of_two();
        if self.ring.len() != size || self.far != 0 {
            self.ring.clear();
            self.ring.resize(size, NOTHING);
        }
        self.scores = [f64::NEG_INFINITY; LANES];
        self.scores[0] = 0.0;
        self.tags = [0; LANES];
        (self.place, self.far) = (0, 0);
    }

    /// Begins a segment behind one that is complete, so that nothing of it is left in the ring.
    fn start_at(&mut self, place: usize) {
        debug_assert_eq!(self.far, 0, "pieces end inside their segment");
        self.scores = [f64::NEG_INFINITY; LANES];
        self.scores[0] = 0.0;
        self.tags = [0; LANES];
        self.place = place;
    }

    /// The first place that is not decided.
    pub(super) fn place(&self) -> usize {
        self.place
    }

    /// Decides all whole groups of `stretch`.
    pub(super) fn run(&mut self, kernel: Kernel, automaton: &Automaton, stretch: &mut Stretch<'_>) {
        match kernel.form() {
            #[cfg(target_arch = "x86_64")]
            kernel::Form::Avx2 => avx2::run(self, automaton, stretch),
            kernel::Form::Portable => portable::run(self, automaton, stretch),
        }
    }

    /// Decides whole segments, each on its own.
    pub(super) fn run_all(&mut self, kernel: Kernel, automaton: &Automaton, all: &mut Marked<'_>) {
        self.start(automaton);
        match kernel.form() {
            #[cfg(target_arch = "x86_64")]
            kernel::Form::Avx2 => avx2::run_all(self, automaton, all),
            kernel::Form::Portable => {
                for mark in all.marks {
                    self.start_at(mark.first);
                    let (rows, lengths) = (&all.rows[..mark.end()], &mut *all.lengths);
                    portable::run(self, automaton, &mut Stretch { rows, lengths, ascii: mark.ascii });
                }
            }
        }
    }

    /// The places where the last pieces of the paths to all pending cells start.
    pub(super) fn starts(&self) -> impl Iterator<Item = usize> {
        let window = self.scores.iter().zip(&self.tags).map(|(&score, &tag)| (score, tag));
        let pending = window.chain(self.ring.iter().copied().filter(|_| self.far != 0));
        pending.filter(|&(score, tag)| score > f64::NEG_INFINITY && tag != 0).map(|(_, tag)| index(tag - FIRST_TAG))
    }

    /// Gives every place a number smaller by `places`, which are decided.
    pub(super) fn forget(&mut self, places: usize) {
        let less = low_u32(to_u64(places));
        // a pending path starts at or behind what is decided; a lane without a path has tag 0 and keeps it
        self.tags.iter_mut().for_each(|tag| *tag = tag.saturating_sub(less));
        self.place -= places;
        if self.far != 0 {
            let mask = self.ring.len() - 1;
            self.ring.iter_mut().for_each(|(_, tag)| *tag = tag.saturating_sub(less));
            // an entry's place in the ring is its cell's tag modulo the length
            let shift = places & mask;
            self.ring.rotate_left(shift);
            self.far -= less;
        }
    }

    /// The tag of lane 0.
    fn tag(&self) -> u32 {
        low_u32(to_u64(self.place)) + FIRST_TAG
    }

    /// Takes the pending pieces into the first group.
    #[cold]
    fn take_pending(&mut self) {
        let (tag, mask) = (self.tag(), self.ring.len() - 1);
        for lane in 0..GROUP {
            let entry = &mut self.ring[(index(tag) + lane) & mask];
            let (score, start) = std::mem::replace(entry, NOTHING);
            // its start came first, so it also wins a tie
            if score >= self.scores[lane] && score > f64::NEG_INFINITY {
                (self.scores[lane], self.tags[lane]) = (score, start);
            }
        }
        if tag + 3 >= self.far {
            self.far = 0;
        }
    }

    /// Puts the long pieces that start at the lane of this phase into the ring.
    #[cold]
    fn add_longs(&mut self, automaton: &Automaton, row: RowRef, phase: usize) {
        let (score, tag) = (self.scores[phase], self.tag() + low_u32(to_u64(phase)));
        let mask = self.ring.len() - 1;
        for long in automaton.longs(row) {
            let reached = &mut self.ring[index(tag + long.length) & mask];
            if score + long.score > reached.0 {
                *reached = (score + long.score, tag);
            }
            self.far = self.far.max(tag + long.length);
        }
    }

    /// Writes down the lengths of the first group and moves on to the next.
    fn retire(&mut self, lengths: &mut [u32]) {
        let tag = self.tag();
        for (lane, offset) in (0..GROUP).zip(0u32..) {
            lengths[self.place + lane] = (tag + offset).wrapping_sub(self.tags[lane]);
        }
        self.scores.copy_within(GROUP.., 0);
        self.scores[WIDTH..].fill(f64::NEG_INFINITY);
        self.tags.copy_within(GROUP.., 0);
        self.tags[WIDTH..].fill(0);
        self.place += GROUP;
    }
}
