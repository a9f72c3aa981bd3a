//! The steps of the streams: the one loop of encoding without bounds checks, which were part of its cost.
#![allow(unsafe_code, reason = "three loads and a store a step, whose places are in bounds by construction")]

use super::{STREAMS, Unit};
use crate::tokenizer::automaton::{START, State, StatesView, Symbol};
use std::hint::select_unpredictable;

/// A unit being read.
#[derive(Clone, Copy, Debug)]
struct Stream {
    /// Where it stands.
    state: State,
    /// The bytes of the text that are left: the next one to read is before this place.
    left: usize,
    /// Where to stop.
    stop: usize,
    /// The slot of the byte at `i` goes to `i + shift`, modulo 2^64.
    shift: usize,
    /// Where its unit begins.
    start: usize,
}

/// Streams over one text. True at all times of each stream: `stop <= left <= text.len()`; and, with `i` from `stop` to
/// `left - 1`, `i + shift < slots.len()`.
pub(super) struct Reader<'a> {
    /// The automaton.
    states: StatesView<'a>,
    /// What is read.
    text: &'a [Symbol],
    /// What is written: by byte of the text, and behind that room for what is read before a unit.
    slots: &'a mut [u32],
    /// Those that are not at the end of their units.
    streams: Vec<Stream>,
}

impl<'a> Reader<'a> {
    /// No streams yet. `slots` has room for the text and for what each of [`STREAMS`] units reads before itself.
    pub(super) fn new(states: StatesView<'a>, text: &'a [Symbol], slots: &'a mut [u32]) -> Self {
        Self { states, text, slots, streams: Vec::with_capacity(STREAMS) }
    }

    /// Reads all units.
    pub(super) fn run(&mut self, units: &[Unit]) {
        let mut waiting = units.iter();
        self.streams.clear();
        loop {
            while self.streams.len() < STREAMS {
                let Some(unit) = waiting.next() else { break };
                self.streams.extend(self.begin(unit));
            }
            if self.streams.is_empty() {
                return;
            }
            self.advance();
            let (mut at, mut streams) = (0, std::mem::take(&mut self.streams));
            while at < streams.len() {
                if streams[at].left > streams[at].stop {
                    at += 1;
                } else if streams[at].stop > streams[at].start {
                    streams[at] = Stream { stop: streams[at].start, shift: 0, ..streams[at] };
                } else {
                    streams.swap_remove(at);
                }
            }
            self.streams = streams;
        }
    }
}

impl Reader<'_> {
    /// A stream at the beginning of a unit; `None` for a unit that breaks the rules, which no caller makes.
    fn begin(&self, unit: &Unit) -> Option<Stream> {
        let &Unit { start, end, from } = unit;
        let spare = self.slots.len().checked_sub(self.text.len())?;
        let in_bounds = start < end && end <= from && from <= self.text.len() && from - end <= spare;
        debug_assert!(in_bounds, "{unit:?} of {} bytes", self.text.len());
        let state = self.states.get(START);
        let before = Stream { state, left: from, stop: end, shift: self.text.len().wrapping_sub(end), start };
        in_bounds.then_some(if from == end { Stream { stop: start, shift: 0, ..before } } else { before })
    }

    /// Goes on with all streams, none of which is at its stop, until one is.
    fn advance(&mut self) {
        if let &[mut alone] = &self.streams[..] {
            // a single short text
            while alone.left > alone.stop {
                // SAFETY: it is not at its stop.
                alone = unsafe { self.step(alone) };
            }
            self.streams[0] = alone;
            return;
        }
        let Ok(mut all) = <[Stream; STREAMS]>::try_from(&self.streams[..]) else {
            while !self.streams.iter().any(|stream| stream.left == stream.stop) {
                for at in 0..self.streams.len() {
                    // SAFETY: no stream is at its stop.
                    self.streams[at] = unsafe { self.step(self.streams[at]) };
                }
            }
            return;
        };
        // a step reads at most one symbol, so that many rounds go without asking
        while let rounds @ 1.. = all.iter().map(|stream| stream.left - stream.stop).min().unwrap_or(0) {
            for _ in 0..rounds {
                // unrolled by hand: the compiler keeps the streams apart then
                macro_rules! steps {
                    ($($at:literal)*) => {$(
                        // SAFETY: no stream has fewer symbols than rounds left.
                        all[$at] = unsafe { self.step(all[$at]) };
                    )*};
                }
                steps!(0 1 2 3 4 5 6 7);
            }
        }
        self.streams.copy_from_slice(&all);
    }

    /// Asks one slot, and reads one byte further if it was the right one.
    ///
    /// # Safety
    /// The stream, one of this reader's, is not at its stop.
    #[inline(always)]
    unsafe fn step(&mut self, stream: Stream) -> Stream {
        let Stream { state, left, shift, .. } = stream;
        let place = left - 1;
        debug_assert!(place < self.text.len() && place.wrapping_add(shift) < self.slots.len());
        // SAFETY: `stop <= left - 1 < text.len()`, by the rule of `Reader::streams`.
        let symbol = unsafe { *self.text.get_unchecked(place) };
        let slot = state.child(symbol);
        // SAFETY: that a child or a link of a state is a slot is what makes a `States`.
        let (child, fail) = unsafe { (self.states.get_unchecked(slot), self.states.get_unchecked(state.fail())) };
        let hit = child.label() == symbol;
        // SAFETY: by the rule of `Reader::streams`. After a miss the next step of this stream writes here again.
        unsafe { *self.slots.get_unchecked_mut(place.wrapping_add(shift)) = slot };
        // a branch here would be mispredicted every third time
        Stream { state: select_unpredictable(hit, child, fail), left: left - usize::from(hit), ..stream }
    }
}
