//! Where in the text as given the pieces of its encoding come from.
//!
//! In: texts and their rows of ids; or a part of a text that begins and ends where lines do, and the lengths of its pieces. Out: one
//! [`Span`] a piece, in order: first in bytes, and from those, where asked for, in characters.
//!
//! Computed after encoding: the lengths of the pieces are their borders in the normalized text, and
//! [`crate::corpus::normalize::alignment`] says what became what. So encoding knows nothing of spans, and samples, truncated rows and streams
//! have them too. Where NFC changed nothing the span is exact: `text[start..end]` is the piece. Each byte of a cluster that it
//! changed comes from all of the cluster; a piece takes everything that its bytes come from, so two pieces can share bytes then.
//! Starts never go back, nor do ends; together the spans are all of the text. The span in characters is that of all characters
//! that the one in bytes touches: pieces that divide a character share it.
//! Cost: the walk of NFC once more and a few steps a piece; 16 bytes a piece and kind of span.

mod rows;

use crate::corpus::normalize::Normalization;
use crate::corpus::normalize::alignment::{Stretch, for_each_stretch};
use crate::corpus::segments::lines;
use crate::corpus::utf8::{count_starts, is_continuation};
use crate::parallel::Stop;
pub use rows::Offsets;
use std::iter::Peekable;

/// `[start, end]`, the end exclusive.
pub type Span = [usize; 2];

/// How many pieces are cut between two looks at `stop`.
const POLL: usize = 1 << 16;

/// A place in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// How many bytes are before it.
    pub bytes: usize,
    /// How many characters begin before it.
    pub chars: usize,
}

impl Place {
    /// Moves on to `to` over the characters that begin before it, in `text`, which begins at `start`; gives the new place.
    #[inline]
    fn advance(&mut self, text: &[u8], start: usize, to: usize) -> Self {
        self.chars += count_starts(text, self.bytes - start, to - start);
        self.bytes = to;
        *self
    }
}

/// Writes the spans in bytes of pieces, each given by its length, which is not 0, and the place of its span. They are those of
/// `text` or of the beginning of it; no more are taken than `text` has. `start` is where `text` begins in what the spans refer to:
/// the parts of a text can be gone through one by one with one iterator. Gives up when `stop` says so.
pub fn byte_spans<'s>(
    (text, start): (&[u8], usize),
    normalization: Normalization,
    pieces: impl Iterator<Item = (usize, &'s mut Span)>,
    stop: &Stop,
) {
    let mut cutter = Cutter { pieces: pieces.peekable(), at_hand: None, at: start, until_poll: POLL };
    for line in lines(text) {
        // the rest of a text whose ids were truncated is not looked at
        if stop.requested() || (cutter.at_hand.is_none() && cutter.pieces.peek().is_none()) {
            return;
        }
        for_each_stretch(line, normalization, stop, |stretch| match stretch {
            Stretch::Same(bytes) => cutter.pass(bytes, None, stop),
            Stretch::Changed { given, normalized } => cutter.pass(normalized, Some(given), stop),
        });
    }
}

/// Cuts stretches into pieces.
struct Cutter<'s, P: Iterator<Item = (usize, &'s mut Span)>> {
    /// The pieces to come.
    pieces: Peekable<P>,
    /// The piece that is begun: how many of its bytes are still to come, and its span, whose start is there.
    at_hand: Option<(usize, &'s mut Span)>,
    /// Where the next stretch starts in the text as given.
    at: usize,
    /// How many pieces are left until the next look at `stop`.
    until_poll: usize,
}

impl<'s, P: Iterator<Item = (usize, &'s mut Span)>> Cutter<'s, P> {
    /// Takes the next stretch: so many bytes of normalized text, the same as given, or else made from `changed` bytes.
    fn pass(&mut self, normalized: usize, changed: Option<usize>, stop: &Stop) {
        let mut inside = 0;
        while inside < normalized {
            let Some((left, span)) = self.at_hand.take().or_else(|| self.begin(inside, changed)) else { break };
            let taken = left.min(normalized - inside);
            inside += taken;
            if taken < left {
                self.at_hand = Some((left - taken, span));
                break;
            }
            span[1] = self.at + changed.unwrap_or(inside);
            if self.until_poll == 0 && stop.requested() {
                return;
            }
            self.until_poll = self.until_poll.checked_sub(1).unwrap_or(POLL);
        }
        self.at += changed.unwrap_or(normalized);
    }

    /// The next piece, which begins `inside` the stretch.
    #[inline]
    fn begin(&mut self, inside: usize, changed: Option<usize>) -> Option<(usize, &'s mut Span)> {
        let (length, span) = self.pieces.next()?;
        span[0] = self.at + if changed.is_some() { 0 } else { inside };
        Some((length, span))
    }
}

/// Writes the spans in characters of `spans`, in order and in bytes: all characters that each of them touches; where one is
/// empty, the number of characters that begin before it, twice. `text` begins at `start`; where it is not UTF-8, the result says
/// nothing. One pass.
/// Gives up when `stop` says so.
pub fn char_spans(text: &[u8], start: Place, spans: &[Span], stop: &Stop, chars: &mut [Span]) {
    let (mut left, mut right) = (start, start);
    for (spans, chars) in spans.chunks(POLL).zip(chars.chunks_mut(POLL)) {
        if stop.requested() {
            return;
        }
        for (&[first, end], chars) in spans.iter().zip(chars) {
            // as nearly always: the piece begins where the last one ended, and all before it is counted
            let begun = if first == right.bytes { right } else { left.advance(text, start.bytes, first) };
            let inside = text.get(first - start.bytes).is_some_and(|&byte| is_continuation(byte));
            right.advance(text, start.bytes, end);
            *chars = [begun.chars.saturating_sub(usize::from(inside)), right.chars];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::naive::{normalize::strategy, offsets as naive};
    use proptest::prelude::*;

    fn normal_spans_of(text: &[u8], normalization: Normalization, lengths: &[usize]) -> Vec<Span> {
        let mut spans = vec![[0; 2]; lengths.len()];
        byte_spans((text, 0), normalization, lengths.iter().copied().zip(&mut spans), &Stop::default());
        spans
    }

    fn spans_of(text: &[u8], lengths: &[usize]) -> Vec<Span> {
        normal_spans_of(text, Normalization::Nfc, lengths)
    }

    fn chars_of(text: &str, spans: &[Span]) -> Vec<Span> {
        let mut chars = vec![[0; 2]; spans.len()];
        char_spans(text.as_bytes(), Place::default(), spans, &Stop::default(), &mut chars);
        chars
    }

    /// Lengths of at least 1 that add up to `total`, after a list of numbers.
    fn cut(total: usize, numbers: &[usize]) -> Vec<usize> {
        let (mut lengths, mut at) = (Vec::new(), 0);
        for number in numbers.iter().cycle() {
            let length = (1 + number % 7).min(total - at);
            if length == 0 {
                break;
            }
            lengths.push(length);
            at += length;
        }
        lengths
    }

    #[test]
    fn pieces_of_a_changed_cluster_share_all_of_it() {
        // e + acute becomes C3 A9: one piece ends inside, the next one goes on behind
        assert_eq!(spans_of("be\u{301}t".as_bytes(), &[2, 2]), [[0, 4], [1, 5]]);
        assert_eq!(chars_of("be\u{301}t", &[[0, 4], [1, 5]]), [[0, 3], [1, 4]]);
        // two clusters that changed, neighbours of one that did not
        assert_eq!(spans_of("\u{2126}é\u{212B}".as_bytes(), &[3, 2, 1]), [[0, 4], [4, 8], [5, 8]]);
        // a ligature; a wide letter and its mark, which goes before
        assert_eq!(
            normal_spans_of("aﬁ㌔".as_bytes(), Normalization::Nfkc, &[2, 1, 3, 3]),
            [[0, 4], [1, 4], [4, 7], [4, 7]]
        );
        // jamo: 9 bytes become 3
        assert_eq!(spans_of("\u{1112}\u{1161}\u{11AB}.".as_bytes(), &[1, 1, 2]), [[0, 9], [0, 9], [0, 10]]);
    }

    #[test]
    fn a_character_that_is_divided_belongs_to_both() {
        let spans = spans_of("a天b".as_bytes(), &[2, 2, 1]);
        assert_eq!(spans, [[0, 2], [2, 4], [4, 5]]);
        assert_eq!(chars_of("a天b", &spans), [[0, 2], [1, 2], [2, 3]]);
    }

    #[test]
    fn empty_spans_are_between_characters() {
        assert_eq!(chars_of("天b", &[[0, 0], [0, 4], [4, 4]]), [[0, 0], [0, 2], [2, 2]]);
        assert_eq!(chars_of("", &[[0, 0], [0, 0]]), [[0, 0], [0, 0]]);
    }

    #[test]
    fn fewer_lengths_than_text_give_fewer_spans() {
        assert_eq!(spans_of(b"one\ntwo\n", &[1, 2]), [[0, 1], [1, 3]]);
        let mut spans = [[0; 2]; 3];
        let mut pieces = [3, 2, 9].into_iter().zip(&mut spans);
        byte_spans((b"abc", 0), Normalization::Nfc, &mut pieces, &Stop::default());
        byte_spans((b"de", 7), Normalization::Nfc, &mut pieces, &Stop::default());
        assert_eq!(pieces.next().map(|(length, _)| length), Some(9), "a part takes no piece of the next one");
        assert_eq!(spans[..2], [[0, 3], [7, 9]]);
    }

    proptest! {
        #[test]
        fn equals_the_naive_twin(
            text in strategy::text(60), normalization in strategy::normalization(), numbers in prop::collection::vec(0..7_usize, 1..9)
        ) {
            let lengths = cut(normalization.apply(&text).len(), &numbers);
            let expected = naive::byte_spans(&text, normalization, &lengths);
            let spans = normal_spans_of(&text, normalization, &lengths);
            prop_assert_eq!(&spans, &expected.iter().map(|span| [span.start, span.end]).collect::<Vec<_>>());
            if let Ok(text) = std::str::from_utf8(&text) {
                let expected: Vec<Span> = expected.iter().map(|span| naive::char_span(text, span)).map(|c| [c.start, c.end]).collect();
                prop_assert_eq!(chars_of(text, &spans), expected);
            }
        }

        #[test]
        fn parts_that_are_cut_between_lines_give_the_spans_of_the_whole(
            text in strategy::text(60), normalization in strategy::normalization(), numbers in prop::collection::vec(0..7_usize, 1..9)
        ) {
            let text = String::from_utf8_lossy(&text).into_owned();
            let lengths: Vec<usize> = lines(text.as_bytes()).flat_map(|line| cut(normalization.apply(line).len(), &numbers)).collect();
            let (mut spans, mut chars) = (vec![[0; 2]; lengths.len()], vec![[0; 2]; lengths.len()]);
            let (mut place, mut done) = (Place::default(), 0);
            for line in lines(text.as_bytes()) {
                let end = done + cut(normalization.apply(line).len(), &numbers).len();
                let pieces = lengths[done..end].iter().copied().zip(&mut spans[done..end]);
                byte_spans((line, place.bytes), normalization, pieces, &Stop::default());
                char_spans(line, place, &spans[done..end], &Stop::default(), &mut chars[done..end]);
                done = end;
                place.advance(line, place.bytes, place.bytes + line.len());
            }
            prop_assert_eq!(&spans, &normal_spans_of(text.as_bytes(), normalization, &lengths));
            prop_assert_eq!(chars, chars_of(&text, &spans));
        }
    }
}
