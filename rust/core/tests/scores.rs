//! Scores, sums over all segmentations, entropies and n-best lists: against enumeration, closed forms and each other.
#![allow(clippy::expect_used, reason = "helpers of tests fail by panicking, as tests do")]

#[path = "scores/nbest.rs"]
mod nbest;

use bytepiece_core::naive::score as naive;
use bytepiece_core::parallel::Stop;
use bytepiece_core::pieces::PieceTable;
use bytepiece_core::tokenizer::{Alpha, Tokenizer, Worker};
use bytepiece_core::vocabulary::Vocabulary;
use proptest::prelude::*;
use std::collections::HashMap;

/// Pieces with these counts, and all bytes with count 1 where they have none.
fn tokenizer(pieces: &[(&[u8], u64)]) -> (Tokenizer, HashMap<Vec<u8>, f64>) {
    let given = |byte: u8| pieces.iter().any(|&(piece, _)| piece == [byte]);
    let mut table: PieceTable = pieces.iter().copied().collect();
    (0..=255).filter(|&byte| !given(byte)).for_each(|byte| table.push(&[byte], 1));
    let scores = table.scores().expect("small");
    let map = table.iter().zip(scores).map(|((piece, _), score)| (piece.to_vec(), score)).collect();
    (Tokenizer::new(Vocabulary::new(table, "model").expect("a vocabulary")).expect("a tokenizer"), map)
}

fn alpha(value: f64) -> Alpha {
    Alpha::new(value).expect("a number").expect("not negative")
}

fn best_score(tokenizer: &Tokenizer, text: &[u8]) -> f64 {
    tokenizer.best_score(text, &mut Worker::default(), &Stop::default())
}

fn log_likelihood(tokenizer: &Tokenizer, text: &[u8], exponent: f64) -> f64 {
    tokenizer.log_likelihood(text, alpha(exponent), &mut Worker::default(), &Stop::default())
}

fn entropy(tokenizer: &Tokenizer, text: &[u8], exponent: f64) -> f64 {
    tokenizer.entropy(text, alpha(exponent), &mut Worker::default(), &Stop::default())
}

/// Whether two numbers agree but for rounding.
fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + b.abs())
}

const PIECES: [&[u8]; 8] = [b"a", b"b", b"ab", b"aa", b"aaa", b"ba", b"b\n", b"bab\n\n"];

proptest! {
    #[test]
    fn equals_the_naive_twin(
        lines in proptest::collection::vec(proptest::collection::vec(prop::sample::select(b"aabb".to_vec()), 0..8), 1..4),
        counts in proptest::collection::vec(1u64..1_000_000, 8),
        exponent in prop::sample::select(vec![0.0, 0.1, 1.0, 5.0, 8.0, 9.0, 40.0])
    ) {
        let (tokenizer, scores) = tokenizer(&PIECES.into_iter().zip(counts).collect::<Vec<_>>());
        let lines: Vec<Vec<u8>> = lines.into_iter().map(|line| [&line[..], b"\n"].concat()).collect();
        let text = lines.concat();
        // a line of a newline alone belongs to the line before it
        let cut: Vec<&[u8]> = bytepiece_core::corpus::segments::lines(&text).collect();
        let sum = |of: &dyn Fn(&[u8]) -> f64| cut.iter().fold(0.0, |sum, line| sum + of(line));
        prop_assert_eq!(best_score(&tokenizer, &text), sum(&|line| naive::best_score(&scores, line)));
        let expected = sum(&|line| naive::log_likelihood(&scores, line, exponent));
        prop_assert!(close(log_likelihood(&tokenizer, &text, exponent), expected, 1e-12));
        let expected = sum(&|line| naive::entropy(&scores, line, exponent));
        let got = entropy(&tokenizer, &text, exponent);
        prop_assert!(close(got, expected, 1e-11), "{} {}", got, expected);
    }

    #[test]
    fn the_sum_is_no_less_than_its_largest_term_and_the_entropy_is_the_difference_of_the_two_at_most(
        text in proptest::collection::vec(prop::sample::select(b"aabb\n".to_vec()), 0..200),
        counts in proptest::collection::vec(1u64..1_000_000, 8)
    ) {
        let (tokenizer, _) = tokenizer(&PIECES.into_iter().zip(counts).collect::<Vec<_>>());
        let (best, all) = (best_score(&tokenizer, &text), log_likelihood(&tokenizer, &text, 1.0));
        prop_assert!(all >= best - 1e-12 * best.abs());
        // the most probable segmentation has the least surprise, all − best
        prop_assert!(entropy(&tokenizer, &text, 1.0) >= (all - best) * (1.0 - 1e-9) - 1e-9);
    }

    /// ln Z is convex in the exponent, its derivative the mean score: H = ln Z − alpha · d ln Z / d alpha.
    #[test]
    fn the_entropy_is_what_the_derivative_of_the_sum_says(
        text in proptest::collection::vec(prop::sample::select(b"aabb\n".to_vec()), 0..100),
        counts in proptest::collection::vec(1u64..1_000, 8), exponent in 0.1f64..3.0
    ) {
        let (tokenizer, _) = tokenizer(&PIECES.into_iter().zip(counts).collect::<Vec<_>>());
        let step = 1e-4;
        let at = |exponent| log_likelihood(&tokenizer, &text, exponent);
        let slope = (at(exponent + step) - at(exponent - step)) / (2.0 * step);
        let got = entropy(&tokenizer, &text, exponent);
        prop_assert!(got >= 0.0);
        prop_assert!(close(got, at(exponent) - exponent * slope, 1e-4), "{} {}", got, at(exponent) - exponent * slope);
    }
}

#[test]
fn of_nothing_all_are_nothing() {
    let (tokenizer, _) = tokenizer(&[]);
    for exponent in [0.0, 1.0, 1e6] {
        let all = [
            best_score(&tokenizer, b""),
            log_likelihood(&tokenizer, b"", exponent),
            entropy(&tokenizer, b"", exponent),
        ];
        assert!(all.iter().all(|value| value.to_bits() == 0), "{all:?}");
    }
}

/// With the pieces a and aa, Z of n letters is w1 · Z(n − 1) + w2 · Z(n − 2): (x^(n+1) − y^(n+1)) / (x − y) with the two roots.
fn log_z(w1: f64, w2: f64, n: f64) -> f64 {
    let root = (w1 * w1 + 4.0 * w2).sqrt();
    let (x, y) = ((w1 + root) / 2.0, (w1 - root) / 2.0);
    (n + 1.0) * x.ln() - (x - y).ln()
}

#[test]
fn a_line_of_a_million_letters() {
    let text = vec![b'a'; 1_000_000];
    let (tokenizer, scores) = tokenizer(&[(b"a", 700), (b"aa", 300)]);
    let (a, aa) = (scores[&b"a"[..]], scores[&b"aa"[..]]);
    let z = |exponent: f64| log_z((exponent * a).exp(), (exponent * aa).exp(), 1e6);
    for exponent in [0.0, 0.1, 1.0, 5.0] {
        assert!(close(log_likelihood(&tokenizer, &text, exponent), z(exponent), 1e-12), "alpha {exponent}");
        let slope = (z(exponent + 1e-5) - z(exponent - 1e-5)) / 2e-5;
        let (got, expected) = (entropy(&tokenizer, &text, exponent), z(exponent) - exponent * slope);
        assert!(close(got, expected, 1e-6), "alpha {exponent}: {got} {expected}");
    }
    assert!(2.0 * a > aa);
    assert!(close(best_score(&tokenizer, &text), 1e6 * a, 1e-9));
    // the other form, which is slower: a thousand letters
    assert!(close(
        log_likelihood(&tokenizer, &text[..1000], 9.0),
        log_z((9.0 * a).exp(), (9.0 * aa).exp(), 1e3),
        1e-12
    ));
}

#[test]
fn where_the_best_path_has_nearly_all_weight_the_rest_still_counts() {
    // ab: one piece, or two of which each is improbable; p of the latter is about 1e-28, far under the last bit of 1
    let (tokenizer, scores) = tokenizer(&[(b"ab", 1_000_000), (b"a", 1), (b"b", 1)]);
    let surprise = 2.0 * (scores[&b"ab"[..]] - scores[&b"a"[..]] - scores[&b"b"[..]]);
    // the terms of both segmentations: q · ln(1/q) + q
    let expected = (-surprise).exp() * (surprise + 1.0);
    let got = entropy(&tokenizer, b"ab", 2.0);
    assert!((got / expected - 1.0).abs() < 1e-9, "{got} {expected}");
}
