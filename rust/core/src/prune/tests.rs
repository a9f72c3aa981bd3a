//! The splitter against the naive best path, on more pieces than a block holds.

use super::matcher::Matcher;
use super::model::{Model, beginnings, sorted};
use super::splitter::Splitter;
use super::with_all;
use crate::naive::best_path::best_path;
use crate::num::index;
use crate::parallel::Stop;
use crate::pieces::PieceTable;
use crate::rules::Required;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Byte strings over few symbols with counts.
fn strings(longest: usize, most: usize) -> impl Strategy<Value = BTreeMap<Vec<u8>, u64>> {
    let symbol = prop::sample::select(vec![b'a', b'b', 0, 0xFF]);
    prop::collection::btree_map(prop::collection::vec(symbol, 1..longest), 1_u64..20, 0..most)
}

/// The model of some pieces and all bytes.
fn model(pieces: PieceTable) -> Model {
    let (pieces, order) = sorted(&with_all(pieces, &Required::default()));
    Model::new(pieces, order, Required::default(), &Stop::default()).unwrap()
}

/// What `texts` are made of.
fn split<'a>(matcher: &Matcher, texts: impl Iterator<Item = (&'a Vec<u8>, &'a u64)>) -> Vec<u64> {
    let (mut splitter, stop) = (Splitter::new(matcher), Stop::default());
    texts.for_each(|(text, &count)| splitter.add(text, count, &stop).unwrap());
    splitter.finish(&stop).unwrap();
    splitter.into_counts()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn parts_are_those_of_naive_best_paths(
        pieces in strings(9, 60), gone in 2_u64..20, texts in strings(60, 1500), long in strings(9000, 3)
    ) {
        let table: PieceTable = pieces.iter().map(|(piece, &count)| (&piece[..], count)).collect();
        let mut model = model(table);
        // some pieces go, but their states stay
        let left = |piece: &[u8], count| if piece.len() > 1 && count % gone == 0 { 0 } else { count };
        let counts: Vec<u64> = model.pieces.iter().map(|(piece, count)| left(piece, count)).collect();
        model.set_counts(&counts);
        model.score().unwrap();
        let is_left = |at: &usize| counts[*at] > 0;
        let entry = |at: usize| (model.pieces.piece(at).to_vec(), model.matcher.endings[at].score);
        let scores: HashMap<Vec<u8>, f64> = (0..counts.len()).filter(is_left).map(entry).collect();
        let mut expected: HashMap<&[u8], u64> = HashMap::new();
        for (text, &count) in texts.iter().chain(&long) {
            best_path(&scores, text).into_iter().for_each(|part| *expected.entry(part).or_default() += count);
        }
        let expected: Vec<u64> =
            (0..counts.len()).map(|at| expected.get(model.pieces.piece(at)).copied().unwrap_or(0)).collect();
        // in ascending order and in others: what neighbours have in common does not matter
        prop_assert_eq!(&split(&model.matcher, texts.iter().chain(&long)), &expected);
        prop_assert_eq!(&split(&model.matcher, long.iter().chain(texts.iter().rev())), &expected);
        let begin = |(piece, _): (&[u8], u64)| (1..=piece.len()).map(|length| piece[..length].to_vec()).collect::<Vec<_>>();
        let left = model.table();
        let all: BTreeSet<_> = left.iter().flat_map(begin).collect();
        prop_assert_eq!(beginnings(&model.pieces, &model.order), all.len());
        let anew = model.anew(&Stop::default()).unwrap();
        prop_assert_eq!(anew.pieces, left);
    }

    #[test]
    fn the_rare_ones_go(pieces in strings(6, 200), most in 256_usize..400) {
        let table: PieceTable = pieces.iter().map(|(piece, &count)| (&piece[..], count)).collect();
        let mut model = model(table);
        prop_assume!(model.order.len() > most);
        let entry = |(piece, count): (&[u8], u64)| {
            (piece.len() > 1, u64::MAX - count, usize::MAX - piece.len(), piece.to_vec())
        };
        let mut sorted: Vec<_> = model.pieces.iter().map(entry).collect();
        sorted.sort();
        let dropped = model.drop_rare(most);
        prop_assert!(dropped.is_sorted_by(|a, b| model.pieces.piece(index(a.0)) < model.pieces.piece(index(b.0))));
        prop_assert_eq!(dropped.len(), sorted.len() - most);
        let mut left: Vec<_> = model.table().iter().map(entry).collect();
        left.sort();
        prop_assert_eq!(&left, &sorted[..most]);
    }
}
