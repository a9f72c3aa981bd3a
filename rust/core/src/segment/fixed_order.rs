//! The default rules for the usual orders: [`super::telescoped`] with what it says known to the compiler.
//!
//! In: the logarithms of a segment, which is valid UTF-8 if pieces are whole characters. Out: the same cuts, from the same sums. Candidates
//! are gone through from the longest piece to the shortest, so that what waits longest, the sum of the byte before, is
//! needed last; an equal one replaces, so that the shortest wins. What is longer than the path so far is −inf: no lengths
//! are compared.
//! A character is broken if and only if no path ends behind it: every n-gram that has it in it is not kept, and if all of its own are, a
//! path leads over it.

use super::is_continuation;
use crate::ngram_model::Logs;
use crate::num::index;
use std::hint::select_unpredictable;

/// Reused between segments.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    /// Entry `order + i`: the score of the best path of the first `i` bytes with a cut at `i`; −inf where no piece may start.
    best: Vec<f64>,
    /// Entry `i`: the length of the last piece of that path.
    lengths: Vec<u32>,
}

/// Appends the ends of the pieces of the segment to `ends`, last first. False: not for this order.
pub(super) fn cut(logs: &Logs<'_>, ensure_unicode: bool, buffers: &mut Buffers, ends: &mut Vec<usize>) -> bool {
    match (logs.order, ensure_unicode) {
        (4, true) => find::<4, 2, true>(logs, buffers),
        (5, true) => find::<5, 3, true>(logs, buffers),
        (6, true) => find::<6, 4, true>(logs, buffers),
        (7, true) => find::<7, 5, true>(logs, buffers),
        (8, true) => find::<8, 6, true>(logs, buffers),
        (4, false) => find::<4, 2, false>(logs, buffers),
        (5, false) => find::<5, 3, false>(logs, buffers),
        (6, false) => find::<6, 4, false>(logs, buffers),
        (7, false) => find::<7, 5, false>(logs, buffers),
        (8, false) => find::<8, 6, false>(logs, buffers),
        _ => return false,
    }
    let mut end = logs.text.len();
    while end > 0 {
        ends.push(end);
        end -= index(buffers.lengths[end]);
    }
    true
}

/// Finds the best paths; `WIDTH` is the number of lengths from 3 on.
fn find<const ORDER: usize, const WIDTH: usize, const CHARACTERS: bool>(logs: &Logs<'_>, buffers: &mut Buffers) {
    let Buffers { best, lengths } = buffers;
    let Logs { text, places, ln_total, .. } = *logs;
    if best.len() <= text.len() + ORDER {
        best.resize(text.len() + ORDER + 1, f64::NEG_INFINITY);
        lengths.resize(text.len() + 1, 1);
    }
    best[..ORDER].fill(f64::NEG_INFINITY);
    best[ORDER] = 0.0;
    // the path whose last piece has `ORDER` bytes or more and may go on
    let (mut long, mut long_length, mut prefix) = (f64::NEG_INFINITY, 0, f64::NEG_INFINITY);
    let mut pair = 0_usize;
    let (places, _) = places.as_chunks::<WIDTH>();
    for (at, (&byte, places)) in (1..).zip(text.iter().zip(places)) {
        let log = |length: usize| logs.logs[index(places[length - 3])];
        // what is behind may be anything, but for `at - 1` and before
        let before = &best[at..at + ORDER];
        let longest = log(ORDER);
        let begun = before[0] + (longest - ln_total);
        // not a number where neither is kept, which is not greater
        let gone_on = long + (longest - prefix);
        // on a tie the latest start, which is the shorter piece
        let on = gone_on > begun;
        long = select_unpredictable(on, gone_on, begun);
        long_length = select_unpredictable(on, long_length + 1, ORDER_U32[ORDER]);
        prefix = log(ORDER - 1);
        pair = (pair << 8 | usize::from(byte)) & 0xFFFF;
        if CHARACTERS && text.get(at).is_some_and(|&next| is_continuation(next)) {
            best[at + ORDER] = f64::NEG_INFINITY;
            continue;
        }
        let mut scores = [long; ORDER];
        for shorter in 1..ORDER {
            let log = match shorter {
                1 => logs.single[usize::from(byte)],
                2 => logs.double[pair],
                _ => log(shorter),
            };
            scores[shorter] = before[ORDER - shorter] + (log - ln_total);
        }
        // the byte before, which is waited for, last
        let score = scores.iter().rev().fold(long, |best, &score| if score > best { score } else { best });
        let mut length = long_length;
        for shorter in (1..ORDER).rev() {
            // on a tie the shortest last piece
            length = select_unpredictable(scores[shorter] >= score, ORDER_U32[shorter], length);
        }
        (best[at + ORDER], lengths[at]) = (score, length);
        if CHARACTERS && score == f64::NEG_INFINITY {
            long = score;
            single_bytes(logs, at, &mut best[ORDER..], lengths);
        }
    }
}

/// Small numbers as `u32`.
const ORDER_U32: [u32; 9] = [0, 1, 2, 3, 4, 5, 6, 7, 8];

/// Makes each byte of the character that ends at `end` a piece.
#[cold]
fn single_bytes(logs: &Logs<'_>, end: usize, best: &mut [f64], lengths: &mut [u32]) {
    let start = (0..end).rev().find(|&at| !is_continuation(logs.text[at])).unwrap_or(0);
    let score = logs.text[start..end]
        .iter()
        .fold(best[start], |score, &byte| score + (logs.single[usize::from(byte)] - logs.ln_total));
    best[end] = score;
    lengths[start + 1..=end].fill(1);
}
