//! NFC against the library and the naive twin.

use super::form::Form;
use super::*;
use crate::naive::normalize as naive;
use proptest::prelude::*;
use std::collections::BTreeSet;
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick, is_nfkc_quick};

fn every_character() -> impl Iterator<Item = char> {
    '\0'..=char::MAX
}

#[test]
fn both_libraries_have_the_same_unicode_version() {
    let (major, minor, update) = unicode_properties::UNICODE_VERSION;
    assert_eq!((major, minor, update), (UNICODE_VERSION.0.into(), UNICODE_VERSION.1.into(), UNICODE_VERSION.2.into()));
}

#[test]
fn plain_characters_are_starters_with_quick_check_yes_and_so_are_the_starts_of_their_decompositions() {
    let yes = |c: char| canonical_combining_class(c) == 0 && is_nfc_quick([c].into_iter()) == IsNormalized::Yes;
    let kc = |c: char| canonical_combining_class(c) == 0 && is_nfkc_quick([c].into_iter()) == IsNormalized::Yes;
    for character in every_character() {
        let plain = Normalization::NAMES.map(|(_, normalization)| normalization.is_plain(character));
        assert!(plain[1] <= plain[0] && plain[2] == plain[0], "{character:?}");
        assert!(character >= ACTIVE_FROM || plain == [yes(character), kc(character), yes(character)], "{character:?}");
        // else it could compose with what is before it after it was taken apart
        let nfd = character.nfd().next();
        assert!(!plain[0] || nfd.is_some_and(yes) && (!plain[1] || nfd.is_some_and(kc)), "{character:?}");
    }
}

#[test]
fn every_character_alone_and_between_letters() {
    for character in every_character() {
        let text = character.to_string();
        assert_eq!(nfc(text.as_bytes()), text.nfc().collect::<String>().as_bytes());
        let text = format!("e{character}e{character}か{character}");
        assert_eq!(nfc(text.as_bytes()), text.nfc().collect::<String>().as_bytes());
        assert_eq!(&*Normalization::Nfkc.apply(text.as_bytes()), text.nfkc().collect::<String>().as_bytes());
        let text = format!("\n{character}\n");
        assert_eq!(&*Normalization::Nfkc.apply(text.as_bytes()), text.nfkc().collect::<String>().as_bytes());
        assert_eq!(
            Normalization::Nfkc.apply(text.as_bytes()).iter().filter(|&&byte| byte == b'\n').count(),
            text.matches('\n').count()
        );
    }
}

#[test]
fn every_character_that_composes_behind_every_first_half() {
    let composed: Vec<char> =
        every_character().filter(|c| !('가'..='힣').contains(c) && c.nfd().nth(1).is_some()).collect();
    let halves: BTreeSet<char> =
        composed.iter().flat_map(|c| c.nfd()).chain(['ᄀ', 'ᅡ', 'ᆨ', '가', '각', 'a', '\n']).collect();
    for &first in &halves {
        for second in halves.iter().chain(&composed) {
            let text: String = [first, *second].iter().collect();
            assert_eq!(nfc(text.as_bytes()), text.nfc().collect::<String>().as_bytes(), "{first:?} {second:?}");
        }
    }
}

#[test]
fn what_is_quiet_at_a_glance_is_quiet() {
    assert!((0..=255).all(|byte| !Nfc::is_quiet_at_a_glance(byte) || Nfc::quiet()[usize::from(byte)]));
    assert!((0..=255).all(|byte| !Nfkc::is_quiet_at_a_glance(byte) || Nfkc::quiet()[usize::from(byte)]));
    let mut chunk = [b'a'; CHUNK];
    assert!(is_quiet::<Nfc>(&chunk));
    chunk[CHUNK - 1] = 0xCC;
    assert!(!is_quiet::<Nfc>(&chunk));
}

#[test]
fn marks_are_found_wherever_they_are() {
    for length in 0..3 * CHUNK {
        for between in ["a", "é", "天", "—"] {
            let text = format!("{}e\u{301}{}", between.repeat(length), between.repeat(length % 40));
            assert_eq!(nfc(text.as_bytes()), text.nfc().collect::<String>().as_bytes());
        }
    }
}

#[test]
fn places_are_found_again() {
    // marks in the wrong order, right behind a place and not
    let stretches = ["e\u{301}", "", "\u{301}\u{323}", "x\n", "\u{301}\u{323}a", "e\u{301}\u{323}e"];
    let (mut text, mut places) = (String::new(), Vec::new());
    for stretch in stretches {
        text.push('\0');
        places.push(text.len());
        text.push_str(stretch);
        places.push(text.len());
    }
    let normal = Normalization::Nfc.apply_with_places(&text, places.iter_mut(), &Stop::default()).expect("changes");
    assert_eq!(normal, text.nfc().collect::<String>().as_bytes());
    for (stretch, place) in stretches.iter().zip(places.chunks(2)) {
        assert_eq!(&normal[place[0]..place[1]], stretch.nfc().collect::<String>().as_bytes(), "{stretch:?}");
    }
    assert_eq!(Normalization::Nfc.apply_with_places("abc\0é", [1].iter_mut(), &Stop::default()), None);
    assert_eq!(Normalization::None.apply_with_places("e\u{301}", [1].iter_mut(), &Stop::default()), None);
}

#[test]
fn nothing_composes_across_an_invalid_byte() {
    assert_eq!(&*nfc(b"e\xCC\x81"), "é".as_bytes());
    assert_eq!(&*nfc(b"e\xFF\xCC\x81"), b"e\xFF\xCC\x81");
    assert_eq!(&*nfc(b"\xE5\xA4e\xCC\x81\xCC"), b"\xE5\xA4\xC3\xA9\xCC");
}

#[test]
fn text_in_nfc_is_borrowed() {
    for text in ["", "abc", "今天天气不错", "caf\u{e9} 각", "a\u{323}\u{301}b\n"] {
        assert!(matches!(nfc(text.nfc().collect::<String>().as_bytes()), Cow::Borrowed(_)));
    }
    assert!(matches!(nfc("क्‍ष ใหญ่ ظَ".as_bytes()), Cow::Borrowed(_)));
    assert!(matches!(nfc("e\u{301}".as_bytes()), Cow::Owned(_)));
}

proptest! {
    #[test]
    fn equals_the_naive_twin(text in naive::strategy::text(60), normalization in naive::strategy::normalization()) {
        let normal = normalization.apply(&text).into_owned();
        prop_assert_eq!(&normal, &naive::normal(&text, normalization));
        prop_assert_eq!(&*normalization.apply(&normal), &normal);
    }

    #[test]
    fn lines_can_be_normalized_one_by_one(
        text in naive::strategy::text(60), normalization in naive::strategy::normalization()
    ) {
        let lines = text.split_inclusive(|&byte| byte == b'\n');
        let by_line: Vec<u8> = lines.flat_map(|line| normalization.apply(line).into_owned()).collect();
        prop_assert_eq!(normalization.apply(&text).into_owned(), by_line);
    }
}
