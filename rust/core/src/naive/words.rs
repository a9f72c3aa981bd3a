//! Twin of [`crate::rules::words`]: for each place of the text, whether a word ends there.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};
use unicode_segmentation::UnicodeSegmentation;

/// The words of `text`.
pub fn words(text: &[u8]) -> Vec<&[u8]> {
    let borders = borders(text);
    let mut words = Vec::new();
    let mut start = 0;
    for end in 1..=text.len() {
        if end == text.len() || (borders[end] && text[start..end].iter().any(|&byte| byte != b' ')) {
            words.push(&text[start..end]);
            start = end;
        }
    }
    words
}

/// For each place whether there is a border, that of spaces at the beginning included.
fn borders(text: &[u8]) -> Vec<bool> {
    let mut borders = vec![false; text.len() + 1];
    let (mut start, mut after_invalid) = (0, true);
    for chunk in text.utf8_chunks() {
        if !chunk.valid().is_empty() {
            for (at, _) in chunk.valid().split_word_bound_indices() {
                let (before, behind) = chunk.valid().split_at(at);
                borders[start + at] = !is_inside_of_run(before, behind);
            }
            after_invalid = false;
        }
        let invalid = start + chunk.valid().len();
        if let Some(first) = chunk.invalid().first() {
            borders[invalid] = !after_invalid || !(0x80..0xC0).contains(first);
            after_invalid = true;
        }
        start = invalid + chunk.invalid().len();
    }
    borders
}

/// Whether the last letter before a place and the first character behind it are of one run.
fn is_inside_of_run(before: &str, behind: &str) -> bool {
    let is_mark = |c: &char| c.general_category_group() == GeneralCategoryGroup::Mark || is_format(*c);
    // a break around U+200B is one of the library's own: it is no mark
    let last = before.chars().rev().find(|c| !is_mark(c) || *c == '\u{200B}');
    let groups = (last.and_then(group), behind.chars().next().and_then(group));
    groups.0.is_some() && groups.0 == groups.1
}

/// Whether a character is invisible.
fn is_format(character: char) -> bool {
    character.general_category() == unicode_properties::GeneralCategory::Format
}

/// The run that a character belongs to, by a name.
fn group(character: char) -> Option<&'static str> {
    let letter = character.general_category_group() == GeneralCategoryGroup::Letter;
    let kana = character.script_extension().contains_script(Script::Katakana);
    match character.script().full_name() {
        "Han" | "Hiragana" | "Katakana" => Some("CJK"),
        "Common" if letter && kana => Some("CJK"),
        name @ ("Thai" | "Lao" | "Khmer" | "Myanmar" | "Tai Tham" | "Tai Le" | "New Tai Lue" | "Tai Viet" | "Ahom")
            if letter =>
        {
            Some(name)
        }
        _ => None,
    }
}
