//! The automaton's states for a block of text: several stretches read from right to left at the same time.
//!
//! In: text, and [`Unit`]s of it. Out: for every byte of a unit the slot of its state. A state needs one load that depends on
//! the one before, and mostly misses the nearest cache; so [`STREAMS`] units are read in turn, one step each, without a
//! branch but for the end of a unit, and their loads overlap. A unit is read from as many bytes to its right as a state can
//! depend on, or from the segment's end, where nothing more can follow.
//! Cost: about 31 instructions a byte of English, counted by callgrind. Other numbers of streams were not measured.

mod step;

use crate::tokenizer::automaton::{Automaton, Symbol};
use std::ops::Range;
use step::Reader;

/// How many units are read at the same time.
const STREAMS: usize = 8;

/// A stretch of text whose states are wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    /// Where it begins in the text.
    pub(super) start: usize,
    /// Where it ends, behind `start`.
    pub(super) end: usize,
    /// Where reading begins: at `end` or up to [`Automaton::ahead`] bytes behind.
    pub(super) from: usize,
}

/// The output, reused from block to block.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// By byte of the text: the slot of its state; and behind them what streams read before their units, which nobody wants.
    slots: Vec<u32>,
    /// What is to be read.
    pub(super) units: Vec<Unit>,
}

impl Scan {
    /// Finds the states of all units, which are inside the text and share no byte.
    pub(super) fn run(&mut self, automaton: &Automaton, text: &[Symbol]) {
        let size = text.len() + automaton.ahead();
        if self.slots.len() < size {
            self.slots.resize(size, 0);
        }
        Reader::new(automaton.states(), text, &mut self.slots[..size]).run(&self.units);
    }

    /// The slots of some bytes, all in units.
    pub(super) fn slots(&self, bytes: &Range<usize>) -> &[u32] {
        &self.slots[bytes.clone()]
    }
}
