//! The engine against the naive Viterbi, in both forms, with sizes so small that every text takes many blocks.

use super::blocks::Sizes;
use super::laid::Laid;
use super::{Engine, Kernel, Output};
use crate::naive::best_path::best_path;
use crate::parallel::Stop;
use crate::pieces::PieceTable;
use crate::tokenizer::Tokenizer;
use crate::tokenizer::best_path::BestPath;
use crate::vocabulary::{FIRST_ID, Vocabulary};
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap};

/// The single bytes and `more`.
pub(in crate::tokenizer) fn tokenizer(more: &BTreeMap<Vec<u8>, u64>, byte_count: u64, kernel: Kernel) -> Tokenizer {
    let mut table = PieceTable::new();
    for byte in 0..=255u8 {
        table.push(&[byte], more.get(&vec![byte]).copied().unwrap_or(byte_count));
    }
    for (piece, &count) in more.iter().filter(|(piece, _)| piece.len() > 1) {
        table.push(piece, count);
    }
    Tokenizer::with_kernel(Vocabulary::new(table, "test").expect("valid"), kernel).expect("built")
}

/// The ids by the naive twin.
fn naive(tokenizer: &Tokenizer, segments: &[Vec<u8>]) -> (Vec<u32>, Vec<usize>) {
    let pieces = tokenizer.vocabulary().pieces();
    let all = pieces.scores().expect("no overflow");
    let scores: HashMap<Vec<u8>, f64> =
        pieces.iter().zip(&all).map(|((piece, _), &score)| (piece.to_vec(), score)).collect();
    let ids: HashMap<&[u8], u32> = pieces.iter().zip(FIRST_ID..).map(|((piece, _), id)| (piece, id)).collect();
    let (mut output, mut ends) = (Vec::new(), Vec::new());
    for segment in segments {
        output.extend(best_path(&scores, segment).iter().map(|piece| ids[piece]));
        ends.push(output.len());
    }
    (output, ends)
}

/// The ids by the engine.
fn engine(tokenizer: &Tokenizer, segments: &[Vec<u8>], sizes: Sizes) -> (Vec<u32>, Vec<usize>) {
    let automaton = tokenizer.automaton.as_deref().expect("small enough");
    let mut laid = Laid::default();
    laid.clear(automaton.separator());
    segments.iter().for_each(|segment| laid.push(segment));
    let (mut engine, mut ids, mut ends) = (Engine::default(), Vec::new(), Vec::new());
    engine.blocks.sizes = sizes;
    // twice: what the first call leaves in the buffers must not matter
    for _ in 0..2 {
        (ids, ends) = (Vec::new(), Vec::new());
        let (mut fallback, mut output) = (BestPath::default(), Output { ids: &mut ids, ends: &mut ends });
        engine.run(tokenizer, automaton, laid.as_segments(), &mut fallback, &Stop::default(), &mut output);
    }
    (ids, ends)
}

/// Both forms, where this machine has both.
fn kernels() -> Vec<Kernel> {
    [Some(Kernel::PORTABLE), Kernel::avx2()].into_iter().flatten().collect()
}

/// Lines as [`crate::corpus::segments`] cuts them.
fn lines(text: &[u8]) -> Vec<Vec<u8>> {
    crate::corpus::segments::lines(text).map(<[u8]>::to_vec).collect()
}

fn sizes() -> impl Strategy<Value = Sizes> {
    prop_oneof![
        (1usize..70, 1usize..20, 0usize..2).prop_map(|(block, unit, ahead)| Sizes { block, unit, ahead }),
        Just(Sizes::default())
    ]
}

fn word(bytes: &'static [&'static [u8]], most: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(bytes), 1..most).prop_map(|parts| parts.concat())
}

/// Parts of pieces and of text: nested runs, newlines, characters of each length, what is no character.
const BYTES: &[&[u8]] =
    &[b"a", b"a", b"a", b"b", b"\n", b"=", "é".as_bytes(), "天".as_bytes(), "😀".as_bytes(), b"\xE5", b"\xA4", b"\xFF"];
const CHARACTERS: &[&[u8]] =
    &[b"a", b"a", b"a", b"b", b"\n", b"=", "é".as_bytes(), "天".as_bytes(), "地".as_bytes(), "😀".as_bytes()];

fn check(more: &BTreeMap<Vec<u8>, u64>, byte_count: u64, text: &[u8], sizes: Sizes, characters: bool) {
    for kernel in kernels() {
        let tokenizer = tokenizer(more, byte_count, kernel);
        let over = tokenizer.automaton.as_ref().is_some_and(|automaton| automaton.over_characters());
        assert!(over || !characters, "these pieces are whole characters");
        assert_eq!(engine(&tokenizer, &lines(text), sizes), naive(&tokenizer, &lines(text)), "{kernel:?} {sizes:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn over_bytes(
        pieces in prop::collection::btree_map(word(BYTES, 6), 1u64..9, 0..25),
        long in prop::collection::btree_map(word(BYTES, 60), 1u64..4, 0..4),
        text in prop_oneof![word(BYTES, 40), word(BYTES, 400)],
        sizes in sizes(),
    ) {
        let more = pieces.into_iter().chain(long).collect();
        check(&more, 1, &text, sizes, false);
    }

    #[test]
    fn over_characters(
        pieces in prop::collection::btree_map(word(CHARACTERS, 5), 3u64..9, 0..25),
        long in prop::collection::btree_map(word(CHARACTERS, 50), 2u64..4, 0..4),
        text in prop_oneof![word(CHARACTERS, 40), word(CHARACTERS, 400), word(BYTES, 60)],
        sizes in sizes(),
    ) {
        let more = pieces.into_iter().chain(long).collect();
        check(&more, 1, &text, sizes, true);
    }
}

#[test]
fn nested_pieces_and_runs() {
    let more =
        (1..=40).map(|length| (vec![b'a'; length], 7)).chain((1..=40).map(|length| (vec![b'\n'; length], 5))).collect();
    for length in [1, 15, 16, 17, 18, 19, 20, 21, 39, 40, 41, 500, 5000] {
        let text = [vec![b'a'; length], vec![b'\n'; length], vec![b'a'; length]].concat();
        for sizes in [Sizes::default(), Sizes { block: 64, unit: 16, ahead: 0 }] {
            check(&more, 1, &text, sizes, true);
        }
    }
}

#[test]
fn a_stretch_that_is_never_decided_before_its_end() {
    // one `a` more at the end changes all cuts
    let more: BTreeMap<Vec<u8>, u64> = [(b"aa".to_vec(), 900), (b"aab".to_vec(), 900), (b"aaa".to_vec(), 900)].into();
    for length in 90_000..90_004 {
        let mut text = vec![b'a'; length];
        text.push(b'b');
        check(&more, 1, &text, Sizes::default(), true);
        check(&more, 1, &text, Sizes { block: 100, unit: 50, ahead: 0 }, true);
    }
}

#[test]
fn a_character_whose_bytes_are_as_good_is_cut_over_bytes() {
    // é = C3 A9: its bytes one by one score better than its own piece
    let more: BTreeMap<Vec<u8>, u64> =
        [("é".as_bytes().to_vec(), 1), (vec![0xC3], 1 << 40), (vec![0xA9], 1 << 40)].into();
    let tokenizer = tokenizer(&more, 1, Kernel::best());
    assert!(!tokenizer.automaton.as_ref().expect("built").over_characters());
    check(&more, 1, "aéé\n".as_bytes(), Sizes::default(), false);
}

#[test]
fn empty_segments_have_ends_too() {
    let tokenizer = tokenizer(&BTreeMap::new(), 1, Kernel::best());
    let segments = [b"".to_vec(), b"a".to_vec(), b"".to_vec()];
    assert_eq!(engine(&tokenizer, &segments, Sizes::default()).1, [0, 1, 1]);
    assert!(engine(&tokenizer, &[], Sizes::default()).1.is_empty());
}
