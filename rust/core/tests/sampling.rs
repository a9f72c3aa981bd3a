//! Sampling against the enumerated distribution. Seeds are fixed, so nothing here is left to chance.
#![allow(clippy::expect_used, reason = "helpers of tests fail by panicking, as tests do")]

use bytepiece_core::ln::ln;
use bytepiece_core::naive::best_path::best_path;
use bytepiece_core::naive::sample::distribution;
use bytepiece_core::num::to_f64;
use bytepiece_core::parallel::Stop;
use bytepiece_core::pieces::PieceTable;
use bytepiece_core::tokenizer::generator::Generator;
use bytepiece_core::tokenizer::{Alpha, Mode, Tokenizer, Worker};
use bytepiece_core::vocabulary::Vocabulary;
use std::collections::{BTreeMap, HashMap};

const DRAWS: u64 = 20_000;
const TEXT: &[u8] = b"abababba";
const MORE: [(&[u8], u64); 7] =
    [(b"ab", 40), (b"aba", 12), (b"bab", 9), (b"ba", 25), (b"abab", 6), (b"bb", 30), (b"bba", 3)];

fn tokenizer() -> (Tokenizer, HashMap<Vec<u8>, f64>) {
    let mut table: PieceTable = MORE.into_iter().collect();
    (0..=255u8).for_each(|byte| table.push(&[byte], if byte.is_ascii_lowercase() { 20 } else { 1 }));
    let total = ln(table.total().expect("small"));
    let scores = table.iter().map(|(piece, count)| (piece.to_vec(), ln(count) - total)).collect();
    (Tokenizer::new(Vocabulary::new(table, "model").expect("a vocabulary")).expect("a tokenizer"), scores)
}

fn alpha(value: f64) -> Alpha {
    Alpha::new(value).expect("a number").expect("not negative")
}

/// The lengths of the pieces of one draw.
fn draw(tokenizer: &Tokenizer, text: &[u8], exponent: f64, seed: u64, index: u64, worker: &mut Worker) -> Vec<usize> {
    let (mut ids, mode) = (Vec::new(), Mode::Sample(alpha(exponent), Generator::new(seed, index)));
    tokenizer.encode_into(text, mode, worker, &Stop::default(), &mut ids);
    ids.iter().map(|&id| tokenizer.vocabulary().piece(id).expect("a piece").len()).collect()
}

/// How often each segmentation is drawn.
fn counts(tokenizer: &Tokenizer, exponent: f64, seed: u64) -> BTreeMap<Vec<usize>, u64> {
    let (mut counts, mut worker) = (BTreeMap::new(), Worker::default());
    for index in 0..DRAWS {
        *counts.entry(draw(tokenizer, TEXT, exponent, seed, index, &mut worker)).or_insert(0) += 1;
    }
    counts
}

/// The point that chi-square with this many degrees of freedom passes with probability 1e-6 (Wilson and Hilferty).
fn chi_square_bound(degrees: f64) -> f64 {
    let spread = 2.0 / (9.0 * degrees);
    degrees * (1.0 - spread + 4.753 * spread.sqrt()).powi(3)
}

/// Chi-square of the draws against the expected probabilities, and the bound it passes with probability 1e-6. Segmentations
/// expected fewer than 5 times are put together.
fn chi_square(drawn: &BTreeMap<Vec<usize>, u64>, expected: &BTreeMap<Vec<usize>, f64>) -> (f64, f64) {
    let (mut statistic, mut bins, mut rare) = (0.0, 0.0, (0.0, 0.0));
    for (lengths, probability) in expected {
        let (count, mean) = (to_f64(drawn.get(lengths).copied().unwrap_or(0)), probability * to_f64(DRAWS));
        if mean < 5.0 {
            rare = (rare.0 + count, rare.1 + mean);
        } else {
            statistic += (count - mean).powi(2) / mean;
            bins += 1.0;
        }
    }
    if rare.1 >= 5.0 {
        statistic += (rare.0 - rare.1).powi(2) / rare.1;
        bins += 1.0;
    }
    (statistic, chi_square_bound(bins - 1.0))
}

#[test]
fn segmentations_come_with_their_probabilities() {
    let (tokenizer, scores) = tokenizer();
    for (seed, exponent) in (1u64..).zip([0.0, 0.1, 1.0, 5.0, 8.0, 8.1]) {
        let expected = distribution(&scores, TEXT, exponent);
        assert!(expected.len() > 40);
        let drawn = counts(&tokenizer, exponent, seed);
        assert!(drawn.keys().all(|lengths| expected.contains_key(lengths)));
        let (statistic, bound) = chi_square(&drawn, &expected);
        assert!(statistic < bound, "alpha {exponent}: chi-square {statistic:.1}, bound {bound:.1}");
    }
}

#[test]
fn the_check_above_tells_exponents_apart_that_differ_by_a_tenth() {
    let (tokenizer, scores) = tokenizer();
    let (statistic, bound) = chi_square(&counts(&tokenizer, 1.0, 3), &distribution(&scores, TEXT, 1.1));
    assert!(statistic > bound, "chi-square {statistic:.1}, bound {bound:.1}");
}

#[test]
fn a_large_exponent_gives_a_best_path() {
    let (tokenizer, scores) = tokenizer();
    let score = |lengths: &[usize]| -> f64 {
        let ends = lengths.iter().scan(0, |end, length| Some((*end, std::mem::replace(end, *end + length) + length)));
        ends.map(|(start, end)| scores[&TEXT[start..end]]).sum()
    };
    let best: Vec<usize> = best_path(&scores, TEXT).iter().map(|piece| piece.len()).collect();
    for exponent in [1e6, 1e100, 1e290] {
        for index in 0..200 {
            let drawn = draw(&tokenizer, TEXT, exponent, 1, index, &mut Worker::default());
            // abab ab ba and ab abab ba are equally good
            assert!((score(&drawn) - score(&best)).abs() < 1e-9, "alpha {exponent}: {drawn:?}");
        }
    }
}

#[test]
fn no_length_and_no_exponent_overflows() {
    let (tokenizer, _) = tokenizer();
    let text = TEXT.repeat(30_000);
    for exponent in [0.0, 1e-300, 1.0, 1e290] {
        let lengths = draw(&tokenizer, &text, exponent, 5, 0, &mut Worker::default());
        assert_eq!(lengths.iter().sum::<usize>(), text.len());
    }
}

#[test]
fn a_draw_depends_on_seed_and_index_alone() {
    let (tokenizer, _) = tokenizer();
    let text = TEXT.repeat(20);
    let mut worker = Worker::default();
    let first = draw(&tokenizer, &text, 1.0, 7, 0, &mut worker);
    assert_ne!(first, draw(&tokenizer, &text, 1.0, 7, 1, &mut worker));
    assert_ne!(first, draw(&tokenizer, &text, 1.0, 8, 0, &mut worker));
    assert_eq!(first, draw(&tokenizer, &text, 1.0, 7, 0, &mut worker));
}

#[test]
fn exponents_that_are_none() {
    assert_eq!(Alpha::new(-1.0).expect("a number"), None);
    assert_eq!(Alpha::new(f64::NEG_INFINITY).expect("a number"), None);
    for value in [f64::NAN, f64::INFINITY, 1e291] {
        let error = Alpha::new(value).expect_err("refused").to_string();
        assert!(error.starts_with("alpha must be a number"), "{error}");
    }
    assert_eq!(alpha(-0.0).get(), 0.0);
}

#[test]
fn lines_can_be_drawn_in_any_order() {
    let (tokenizer, _) = tokenizer();
    // e with an acute accent in two characters: offsets count the text as given
    let text = "abab\nabe\u{301}ba\n\nabab\nabab".as_bytes();
    let (generator, mut worker) = (Generator::new(3, 4), Worker::default());
    let ids_of = |part: &[u8], mode: Mode, worker: &mut Worker| {
        let mut ids = Vec::new();
        tokenizer.encode_into(part, mode, worker, &Stop::default(), &mut ids);
        ids
    };
    let mode = Mode::Sample(alpha(0.0), generator);
    let whole = ids_of(text, mode, &mut worker);
    let starts = [0, 5, 14, 19];
    let mut rows: Vec<Vec<u32>> = vec![Vec::new(); 4];
    for at in [2, 0, 3, 1] {
        let end = starts.get(at + 1).copied().unwrap_or(text.len());
        rows[at] = ids_of(&text[starts[at]..end], mode.at(starts[at]), &mut worker);
    }
    assert_eq!(rows.concat(), whole);
    let tail = ids_of(&text[14..], mode.at(14), &mut worker);
    assert_eq!(tail, rows[2..].concat());
    // equal lines at other places draw on their own
    let repeated = ids_of(&b"ababababab\n".repeat(6), mode, &mut worker);
    let rows: std::collections::BTreeSet<_> =
        repeated.split(|&id| id == tokenizer.id(b"\n").expect("a byte")).collect();
    assert!(rows.len() > 4, "{rows:?}");
}
