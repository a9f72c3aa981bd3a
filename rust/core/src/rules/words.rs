//! Words, as far as pieces may not go on behind them.
//!
//! In: bytes. Out: the words that they consist of, each with the spaces (U+0020) before it. Words end at the borders of [UAX #29], but
//! - not inside a run of letters of a script that is written without spaces: Han, Hiragana and Katakana together are one run (Japanese
//!   words mix them), and so are Thai, Lao, Khmer, Myanmar and the Tai scripts (Line_Break=SA), each for itself. UAX #29 has a border
//!   after each of their letters, for want of a dictionary;
//! - not behind spaces at the beginning.
//!
//! A byte that is not UTF-8 is a word of its own, with the continuation bytes behind it: a part of a character may be a piece.
//! Where a border is depends on the text on both sides (`can't` is one word), so a piece is judged by itself and has another border
//! than in the text it comes from, at times. Everything that is not a letter or a digit is a word of its own: a line feed, a tab, each of `==`.
//!
//! Cost: linear; the library's search of its tables a character.
//!
//! [UAX #29]: https://www.unicode.org/reports/tr29/#Word_Boundaries

use crate::corpus::utf8::is_continuation;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};
use unicode_segmentation::UnicodeSegmentation;

/// Calls `each` with every word of `text`, in order; together they are all of it.
pub fn for_each<'a>(text: &'a [u8], mut each: impl FnMut(&'a [u8])) {
    let (mut start, mut end, mut last) = (0, 0, Last::Spaces);
    for (token, valid) in tokens(text) {
        if !last.goes_on(token, valid) {
            each(&text[start..end]);
            start = end;
        }
        last = Last::of(token, valid);
        end += token.len();
    }
    if start < end {
        each(&text[start..end]);
    }
}

/// Whether `piece` is one word, or less.
pub fn is_one(piece: &[u8]) -> bool {
    let mut one = true;
    for_each(piece, |word| one &= word.len() == piece.len());
    one
}

/// What is between the borders of UAX #29, and what is not UTF-8; the latter is not valid.
fn tokens(text: &[u8]) -> impl Iterator<Item = (&[u8], bool)> {
    text.utf8_chunks().flat_map(|chunk| {
        let words = chunk.valid().split_word_bounds().map(|word| (word.as_bytes(), true));
        words.chain(std::iter::once((chunk.invalid(), false)).filter(|(bytes, _)| !bytes.is_empty()))
    })
}

/// How the word so far ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    /// There are only spaces so far, or nothing.
    Spaces,
    /// With a letter of a script without spaces.
    Run(Script),
    /// With a byte that is not UTF-8.
    Broken,
    /// With anything else.
    Other,
}

impl Last {
    /// With `token`: whatever is before it, since a token of spaces goes on with nothing but spaces.
    fn of(token: &[u8], valid: bool) -> Self {
        if !valid {
            return Self::Broken;
        }
        if token.iter().all(|&byte| byte == b' ') {
            return Self::Spaces;
        }
        let seen = |character: &char| !is_passed_over(*character);
        characters(token).rfind(seen).and_then(run_of).map_or(Self::Other, Self::Run)
    }

    /// Whether the word goes on with `token`.
    fn goes_on(self, token: &[u8], valid: bool) -> bool {
        match self {
            Self::Spaces => true,
            Self::Run(run) => valid && characters(token).next().and_then(run_of) == Some(run),
            Self::Broken => !valid && token.first().is_some_and(|&byte| is_continuation(byte)),
            Self::Other => false,
        }
    }
}

/// The characters of a valid token.
fn characters(token: &[u8]) -> std::str::Chars<'_> {
    std::str::from_utf8(token).unwrap_or_default().chars()
}

/// Marks and invisible characters belong to what is before them, whatever their script.
fn is_passed_over(character: char) -> bool {
    !character.is_ascii()
        && (character.general_category_group() == GeneralCategoryGroup::Mark
            || character.general_category() == GeneralCategory::Format)
}

/// The script of a letter that runs on without spaces; Han for kana too.
fn run_of(character: char) -> Option<Script> {
    if character.is_ascii() {
        return None;
    }
    let is_letter = || character.general_category_group() == GeneralCategoryGroup::Letter;
    let is_kana = || character.script_extension().contains_script(Script::Katakana);
    match character.script() {
        Script::Han | Script::Hiragana | Script::Katakana => Some(Script::Han),
        // the prolonged sound mark and the like
        Script::Common => (is_letter() && is_kana()).then_some(Script::Han),
        script if RUNS.contains(&script) => is_letter().then_some(script),
        _ => None,
    }
}

/// Scripts without spaces between words, beside Han and kana.
const RUNS: [Script; 9] = [
    Script::Thai,
    Script::Lao,
    Script::Khmer,
    Script::Myanmar,
    Script::Tai_Tham,
    Script::Tai_Le,
    Script::New_Tai_Lue,
    Script::Tai_Viet,
    Script::Ahom,
];

#[cfg(test)]
mod tests;
