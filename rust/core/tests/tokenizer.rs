//! Best paths against their naive twin on random vocabularies, and batches against single texts.
#![allow(clippy::expect_used, reason = "helpers of tests fail by panicking, as tests do")]

use bytepiece_core::corpus::segments::SegmentRule;
use bytepiece_core::ln::ln;
use bytepiece_core::naive;
use bytepiece_core::parallel::Stop;
use bytepiece_core::pieces::PieceTable;
use bytepiece_core::tokenizer::batch::{Request, Rows, Sampling};
use bytepiece_core::tokenizer::{Alpha, Mode, Tokenizer, Worker};
use bytepiece_core::vocabulary::Vocabulary;
use bytepiece_core::{Error, Result};
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;

/// A tokenizer of all bytes and `more`, and its pieces with their scores.
fn tokenizer(more: &BTreeMap<Vec<u8>, u64>) -> (Tokenizer, HashMap<Vec<u8>, f64>) {
    let mut pieces: BTreeMap<Vec<u8>, u64> = (0..=255u8).map(|byte| (vec![byte], 1)).collect();
    pieces.extend(more.clone());
    let table: PieceTable = pieces.iter().map(|(piece, &count)| (&piece[..], count)).collect();
    let total = ln(pieces.values().sum());
    let scores = pieces.into_iter().map(|(piece, count)| (piece, ln(count) - total)).collect();
    (Tokenizer::new(Vocabulary::new(table, "model").expect("a vocabulary")).expect("a tokenizer"), scores)
}

/// The pieces that `text` is encoded to.
fn encode<'t>(tokenizer: &'t Tokenizer, text: &[u8], worker: &mut Worker) -> Vec<&'t [u8]> {
    let mut ids = Vec::new();
    tokenizer.encode_into(text, Mode::BestPath, worker, &Stop::default(), &mut ids);
    ids.iter().map(|&id| tokenizer.vocabulary().piece(id).expect("a piece's id")).collect()
}

/// Few symbols, so that pieces nest and occur; few counts, most of them powers of two, so that sums tie.
fn symbols(lengths: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(vec![b'a', b'a', b'a', b'b', b'=', b'\n', 0xE5, 0xCC, 0x81]), lengths)
}

fn pieces() -> impl Strategy<Value = BTreeMap<Vec<u8>, u64>> {
    let count = prop_oneof![prop::sample::select(vec![1u64, 2, 4, 8, 16, 64, 4096]), 1u64..50, Just(1u64 << 40)];
    prop::collection::btree_map(symbols(1..7), count, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn the_best_path_is_the_naive_one(
        pieces in pieces(),
        texts in prop::collection::vec(prop_oneof![4 => symbols(0..80), 1 => any::<Vec<u8>>()], 1..4),
    ) {
        let (tokenizer, scores) = tokenizer(&pieces);
        let mut worker = Worker::default();
        for text in &texts {
            let segments = naive::normalize::normalize(text, SegmentRule::LINES);
            let expected: Vec<&[u8]> =
                segments.iter().flat_map(|segment| naive::best_path::best_path(&scores, segment)).collect();
            prop_assert_eq!(encode(&tokenizer, text, &mut worker), expected);
        }
    }

    #[test]
    fn every_piece_and_nothing_else_has_an_id(pieces in pieces(), other in symbols(0..7)) {
        let (tokenizer, scores) = tokenizer(&pieces);
        for (piece, &score) in &scores {
            let id = tokenizer.id(piece).expect("a piece has an id");
            prop_assert_eq!(tokenizer.vocabulary().piece(id), Some(&piece[..]));
            prop_assert_eq!(tokenizer.score(id), Some(score));
        }
        prop_assert_eq!(tokenizer.id(&other).is_some(), scores.contains_key(&other));
    }
}

#[test]
fn an_exact_tie_goes_to_the_longest_last_piece() {
    // aa + a, a + aa: the same two numbers, added in another order, and one addition is commutative
    let (tokenizer, scores) = tokenizer(&[(b"aa".to_vec(), 64), (b"a".to_vec(), 2)].into());
    assert_eq!(scores[&b"aa"[..]] + scores[&b"a"[..]], scores[&b"a"[..]] + scores[&b"aa"[..]]);
    assert_eq!(encode(&tokenizer, b"aaa", &mut Worker::default()), [&b"a"[..], b"aa"]);
}

#[test]
fn a_long_segment_with_long_nested_pieces() {
    let nested = |longest: usize| -> BTreeMap<Vec<u8>, u64> {
        (1..=longest).step_by(5).map(|length| (vec![b'a'; length], 3 + u64::from(length % 7 == 0))).collect()
    };
    let (short, scores) = tokenizer(&nested(251));
    let mut worker = Worker::default();
    for length in [1, 250, 251, 252, 1500] {
        let text = [&vec![b'a'; length][..], b"bcd"].concat();
        assert_eq!(encode(&short, &text, &mut worker), naive::best_path::best_path(&scores, &text));
    }
    // pieces are of 5n + 1 bytes, the longest 4,096: 200,000 are no fewer than 49, and 49 pieces are of 5n + 4 bytes
    let (long, _) = tokenizer(&nested(4096));
    let text = vec![b'a'; 200_000];
    let pieces = encode(&long, &text, &mut worker);
    assert_eq!(pieces.concat(), text);
    assert_eq!(pieces.len(), 50);
}

#[test]
fn specials_in_a_text_are_ordinary_text_and_no_text_is_no_ids() {
    let (tokenizer, _) = tokenizer(&BTreeMap::new());
    assert_eq!(encode(&tokenizer, b"<bos>", &mut Worker::default()).concat(), b"<bos>");
    assert!(encode(&tokenizer, b"", &mut Worker::default()).is_empty());
    assert_eq!((tokenizer.id(b""), tokenizer.score(2), tokenizer.score(259)), (None, None, None));
}

fn threads(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).expect("not zero")
}

fn word_tokenizer() -> Tokenizer {
    tokenizer(&[(b"the ".to_vec(), 900), (b"cat".to_vec(), 300), (b"at".to_vec(), 80), (b"\n\n".to_vec(), 5)].into()).0
}

#[test]
fn a_batch_is_its_texts_one_by_one_on_any_number_of_threads() {
    let tokenizer = word_tokenizer();
    let long = "the cat sat\n\n".repeat(40_000);
    let texts: Vec<&[u8]> = (0..50_000).map(|at| &long.as_bytes()[at % 40..at % 40 + at % 23]).collect();
    let texts: Vec<&[u8]> = [&texts[..], &[long.as_bytes(), b"", b"cat"]].concat();
    let alpha = Alpha::new(0.7).expect("a number").expect("sampling");
    let sampling = Sampling { alpha, seed: 9, first_index: u64::MAX - 3 };
    for sampling in [None, Some(sampling)] {
        let request = Request { sampling, ..Request::default() };
        let mut expected = Rows::<u32>::default();
        for (at, text) in texts.iter().enumerate() {
            let mode = request.mode(at);
            tokenizer.encode_into(text, mode, &mut Worker::default(), &Stop::default(), &mut expected.ids);
            expected.ends.push(expected.ids.len());
        }
        for n in [1, 2, 3, 8] {
            let rows = tokenizer.encode_batch(&texts, &request, threads(n), &mut || Ok(())).expect("no error");
            assert!(rows == expected, "{n} threads, {sampling:?}");
        }
    }
}

#[test]
fn small_and_empty_batches() {
    let (tokenizer, request) = (word_tokenizer(), Request::default());
    let rows = |texts: &[&[u8]]| tokenizer.encode_batch(texts, &request, threads(4), &mut || Ok(())).expect("no error");
    assert_eq!(rows(&[]), Rows::<u32>::default());
    assert_eq!(rows(&[b"", b"x", b""]), Rows { ids: vec![tokenizer.id(b"x").expect("a byte")], ends: vec![0, 1, 1] });
    assert_eq!(rows(&[b"", b"x", b""]).iter().map(<[u32]>::len).collect::<Vec<_>>(), [0, 1, 0]);
}

#[test]
fn an_interrupt_stops_a_batch() {
    let text = vec![b'a'; 1 << 22];
    let mut check = || -> Result<()> { Err(Error::parameter("interrupt", 1, "0")) };
    let request = Request::default();
    let outcome = word_tokenizer().encode_batch::<u32>(&[&text, &text], &request, threads(2), &mut check);
    assert!(matches!(outcome, Err(Error::Parameter { name: "interrupt", .. })));
}
