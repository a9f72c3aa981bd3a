//! Twin of [`crate::corpus::normalize::alignment`] and [`crate::tokenizer::offsets`]: where each byte of the NFC comes from, in a table;
//! then for each piece the least start and the largest end of its bytes.

use super::normalize::normal;
use crate::corpus::normalize::Normalization;
use std::ops::Range;
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick, is_nfkc_quick};

/// The places in `text` where its normal form can be cut in two: its start, its end, around invalid bytes, behind newlines, before characters
/// whose decomposition begins with a starter that never composes with what is before it.
fn boundaries(text: &[u8], normalization: Normalization) -> Vec<usize> {
    let (mut places, mut at) = (vec![0], 0);
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            let alone = character.to_string();
            let nfkc = normalization == Normalization::Nfkc;
            let first = if nfkc { alone.nfkd().next() } else { alone.nfd().next() }.unwrap_or(character);
            let one = std::iter::once(first);
            let quick = if nfkc { is_nfkc_quick(one) } else { is_nfc_quick(one) };
            let starter = canonical_combining_class(first) == 0;
            if starter && quick == IsNormalized::Yes || text[..at].ends_with(b"\n") {
                places.push(at);
            }
            at += character.len_utf8();
        }
        for _ in chunk.invalid() {
            places.push(at);
            at += 1;
            places.push(at);
        }
    }
    places.push(at);
    places.dedup();
    places
}

/// Where each byte of the normalized `text` comes from: its own byte where nothing changed between two boundaries, else all of them.
pub fn origins(text: &[u8], normalization: Normalization) -> Vec<Range<usize>> {
    let mut origins = Vec::new();
    for ends in boundaries(text, normalization).windows(2) {
        let (cluster, given) = (ends[0]..ends[1], &text[ends[0]..ends[1]]);
        let normalized = normal(given, normalization);
        if normalized == given {
            origins.extend(cluster.map(|byte| byte..byte + 1));
        } else {
            origins.extend(vec![cluster; normalized.len()]);
        }
    }
    origins
}

/// For pieces of these lengths, none of them 0, the span of each in the bytes of `text`.
pub fn byte_spans(text: &[u8], normalization: Normalization, lengths: &[usize]) -> Vec<Range<usize>> {
    let (origins, mut at) = (origins(text, normalization), 0);
    let span = |&length: &usize| {
        let of_piece = &origins[at..at + length];
        at += length;
        let start = of_piece.iter().map(|origin| origin.start).min().unwrap_or(0);
        start..of_piece.iter().map(|origin| origin.end).max().unwrap_or(0)
    };
    lengths.iter().map(span).collect()
}

/// The characters of `text` that have a byte in `span`, which is not empty.
pub fn char_span(text: &str, span: &Range<usize>) -> Range<usize> {
    let touched = |&(at, character): &(usize, char)| at < span.end && at + character.len_utf8() > span.start;
    let before = text.char_indices().take_while(|place| !touched(place)).count();
    before..before + text.char_indices().filter(touched).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::naive::normalize::strategy;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_before_a_boundary_and_what_is_behind_it_are_normalized_alone(
            text in strategy::text(30), normalization in strategy::normalization()
        ) {
            let normal = |text| normal(text, normalization);
            for at in boundaries(&text, normalization) {
                prop_assert_eq!([normal(&text[..at]), normal(&text[at..])].concat(), normal(&text));
            }
        }
    }
}
