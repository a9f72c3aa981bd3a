//! The rules of 0.6.3, sum for sum: Viterbi over the states 0 to `order − 1`, where state `j` means "this byte is the
//! (j+1)-th of its piece" and the last state loops. A byte in state `j` scores `ln c(j+1 bytes up to it) − ln c(the same
//! without it)`. Allowed are any state → 0 and `j → min(j+1, order − 1)`; ties go to the lowest previous state. With
//! `ensure_unicode` state 0 is forbidden on bytes 0x80 to 0xBF; where that leaves no path, every score behind is −inf, a
//! tie, and the rest of the segment is cut into single bytes (the "training poison").
//!
//! Cost: `order` additions and comparisons a byte, `order` bytes of memory a byte of the segment.

use super::is_continuation;
use crate::ngram_model::Logs;

/// Reused between segments.
#[derive(Debug, Default)]
pub struct Buffers {
    /// Entry `i * order + j`: the best state before state `j` of byte `i`.
    previous: Vec<u8>,
    /// The score of each state of the last byte.
    scores: Vec<f64>,
    /// The scores of the byte at hand, while they are made.
    next: Vec<f64>,
}

/// Appends the ends of the pieces of `segment` to `ends`, last first.
pub fn cut(logs: &Logs<'_>, ensure_unicode: bool, buffers: &mut Buffers, ends: &mut Vec<usize>) {
    let Logs { text: segment, order, ln_total, .. } = *logs;
    let node = |at: usize, state: usize| {
        let log = logs.ending(at, state + 1);
        if log == f64::NEG_INFINITY || (state == 0 && ensure_unicode && is_continuation(segment[at])) {
            return f64::NEG_INFINITY;
        }
        log - if state == 0 { ln_total } else { logs.ending(at - 1, state) }
    };
    let Buffers { previous, scores, next } = buffers;
    previous.clear();
    previous.resize(segment.len() * order, 0);
    scores.clear();
    scores.extend((0..order).map(|state| if segment.is_empty() { f64::NEG_INFINITY } else { node(0, state) }));
    for at in 1..segment.len() {
        let routes = &mut previous[at * order..(at + 1) * order];
        next.clear();
        next.resize(order, f64::NEG_INFINITY);
        for state in 0..order {
            let node = node(at, state);
            // candidates in ascending order and strictly better only: on a tie the lowest state, and state 0 when all are −inf
            for before in predecessors(state, order) {
                let score = scores[before] + node;
                if score > next[state] {
                    (next[state], routes[state]) = (score, u8::try_from(before).unwrap_or(u8::MAX));
                }
            }
        }
        std::mem::swap(scores, next);
    }
    trace_back(segment.len(), order, first_best(scores), previous, ends);
}

/// The states that may come before `state`, ascending.
fn predecessors(state: usize, order: usize) -> std::ops::Range<usize> {
    match state {
        0 => 0..order,
        _ if state == order - 1 => state - 1..order,
        _ => state - 1..state,
    }
}

/// The first of the best, as numpy's `argmax`: 0 when all are −inf.
fn first_best(scores: &[f64]) -> usize {
    let mut best = 0;
    for (state, &score) in scores.iter().enumerate() {
        if score > scores[best] {
            best = state;
        }
    }
    best
}

/// Follows the states back from the last byte; a piece ends before every byte in state 0.
fn trace_back(length: usize, order: usize, mut state: usize, previous: &[u8], ends: &mut Vec<usize>) {
    if length == 0 {
        return;
    }
    ends.push(length);
    for at in (1..length).rev() {
        if state == 0 {
            ends.push(at);
        }
        state = usize::from(previous[at * order + state]);
    }
    // The first byte starts the first piece whatever its state: 0.6.3 drops it from the output when a poisoned path puts it
    // in another state, which cannot happen, as every other state of the first byte is −inf.
}
