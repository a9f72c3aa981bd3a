//! Pruning against its naive twin, on random piece counts, for several threads; and the pipeline from text to vocabularies.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking, as tests do")]

use bytepiece_core::corpus::normalize::Normalization;
use bytepiece_core::naive;
use bytepiece_core::pieces::PieceTable;
use bytepiece_core::progress::Silent;
use bytepiece_core::prune::{Limits, prune};
use bytepiece_core::rules::{PieceRules, Required};
use bytepiece_core::train;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;

fn threads(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).expect("not zero")
}

/// Pieces over few symbols, so that they nest and their scores tie.
fn pieces() -> impl Strategy<Value = BTreeMap<Vec<u8>, u64>> {
    let symbol = prop::sample::select(vec![b'a', b'b', b'=', b'\n', 0, 0xE5]);
    let count = prop_oneof![4 => 1u64..6, 2 => 1u64..200, 1 => Just(1u64 << 40)];
    prop::collection::btree_map(prop::collection::vec(symbol, 1..9), count, 0..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn pruning_equals_its_definition(
        pieces in pieces(),
        max_piece_length in prop_oneof![1usize..9, Just(usize::MAX)],
        min_count in 1u64..6,
        cross_words: bool,
        required in prop::collection::vec(prop::sample::select(vec!["ab", "a=", "==b", "\n\n", "aaa", "xyz"]), 0..4),
        numbers in prop::collection::vec(256usize..400, 1..4),
    ) {
        let rules = PieceRules { max_piece_length, cross_words, ..PieceRules::NONE };
        let required: Vec<Vec<u8>> = required.into_iter().map(Vec::from).filter(|piece| rules.allows(piece)).collect();
        let required = Required::new(&required, &rules, Normalization::Nfc).expect("allowed");
        let mut numbers: Vec<usize> = numbers.into_iter().map(|number| number.max(256 + required.len())).collect();
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        let limits = Limits { rules, min_count, required: required.clone() };
        let expected = naive::prune::prune(pieces.clone(), &limits, &numbers);
        let table: PieceTable = pieces.iter().map(|(piece, &count)| (&piece[..], count)).collect();
        for n in [1, 3] {
            let pruned = prune(table.clone(), &limits, &numbers, threads(n), &mut Silent).expect("no overflow");
            prop_assert_eq!(pruned.len(), expected.len());
            for (table, expected) in pruned.iter().zip(&expected) {
                let table: BTreeMap<Vec<u8>, u64> = table.iter().map(|(piece, count)| (piece.to_vec(), count)).collect();
                prop_assert_eq!(&table, expected);
                prop_assert!(required.iter().all(|piece| table.contains_key(piece)));
                prop_assert!(table.keys().all(|piece| rules.allows(piece)));
            }
        }
    }
}

#[test]
fn counts_that_do_not_fit_are_an_error() {
    let table: PieceTable = [(&b"a"[..], u64::MAX), (b"aaa", 2)].into_iter().collect();
    let limits = Limits { rules: PieceRules::NONE, min_count: 1, required: Required::default() };
    assert!(prune(table, &limits, &[300], threads(2), &mut Silent).is_err());
}

#[test]
fn counts_of_somebody_else_make_a_vocabulary() {
    // "abc" is worth less than "ab" + "c" and goes; its count goes to its parts
    let table: PieceTable = [(&b"ab"[..], 1_000_000), (b"c", 1_000_000), (b"abc", 1)].into_iter().collect();
    let vocabulary = train::vocabulary_from_counts(table, threads(2), &mut Silent).expect("valid");
    let counts: BTreeMap<&[u8], u64> = vocabulary.pieces().iter().collect();
    assert_eq!(vocabulary.size(), 260);
    assert_eq!((counts[&b"ab"[..]], counts[&b"c"[..]]), (1_000_001, 1_000_001));
}
