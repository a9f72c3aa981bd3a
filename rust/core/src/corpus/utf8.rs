//! Single characters of bytes that may not be UTF-8.
//!
//! In: bytes. Out: the character they begin with, or where the next stretch of valid UTF-8 ends. A byte is invalid when it
//! belongs to no well-formed sequence; which bytes those are does not depend on where reading begins, and Python's
//! `surrogateescape` turns exactly them into one surrogate each. Cost: constant a character; no table.

use crate::num::to_usize;
use crate::parallel::Stop;

/// Whether a byte continues a character (0x80 to 0xBF), and so cannot begin one.
#[inline]
pub(crate) const fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// How many characters begin in `text[from..to]`, that is how many of its bytes continue none. A word of `text` at a time, also where
/// less than a word is asked for: short ranges, of a piece each, are what it is called for, and a loop over bytes takes twice as long.
#[inline]
pub(crate) fn count_starts(text: &[u8], mut from: usize, to: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let (to, mut count) = (to.min(text.len()), 0);
    while from < to {
        let Some(word) = text[from..].first_chunk::<8>() else {
            return count + text[from..to].iter().filter(|&&byte| !is_continuation(byte)).count();
        };
        let word = u64::from_le_bytes(*word);
        // the lowest bit of each byte: 0 where the two highest ones are 10
        let starts = (!(word >> 7) | (word >> 6)) & ONES;
        let past = 8 - (to - from).min(8);
        // the product's highest byte is the sum of all bytes, at most 8
        count += to_usize((starts << (8 * past)).wrapping_mul(ONES) >> 56);
        from += 8;
    }
    count
}

/// The character at the start of `text`, and its length in bytes. `None`: the first byte is invalid, the character is cut
/// off by the end of `text`, or there is no text.
#[inline]
pub(crate) fn first_char(text: &[u8]) -> Option<(char, usize)> {
    let &lead = text.first()?;
    let bits = |at: usize| text.get(at).filter(|&&byte| is_continuation(byte)).map(|&byte| u32::from(byte & 0x3F));
    let (code, least, length) = match lead {
        0..=0x7F => return Some((char::from(lead), 1)),
        0xC2..=0xDF => (u32::from(lead & 0x1F) << 6 | bits(1)?, 0x80, 2),
        0xE0..=0xEF => (u32::from(lead & 0x0F) << 12 | bits(1)? << 6 | bits(2)?, 0x800, 3),
        0xF0..=0xF4 => (u32::from(lead & 0x07) << 18 | bits(1)? << 12 | bits(2)? << 6 | bits(3)?, 0x1_0000, 4),
        _ => return None,
    };
    // over-long forms are under `least`; surrogates and numbers over U+10FFFF are no `char`
    char::from_u32(code).filter(|_| code >= least).map(|character| (character, length))
}

/// Calls `each` with every maximal valid stretch that is not empty, and where it starts. `utf8_chunks` does the same one
/// byte at a time; this goes through `from_utf8`, which takes ASCII by words. Gives up when `stop` says so.
pub(crate) fn for_each_valid(text: &[u8], stop: &Stop, mut each: impl FnMut(usize, &str)) {
    if let Ok(valid) = simdutf8::basic::from_utf8(text) {
        if !valid.is_empty() {
            each(0, valid);
        }
        return;
    }
    let mut start = 0;
    while start < text.len() && !stop.requested() {
        let rest = &text[start..];
        let valid = match std::str::from_utf8(rest) {
            Ok(valid) => return each(start, valid),
            // it says itself that this much is valid
            Err(error) => std::str::from_utf8(&rest[..error.valid_up_to()]).unwrap_or_default(),
        };
        if !valid.is_empty() {
            each(start, valid);
        }
        start += valid.len() + 1;
        while start < text.len() && is_continuation(text[start]) {
            start += 1;
        }
    }
}

/// How many bytes at the end of `text` begin a character that they do not end: 0 to 3. Of all others it is decided whether they
/// are valid, whatever follows.
pub(crate) fn incomplete_end(text: &[u8]) -> usize {
    let begins_one = |length: &usize| {
        let end = std::str::from_utf8(&text[text.len() - length..]);
        end.is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
    };
    (1..=text.len().min(3)).find(begins_one).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Stop, count_starts, first_char, for_each_valid, incomplete_end, is_continuation};
    use proptest::prelude::*;

    #[test]
    fn every_character_is_read_as_it_was_written() {
        for character in '\0'..=char::MAX {
            let mut buffer = [0xA5; 5];
            let length = character.encode_utf8(&mut buffer).len();
            assert_eq!(first_char(&buffer), Some((character, length)));
            assert_eq!(first_char(&buffer[..length]), Some((character, length)));
            assert_eq!(first_char(&buffer[..length - 1]), None);
        }
    }

    #[test]
    fn malformed_sequences_are_no_character() {
        let malformed: [&[u8]; 9] = [
            b"",
            b"\x80",
            b"\xC0\x80",
            b"\xC1\xBF",
            b"\xE0\x9F\xBF",
            b"\xED\xA0\x80",
            b"\xF0\x8F\xBF\xBF",
            b"\xF4\x90\x80\x80",
            b"\xFF",
        ];
        for bytes in malformed {
            assert_eq!(first_char(bytes), None, "{bytes:x?}");
        }
    }

    #[test]
    fn many_invalid_bytes_can_be_stopped() {
        for_each_valid(b"\xFF\xFFa", &Stop::at_once(), |_, _| panic!("it goes on"));
    }

    proptest! {
        #[test]
        fn starts_are_what_continues_nothing(bytes in prop::collection::vec(any::<u8>(), 0..40), from in 0..45_usize, to in 0..45_usize) {
            let range = bytes.get(from..to.min(bytes.len())).unwrap_or_default();
            let expected = range.iter().filter(|&&byte| !is_continuation(byte)).count();
            prop_assert_eq!(count_starts(&bytes, from, to), expected);
        }

        #[test]
        fn stretches_and_characters_are_those_of_the_standard_library(
            bytes in prop::collection::vec(prop::sample::select(b"a\x80\xA4\xA9\xBF\x90\x9F\xC3\xE5\xE0\xED\xF0\xF4\xFF".to_vec()), 0..24)
        ) {
            let mut expected = Vec::new();
            let mut at = 0;
            for chunk in bytes.utf8_chunks() {
                if !chunk.valid().is_empty() {
                    expected.push((at, chunk.valid().to_owned()));
                }
                at += chunk.valid().len() + chunk.invalid().len();
            }
            let mut stretches = Vec::new();
            for_each_valid(&bytes, &Stop::default(), |start, valid| stretches.push((start, valid.to_owned())));
            // neighbours with nothing invalid between them are one stretch
            prop_assert_eq!(stretches, expected);
            for start in 0..bytes.len() {
                let first = bytes[start..].utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
                prop_assert_eq!(first_char(&bytes[start..]).map(|(character, _)| character), first);
            }
        }

        #[test]
        fn only_an_incomplete_end_hangs_on_what_follows(
            bytes in prop::collection::vec(prop::sample::select(b"a\x80\xA4\xA9\xBF\x90\x9F\xC3\xE5\xE0\xED\xF0\xF4\xFF".to_vec()), 0..8)
        ) {
            // how many bytes of `bytes` lie in valid characters, from the front, with `behind` behind them
            let valid = |behind: &[u8]| {
                let all = [&bytes[..], behind].concat();
                let mut valid = vec![false; all.len()];
                for_each_valid(&all, &Stop::default(), |start, text| valid[start..start + text.len()].fill(true));
                valid.truncate(bytes.len());
                valid
            };
            let now = valid(b"");
            let continuations = [0x80, 0x90, 0xA4, 0xBF].map(|byte| [byte; 3]);
            let later: Vec<Vec<bool>> =
                continuations.iter().flat_map(|more| (1..=3).map(|length| valid(&more[..length]))).collect();
            let same = (0..bytes.len()).take_while(|&at| later.iter().all(|other| other[at] == now[at])).count();
            prop_assert_eq!(bytes.len() - incomplete_end(&bytes), same);
        }
    }
}
