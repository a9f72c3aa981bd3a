//! Where a long document may be cut, so that normalizing and cutting both sides into segments gives the same as before.
//!
//! In: raw text. Out: an offset. Two kinds of places, both sure whatever the text behind them is:
//! - *After a newline run*, before another byte: a newline composes with nothing on either side, and a segment ends there
//!   under every rule. Never inside a run: a rule with a limit cuts runs at every 100 from their start.
//! - *Before a plain character* (see [`super::super::normalize`]), or before a byte that is certainly invalid: what is before
//!   and what is behind can be normalized on their own. It need not be where a segment ends.

use crate::corpus::normalize::Normalization;
use crate::corpus::utf8::{first_char, is_continuation};
use memchr::{memchr, memrchr};

/// The most bytes of a character: this many decide whether a character begins.
pub(super) const LONGEST_CHARACTER: usize = 4;

/// The last end of a newline run in `1..=window` with another byte behind it.
pub(super) fn last_line_end(text: &[u8], window: usize) -> Option<usize> {
    let end = memrchr(b'\n', &text[..window])? + 1;
    if text.get(end).is_some_and(|&byte| byte != b'\n') {
        return Some(end);
    }
    // The run goes on behind the window, or to the end of what is known: take the one before it.
    let start = text[..end].iter().rposition(|&byte| byte != b'\n')? + 1;
    memrchr(b'\n', &text[..start]).map(|newline| newline + 1)
}

/// The first end of a newline run from `from` on with another byte behind it.
pub(crate) fn first_line_end(text: &[u8], from: usize) -> Option<usize> {
    // the newline before `from` is looked at as well: the run may end just there
    let looked_at = from.saturating_sub(1);
    let newline = looked_at + memchr(b'\n', &text[looked_at..])?;
    text[newline..].iter().position(|&byte| byte != b'\n').map(|length| newline + length)
}

/// The last place in `1..=window` before a plain character or an invalid byte, where that is certain.
pub(super) fn last_boundary(text: &[u8], window: usize, normalization: Normalization) -> Option<usize> {
    let known = text.len().saturating_sub(LONGEST_CHARACTER);
    (1..=window.min(known)).rev().find(|&at| {
        let begins = !is_continuation(text[at]);
        begins && first_char(&text[at..]).is_none_or(|(character, _)| normalization.is_plain(character))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_behind_whole_runs_with_something_behind_them() {
        let text = b"a\nb\n\n\nc\n\n";
        let last: Vec<_> = (0..=text.len()).map(|window| last_line_end(text, window)).collect();
        assert_eq!(last, [None, None, Some(2), Some(2), Some(2), Some(2), Some(6), Some(6), Some(6), Some(6)]);
        let first: Vec<_> = (0..=text.len()).map(|from| first_line_end(text, from)).collect();
        assert_eq!(first, [Some(2), Some(2), Some(2), Some(6), Some(6), Some(6), Some(6), None, None, None]);
        assert_eq!(last_line_end(b"\n\n\na", 2), None);
        assert_eq!(last_line_end(b"\n\n\na", 3), Some(3));
    }

    #[test]
    fn boundaries_are_before_plain_characters_and_invalid_bytes() {
        let text = "e\u{301}天\u{1161}x     ".as_bytes();
        let last = |text: &[u8], window| last_boundary(text, window, Normalization::Nfc);
        let boundaries: Vec<_> = (0..=9).map(|window| last(text, window).unwrap_or(0)).collect();
        assert_eq!(boundaries, [0, 0, 0, 3, 3, 3, 3, 3, 3, 9]);
        assert_eq!(last(b"\x80\x80\xE5\xA4    ", 4), Some(4));
        assert_eq!(last(b"\x80\x80\xE5\xA4    ", 3), Some(2), "an invalid byte that no character contains");
        assert_eq!(last(b"a\xE5\xA4", 3), None, "a character may follow");
        let wide = "aａb    ".as_bytes();
        let places = Normalization::NAMES.map(|(_, normalization)| last_boundary(wide, 3, normalization));
        assert_eq!(places, [Some(1), None, Some(1)], "NFKC changes the wide letter");
    }
}
