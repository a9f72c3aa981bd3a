use super::super::double_array::{BLOCK, OPEN_BLOCKS};
use super::*;
use crate::num::low_u8;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A trie of `pieces`, in their order here; piece `i` scores `-i`.
fn build<P: AsRef<[u8]>>(pieces: &[P]) -> Trie {
    let table: PieceTable = pieces.iter().map(|piece| (piece.as_ref(), 1)).collect();
    let scores: Vec<f64> = (0..pieces.len()).map(|at| -crate::num::to_f64(to_u64(at))).collect();
    Trie::build(&table, &scores).expect("not too many nodes")
}

/// That every piece is found, with its score.
fn check<P: AsRef<[u8]>>(trie: &Trie, pieces: &[P]) {
    for (at, piece) in (0u32..).zip(pieces) {
        assert_eq!(trie.find(piece.as_ref()), Some(at));
        let place = piece.as_ref().iter().try_fold(trie.root(), |place, &byte| trie.step(place, byte));
        assert_eq!(place.map(|place| place.score), Some(-f64::from(at)));
    }
}

/// How many nodes a trie of `pieces` has: one for each distinct prefix, the empty one included.
fn nodes(pieces: &[Vec<u8>]) -> usize {
    let sorted: BTreeSet<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
    let (mut nodes, mut before) = (1, &[][..]);
    for piece in sorted {
        nodes += piece.len() - piece.iter().zip(before).take_while(|(a, b)| a == b).count();
        before = piece;
    }
    nodes
}

proptest! {
    #[test]
    fn pieces_are_found_and_nothing_else(
        pieces in prop::collection::hash_set(prop::collection::vec(prop_oneof![Just(0u8), Just(1), Just(b'a'), any::<u8>()], 1..6), 0..200),
        others in prop::collection::vec(prop::collection::vec(prop_oneof![Just(0u8), Just(b'a'), any::<u8>()], 0..6), 0..50),
    ) {
        let listed: Vec<&Vec<u8>> = pieces.iter().collect();
        let trie = build(&listed);
        check(&trie, &listed);
        prop_assert_eq!(trie.max_length(), pieces.iter().map(Vec::len).max().unwrap_or(0));
        for other in &others {
            prop_assert_eq!(trie.find(other).is_some(), pieces.contains(other));
        }
        for piece in &pieces {
            let place = piece.iter().try_fold(trie.root(), |place, &byte| trie.step(place, byte)).unwrap();
            let longer = pieces.iter().any(|other| other.len() > piece.len() && other.starts_with(piece));
            prop_assert_eq!(trie.leads_on(place), longer);
        }
    }
}

#[test]
fn a_trie_of_nothing_finds_nothing() {
    let trie = build::<&[u8]>(&[]);
    assert_eq!((trie.find(b""), trie.find(b"a"), trie.max_length()), (None, None, 0));
    // every byte at the root and below an inner node: a full block
    let full: Vec<[u8; 2]> = (0..=255).map(|byte| [7, byte]).collect();
    check(&build(&full), &full);
}

#[test]
fn bad_vocabularies_stay_small() {
    let mut state = 1u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        low_u8(state >> 56)
    };
    let mut sets: Vec<(&str, BTreeSet<Vec<u8>>)> = vec![
        ("nested", (1..=4096).map(|length| vec![b'a'; length]).collect()),
        (
            "combs",
            (1..=2000).flat_map(|n| [0, 1, 77, 255].map(|last| [&vec![b'a'; n][..], &[last]].concat())).collect(),
        ),
        ("one byte apart", (0..=255u8).flat_map(|a| (0..=255u8).map(move |b| vec![b, a])).collect()),
    ];
    sets.push(("random", (0..100_000).map(|_| (0..1 + random() % 9).map(|_| random()).collect()).collect()));
    sets.push(("long random", (0..100).map(|_| (0..4096).map(|_| random()).collect()).collect()));
    for (name, set) in sets {
        let pieces: Vec<Vec<u8>> = set.into_iter().collect();
        let trie = build(&pieces);
        check(&trie, &pieces);
        // half of the slots of an open block may stay empty, and the last few blocks are not full
        let (slots, nodes) = (trie.nodes.len(), nodes(&pieces));
        assert!(slots <= 2 * nodes + OPEN_BLOCKS * BLOCK, "{name}: {slots} slots for {nodes} nodes");
    }
}
