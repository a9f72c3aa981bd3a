//! Pruning against its naive twin, on random piece counts, for several threads; and the pipeline from text to vocabularies.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking, as tests do")]

use bytepiece_core::naive;
use bytepiece_core::pieces::PieceTable;
use bytepiece_core::progress::Silent;
use bytepiece_core::prune::{Limits, prune};
use bytepiece_core::train::{self, Options};
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
        sizes in prop::collection::vec(259usize..400, 1..4),
    ) {
        let mut sizes = sizes;
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        let limits = Limits { max_piece_length, min_count };
        let expected = naive::prune::prune(pieces.clone(), &limits, &sizes);
        let table: PieceTable = pieces.iter().map(|(piece, &count)| (&piece[..], count)).collect();
        for n in [1, 3] {
            let pruned = prune(table.clone(), &limits, &sizes, threads(n), &mut Silent).expect("no overflow");
            prop_assert_eq!(pruned.len(), expected.len());
            for (table, expected) in pruned.iter().zip(&expected) {
                let table: BTreeMap<Vec<u8>, u64> = table.iter().map(|(piece, count)| (piece.to_vec(), count)).collect();
                prop_assert_eq!(&table, expected);
            }
        }
    }
}

#[test]
fn counts_that_do_not_fit_are_an_error() {
    let table: PieceTable = [(&b"a"[..], u64::MAX), (b"aaa", 2)].into_iter().collect();
    let limits = Limits { max_piece_length: 36, min_count: 1 };
    assert!(prune(table, &limits, &[300], threads(2), &mut Silent).is_err());
}

fn options() -> Options {
    Options { max_vocab_sizes: vec![300], ..Options::new(threads(2)) }
}

#[test]
fn each_parameter_out_of_range_is_named_with_its_range() {
    let cases: [(&str, Options); 9] = [
        ("order must be 1 to 16, not 0", Options { order: 0, ..options() }),
        ("order must be 1 to 16, not 17", Options { order: 17, ..options() }),
        ("max_vocab_size must be 259 to 16777219, not 258", Options { max_vocab_sizes: vec![300, 258], ..options() }),
        (
            "max_vocab_size must be 259 to 16777219, not 16777220",
            Options { max_vocab_sizes: vec![16_777_220], ..options() },
        ),
        ("max_vocab_size must be a size or a list", Options { max_vocab_sizes: vec![], ..options() }),
        ("max_piece_length must be 1 to 4096, not 0", Options { max_piece_length: 0, ..options() }),
        ("max_piece_length must be 1 to 4096, not 4097", Options { max_piece_length: 4097, ..options() }),
        ("max_ngrams must be at least 256, not 255", Options { max_ngrams: 255, ..options() }),
        ("min_count must be at least 1, not 0", Options { min_count: 0, ..options() }),
    ];
    for (message, options) in cases {
        let error = options.validate().expect_err(message).to_string();
        assert!(error.starts_with(message), "{error}");
    }
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
