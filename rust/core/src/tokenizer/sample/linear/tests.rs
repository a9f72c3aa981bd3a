use super::super::super::Alpha;
use super::super::Sums;
use super::super::weights::Weights;
use super::*;
use crate::naive::sample::distribution;
use crate::pieces::PieceTable;
use proptest::prelude::*;
use std::collections::HashMap;

fn alpha(value: f64) -> Alpha {
    Alpha::new(value).expect("a number").expect("not negative")
}

/// All bytes that occur, and pieces with scores given outright, so that they can be as far apart as counts allow.
fn trie(pieces: &[(&[u8], f64)]) -> (Trie, HashMap<Vec<u8>, f64>) {
    let table: PieceTable = pieces.iter().map(|&(piece, _)| (piece, 1)).collect();
    let scores: Vec<f64> = pieces.iter().map(|&(_, score)| score).collect();
    let trie = Trie::build(&table, &scores).expect("a trie");
    (trie, pieces.iter().map(|&(piece, score)| (piece.to_vec(), score)).collect())
}

/// The logarithm of the summed weights, and for each place the probabilities of the pieces there, shortest first.
fn probabilities(trie: &Trie, segment: &[u8], weights: &Weights) -> (f64, Vec<Vec<f64>>) {
    let mut rows = vec![Vec::new(); segment.len()];
    let log_total = Sums::default().backward(trie, segment, weights, &Stop::default(), |start, row| {
        let pieces = row.iter().filter(|(choice, _)| trie.value(choice.node).is_some());
        rows[start] = pieces.map(|(_, weight)| weight / row.total()).collect();
    });
    (log_total, rows)
}

/// Largest difference of two lists of probabilities.
fn apart(a: &[Vec<f64>], b: &[Vec<f64>]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.concat().iter().zip(b.concat()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// The largest difference of the probabilities of whole segmentations from what listing them all gives.
fn against_enumeration(scores: &HashMap<Vec<u8>, f64>, text: &[u8], exponent: f64, rows: &[Vec<f64>]) -> f64 {
    let expected = distribution(scores, text, exponent);
    assert!(expected.len() > 100);
    let probability = |lengths: &[usize]| {
        let mut start = 0;
        let mut of = |length: usize| {
            // the place of the piece among those that start there, shortest first
            let shorter = (1..length).filter(|&shorter| scores.contains_key(&text[start..start + shorter])).count();
            start += length;
            rows[start - length][shorter]
        };
        lengths.iter().map(|&length| of(length)).product::<f64>()
    };
    expected.iter().map(|(lengths, expected)| (probability(lengths) - expected).abs()).fold(0.0, f64::max)
}

#[test]
fn constants_are_the_powers_they_say() {
    assert_eq!((UNIT, PER_UNIT), (2f64.powi(512), 2f64.powi(-512)));
    assert_eq!((HIGH, LOW), (2f64.powi(256), 2f64.powi(-256)));
}

#[test]
fn pieces_as_unlikely_as_counts_allow_are_scaled_rightly() {
    // −44: a count of 1 of 2^63. Six bytes of it, at alpha 8, lie 2^-3000 apart, and one piece spans them.
    let (trie, scores) = trie(&[(b"x", -44.0), (b"xxxxxx", -1.0), (b"a", -1.0), (b"ax", -44.1), (b"xx", -44.2)]);
    let text = b"axxxxxxaxxaaxxxxxxxa";
    for exponent in [0.0, 0.1, 1.0, 3.0, 8.0] {
        let (total, rows) = probabilities(&trie, text, &Weights::Lazy(alpha(exponent)));
        let (log_total, log_rows) = probabilities(&trie, text, &Weights::Logarithms(alpha(exponent)));
        assert!((total - log_total).abs() <= 1e-13 * total.abs() + 1e-13, "{total} {log_total}");
        assert!(apart(&rows, &log_rows) < 1e-11, "alpha {exponent}");
        assert!(against_enumeration(&scores, text, exponent, &rows) < 1e-11, "alpha {exponent}");
    }
    for exponent in [0.0, 8.0, 9.0, 100.0, 1e6] {
        let (_, rows) = probabilities(&trie, text, &Weights::Logarithms(alpha(exponent)));
        let apart = against_enumeration(&scores, text, exponent, &rows);
        assert!(apart < 1e-11 * exponent.max(1.0), "alpha {exponent}: {apart}");
    }
}

#[test]
fn a_long_line_has_the_sums_of_logarithms() {
    let (trie, _) = trie(&[(b"a", -3.0), (b"aa", -2.0), (b"aaa", -9.0), (b"b", -44.0), (b"ab", -30.0)]);
    let text: Vec<u8> = (0..100_000u32).map(|at| if at % 7 < 5 || at % 1000 > 900 { b'a' } else { b'b' }).collect();
    for exponent in [0.0, 0.1, 1.0, 8.0] {
        let (total, rows) = probabilities(&trie, &text, &Weights::Lazy(alpha(exponent)));
        let (log_total, log_rows) = probabilities(&trie, &text, &Weights::Logarithms(alpha(exponent)));
        assert!((total - log_total).abs() <= 1e-11 * total.abs(), "{total} {log_total}");
        // the logarithms are the less exact ones: their sums have millions before the point
        assert!(apart(&rows, &log_rows) < 1e-7, "alpha {exponent}: {}", apart(&rows, &log_rows));
    }
}

#[test]
fn sums_of_earlier_segments_do_no_harm() {
    let (trie, _) = trie(&[(b"a", -3.0), (b"aa", -2.0)]);
    let mut sums = Sums::default();
    let mut total = |text: &[u8], weights: &Weights| sums.backward(&trie, text, weights, &Stop::default(), |_, _| ());
    for weights in [Weights::Lazy(alpha(1.0)), Weights::Logarithms(alpha(1.0))] {
        let short = total(b"aaa", &weights);
        total(&b"a".repeat(5000), &weights);
        assert_eq!(total(b"aaa", &weights), short);
        assert_eq!(total(b"", &weights), 0.0);
    }
}

proptest! {
    #[test]
    fn equals_the_logarithms(
        text in proptest::collection::vec(prop::sample::select(b"abc".to_vec()), 0..60),
        scores in proptest::collection::vec(-44.0f64..0.0, 9), exponent in 0.0f64..8.0
    ) {
        let pieces: [&[u8]; 9] = [b"a", b"b", b"c", b"ab", b"abc", b"bb", b"ca", b"aaaa", b"cabab"];
        let (trie, _) = trie(&pieces.into_iter().zip(scores).collect::<Vec<_>>());
        let (total, rows) = probabilities(&trie, &text, &Weights::Lazy(alpha(exponent)));
        let (log_total, log_rows) = probabilities(&trie, &text, &Weights::Logarithms(alpha(exponent)));
        prop_assert!((total - log_total).abs() <= 1e-12 * total.abs() + 1e-12, "{} {}", total, log_total);
        prop_assert!(apart(&rows, &log_rows) < 1e-10);
    }
}
