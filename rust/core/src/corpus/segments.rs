//! Cutting normalized text into segments, the units of counting and of encoding.
//!
//! In: normalized text and a [`SegmentRule`]. Out: its segments in order; together they are all of the text. They are
//! what Python's `re.findall` gives for 0.6.3's four patterns, where `N` is the rule's `max_chars`:
//!
//! | `max_chars` | digits together | digits alone |
//! |---|---|---|
//! | 0 | `.*\n+` or else `.+` | `\d`, or else `[^\n\d]*\n+`, or else `[^\n\d]+` |
//! | N | `.{,N}\n{1,100}` or else `.{1,N}` | `\d`, or else `[^\n\d]{,N}\n{1,100}`, or else `[^\n\d]{1,N}` |
//!
//! With [`Digits::Groups`] it is `\d{1,3}` instead of `\d`.
//! All of them say: take as many characters as allowed, a newline (and a digit, where digits are alone) stops it; if a newline
//! is next, take the newline run too, at most 100 of it where there is a limit; if nothing was taken, a digit is next: take it, and
//! those behind it that belong to its group. No backtracking can succeed: a shorter body is followed by a character that is no
//! newline. So a segment depends on nothing before its start and on nothing after the one character behind its end.
//! Where pieces may not cross words, each of these segments is cut once more, into its [`words`], by itself: where a word ends depends
//! on more than one character behind it, but never on what is not in the segment, so batches need not know.
//! Only `\n` is a newline; a digit is Unicode category Nd; an invalid byte is one character, neither of the two.
//! Cost: linear; a search for the newline where lines are shorter in bytes than `max_chars` and digits are not alone, else
//! each character is decoded. No memory.

use super::normalize::Normalization;
use super::utf8::first_char;
use crate::rules::digits::{Digits, is_digit};
use crate::rules::words;
use memchr::memchr;

/// The most newlines of a run in one segment, where characters are limited.
const MAX_NEWLINES: usize = 100;

/// How text is cut into segments: the two parameters of 0.6.3's `normalize`, and words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentRule {
    /// The most characters before the newline run; 0 for no limit. With a limit, a newline run is cut at 100.
    pub max_chars: usize,
    /// Whether decimal digits (Unicode category Nd) are segments of their own.
    pub digits: Digits,
    /// Whether a segment may have more than one word.
    pub cross_words: bool,
    /// How text is normalized before.
    pub normalization: Normalization,
}

impl SegmentRule {
    /// The rule of training: 10,000 characters.
    pub const fn training(digits: Digits, cross_words: bool, normalization: Normalization) -> Self {
        Self { max_chars: 10_000, digits, cross_words, normalization }
    }
    /// The rule of encoding: lines, each with the newline run behind it.
    pub const LINES: Self =
        Self { max_chars: 0, digits: Digits::Free, cross_words: true, normalization: Normalization::Nfc };
}

/// 0.6.3's `normalize(text, maxlen, isolate_digits)`: the segments of the normalized `text`.
pub fn normalize(text: &[u8], rule: SegmentRule) -> Vec<Vec<u8>> {
    let mut segments = Vec::new();
    for_each_segment(&rule.normalization.apply(text), rule, |segment| segments.push(segment.to_vec()));
    segments
}

/// Calls `each` with every segment of `normalized`, in order; together they are all of it.
#[inline]
pub fn for_each_segment<'a>(normalized: &'a [u8], rule: SegmentRule, mut each: impl FnMut(&'a [u8])) {
    let segments = segments(normalized, rule);
    if rule.cross_words { segments.for_each(each) } else { segments.for_each(|one| words::for_each(one, &mut each)) }
}

/// The same before they are cut into words.
pub fn segments(normalized: &[u8], rule: SegmentRule) -> Segments<'_> {
    Segments { rest: normalized, rule }
}

/// Lines, each with the newline run behind it. Normalizing them one by one gives the lines of the normalized text.
pub fn lines(text: &[u8]) -> Segments<'_> {
    segments(text, SegmentRule::LINES)
}

/// See [`segments`].
#[derive(Clone, Debug)]
pub struct Segments<'a> {
    /// What is not cut yet.
    rest: &'a [u8],
    /// How to cut.
    rule: SegmentRule,
}

impl Segments<'_> {
    /// Where the characters before the newline run end.
    fn body(&self) -> usize {
        let (rest, max) = (self.rest, self.rule.max_chars);
        let max = if max == 0 { usize::MAX } else { max };
        if self.rule.digits != Digits::Free {
            // No search for the newline here: repeated at each digit of a long line it would be quadratic.
            return scan(rest, max, |character| character == '\n' || is_digit(character));
        }
        // a line of at most `max` bytes has at most `max` characters
        match memchr(b'\n', &rest[..rest.len().min(max.saturating_add(1))]) {
            Some(newline) => newline,
            None if rest.len() <= max => rest.len(),
            None => scan(rest, max, |character| character == '\n'),
        }
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let body = self.body();
        let most = if self.rule.max_chars == 0 { usize::MAX } else { MAX_NEWLINES };
        let newlines = self.rest[body..].iter().take(most).take_while(|&&byte| byte == b'\n').count();
        let end = match body + newlines {
            0 => scan(self.rest, self.rule.digits.most().unwrap_or(1), |character| !is_digit(character)).max(1),
            end => end,
        };
        let (segment, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(segment)
    }
}

/// Where the first character is that stops it, or `max` characters end, or the text.
#[inline]
fn scan(text: &[u8], max: usize, stops: impl Fn(char) -> bool) -> usize {
    let (mut at, mut characters) = (0, 0);
    while at < text.len() && characters < max {
        let (character, length) = match text[at] {
            byte @ 0..=0x7F => (char::from(byte), 1),
            _ => first_char(&text[at..]).unwrap_or((char::REPLACEMENT_CHARACTER, 1)),
        };
        if stops(character) {
            break;
        }
        at += length;
        characters += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::naive::normalize as naive;
    use proptest::prelude::*;

    const DIGITS: SegmentRule = SegmentRule { digits: Digits::Single, ..SegmentRule::LINES };

    fn segments_of(text: &str, rule: SegmentRule) -> Vec<&str> {
        let mut segments = Vec::new();
        for_each_segment(text.as_bytes(), rule, |segment| segments.push(std::str::from_utf8(segment).unwrap()));
        segments
    }

    fn cut(text: &str, max_chars: usize, isolate_digits: bool) -> Vec<&str> {
        let digits = if isolate_digits { Digits::Single } else { Digits::Free };
        segments_of(text, SegmentRule { max_chars, digits, ..SegmentRule::LINES })
    }

    #[test]
    fn groups_of_digits_are_cut_from_the_left() {
        let groups = SegmentRule { digits: Digits::Groups, ..SegmentRule::LINES };
        assert_eq!(
            segments_of("a1234567,٣４５６ b12\n\n", groups),
            ["a", "123", "456", "7", ",", "٣４５", "６", " b", "12", "\n\n"]
        );
        assert_eq!(segments_of("1234ab", SegmentRule { max_chars: 1, ..groups }), ["123", "4", "a", "b"]);
    }

    #[test]
    fn words_are_cut_inside_of_segments() {
        let rule = SegmentRule { max_chars: 8, digits: Digits::Groups, cross_words: false, ..SegmentRule::LINES };
        assert_eq!(
            segments_of("can't 3.14\n\n天地 ok", rule),
            ["can't", " ", "3", ".", "14", "\n", "\n", "天地", " ok"]
        );
        assert_eq!(segments_of("a b.cde fgh", rule), ["a", " b.cde", " ", "fgh"], "a segment ends there");
        let only_words = SegmentRule { max_chars: 0, digits: Digits::Free, ..rule };
        assert_eq!(segments_of("x 3.14 7a", only_words), ["x", " 3.14", " 7a"]);
    }

    #[test]
    fn a_newline_run_belongs_to_the_text_before_it() {
        assert_eq!(
            cut("\n\na\n\n\nb\r\nc\u{2028}d\u{85}e", 0, false),
            ["\n\n", "a\n\n\n", "b\r\n", "c\u{2028}d\u{85}e"]
        );
        assert_eq!(cut("", 0, false), Vec::<&str>::new());
    }

    #[test]
    fn a_digit_before_a_newline_run_leaves_the_bare_run() {
        assert_eq!(cut("a12\n\nb3c\n٣x\n", 0, true), ["a", "1", "2", "\n\n", "b", "3", "c\n", "٣", "x\n"]);
    }

    #[test]
    fn exactly_max_characters_before_a_newline_stay_with_it() {
        assert_eq!(cut("天地人\n天地人和\n", 3, false), ["天地人\n", "天地人", "和\n"]);
        assert_eq!(cut("abcdef", 3, false), ["abc", "def"]);
        assert_eq!(cut("ab1cdef\n", 3, true), ["ab", "1", "cde", "f\n"]);
    }

    #[test]
    fn with_a_limit_a_newline_run_is_cut_at_100() {
        let text = format!("ab{}c", "\n".repeat(250));
        let lengths = |max, digits| cut(&text, max, digits).iter().map(|segment| segment.len()).collect::<Vec<_>>();
        assert_eq!(lengths(2, false), [102, 100, 50, 1]);
        assert_eq!(lengths(2, true), [102, 100, 50, 1]);
        assert_eq!(lengths(0, false), [252, 1]);
        assert_eq!(lengths(usize::MAX, false), [102, 100, 50, 1]);
    }

    #[test]
    fn each_invalid_byte_is_a_character() {
        let rule = SegmentRule { max_chars: 2, ..SegmentRule::LINES };
        let pieces: Vec<&[u8]> = segments(b"\xE5\xA4\xFFa\xE5\xA4\xA9b", rule).collect();
        assert_eq!(pieces, [&b"\xE5\xA4"[..], b"\xFFa", b"\xE5\xA4\xA9b"]);
    }

    #[test]
    fn a_long_line_of_digits_takes_linear_time() {
        let text = "7天".repeat(1_000_000);
        assert_eq!(segments(text.as_bytes(), DIGITS).count(), 2_000_000);
    }

    proptest! {
        #[test]
        fn equals_the_naive_twin(
            text in naive::strategy::text(80), rule in naive::strategy::rule(vec![0, 1, 2, 3, 7, 20])
        ) {
            prop_assert_eq!(normalize(&text, rule), naive::normalize(&text, rule));
        }

        #[test]
        fn lines_can_be_normalized_one_by_one(
            text in naive::strategy::text(80), normalization in naive::strategy::normalization()
        ) {
            let one_by_one: Vec<Vec<u8>> = lines(&text).map(|line| normalization.apply(line).into_owned()).collect();
            prop_assert_eq!(one_by_one, naive::normalize(&text, SegmentRule { normalization, ..SegmentRule::LINES }));
        }
    }
}
