//! The letters of all scripts in modern use, as text that every training sees a little of.
//!
//! In: how much text there is. Out: for each script a block with its letters, one a segment, which counts like [`BLOCKS`] blocks, and weighs, all of
//! them together, [`SHARE`] of the text. A tokenizer meets scripts that its training text has not: without this each of their letters costs two to four tokens, a byte
//! each. With it, the bytes that the letters of a script begin with become pieces where that is worth its place in the vocabulary (the letters of
//! Georgian all begin with `E1 82` or `E1 83`), or, with `ensure_unicode`, some letters do. It is a prior, like adding one to every count, on the
//! only structure that is known of text never seen: Unicode's.
//!
//! Scripts are the *Recommended* ones of UAX #31, table 5, letters those characters whose script it is and whose general category is a letter, a mark
//! or a digit, up to U+1FFFF, and of Han the basic block.

use super::spread::Weight;
use unicode_normalization::is_nfc;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};

/// So many documents there are of each alphabet.
const BLOCKS: u64 = 10;
/// So many bytes of text there are for each document of the alphabets: with 10 documents of some 110 KB, they weigh a fortieth of the text.
const TEXT: u64 = 4_600_000;
/// What a place in the text counts, so that one in an alphabet can count less.
pub(super) const UNIT: u64 = 64;

/// The scripts.
const SCRIPTS: [Script; 29] = [
    Script::Arabic,
    Script::Armenian,
    Script::Bengali,
    Script::Bopomofo,
    Script::Cyrillic,
    Script::Devanagari,
    Script::Ethiopic,
    Script::Georgian,
    Script::Greek,
    Script::Gujarati,
    Script::Gurmukhi,
    Script::Han,
    Script::Hangul,
    Script::Hebrew,
    Script::Hiragana,
    Script::Kannada,
    Script::Katakana,
    Script::Khmer,
    Script::Lao,
    Script::Latin,
    Script::Malayalam,
    Script::Myanmar,
    Script::Oriya,
    Script::Sinhala,
    Script::Tamil,
    Script::Telugu,
    Script::Thaana,
    Script::Thai,
    Script::Tibetan,
];

/// See the module's text.
#[derive(Debug, Default)]
pub(super) struct Alphabets {
    /// The letters of each script, ascending.
    letters: Vec<Vec<String>>,
    /// What each of their blocks counts for.
    weight: u64,
}

impl Alphabets {
    /// Beside a text of so many bytes.
    pub(super) fn beside(bytes: u64) -> Self {
        let mut letters = vec![Vec::new(); SCRIPTS.len()];
        for character in ('\u{80}'..'\u{20000}').filter(|&character| is_letter(character)) {
            if let Some(script) = SCRIPTS.iter().position(|&script| script == character.script()) {
                letters[script].push(character.to_string());
            }
        }
        let weight = u128::from(bytes) * u128::from(UNIT) / u128::from(TEXT * BLOCKS);
        Self { letters, weight: u64::try_from(weight).unwrap_or(u64::MAX).max(1) }
    }

    /// None.
    pub(super) fn none() -> Self {
        Self { letters: Vec::new(), weight: 1 }
    }

    /// The letters of each script.
    pub(super) fn iter(&self) -> impl Iterator<Item = Vec<&[u8]>> {
        self.letters.iter().map(|letters| letters.iter().map(String::as_bytes).collect())
    }

    /// What a block of them counts for.
    pub(super) fn weight(&self) -> Weight {
        Weight { weight: self.weight, repeats: BLOCKS }
    }
}

/// Whether a character is a letter, a mark or a digit that text in normal form can have; of Han the basic block only.
fn is_letter(character: char) -> bool {
    use GeneralCategoryGroup::{Letter, Mark, Number};
    let ideograph = character.script() == Script::Han;
    matches!(character.general_category_group(), Letter | Mark | Number)
        && (!ideograph || ('\u{4E00}'..='\u{9FFF}').contains(&character))
        && is_nfc(character.encode_utf8(&mut [0; 4]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_those_of_modern_scripts() {
        let alphabets = Alphabets::beside(46_000_000);
        assert_eq!(alphabets.weight(), Weight { weight: UNIT, repeats: BLOCKS });
        let letters: Vec<String> = alphabets.letters.concat();
        assert!(["ი", "天", "가", "é", "ж", "ア", "ไ"].iter().all(|one| letters.iter().any(|letter| letter == one)));
        assert!(["a", "，", "𐎀", "\u{F900}"].iter().all(|one| letters.iter().all(|letter| letter != one)));
        assert!((35_000..45_000).contains(&letters.len()), "{}", letters.len());
        assert_eq!(Alphabets::beside(0).weight().weight, 1);
        assert_eq!(Alphabets::none().iter().count(), 0);
    }
}
