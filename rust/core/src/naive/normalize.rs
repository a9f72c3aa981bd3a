//! Twin of [`crate::corpus::normalize`] and [`crate::corpus::segments`]: a list of characters, and the patterns of 0.6.3
//! matched as they are written, with backtracking.

use super::words::words;
use crate::corpus::normalize::Normalization;
use crate::corpus::segments::SegmentRule;
use crate::rules::Digits;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// A character, or a byte that belongs to none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// A character.
    Char(char),
    /// An invalid byte.
    Byte(u8),
}

impl Unit {
    fn is_newline(self) -> bool {
        self == Self::Char('\n')
    }

    fn is_digit(self) -> bool {
        matches!(self, Self::Char(character) if character.general_category() == GeneralCategory::DecimalNumber)
    }
}

/// One element of a pattern: `class{min,max}`.
struct Repeat {
    /// Which units it matches.
    class: fn(Unit) -> bool,
    /// The fewest.
    min: usize,
    /// The most.
    max: usize,
}

/// NFC of every maximal valid stretch.
pub fn nfc(text: &[u8]) -> Vec<u8> {
    normal(text, Normalization::Nfc)
}

/// The normal form of every maximal valid stretch.
pub fn normal(text: &[u8], normalization: Normalization) -> Vec<u8> {
    let mut output = Vec::new();
    for chunk in text.utf8_chunks() {
        let valid = match normalization {
            Normalization::Nfc => chunk.valid().nfc().collect::<String>(),
            Normalization::Nfkc => chunk.valid().nfkc().collect(),
            Normalization::None => chunk.valid().to_owned(),
        };
        output.extend_from_slice(valid.as_bytes());
        output.extend_from_slice(chunk.invalid());
    }
    output
}

/// 0.6.3's `normalize`, and what it finds cut into words where the rule says so.
pub fn normalize(text: &[u8], rule: SegmentRule) -> Vec<Vec<u8>> {
    let found = find_all(text, rule);
    if rule.cross_words {
        return found;
    }
    found.iter().flat_map(|segment| words(segment)).map(<[u8]>::to_vec).collect()
}

/// 0.6.3's `normalize`: `re.findall` of the rule's pattern over the characters of the normalized text.
fn find_all(text: &[u8], rule: SegmentRule) -> Vec<Vec<u8>> {
    let normalized = normal(text, rule.normalization);
    let units: Vec<Unit> = normalized
        .utf8_chunks()
        .flat_map(|chunk| chunk.valid().chars().map(Unit::Char).chain(chunk.invalid().iter().copied().map(Unit::Byte)))
        .collect();
    let (pattern, mut at, mut found) = (pattern(rule), 0, Vec::new());
    while at < units.len() {
        let length = pattern.iter().find_map(|alternative| match_all(alternative, &units[at..])).unwrap_or(0);
        if length == 0 {
            at += 1; // as `findall` does where nothing matches
        } else {
            found.push(bytes(&units[at..at + length]));
            at += length;
        }
    }
    found
}

/// The alternatives of the rule's pattern.
fn pattern(rule: SegmentRule) -> Vec<Vec<Repeat>> {
    let (max, most) = if rule.max_chars == 0 { (usize::MAX, usize::MAX) } else { (rule.max_chars, 100) };
    let class: fn(Unit) -> bool = if rule.digits == Digits::Free {
        |unit| !unit.is_newline()
    } else {
        |unit| !unit.is_newline() && !unit.is_digit()
    };
    let mut alternatives = vec![
        vec![Repeat { class, min: 0, max }, Repeat { class: Unit::is_newline, min: 1, max: most }],
        vec![Repeat { class, min: 1, max }],
    ];
    if let Some(max) = [(Digits::Single, 1), (Digits::Groups, 3)].iter().find(|of| of.0 == rule.digits).map(|of| of.1) {
        alternatives.insert(0, vec![Repeat { class: Unit::is_digit, min: 1, max }]);
    }
    alternatives
}

/// How many units the elements match from the start of `units`: each takes as many as it can, then gives back one by one.
fn match_all(elements: &[Repeat], units: &[Unit]) -> Option<usize> {
    let Some((first, others)) = elements.split_first() else { return Some(0) };
    let most = units.iter().take(first.max).take_while(|&&unit| (first.class)(unit)).count();
    (first.min..=most).rev().find_map(|length| match_all(others, &units[length..]).map(|more| length + more))
}

/// The bytes of `units`.
fn bytes(units: &[Unit]) -> Vec<u8> {
    let mut output = Vec::new();
    for unit in units {
        match unit {
            Unit::Char(character) => output.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            Unit::Byte(byte) => output.push(*byte),
        }
    }
    output
}

/// Random text that meets every branch of normalizing and cutting.
#[cfg(test)]
pub(crate) mod strategy {
    use super::{Digits, Normalization, SegmentRule};
    use proptest::prelude::*;

    /// A rule with one of these limits.
    pub(crate) fn rule(max_chars: Vec<usize>) -> impl Strategy<Value = SegmentRule> {
        let digits = prop::sample::select(vec![Digits::Free, Digits::Single, Digits::Groups]);
        (prop::sample::select(max_chars), digits, any::<bool>(), normalization()).prop_map(
            |(max_chars, digits, cross_words, normalization)| SegmentRule {
                max_chars,
                digits,
                cross_words,
                normalization,
            },
        )
    }

    /// NFC twice as often as the others.
    pub(crate) fn normalization() -> impl Strategy<Value = Normalization> {
        prop::sample::select(vec![Normalization::Nfc, Normalization::Nfc, Normalization::Nfkc, Normalization::None])
    }

    /// Up to `units` words, characters, newline runs (some over 100), digits, combining marks and invalid bytes.
    pub(crate) fn text(units: usize) -> impl Strategy<Value = Vec<u8>> {
        let marks = [
            "\u{301}",
            "\u{323}",
            "\u{344}",
            "\u{1100}",
            "\u{1161}",
            "\u{11A8}",
            "\u{AC00}",
            "\u{93C}",
            "\u{16D67}",
            "\u{16D68}",
        ];
        let unit = prop_oneof![
            8 => prop::sample::select(vec!["a", "e", "bc", " ", "\r", "e\u{301}", "\u{16D63}", "\u{915}"]).prop_map(Vec::from),
            4 => prop::sample::select(vec!["天", "地", "é", "😀", "\u{2F800}", "\u{20000}", "\u{F900}", "\u{2126}", "\u{958}", "\u{FB1D}"]).prop_map(Vec::from),
            6 => prop::sample::select(marks.to_vec()).prop_map(Vec::from),
            3 => prop::sample::select(vec!["ｱ", "ﾞ", "か", "¨", "ﬁ", "½", "㍿", "ㅏ", "ﾡ", "ﷺ", "ͺ", "\u{A0}", "²", "\u{2F9B2}", "Ａ"]).prop_map(Vec::from),
            3 => prop::sample::select(vec!["0", "7", "٣", "３", "𝟗"]).prop_map(Vec::from),
            5 => (1..4_usize).prop_map(|length| vec![b'\n'; length]),
            1 => (90..320_usize).prop_map(|length| vec![b'\n'; length]),
            3 => prop::sample::select(vec![vec![0xFF], vec![0x80], vec![0xE5, 0xA4], vec![0xF0, 0x9F], vec![0xCC], vec![0xED, 0xA0, 0x80]]),
        ];
        prop::collection::vec(unit, 0..units).prop_map(|units| units.concat())
    }
}
