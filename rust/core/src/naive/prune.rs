//! Twin of [`crate::prune`]: 0.6.3's `prune_pieces`, line by line, over ordered maps.

use super::best_path::best_path;
use crate::ln::ln;
use crate::prune::Limits;
use std::collections::BTreeMap;

/// Pieces and their counts.
type Pieces = BTreeMap<Vec<u8>, u64>;

/// The vocabularies of the numbers of pieces asked for, which are in descending order.
pub fn prune(mut pieces: Pieces, limits: &Limits, numbers: &[usize]) -> Vec<Pieces> {
    for byte in 0..=255 {
        pieces.entry(vec![byte]).or_insert(1);
    }
    let required: Vec<Vec<u8>> = limits.required.iter().map(<[u8]>::to_vec).collect();
    for piece in &required {
        pieces.entry(piece.clone()).or_insert(1);
    }
    let rules = limits.rules;
    let stays = |piece: &Vec<u8>| piece.len() == 1 || required.contains(piece);
    let kept = |piece: &Vec<u8>, count| stays(piece) || (rules.allows(piece) && count >= limits.min_count);
    let (mut keep, drop): (Pieces, Pieces) = pieces.into_iter().partition(|(piece, count)| kept(piece, *count));
    give_to_parts(&mut keep, &drop);
    keep = until_nothing_changes(keep, &required);
    let mut vocabularies = Vec::new();
    for &most in numbers {
        if keep.len() > most {
            let mut sorted: Vec<(Vec<u8>, u64)> = keep.into_iter().collect();
            sorted.sort_by_key(|(piece, count)| {
                (piece.len() > 1, !stays(piece), u64::MAX - count, usize::MAX - piece.len(), piece.clone())
            });
            let drop = sorted.split_off(most).into_iter().collect();
            keep = sorted.into_iter().collect();
            give_to_parts(&mut keep, &drop);
            keep = until_nothing_changes(keep, &required);
        }
        vocabularies.push(keep.clone());
    }
    vocabularies
}

/// Adds the counts of `drop` to the pieces of `keep` they are made of.
fn give_to_parts(keep: &mut Pieces, drop: &Pieces) {
    for (piece, count) in split(keep, drop) {
        *keep.entry(piece).or_insert(0) += count;
    }
}

/// Splits every piece by the model of all, as long as that removes any.
fn until_nothing_changes(mut keep: Pieces, required: &[Vec<u8>]) -> Pieces {
    loop {
        let before = keep.len();
        let mut text = keep.clone();
        text.retain(|piece, count| *count > 1 || !required.contains(piece));
        keep = split(&keep, &text);
        for piece in required {
            keep.entry(piece.clone()).or_insert(1);
        }
        if keep.len() == before {
            return keep;
        }
    }
}

/// How often each piece of `model` occurs in the best paths of `pieces`.
fn split(model: &Pieces, pieces: &Pieces) -> Pieces {
    let log_total = ln(model.values().sum());
    let scores = model.iter().map(|(piece, &count)| (piece.clone(), ln(count) - log_total)).collect();
    let mut parts = Pieces::new();
    for (piece, count) in pieces {
        for part in best_path(&scores, piece) {
            *parts.entry(part.to_vec()).or_insert(0) += count;
        }
    }
    parts
}
