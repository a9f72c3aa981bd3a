//! The results of tasks, put together in order as they come in.
//!
//! In: numbered parts, in any order. Out: the whole. A part is appended as soon as all before it are there, by the thread that
//! brings it, and its memory is free for the next task then; so ids are held twice only while a task before them is not
//! done. Collecting all parts and joining them at the end took twice the memory of the result. Cost: one copy, into room that is
//! reserved for more ids than text usually has; where it has still more, the whole grows by doubling.

use super::rows::Sink;
use std::collections::BTreeMap;

/// See the module's text.
#[derive(Debug, Default)]
pub(super) struct Joined<S> {
    /// The parts before `next`.
    whole: S,
    /// The number of the part that is to be appended next.
    next: usize,
    /// Parts behind it.
    waiting: BTreeMap<usize, S>,
}

impl<S: Sink + Default> Joined<S> {
    /// For the ids of about so many bytes of text, in so many rows.
    pub(super) fn new(bytes: usize, rows: usize) -> Self {
        let mut joined = Self::default();
        joined.whole.reserve(bytes, rows);
        joined
    }

    /// Takes what is in `part`, which is empty afterwards.
    pub(super) fn put(&mut self, number: usize, part: &mut S) {
        if number != self.next {
            self.waiting.insert(number, std::mem::take(part));
            return;
        }
        self.whole.append(part);
        self.next += 1;
        while let Some(mut part) = self.waiting.remove(&self.next) {
            self.whole.append(&mut part);
            self.next += 1;
        }
    }

    /// The parts that have no gap before them.
    pub(super) fn so_far(&self) -> &S {
        &self.whole
    }

    /// All parts, where all have come.
    pub(super) fn into_whole(self) -> S {
        self.whole
    }
}
