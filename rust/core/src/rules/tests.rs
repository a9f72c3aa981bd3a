//! Each rule by itself and in words; asking in batches.

use super::*;
use proptest::prelude::*;

const ALL: PieceRules =
    PieceRules { max_piece_length: 6, ensure_unicode: true, digits: Digits::Groups, cross_words: false };

#[test]
fn the_first_broken_rule_is_told() {
    let flaw = |piece: &[u8]| ALL.flaw(piece).map(|flaw| ALL.words(flaw));
    assert_eq!(flaw(b"abcdef"), None);
    assert_eq!(flaw("天地".as_bytes()), None);
    assert_eq!(
        flaw(b" 12").as_deref(),
        Some("has more than three digits, or digits and others, which digits=\"groups\" forbids")
    );
    assert_eq!(flaw(b"abcdefg").as_deref(), Some("is longer than max_piece_length, which is 6"));
    assert_eq!(flaw(b"\xE5\xA4").as_deref(), Some("is not made of whole characters, as ensure_unicode asks"));
    assert_eq!(flaw(b"a b").as_deref(), Some("goes on behind the end of a word, which cross_words=False forbids"));
    let single = PieceRules { digits: Digits::Single, ..PieceRules::NONE };
    let words = "has a digit and is more than that, which digits=\"single\" forbids";
    assert_eq!(single.flaw(b"12").map(|flaw| single.words(flaw)).as_deref(), Some(words));
}

#[test]
fn single_bytes_are_always_allowed() {
    let rules = PieceRules { max_piece_length: 0, ..ALL };
    assert!((0..=255).all(|byte| rules.allows(&[byte])));
}

#[test]
fn the_user_is_asked_in_batches_and_not_about_single_bytes() {
    /// Remembers.
    struct Sizes(Vec<usize>);
    impl Forbid for Sizes {
        fn forbidden(&mut self, pieces: &[&[u8]]) -> Result<Vec<bool>> {
            self.0.push(pieces.len());
            Ok(pieces.iter().map(|piece| piece.ends_with(b"7")).collect())
        }
    }
    let pieces: Vec<Vec<u8>> = (0..10_000).map(|number: u32| number.to_string().into_bytes()).collect();
    let (mut sizes, checks) = (Sizes(Vec::new()), std::cell::Cell::new(0));
    let check = &mut || {
        checks.set(checks.get() + 1);
        Ok(())
    };
    let answers = ask(&mut sizes, pieces.iter().map(|piece| &piece[..]), check).unwrap();
    assert_eq!((sizes.0, checks.get()), (vec![BATCH, BATCH, 10_000 - 10 - 2 * BATCH], 3));
    assert!(pieces.iter().zip(answers).all(|(piece, answer)| answer == (piece.len() > 1 && piece.ends_with(b"7"))));
    assert_eq!(ask(&mut Nothing, pieces.iter().map(|piece| &piece[..]), check).unwrap(), vec![false; 10_000]);
    assert_eq!(checks.get(), 3, "with nothing forbidden nobody is asked");
}

#[test]
fn errors_and_wrong_numbers_of_answers_end_it() {
    /// Fails, or answers too little.
    struct Bad(bool);
    impl Forbid for Bad {
        fn forbidden(&mut self, _: &[&[u8]]) -> Result<Vec<bool>> {
            if self.0 { Err(Error::External("no".into())) } else { Ok(vec![true]) }
        }
    }
    let error = |fails| ask(&mut Bad(fails), [&b"ab"[..], b"cd"].into_iter(), &mut || Ok(())).unwrap_err().to_string();
    assert_eq!(error(true), "no");
    assert!(error(false).contains("1 answers for 2 pieces"), "{}", error(false));
}

proptest! {
    #[test]
    fn fewer_rules_allow_more(piece in crate::naive::normalize::strategy::text(6)) {
        prop_assert!(PieceRules::NONE.allows(&piece));
        let one_by_one = [
            PieceRules { max_piece_length: 6, ..PieceRules::NONE },
            PieceRules { ensure_unicode: true, ..PieceRules::NONE },
            PieceRules { digits: Digits::Groups, ..PieceRules::NONE },
            PieceRules { cross_words: false, ..PieceRules::NONE },
        ];
        prop_assert_eq!(ALL.allows(&piece), one_by_one.iter().all(|rules| rules.allows(&piece)));
    }
}
