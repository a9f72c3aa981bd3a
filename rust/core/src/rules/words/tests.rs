//! Words of texts in many scripts, by hand; and against the twin on random text.

use super::*;
use crate::naive::{normalize::strategy, words as naive};
use proptest::prelude::*;

fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for_each(text.as_bytes(), |word| words.push(std::str::from_utf8(word).unwrap()));
    words
}

#[test]
fn words_have_the_spaces_before_them() {
    assert_eq!(words("Hello  brave, new world. "), ["Hello", "  brave", ",", " new", " world", ".", " "]);
    assert_eq!(words("can't 3.14 foo_bar x.y"), ["can't", " 3.14", " foo_bar", " x.y"]);
    assert_eq!(words("== \n\n\tx\r\n"), ["=", "=", " \n", "\n", "\t", "x", "\r\n"]);
    assert_eq!(words(" \u{301}x"), [" \u{301}", "x"], "the mark belongs to the space");
    assert_eq!(words("  "), ["  "]);
    assert_eq!(words(""), Vec::<&str>::new());
}

#[test]
fn scripts_without_spaces_make_one_word() {
    assert_eq!(words("我爱北京，2024年。"), ["我爱北京", "，", "2024", "年", "。"]);
    assert_eq!(words("食べるラーメン、スーパーマン"), ["食べるラーメン", "、", "スーパーマン"]);
    assert_eq!(words("ひーた々〇"), ["ひーた々〇"]);
    assert_eq!(words("สวัสดีครับ ขอบคุณ"), ["สวัสดีครับ", " ขอบคุณ"]);
    assert_eq!(words("ภาษา\u{200B}ไทย๑๒"), ["ภาษา", "\u{200B}", "ไทย", "๑๒"], "its own sign between words ends one");
    assert_eq!(words("ພາສາລາວ ភាសាខ្មែរ မြန်မာဘာသာ"), ["ພາສາລາວ", " ភាសាខ្មែរ", " မြန်မာဘာသာ"]);
    assert_eq!(words("ไทยລາວ天Latin"), ["ไทย", "ລາວ", "天", "Latin"], "each script for itself");
    assert_eq!(words("한국어 русский العربية"), ["한국어", " русский", " العربية"]);
    assert_eq!(words("👨\u{200D}👩\u{200D}👧🇩🇪🇫🇷"), ["👨\u{200D}👩\u{200D}👧", "🇩🇪", "🇫🇷"]);
    assert_eq!(words("カ_a天"), ["カ_a", "天"]);
}

#[test]
fn bytes_that_are_not_utf8_are_words_with_the_rest_of_their_characters() {
    let bytes = |text: &'static [u8]| {
        let mut words: Vec<&[u8]> = Vec::new();
        for_each(text, |word| words.push(word));
        words
    };
    assert_eq!(bytes(b"caf\xE9 x"), [&b"caf"[..], b"\xE9", b" x"]);
    assert_eq!(bytes(b"\xA4\xA9a"), [&b"\xA4\xA9"[..], b"a"]);
    assert_eq!(bytes(b"\xE5\xA4\xA9\xA9 \xFF"), [&b"\xE5\xA4\xA9"[..], b"\xA9", b" \xFF"]);
    assert!(is_one(b"\xE5\xA4") && is_one(b"\x9F\x98\x80") && !is_one(b"\xA9\xE5"));
}

#[test]
fn a_piece_is_judged_by_itself() {
    assert!(is_one(b"can't") && is_one(b" can") && is_one(b"'") && is_one(b"an"));
    assert!(!is_one(b"can'") && !is_one(b"'t") && !is_one(b"n t") && !is_one(b"a "));
}

/// Random text, and what it has little of.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let more = prop::sample::select(vec![
        "'", ".", ",", "_", "  ", "\t", "\u{200D}", "\u{200B}", "\u{AD}", "ก", "\u{E31}", "ລ", "ひ", "ー", "カ", "🇩",
        "א", "\"", "\u{3000}", "1", "ﾞ",
    ]);
    let more = prop::collection::vec(more, 0..12).prop_map(|more| more.concat().into_bytes());
    prop::collection::vec(prop_oneof![strategy::text(12), more], 0..5).prop_map(|texts| texts.concat())
}

proptest! {
    #[test]
    fn equals_the_naive_twin(text in text()) {
        let mut found: Vec<&[u8]> = Vec::new();
        for_each(&text, |word| found.push(word));
        prop_assert_eq!(found.concat(), &text[..]);
        prop_assert_eq!(&found, &naive::words(&text));
        prop_assert_eq!(is_one(&text), found.len() < 2);
    }

    /// What training relies on: what a border is before does not depend on what is before the border.
    #[test]
    fn the_words_behind_a_border_are_the_words_of_the_text_from_there(text in text()) {
        let words = naive::words(&text);
        let mut at = 0;
        for (number, word) in words.iter().enumerate() {
            prop_assert_eq!(&naive::words(&text[at..])[..], &words[number..]);
            at += word.len();
        }
    }
}
