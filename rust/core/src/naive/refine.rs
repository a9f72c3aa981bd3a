//! Twin of [`crate::refine`]: the whole schedule over ordered maps, a text of blocks at a time, with the naive best path; no threads, no budget.

use super::best_path::best_path;
use crate::ln::ln;
use crate::num::to_f64;
use crate::prune::Limits;
use crate::refine::Objective;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Pieces and their counts, in 64ths but in what goes in and comes out.
pub type Pieces = BTreeMap<Vec<u8>, u64>;
/// How often something occurs, and the sum of the squares of that a block.
pub type Tally = (u64, u64);
/// Two pieces side by side.
pub type Pair = (Vec<u8>, Vec<u8>);

/// A document.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its segments.
    pub segments: Vec<Vec<u8>>,
    /// What an occurrence counts, in 64ths.
    pub weight: u64,
    /// How many there are like it.
    pub repeats: u64,
}

/// What refinement is told.
pub struct Refining<'a> {
    /// The text.
    pub text: Vec<Block>,
    /// What is counted beside it, but has no characters.
    pub alphabets: Vec<Block>,
    /// Tokens or entropy.
    pub objective: Objective,
    /// What may be a piece, and what must.
    pub limits: &'a Limits,
    /// What must not.
    pub forbidden: &'a dyn Fn(&[u8]) -> bool,
}

/// Where a piece stands in the model file.
fn place(piece: &[u8]) -> (usize, &[u8]) {
    (piece.len(), piece)
}

/// What sorts numbers that are not negative, and others, as `f64::total_cmp` does, large ones first.
fn descending(number: f64) -> Reverse<i64> {
    let bits = i64::from_le_bytes(number.to_le_bytes());
    Reverse(if bits < 0 { bits ^ i64::MAX } else { bits })
}

impl Refining<'_> {
    /// The vocabularies of `numbers` of pieces, which descend.
    pub fn refine(&self, candidates: Pieces, numbers: &[usize]) -> Vec<Pieces> {
        let mut pieces = candidates;
        for (character, count) in self.characters() {
            if count >= self.limits.min_count && self.limits.rules.allows(&character) {
                pieces.entry(character).or_insert(count);
            }
        }
        pieces.retain(|piece, _| self.must_stay(piece) || !(self.forbidden)(piece));
        numbers.iter().map(|&number| self.run(&mut pieces, number)).collect()
    }

    /// To one number.
    fn run(&self, pieces: &mut Pieces, number: usize) -> Pieces {
        while pieces.len() > number {
            self.shrink(pieces, number.max(pieces.len() * 7 / 10));
        }
        for share in [20, 20, 20, 20, 8, 8] {
            let missing = number.saturating_sub(pieces.len());
            self.grow(pieces, number * share / 100 + missing);
            self.shrink(pieces, number);
        }
        self.recount(pieces);
        let short = pieces.len() < number;
        let used = |piece: &[u8], count| !short || count > 0 || self.must_stay(piece);
        pieces
            .iter()
            .filter(|(piece, count)| used(piece, **count))
            .map(|(p, &c)| (p.clone(), self.to_model(c)))
            .collect()
    }

    /// How often each character of two bytes or more occurs.
    fn characters(&self) -> Pieces {
        let mut counts = Pieces::new();
        for block in &self.text {
            for character in block.segments.concat().utf8_chunks().flat_map(|chunk| chunk.valid().chars()) {
                *counts.entry(character.to_string().into_bytes()).or_insert(0) += 1;
            }
        }
        counts.retain(|character, _| character.len() > 1);
        counts
    }

    /// Single bytes and what is required.
    fn must_stay(&self, piece: &[u8]) -> bool {
        piece.len() == 1 || self.limits.required.contains(piece)
    }

    /// A count of the model.
    fn to_model(&self, count: u64) -> u64 {
        match self.objective {
            Objective::Entropy => (count / 64).max(1),
            // the root of a whole number, times 1,024, rounded down
            _ => ((count.clamp(64, 1 << 48) / 64) * 1_048_576).isqrt(),
        }
    }

    /// The scores of a model.
    fn scores(&self, pieces: &Pieces) -> HashMap<Vec<u8>, f64> {
        let model: Pieces = pieces.iter().map(|(piece, &count)| (piece.clone(), self.to_model(count))).collect();
        let log_total = ln(model.values().sum());
        model.into_iter().map(|(piece, count)| (piece, ln(count) - log_total)).collect()
    }

    /// Encodes the text and sets the counts. Gives the tallies of pieces, and of pairs.
    pub fn recount(&self, pieces: &mut Pieces) -> (BTreeMap<Vec<u8>, Tally>, BTreeMap<Pair, Tally>) {
        let scores = self.scores(pieces);
        let (mut tallies, mut pairs) = (BTreeMap::new(), BTreeMap::new());
        for block in self.text.iter().chain(&self.alphabets) {
            let (mut in_block, mut pairs_in_block) = (BTreeMap::new(), BTreeMap::new());
            for segment in &block.segments {
                let path = best_path(&scores, segment);
                path.iter().for_each(|piece| *in_block.entry(piece.to_vec()).or_insert(0) += 1);
                for pair in side_by_side(&path) {
                    *pairs_in_block.entry(pair).or_insert(0) += 1;
                }
            }
            in_block.into_iter().for_each(|(piece, count)| add(tallies.entry(piece).or_default(), count, block));
            pairs_in_block.into_iter().for_each(|(pair, count)| add(pairs.entry(pair).or_default(), count, block));
        }
        for (piece, count) in pieces {
            *count = tallies.entry(piece.clone()).or_default().0;
        }
        (tallies, pairs)
    }

    /// The cross-document value.
    fn value(&self, (count, squares): Tally) -> f64 {
        let count = to_f64(count);
        if self.text.len() < 32 || count == 0.0 {
            return count;
        }
        let elsewhere = (1.0 - to_f64(squares) / (count * count)).max(0.0);
        count * (elsewhere * elsewhere)
    }

    /// Keeps the most valuable.
    fn shrink(&self, pieces: &mut Pieces, most: usize) {
        let scores = self.scores(pieces);
        let (tallies, _) = self.recount(pieces);
        if pieces.len() <= most {
            return;
        }
        let cost = |piece: &[u8]| match self.objective {
            Objective::Entropy => -scores[piece],
            _ => 1.0,
        };
        let mut order: Vec<(Vec<u8>, u64)> = std::mem::take(pieces).into_iter().collect();
        order.sort_by_cached_key(|(piece, count)| {
            let split = cheapest_split(piece, &|part| scores.contains_key(part).then(|| cost(part)));
            let worth = self.value(tallies[piece]) * (split - cost(piece));
            (!self.must_stay(piece), descending(worth), Reverse(*count), Reverse(piece.len()), piece.clone())
        });
        pieces.extend(order.into_iter().take(most));
    }

    /// Adds the most valuable pairs.
    fn grow(&self, pieces: &mut Pieces, wanted: usize) {
        let (_, pairs) = self.recount(pieces);
        let log_total = ln(pieces.values().sum());
        let log_count = |piece: &[u8]| ln(pieces[piece].max(1));
        let mut joins = Vec::new();
        for ((left, right), tally) in pairs {
            let piece = [&left[..], &right].concat();
            let often = tally.0 >= self.limits.min_count.max(2) * 64;
            if often && self.limits.rules.allows(&piece) && !pieces.contains_key(&piece) {
                let saved = ln(tally.0) + log_total - log_count(&left) - log_count(&right);
                let worth = self.value(tally) * if self.objective == Objective::Entropy { saved } else { 1.0 };
                joins.push((worth, left, right, tally.0));
            }
        }
        joins.sort_by(|a, b| {
            (descending(a.0), place(&a.1), place(&a.2)).cmp(&(descending(b.0), place(&b.1), place(&b.2)))
        });
        joins.truncate(2 * wanted);
        let mut seen = BTreeSet::new();
        let joined = joins.into_iter().map(|(_, left, right, count)| ([left, right].concat(), count));
        let new = joined.filter(|(piece, _)| seen.insert(piece.clone()) && !(self.forbidden)(piece));
        pieces.extend(new.take(wanted));
    }
}

/// Adds a block with so many occurrences.
fn add((count, squares): &mut Tally, occurrences: u64, block: &Block) {
    let weighed = occurrences * block.weight;
    *count += weighed * block.repeats;
    *squares += weighed * weighed * block.repeats;
}

/// The pairs of a path; a run of n equal pieces has n / 2 of itself.
fn side_by_side(path: &[&[u8]]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for run in path.chunk_by(|a, b| a == b) {
        pairs.extend((0..run.len() / 2).map(|_| (run[0].to_vec(), run[0].to_vec())));
    }
    let change = path.windows(2).filter(|two| two[0] != two[1]);
    pairs.extend(change.map(|two| (two[0].to_vec(), two[1].to_vec())));
    pairs
}

/// The cost of the cheapest split of a piece into two or more; 0 for single bytes.
fn cheapest_split(piece: &[u8], cost: &dyn Fn(&[u8]) -> Option<f64>) -> f64 {
    if piece.len() == 1 {
        return 0.0;
    }
    let mut least = vec![0.0];
    for end in 1..=piece.len() {
        let starts = (0..end).filter(|start| end - start < piece.len());
        let costs = starts.filter_map(|start| Some(least[start] + cost(&piece[start..end])?));
        least.push(costs.fold(f64::INFINITY, f64::min));
    }
    least[piece.len()]
}

/// The letters of some script as a block, which counts so much.
pub fn alphabet(letters: &[&[u8]], weight: u64, repeats: u64) -> Block {
    Block { segments: letters.iter().map(|letter| letter.to_vec()).collect(), weight, repeats }
}
