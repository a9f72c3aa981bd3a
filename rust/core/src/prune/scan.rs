//! The longest piece that ends at every place of many short texts.
//!
//! In: texts, and a [`Matcher`]. Out: a piece for each place, of the others it links to. A walk through the matcher is
//! a chain of loads of which most miss the nearest caches, so [`WALKS`] walks take turns and their loads overlap.

use super::matcher::{Matcher, Place};
use crate::parallel::Stop;

/// Walks that take turns.
const WALKS: usize = 16;
/// So many texts in succession make a walk: the first one is read from its start.
const TEXTS: usize = 8;
/// Rounds between two looks at [`Stop`].
const ROUNDS: usize = 1 << 12;

/// A text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// Where it begins in the block.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
    /// How many bytes it has in common with the text before.
    pub(super) common: usize,
    /// Its count.
    pub(super) count: u64,
}

/// See the module's text.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// All texts, one behind the other.
    text: Vec<u8>,
    /// The texts.
    pub(super) parts: Vec<Part>,
    /// By place: the longest piece that ends behind it. Not where a text is the same as the one before.
    pub(super) heads: Vec<u32>,
    /// By place: the state behind it.
    states: Vec<u32>,
}

/// A walk.
#[derive(Clone, Copy, Debug)]
struct Walk {
    /// Where it is.
    place: Place,
    /// The next byte.
    at: usize,
    /// The end of the text at hand.
    end: usize,
    /// The next text.
    next: usize,
    /// The first text that is not in this walk.
    last: usize,
}

impl Scan {
    /// Appends a text.
    #[inline]
    pub(super) fn add(&mut self, text: &[u8], count: u64) {
        let start = self.text.len();
        let common = self.parts.last().map_or(0, |last| {
            let last = &self.text[last.start..last.end];
            last.iter().zip(text).take_while(|(a, b)| a == b).count()
        });
        self.text.extend_from_slice(text);
        self.parts.push(Part { start, end: self.text.len(), common, count });
    }

    /// The bytes so far.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Forgets all texts.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.parts.clear();
    }

    /// Fills `heads`.
    pub(super) fn run(&mut self, matcher: &Matcher, stop: &Stop) {
        self.heads.resize(self.text.len(), 0);
        self.states.resize(self.text.len(), 0);
        let mut waiting = 0;
        let walk = Walk { place: matcher.root(), at: 0, end: 0, next: 0, last: 0 };
        let mut walks = vec![walk; WALKS];
        loop {
            walks.retain_mut(|walk| {
                while walk.at == walk.end && self.turn(walk, &mut waiting, matcher) {}
                walk.at < walk.end
            });
            if walks.is_empty() || stop.requested() {
                return;
            }
            self.advance(&mut walks, matcher);
        }
    }

    /// Goes to the next text of a walk, or of another one if it is at its end; false if none is waiting.
    fn turn(&mut self, walk: &mut Walk, waiting: &mut usize, matcher: &Matcher) -> bool {
        let begins = walk.next == walk.last;
        if begins {
            (walk.next, walk.last) = (*waiting, self.parts.len().min(*waiting + TEXTS));
            *waiting = walk.last;
        }
        if walk.next == walk.last {
            return false;
        }
        let Part { start, end, common, .. } = self.parts[walk.next];
        let known = if begins { 0 } else { common };
        if known > 0 {
            let before = self.parts[walk.next - 1].start;
            self.states.copy_within(before..before + known, start);
            walk.place = matcher.place(self.states[start + known - 1]);
        } else {
            walk.place = matcher.root();
        }
        (walk.at, walk.end) = (start + known, end);
        walk.next += 1;
        true
    }

    /// Goes on with all walks until one is at its end, or for long enough.
    fn advance(&mut self, walks: &mut [Walk], matcher: &Matcher) {
        for _ in 0..ROUNDS {
            let mut at_end = false;
            for walk in &mut *walks {
                let (found, place) = matcher.look(walk.place, self.text[walk.at]);
                walk.place = place;
                self.heads[walk.at] = place.head;
                self.states[walk.at] = place.state;
                walk.at += usize::from(found);
                at_end |= walk.at == walk.end;
                if let Some(&byte) = self.text.get(walk.at) {
                    matcher.prepare(place, byte);
                }
            }
            if at_end {
                return;
            }
        }
    }
}
