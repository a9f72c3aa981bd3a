//! The n best segmentations, against enumeration and the best path.

use super::{best_score, tokenizer};
use bytepiece_core::corpus::segments;
use bytepiece_core::naive::nbest::nbest as naive;
use bytepiece_core::num::index;
use bytepiece_core::parallel::Stop;
use bytepiece_core::tokenizer::{Mode, Tokenizer, Worker};
use bytepiece_core::vocabulary::FIRST_ID;
use proptest::prelude::*;

/// The lengths of the pieces of each segmentation, and the scores.
fn nbest(tokenizer: &Tokenizer, text: &[u8], n: usize) -> Vec<(Vec<usize>, f64)> {
    let best = tokenizer.nbest(text, n, &Stop::default()).expect("n in range");
    let length = |id: &u32| tokenizer.vocabulary().piece(*id).map_or(0, <[u8]>::len);
    best.into_iter().map(|(ids, score)| (ids.iter().map(length).collect(), score)).collect()
}

fn best_path(tokenizer: &Tokenizer, text: &[u8]) -> Vec<u32> {
    let mut ids = Vec::new();
    tokenizer.encode_into(text, Mode::BestPath, &mut Worker::default(), &Stop::default(), &mut ids);
    ids
}

fn error(text: &[u8], n: usize) -> String {
    let (tokenizer, _) = tokenizer(&[]);
    tokenizer.nbest(text, n, &Stop::default()).map_or_else(|error| error.to_string(), |_| String::new())
}

#[test]
fn exact_ties_go_to_the_longest_last_piece_then_to_the_better_path_before_it() {
    // all pieces score the same, so a path's score is decided by the number of its pieces
    let (tokenizer, _) = tokenizer(&[(b"a", 1), (b"aa", 1), (b"aaa", 1)]);
    let lengths: Vec<Vec<usize>> = nbest(&tokenizer, b"aaaa", 100).into_iter().map(|(lengths, _)| lengths).collect();
    let expected: [&[usize]; 7] = [&[1, 3], &[2, 2], &[3, 1], &[1, 1, 2], &[1, 2, 1], &[2, 1, 1], &[1, 1, 1, 1]];
    assert_eq!(lengths, expected);
}

#[test]
fn ties_of_several_lines_go_to_the_better_last_line() {
    let (tokenizer, _) = tokenizer(&[(b"a", 1), (b"aa", 1), (b"\n", 1)]);
    let lengths: Vec<Vec<usize>> = nbest(&tokenizer, b"aa\naa", 9).into_iter().map(|(lengths, _)| lengths).collect();
    assert_eq!(lengths, [&[2, 1, 2][..], &[1, 1, 1, 2], &[2, 1, 1, 1], &[1, 1, 1, 1, 1]]);
}

#[test]
fn fewer_where_there_are_not_so_many_and_one_of_nothing() {
    let (tokenizer, _) = tokenizer(&[(b"ab", 3)]);
    assert_eq!(nbest(&tokenizer, b"", 5), [(vec![], 0.0)]);
    assert_eq!(nbest(&tokenizer, b"xyz", 5).len(), 1);
    assert_eq!(nbest(&tokenizer, b"ab", 5).len(), 2);
    assert_eq!(nbest(&tokenizer, b"ab\n\nab\nab", 100).len(), 8);
}

#[test]
fn text_is_normalized_and_cut_into_lines() {
    let (tokenizer, _) = tokenizer(&[("é".as_bytes(), 9), (b"a\nb", 9)]);
    let best = tokenizer.nbest("e\u{301}".as_bytes(), 9, &Stop::default()).expect("in range");
    assert_eq!(best.iter().map(|(ids, _)| ids.len()).collect::<Vec<_>>(), [1, 2]);
    // a piece never spans a newline and what follows it
    assert_eq!(nbest(&tokenizer, b"a\nb", 9).len(), 1);
}

#[test]
fn numbers_that_are_none() {
    assert_eq!(error(b"a", 0), "n must be 1 to 1024, not 0");
    assert_eq!(error(b"a", 1025), "n must be 1 to 1024, not 1025");
    let limit = "n must be at most 67 for a text of 1000000 bytes (n times bytes is at most 67108864), not 68";
    assert_eq!(error(&b"a".repeat(1_000_000), 68), limit);
    let limit = "text must be at most 67108864 bytes long for nbest, not 67108865";
    assert_eq!(error(&b"a".repeat(67_108_865), 1), limit);
}

#[test]
fn a_long_line_and_many_lines() {
    let (tokenizer, scores) = tokenizer(&[(b"ab", 30), (b"ba", 20), (b"aba", 10), (b"a", 9), (b"b", 8)]);
    for text in [b"abaab".repeat(20_000), b"ab\n".repeat(30_000)] {
        let best = tokenizer.nbest(&text, 5, &Stop::default()).expect("in range");
        assert_eq!(best[0].0, best_path(&tokenizer, &text));
        assert!(best.windows(2).all(|pair| pair[0].1 >= pair[1].1 && pair[0].0 != pair[1].0));
        for (ids, score) in best {
            let piece = |id: &u32| tokenizer.vocabulary().pieces().piece(index(id - FIRST_ID)).to_vec();
            let pieces: Vec<Vec<u8>> = ids.iter().map(piece).collect();
            assert_eq!(pieces.concat(), text);
            let line = |line: &[Vec<u8>]| line.iter().fold(0.0, |sum, piece| sum + scores[piece]);
            let sum = pieces.split_inclusive(|piece| piece == b"\n").map(line).fold(0.0, |sum, line| sum + line);
            assert_eq!(score, sum);
        }
    }
}

proptest! {
    // few counts, so that there are many ties, exact ones and such as rounding decides
    #[test]
    fn equals_the_naive_twin(
        text in proptest::collection::vec(prop::sample::select(b"aaabbb\n".to_vec()), 0..12),
        counts in proptest::collection::vec(prop::sample::select(vec![1u64, 2, 4, 7]), 8),
        n in prop::sample::select(vec![1usize, 2, 3, 10, 1024])
    ) {
        let pieces: [&[u8]; 8] = [b"a", b"b", b"ab", b"aa", b"aaa", b"ba", b"b\n", b"bab\n\n"];
        let (tokenizer, scores) = tokenizer(&pieces.into_iter().zip(counts).collect::<Vec<_>>());
        let lines: Vec<&[u8]> = segments::lines(&text).collect();
        let mut expected = naive(&scores, &lines);
        expected.truncate(n);
        let best = nbest(&tokenizer, &text, n);
        prop_assert_eq!(&best, &expected);
        let first = tokenizer.nbest(&text, n, &Stop::default()).expect("in range").swap_remove(0);
        prop_assert_eq!(&first.0, &best_path(&tokenizer, &text));
        prop_assert_eq!(first.1, best_score(&tokenizer, &text));
    }
}
