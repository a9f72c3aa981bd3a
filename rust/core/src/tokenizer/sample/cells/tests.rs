//! Against sampling by the trie with the same random numbers, in both forms, with both sources of weights, and with sizes so small
//! that every text takes many blocks.

use super::super::super::engine::blocks::Sizes;
use super::super::super::engine::laid::Laid;
use super::super::super::engine::tests::tokenizer;
use super::super::super::generator::Generator;
use super::super::super::{Tokenizer, Worker};
use super::super::row::Choice;
use super::super::weights::Weights;
use super::super::{Sampler, Sums};
use super::*;
use crate::num::to_u64;
use crate::vocabulary::FIRST_ID;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn alpha(value: f64) -> Alpha {
    Alpha::new(value).expect("a number").expect("not negative")
}

fn draws(segment: usize) -> Draws {
    Generator::new(7, to_u64(segment)).line(0)
}

/// By byte, the number of the random number of the cell that begins there: the last cell has the first.
fn numbers(tokenizer: &Tokenizer, segment: &[u8]) -> Vec<usize> {
    let over = tokenizer.automaton.as_ref().is_some_and(|automaton| automaton.over_characters());
    let mut starts: Vec<usize> = (0..segment.len()).collect();
    if let (true, Ok(text)) = (over, std::str::from_utf8(segment)) {
        let is_piece = |c: char| tokenizer.id(c.encode_utf8(&mut [0; 4]).as_bytes()).is_some();
        let within = |(at, c): (usize, char)| if is_piece(c) { at..at + 1 } else { at..at + c.len_utf8() };
        starts = text.char_indices().flat_map(within).collect();
    }
    let mut numbers = vec![0; segment.len()];
    for (number, &start) in starts.iter().rev().enumerate() {
        numbers[start] = number;
    }
    numbers
}

/// The ids that the rows of the trie give.
fn by_the_trie(tokenizer: &Tokenizer, segment: &[u8], exponent: f64, draws: Draws) -> Vec<u32> {
    let (numbers, mut choices) = (numbers(tokenizer, segment), vec![Choice::default(); segment.len()]);
    let weights = Weights::Lazy(alpha(exponent));
    Sums::default().backward(&tokenizer.trie, segment, &weights, &Stop::default(), |place, row| {
        choices[place] = row.choose(draws.units(numbers[place] / 16)[numbers[place] % 16]);
    });
    let (mut start, mut ids) = (0, Vec::new());
    while start < segment.len() {
        ids.push(tokenizer.trie.value(choices[start].node).expect("a piece") + FIRST_ID);
        start += crate::num::index(choices[start].length);
    }
    ids
}

/// The segments in one text.
fn laid(tokenizer: &Tokenizer, segments: &[&[u8]]) -> Laid {
    let mut laid = Laid::default();
    laid.clear(tokenizer.separator());
    segments.iter().for_each(|segment| laid.push(segment));
    laid
}

/// The ids of all segments, and the numbers of those that were given up.
fn engine(
    tokenizer: &Tokenizer,
    segments: &[&[u8]],
    exponent: f64,
    sizes: Sizes,
    table: bool,
) -> (Vec<Vec<u32>>, Vec<usize>) {
    let automaton = tokenizer.automaton.as_deref().expect("small enough");
    let (pieces, trie, kernel) = (tokenizer.vocabulary.pieces(), &*tokenizer.trie, tokenizer.kernel);
    let cells = CellTable::new(automaton, pieces, trie, alpha(exponent));
    let weights = if table { Source::Table(&cells) } else { Source::Lazy(alpha(exponent)) };
    let model = Model { automaton, pieces, trie, weights, kernel };
    let (all, laid): (Vec<Draws>, _) = ((0..segments.len()).map(draws).collect(), laid(tokenizer, segments));
    let mut sampler = CellSampler::default();
    sampler.blocks.sizes = sizes;
    let mut result = (Vec::new(), Vec::new());
    // twice: what the first call leaves in the buffers must not matter
    for _ in 0..2 {
        let (mut ids, mut ends, mut slow) = (Vec::new(), Vec::new(), Vec::new());
        let mut output = Output { ids: &mut ids, ends: &mut ends };
        sampler.run(model, (laid.as_segments(), &all), &mut |at, _| slow.push(at), &Stop::default(), &mut output);
        let starts = std::iter::once(0).chain(ends.iter().copied());
        result = (starts.zip(&ends).map(|(start, &end)| ids[start..end].to_vec()).collect(), slow);
    }
    result
}

fn check(more: &BTreeMap<Vec<u8>, u64>, text: &[u8], exponent: f64, sizes: Sizes) -> usize {
    let segments: Vec<&[u8]> = crate::corpus::segments::lines(text).collect();
    let mut drawn = 0;
    for kernel in [Some(Kernel::PORTABLE), Kernel::avx2()].into_iter().flatten() {
        let tokenizer = tokenizer(more, 1, kernel);
        for table in [false, true] {
            let (rows, slow) = engine(&tokenizer, &segments, exponent, sizes, table);
            assert_eq!(rows.len(), segments.len());
            for (at, row) in rows.iter().enumerate().filter(|(at, _)| !slow.contains(at)) {
                assert_eq!(*row, by_the_trie(&tokenizer, segments[at], exponent, draws(at)), "{kernel:?} {table}");
            }
            drawn += segments.len() - slow.len();
        }
    }
    drawn
}

fn word(bytes: &'static [&'static [u8]], most: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(bytes), 1..most).prop_map(|parts| parts.concat())
}

fn sizes() -> impl Strategy<Value = Sizes> {
    prop_oneof![
        (1usize..70, 1usize..20, 0usize..2).prop_map(|(block, unit, ahead)| Sizes { block, unit, ahead }),
        Just(Sizes::default())
    ]
}

const BYTES: &[&[u8]] =
    &[b"a", b"a", b"a", b"b", b"\n", b"=", "é".as_bytes(), "天".as_bytes(), "😀".as_bytes(), b"\xE5", b"\xA4", b"\xFF"];
const CHARACTERS: &[&[u8]] =
    &[b"a", b"a", b"a", b"b", b"\n", b"=", "é".as_bytes(), "天".as_bytes(), "地".as_bytes(), "😀".as_bytes()];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn over_bytes(
        pieces in prop::collection::btree_map(word(BYTES, 6), 1u64..9, 0..25),
        long in prop::collection::btree_map(word(BYTES, 60), 1u64..4, 0..4),
        text in prop_oneof![word(BYTES, 40), word(BYTES, 400)],
        sizes in sizes(), exponent in prop::sample::select(vec![0.0, 0.1, 1.0, 2.5]),
    ) {
        let more = pieces.into_iter().chain(long).collect();
        check(&more, &text, exponent, sizes);
    }

    #[test]
    fn over_characters(
        pieces in prop::collection::btree_map(word(CHARACTERS, 5), 3u64..9, 0..25),
        long in prop::collection::btree_map(word(CHARACTERS, 50), 2u64..4, 0..4),
        text in prop_oneof![word(CHARACTERS, 40), word(CHARACTERS, 400), word(BYTES, 60)],
        sizes in sizes(), exponent in prop::sample::select(vec![0.0, 0.1, 1.0, 2.5]),
    ) {
        let more = pieces.into_iter().chain(long).collect();
        check(&more, &text, exponent, sizes);
    }
}

#[test]
fn nested_pieces_and_runs() {
    let more: BTreeMap<Vec<u8>, u64> = (1..=40).map(|length| (vec![b'a'; length], 7)).collect();
    for length in [1, 3, 4, 5, 15, 16, 17, 18, 19, 20, 21, 39, 40, 41, 500, 5000] {
        for exponent in [0.0, 0.1, 1.0] {
            assert_eq!(check(&more, &vec![b'a'; length], exponent, Sizes::default()), 2 * 2, "not given up");
        }
    }
}

#[test]
fn a_long_line_changes_its_unit_many_times() {
    let more = [(b"aa".to_vec(), 90), (b"aab".to_vec(), 9), (b"ba".to_vec(), 1 << 40)].into();
    let text: Vec<u8> = (0..50_000u32).map(|at| if at % 7 < 5 || at % 1000 > 900 { b'a' } else { b'b' }).collect();
    for exponent in [0.0, 0.5] {
        assert_eq!(check(&more, &text, exponent, Sizes::default()), 2 * 2);
    }
}

#[test]
fn sums_too_far_apart_are_given_up() {
    // 60 bytes at e^-23 each, or one piece
    let more: BTreeMap<Vec<u8>, u64> = [(vec![b'x'; 60], 1 << 20), (b"y".to_vec(), 1 << 33)].into();
    let tokenizer = tokenizer(&more, 1, Kernel::best());
    assert!(is_fit(tokenizer.automaton.as_deref().expect("built"), alpha(1.0)));
    let (near, far) = (vec![b'y'; 50], vec![b'x'; 61]);
    let (_, slow) = engine(&tokenizer, &[&near, &far, &near], 1.0, Sizes::default(), true);
    assert_eq!(slow, [1]);
    // as a whole, such a segment is sampled by the trie
    let (mut ids, mut ends, mut expected) = (Vec::new(), Vec::new(), Vec::new());
    let mut output = Output { ids: &mut ids, ends: &mut ends };
    tokenizer.sample_segments(
        (laid(&tokenizer, &[&far]).as_segments(), &[draws(1)]),
        alpha(1.0),
        &mut Worker::default(),
        &Stop::default(),
        &mut output,
    );
    let mut sampler = Sampler::default();
    tokenizer.sample_by_trie(&far, alpha(1.0), draws(1), &mut sampler, &Stop::default(), &mut expected);
    assert_eq!(ids, expected);
    assert_eq!(ends, [ids.len()]);
}

#[test]
fn exponents_with_tiny_weights_are_not_for_this() {
    let tokenizer = tokenizer(&[(b"y".to_vec(), 1 << 33)].into(), 1, Kernel::best());
    let automaton = tokenizer.automaton.as_deref().expect("built");
    // the lowest score is about −22.9
    assert!(is_fit(automaton, alpha(1.04)));
    assert!(!is_fit(automaton, alpha(1.06)));
}
