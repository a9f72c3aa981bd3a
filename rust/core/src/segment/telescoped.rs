//! The default rules. Inside a piece the conditional probabilities of the n-gram model telescope, so that a piece costs
//! one lookup instead of a chain of states:
//!
//! - a piece `w` of at most `order` bytes is worth `ln c(w) − ln N`; each further byte the difference
//!   `ln c(last order bytes) − ln c(their first order − 1 bytes)`. Each difference is rounded to `f64` first, then added
//!   to the path with one addition, from left to right.
//! - Ties: the shortest last piece; among pieces longer than `order`, the latest start.
//! - With `ensure_unicode` a piece starts only where a character starts. A *broken* character (one of whose own n-grams of
//!   `min(its length, order)` bytes is not kept, or a byte that is not valid UTF-8) is cut into its bytes, each worth
//!   `ln c(b) − ln N`, and a piece starts after it. 0.6.3 loses the rest of the segment there.
//!
//! A path always exists: single bytes are kept, and so are all n-grams inside a character that is not broken.

use super::is_continuation;
use crate::ngram_model::Logs;

/// Reused between segments.
#[derive(Debug, Default)]
pub struct Buffers {
    /// Entry `i`: the score of the best path of the first `i` bytes with a cut at `i`; −inf where no piece may start.
    best: Vec<f64>,
    /// Entry `i`: the length of the last piece of that path.
    lengths: Vec<usize>,
}

/// Appends the ends of the pieces of `segment` to `ends`, last first.
pub fn cut(logs: &Logs<'_>, ensure_unicode: bool, buffers: &mut Buffers, ends: &mut Vec<usize>) {
    let segment = logs.text;
    buffers.best.clear();
    buffers.best.resize(segment.len() + 1, f64::NEG_INFINITY);
    buffers.best[0] = 0.0;
    buffers.lengths.clear();
    buffers.lengths.resize(segment.len() + 1, 1);
    let paths = Paths { logs };
    if ensure_unicode {
        paths.characters(segment, buffers);
    } else {
        paths.stretch(0, segment.len(), |_| true, buffers);
    }
    let mut end = segment.len();
    while end > 0 {
        ends.push(end);
        end -= buffers.lengths[end];
    }
}

/// The dynamic program over one segment.
struct Paths<'a> {
    /// Order, total and logarithms.
    logs: &'a Logs<'a>,
}

impl Paths<'_> {
    /// Goes through stretches without and with broken characters.
    fn characters(&self, segment: &[u8], buffers: &mut Buffers) {
        let starts = |at: usize| at >= segment.len() || !is_continuation(segment[at]);
        let (mut start, mut at) = (0, 0);
        for chunk in segment.utf8_chunks() {
            for character in chunk.valid().chars() {
                let length = character.len_utf8();
                if length > 1 && self.is_broken(at, length) {
                    self.stretch(start, at, starts, buffers);
                    self.single_bytes(at, length, buffers);
                    start = at + length;
                }
                at += length;
            }
            if !chunk.invalid().is_empty() {
                self.stretch(start, at, starts, buffers);
                self.single_bytes(at, chunk.invalid().len(), buffers);
                at += chunk.invalid().len();
                start = at;
            }
        }
        self.stretch(start, at, starts, buffers);
    }

    /// Whether the character of `length` bytes at `at` has an n-gram that is not kept.
    fn is_broken(&self, at: usize, length: usize) -> bool {
        let longest = length.min(self.logs.order);
        (at + longest - 1..at + length).any(|last| self.logs.ending(last, longest) == f64::NEG_INFINITY)
    }

    /// Makes each of the `length` bytes at `start` a piece.
    fn single_bytes(&self, start: usize, length: usize, buffers: &mut Buffers) {
        for at in start..start + length {
            buffers.best[at + 1] = buffers.best[at] + (self.logs.ending(at, 1) - self.logs.ln_total);
            buffers.lengths[at + 1] = 1;
        }
    }

    /// Finds the best paths from the cut at `start` to every place up to `end` where a piece may start, with pieces that
    /// begin at `start` or later. `end` counts as such a place.
    fn stretch(&self, start: usize, end: usize, may_start: impl Fn(usize) -> bool, buffers: &mut Buffers) {
        let Logs { order, ln_total, .. } = *self.logs;
        // the path whose last piece has `order` bytes or more and may go on
        let (mut long, mut long_length) = (f64::NEG_INFINITY, order);
        for at in start + 1..=end {
            let log = |length| self.logs.ending(at - 1, length);
            if at >= start + order {
                let log = log(order);
                let begun = buffers.best[at - order] + (log - ln_total);
                let gone_on = if log == f64::NEG_INFINITY { log } else { long + (log - self.prefix_log(at)) };
                // on a tie the latest start, which is the shorter piece
                (long, long_length) = if gone_on > begun { (gone_on, long_length + 1) } else { (begun, order) };
            }
            if at != end && !may_start(at) {
                continue;
            }
            let (mut best, mut best_length) = (f64::NEG_INFINITY, 1);
            for length in 1..order.min(at - start + 1) {
                let score = buffers.best[at - length] + (log(length) - ln_total);
                // strictly better only: on a tie the shortest last piece
                if score > best {
                    (best, best_length) = (score, length);
                }
            }
            if long > best {
                (best, best_length) = (long, long_length);
            }
            (buffers.best[at], buffers.lengths[at]) = (best, best_length);
        }
    }

    /// ln of the count of the first `order - 1` of the `order` bytes that end at `at`.
    fn prefix_log(&self, at: usize) -> f64 {
        if self.logs.order == 1 { self.logs.ln_total } else { self.logs.ending(at - 2, self.logs.order - 1) }
    }
}
