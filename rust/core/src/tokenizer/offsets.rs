//! Where in the text as given the pieces of its encoding come from.
//!
//! In: a text, or a part of one that begins and ends where lines do, and its ids, or the lengths of their pieces. Out: one
//! [`Span`] a piece, in order: first in bytes, and from those, where asked for, in characters.
//!
//! Computed after encoding: the lengths of the pieces are their borders in the normalized text, and
//! [`crate::corpus::normalize::alignment`] says what became what. So encoding knows nothing of spans, and samples, truncated rows and streams
//! have them too. Where NFC changed nothing the span is exact: `text[start..end]` is the piece. Each byte of a cluster that it
//! changed comes from all of the cluster; a piece takes everything that its bytes come from, so two pieces can share bytes then.
//! Starts never go back, nor do ends; together the spans are all of the text. The span in characters is that of all characters
//! that the one in bytes touches: pieces that divide a character share it.
//! Cost: the walk of NFC once more and a few steps a piece; 16 bytes a piece and kind of span.

use super::Tokenizer;
use crate::corpus::normalize::alignment::{Stretch, for_each_stretch};
use crate::corpus::segments::lines;
use crate::corpus::utf8::is_continuation;
use crate::parallel::Stop;
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
    /// Moves on over the characters that begin in the bytes up to `to` of `text`, which is counted from `start`.
    fn advance(&mut self, text: &[u8], start: usize, to: usize) {
        let passed = text.get(self.bytes - start..to - start).unwrap_or_default();
        self.chars += passed.iter().filter(|&&byte| !is_continuation(byte)).count();
        self.bytes = to;
    }
}

impl Tokenizer {
    /// Appends the spans in bytes of `ids`, which encode `text` or the beginning of it, all of them pieces. `start` is where
    /// `text` begins in what the spans refer to.
    pub fn byte_spans(&self, text: &[u8], start: usize, ids: &[u32], stop: &Stop, spans: &mut Vec<Span>) {
        spans.reserve(ids.len());
        let lengths = ids.iter().filter_map(|&id| self.vocabulary().piece(id)).map(<[u8]>::len);
        byte_spans(text, start, lengths, stop, spans);
    }
}

/// Appends the spans in bytes of pieces of these lengths, none of them 0; see [`Tokenizer::byte_spans`]. Takes as many lengths
/// as there is text. Gives up early, with fewer spans, when `stop` says so.
pub fn byte_spans(text: &[u8], start: usize, lengths: impl Iterator<Item = usize>, stop: &Stop, spans: &mut Vec<Span>) {
    let mut cutter = Cutter { lengths: lengths.peekable(), left: 0, first: start, at: start, spans };
    for line in lines(text) {
        // the rest of a text whose ids were truncated is not looked at
        if stop.requested() || (cutter.left == 0 && cutter.lengths.peek().is_none()) {
            return;
        }
        for_each_stretch(line, stop, |stretch| match stretch {
            Stretch::Same(bytes) => cutter.pass(bytes, None, stop),
            Stretch::Changed { given, normalized } => cutter.pass(normalized, Some(given), stop),
        });
    }
}

/// Cuts stretches into pieces.
struct Cutter<'a, L: Iterator<Item = usize>> {
    /// The lengths of the pieces to come.
    lengths: Peekable<L>,
    /// How many bytes of the piece at hand are still to come; 0 when there is none.
    left: usize,
    /// Where the piece at hand starts in the text as given.
    first: usize,
    /// Where the next stretch starts in the text as given.
    at: usize,
    /// The spans of the pieces that are complete.
    spans: &'a mut Vec<Span>,
}

impl<L: Iterator<Item = usize>> Cutter<'_, L> {
    /// Takes the next stretch: so many bytes of normalized text, the same as given, or else made from `changed` bytes.
    fn pass(&mut self, normalized: usize, changed: Option<usize>, stop: &Stop) {
        let mut inside = 0;
        while inside < normalized {
            if self.left == 0 {
                let Some(length) = self.lengths.next() else { break };
                self.left = length;
                self.first = self.at + if changed.is_some() { 0 } else { inside };
            }
            let taken = self.left.min(normalized - inside);
            self.left -= taken;
            inside += taken;
            if self.left == 0 {
                let end = self.at + changed.unwrap_or(inside);
                self.spans.push([self.first, end]);
                if self.spans.len().is_multiple_of(POLL) && stop.requested() {
                    return;
                }
            }
        }
        self.at += changed.unwrap_or(normalized);
    }
}

/// Appends the spans in characters of `spans`, in order and in bytes: all characters that each of them touches; where one is
/// empty, the number of characters that begin before it, twice. `text` is valid UTF-8 and begins at `start`. One pass.
/// Gives up early, with fewer spans, when `stop` says so.
pub fn char_spans(text: &[u8], start: Place, spans: &[Span], stop: &Stop, chars: &mut Vec<Span>) {
    chars.reserve(spans.len());
    let (mut left, mut right) = (start, start);
    for part in spans.chunks(POLL) {
        if stop.requested() {
            return;
        }
        for &[first, end] in part {
            // the character that the first byte belongs to begins with that byte or before it
            left.advance(text, start.bytes, first + usize::from(first < end));
            right.advance(text, start.bytes, end);
            chars.push([left.chars - usize::from(first < end), right.chars]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::normalize::nfc;
    use crate::naive::{normalize::strategy, offsets as naive};
    use proptest::prelude::*;

    fn spans_of(text: &[u8], lengths: &[usize]) -> Vec<Span> {
        let mut spans = Vec::new();
        byte_spans(text, 0, lengths.iter().copied(), &Stop::default(), &mut spans);
        spans
    }

    fn chars_of(text: &str, spans: &[Span]) -> Vec<Span> {
        let mut chars = Vec::new();
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
        assert_eq!(spans_of(b"one\ntwo\n", &[]), [[0, 0]; 0]);
        let mut lengths = [3, 2, 9].into_iter();
        byte_spans(b"abc", 0, &mut lengths, &Stop::default(), &mut Vec::new());
        assert_eq!(lengths.next(), Some(2), "a part takes no length of the next one");
    }

    proptest! {
        #[test]
        fn equals_the_naive_twin(text in strategy::text(60), numbers in prop::collection::vec(0..7_usize, 1..9)) {
            let lengths = cut(nfc(&text).len(), &numbers);
            let expected = naive::byte_spans(&text, &lengths);
            let spans = spans_of(&text, &lengths);
            prop_assert_eq!(&spans, &expected.iter().map(|span| [span.start, span.end]).collect::<Vec<_>>());
            if let Ok(text) = std::str::from_utf8(&text) {
                let expected: Vec<Span> = expected.iter().map(|span| naive::char_span(text, span)).map(|c| [c.start, c.end]).collect();
                prop_assert_eq!(chars_of(text, &spans), expected);
            }
        }

        #[test]
        fn parts_that_are_cut_between_lines_give_the_spans_of_the_whole(text in strategy::text(60), numbers in prop::collection::vec(0..7_usize, 1..9)) {
            let text = String::from_utf8_lossy(&text).into_owned();
            let (mut spans, mut chars, mut whole) = (Vec::new(), Vec::new(), Vec::new());
            let mut place = Place::default();
            for line in lines(text.as_bytes()) {
                let lengths = cut(nfc(line).len(), &numbers);
                let before = spans.len();
                byte_spans(line, place.bytes, lengths.iter().copied(), &Stop::default(), &mut spans);
                char_spans(line, place, &spans[before..], &Stop::default(), &mut chars);
                whole.extend(lengths);
                place.advance(line, place.bytes, place.bytes + line.len());
            }
            prop_assert_eq!(&spans, &spans_of(text.as_bytes(), &whole));
            prop_assert_eq!(chars, chars_of(&text, &spans));
        }
    }
}
