use super::*;
use crate::naive;
use crate::pieces::PieceTable;
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap};

/// A trie of all bytes and `more`, and its pieces with their scores.
fn trie(more: &[(Vec<u8>, f64)]) -> (Trie, Vec<Vec<u8>>, HashMap<Vec<u8>, f64>) {
    let mut scores: BTreeMap<Vec<u8>, f64> = (0..=255u8).map(|byte| (vec![byte], -9.0)).collect();
    scores.extend(more.iter().cloned());
    let table: PieceTable = scores.keys().map(|piece| (&piece[..], 1)).collect();
    let trie = Trie::build(&table, &scores.values().copied().collect::<Vec<_>>()).expect("a trie");
    (trie, scores.keys().cloned().collect(), scores.into_iter().collect())
}

/// Nested runs with scores that tie or nearly tie, so that stretches stay undecided for long.
fn pieces() -> impl Strategy<Value = Vec<(Vec<u8>, f64)>> {
    let runs = (prop::sample::select(vec![b'a', b'\n']), 1..7_usize).prop_map(|(byte, length)| vec![byte; length]);
    let others = prop::collection::vec(prop::sample::select(b"aab\n".to_vec()), 1..6);
    let score = prop_oneof![(1..8_i32).prop_map(|score| -f64::from(score)), -9.0..-0.1];
    prop::collection::vec((prop_oneof![runs, others], score), 0..20)
}

/// The beginning of a segment: newlines only at its end.
fn segment() -> impl Strategy<Value = Vec<u8>> {
    (prop::collection::vec(prop::sample::select(b"aaaab".to_vec()), 0..30), 0..6_usize)
        .prop_map(|(body, newlines)| [body, vec![b'\n'; newlines]].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_decided_comes_at_once(more in pieces(), text in segment(), size in 1..4_usize) {
        let (trie, names, scores) = trie(&more);
        let (mut path, mut given) = (OpenPath::default(), Vec::new());
        let mut end = 0;
        for part in text.chunks(size) {
            path.extend(&trie, part);
            path.settle(&trie, (part.last() == Some(&b'\n')).then_some(b'\n'), &mut given);
            end += part.len();
            prop_assert_eq!(path.len(), end);
            let pieces: Vec<&[u8]> = given.iter().map(|&piece| &names[index(piece)][..]).collect();
            prop_assert_eq!(pieces, naive::stream::decided(&scores, &text[..end]));
        }
        path.finish(&trie, &mut given);
        let pieces: Vec<&[u8]> = given.iter().map(|&piece| &names[index(piece)][..]).collect();
        prop_assert_eq!(pieces, naive::best_path::best_path(&scores, &text));
        prop_assert_eq!((path.len(), path.cells.len(), path.walks.len(), path.score), (0, 1, 0, 0.0));
    }
}

#[test]
fn without_longer_pieces_every_byte_is_decided_at_once() {
    let (trie, ..) = trie(&[]);
    let (mut path, mut given) = (OpenPath::default(), Vec::new());
    for &byte in b"ab\n\n" {
        path.extend(&trie, &[byte]);
        path.settle(&trie, None, &mut given);
        assert_eq!(given.pop(), Some(u32::from(byte)));
    }
}

#[test]
fn a_newline_is_decided_at_once_where_it_starts_no_longer_run() {
    // "\n " is a piece that no text has within a segment
    let (trie, names, _) = trie(&[(b"\n ".to_vec(), -1.0), (b"a\n".to_vec(), -1.0)]);
    let (mut path, mut given) = (OpenPath::default(), Vec::new());
    path.extend(&trie, b"a");
    path.settle(&trie, None, &mut given);
    assert!(given.is_empty());
    path.extend(&trie, b"\n");
    path.settle(&trie, Some(b'\n'), &mut given);
    assert_eq!(given.iter().map(|&piece| &names[index(piece)][..]).collect::<Vec<_>>(), [b"a\n"]);
}

#[test]
fn a_stretch_that_never_is_decided_takes_linear_time() {
    // 1 byte at a time, with a look at what is decided after each: an odd end wants its single a elsewhere than an even one
    let (trie, ..) = trie(&[(b"a".to_vec(), -9.0), (b"aa".to_vec(), -1.0)]);
    let (mut path, mut given) = (OpenPath::default(), Vec::new());
    for _ in 0..1_000_000 {
        path.extend(&trie, b"a");
        path.settle(&trie, None, &mut given);
    }
    assert!(path.cells.len() > 900_000 && given.len() < 100_000, "{} {}", path.cells.len(), given.len());
    path.finish(&trie, &mut given);
    assert_eq!(given.len(), 500_000);
    assert!(path.cells.capacity() <= KEEP_CELLS);
}
