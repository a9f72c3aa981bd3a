//! Stage 6: from many candidates to the vocabulary that makes the fewest tokens of text never seen.
//!
//! In: the pieces that pruning has left, some four for each that is wanted, and a [`Sample`] of the corpus. Out: for each number wanted, in descending order, a
//! [`PieceTable`] of exactly so many pieces (fewer only where the text has no more) in model-file order. The steps, for each number *V*:
//! 1. *Shrink* to V in steps of [`Levers::step`]: encode the sample with all pieces, and keep those worth most. A piece is worth its count times what it costs to
//!    do without it: the tokens of its best split into others, less one ([`parts`]);
//! 2. [`Levers::rounds`] times *swap*: encode the sample, make new pieces of the most valuable pairs side by side, as many as a share of V, then shrink to V. Pieces
//!    that other pieces have made superfluous go, and words that were cut in two grow together;
//! 3. encode the sample once more for the counts.
//!
//! Counts are *cross-document values* everywhere ([`spread`]), and beside the sample stand the [`alphabets`]. What is allowed, required and forbidden
//! ([`crate::rules`]) holds in every step; pieces are made within segments only, so none goes on behind one.
//!
//! **Order and ties.** Kept are single bytes and required pieces, then by worth; ties by count, then the longer piece, then by bytes. Of pairs the most
//! valuable ones come first; ties by their left, then their right piece in model-file order. Worth is an `f64` made of integers by the same few operations on
//! every machine; counts are integers that threads add up: the same bytes come out for any number of threads and any memory.
//!
//! The swap is like BPE's merges with second thoughts; its closest relatives are SentencePiece's pruning (by likelihood), PathPiece (fewest tokens,
//! <https://arxiv.org/abs/2402.18376>) and GreedTok (partition cover, <https://arxiv.org/abs/2501.06246>). What was tried instead is in DESIGN.md.
//! Cost: the sample is encoded 17 times, some 0.35 s a MB of one core in all. Memory: see [`crate::memory`].

mod alphabets;
mod blocks;
mod joins;
mod levers;
mod objective;
mod pairs;
mod parts;
mod recount;
pub(crate) mod sample;
mod spread;

use crate::ln::ln;
use crate::memory::Plan;
use crate::num::to_f64;
use crate::parallel::once;
use crate::pieces::PieceTable;
use crate::progress::{Progress, Stage};
use crate::prune::{Limits, sorted};
use crate::rules::Forbid;
use crate::tokenizer::Tokenizer;
use crate::vocabulary::{FIRST_ID, Vocabulary};
use crate::{Error, Result};
use alphabets::{Alphabets, UNIT};
pub use levers::{Candidates, Discount, Levers, Scores};
pub use objective::Objective;
use pairs::Pairs;
use parts::{Cost, cheapest_splits};
use recount::{Text, recount};
use sample::Sample;
pub(crate) use spread::LEAST_BLOCKS;
use spread::{Spread, Tally, Weight};
use std::cmp::Reverse;
use std::num::NonZeroUsize;

/// The version of this way to make vocabularies: with another one the same text gives other bytes.
pub const VERSION: u32 = 1;

/// What refinement is told.
pub(crate) struct Refinement<'a> {
    /// Tokens or entropy.
    pub(crate) objective: Objective,
    /// What may be a piece, and what must.
    pub(crate) limits: &'a Limits,
    /// What text of a source counts for: a weight over 0 by name; 1 for others.
    pub(crate) weights: &'a [(String, f64)],
    /// Whether the alphabets are counted.
    pub(crate) cover_scripts: bool,
    /// Worker threads.
    pub(crate) threads: NonZeroUsize,
    /// What memory there is.
    pub(crate) plan: &'a Plan,
    /// How it goes about it.
    pub(crate) levers: &'a Levers,
}

/// Refines `candidates` to each of `numbers` of pieces, which descend.
pub(crate) fn refine(
    sample: &Sample,
    candidates: PieceTable,
    numbers: &[usize],
    (refinement, forbid): (&Refinement<'_>, &mut dyn Forbid),
    progress: &mut dyn Progress,
) -> Result<Vec<PieceTable>> {
    progress.begin(Stage::Refine, None);
    let alphabets = if refinement.cover_scripts { Alphabets::beside(sample.bytes) } else { Alphabets::none() };
    let text =
        Text { sample, alphabets: &alphabets, weights: refinement.weights(sample)?, threads: refinement.threads };
    let spread = Spread::new(sample.blocks, refinement.levers.discount);
    let pieces = refinement.with_characters(candidates, sample);
    let mut refiner = Refiner { now: State { refinement, text, spread, pieces }, forbid, progress };
    refiner.forget_forbidden_characters()?;
    numbers.iter().map(|&number| refiner.run(number)).collect()
}

impl Refinement<'_> {
    /// What a block of each source counts for, by the source's number; of one kind for all where there are no names.
    fn weights(&self, sample: &Sample) -> Result<Vec<Weight>> {
        let named = |name: &String| self.weights.iter().find(|(given, _)| given == name);
        if let Some((unknown, _)) = self.weights.iter().find(|(given, _)| !sample.sources.contains(given)) {
            let expected = match &sample.sources[..] {
                [] => "left out: the texts are of one source without a name".to_owned(),
                names => format!("weights of sources that the texts have ({})", names.join(", ")),
            };
            return Err(Error::parameter("domain_weights", format!("{{{unknown:?}: ...}}"), expected));
        }
        let weight = |name| named(name).map_or(1.0, |&(_, weight)| weight);
        let most = sample.sources.iter().map(weight).fold(0.0, f64::max);
        let scaled = |name| Weight { weight: nearest_unit(weight(name) / most), repeats: 1 };
        let weights: Vec<Weight> = sample.sources.iter().map(scaled).collect();
        Ok(if weights.is_empty() { vec![Weight { weight: UNIT, repeats: 1 }] } else { weights })
    }

    /// The candidates, and every character that occurs `min_count` times: what is made of rare ones has to be made of something.
    fn with_characters(&self, mut pieces: PieceTable, sample: &Sample) -> PieceTable {
        let have: hashbrown::HashSet<&[u8], foldhash::fast::RandomState> =
            pieces.iter().map(|(piece, _)| piece).filter(|piece| piece.len() <= 4).collect();
        let mut missing = Vec::new();
        for &(character, count) in &sample.characters {
            let mut buffer = [0; 4];
            let bytes = character.encode_utf8(&mut buffer).as_bytes();
            if count >= self.limits.min_count && self.limits.rules.allows(bytes) && !have.contains(bytes) {
                missing.push((bytes.to_vec(), count));
            }
        }
        drop(have);
        missing.iter().for_each(|(character, count)| pieces.push(character, *count));
        pieces
    }
}

/// A share of 1 in units: at least one.
fn nearest_unit(share: f64) -> u64 {
    // the largest number of units that is not over the share, as far as halves go: no conversion from a floating-point number
    (1..=UNIT).rev().find(|&units| to_f64(2 * units - 1) <= share * to_f64(2 * UNIT)).unwrap_or(1)
}

/// What threads share.
struct State<'a> {
    /// What it is told.
    refinement: &'a Refinement<'a>,
    /// What text is counted.
    text: Text<'a>,
    /// How counts are discounted.
    spread: Spread,
    /// The pieces, in model-file order but at first; counts in units of [`UNIT`], but at first.
    pieces: PieceTable,
}

/// Refinement, as it goes on.
struct Refiner<'a> {
    /// What threads share.
    now: State<'a>,
    /// What the user forbids.
    forbid: &'a mut dyn Forbid,
    /// Told after every encoding of the sample.
    progress: &'a mut dyn Progress,
}

impl Refiner<'_> {
    /// To `number` pieces.
    fn run(&mut self, number: usize) -> Result<PieceTable> {
        let levers = self.now.refinement.levers;
        self.now.pieces = sorted(&self.now.pieces).0;
        while self.now.pieces.len() > number {
            let next = number.max(self.now.pieces.len() * levers.step / 10);
            self.shrink(next)?;
        }
        for share in &levers.rounds {
            let missing = match levers.candidates {
                Candidates::Pruned(_) => number.saturating_sub(self.now.pieces.len()),
                Candidates::Characters => 0, // they come round by round
            };
            self.grow(number * share / 100 + missing)?;
            self.shrink(number)?;
        }
        self.finish(number)
    }

    /// Encodes the sample and keeps the `most` pieces that are worth most.
    fn shrink(&mut self, most: usize) -> Result<()> {
        let tokenizer = self.tokenizer()?;
        let tallies = self.recount(&tokenizer, None)?;
        if self.now.pieces.len() > most {
            let worth = self.worth(&tallies, &tokenizer)?;
            self.now.keep(&worth, most);
        }
        Ok(())
    }

    /// What each piece is worth.
    fn worth(&mut self, tallies: &[Tally], tokenizer: &Tokenizer) -> Result<Vec<f64>> {
        let cost = match self.now.refinement.objective {
            Objective::Entropy => Cost::CodeLength,
            Objective::Tokens | Objective::Frequency => Cost::Token,
        };
        let threads = self.now.refinement.threads;
        let splits = cheapest_splits(&self.now.pieces, tokenizer.trie(), cost, threads, self.progress)?;
        let own = |at: usize| match cost {
            Cost::Token => 1.0,
            Cost::CodeLength => -ln_probability(tokenizer, at),
        };
        let worth = |(at, &split): (usize, &f64)| self.now.spread.value(tallies[at]) * (split - own(at));
        Ok(splits.iter().enumerate().map(worth).collect())
    }

    /// The counts of the pieces, for the model file.
    fn finish(&mut self, number: usize) -> Result<PieceTable> {
        let tokenizer = self.tokenizer()?;
        self.recount(&tokenizer, None)?;
        let State { pieces, .. } = &self.now;
        // what is not used has been kept for want of something better
        let used = |&at: &usize| pieces.count(at) > 0 || self.now.must_stay(pieces.piece(at));
        let short = pieces.len() < number;
        let mut table = pieces.select((0..pieces.len()).filter(|at| !short || used(at)));
        self.now.to_model(&mut table, self.now.refinement.levers.last_scores);
        Ok(table)
    }

    /// Encodes the sample, and takes over the counts.
    fn recount(&mut self, tokenizer: &Tokenizer, pairs: Option<&Pairs>) -> Result<Vec<Tally>> {
        let tallies = recount(&self.now.text, tokenizer, pairs, self.progress)?;
        self.now.set_counts(&tallies);
        Ok(tallies)
    }

    /// A tokenizer of the pieces as they are.
    fn tokenizer(&mut self) -> Result<Tokenizer> {
        let mut table = self.now.pieces.clone();
        self.now.to_model(&mut table, self.now.refinement.levers.scores);
        once(|_| Tokenizer::new(Vocabulary::new(table, "the refined model")?), &mut || self.progress.check())
    }
}

impl State<'_> {
    /// Whether a piece stays whatever it is worth.
    fn must_stay(&self, piece: &[u8]) -> bool {
        piece.len() == 1 || self.refinement.limits.required.contains(piece)
    }

    /// Keeps the `most` pieces that are worth most.
    fn keep(&mut self, worth: &[f64], most: usize) {
        let key = |&at: &usize| {
            let (piece, count) = (self.pieces.piece(at), self.pieces.count(at));
            (!self.must_stay(piece), Descending(worth[at]), Reverse(count), Reverse(piece.len()), piece)
        };
        let mut order: Vec<usize> = (0..self.pieces.len()).collect();
        order.sort_by(|a, b| key(a).cmp(&key(b)));
        order.truncate(most);
        order.sort_unstable(); // model-file order, as before
        self.pieces = self.pieces.select(order);
    }

    /// Takes over new counts.
    fn set_counts(&mut self, tallies: &[Tally]) {
        self.pieces.counts_mut().iter_mut().zip(tallies).for_each(|(count, tally)| *count = tally.count);
    }

    /// Makes counts what a model holds.
    fn to_model(&self, table: &mut PieceTable, scores: Option<Scores>) {
        let scores = scores.unwrap_or_else(|| Scores::of(self.refinement.objective));
        table.counts_mut().iter_mut().for_each(|units| *units = scores.count(*units));
    }

    /// ln of the sum of all counts.
    fn log_total(&self) -> f64 {
        ln(self.pieces.counts().iter().fold(0, |sum: u64, &count| sum.saturating_add(count)))
    }

    /// The memory for pairs beside the tokenizer and the tallies of so many pieces.
    fn pair_memory(&self) -> usize {
        pairs::budget(self.refinement.plan.beside_refining(self.pieces.len(), self.text.sample.memory()))
    }
}

/// ln of a piece's probability, as the tokenizer has it.
fn ln_probability(tokenizer: &Tokenizer, at: usize) -> f64 {
    tokenizer.score(recount::number(at) + FIRST_ID).unwrap_or(f64::NEG_INFINITY)
}

/// From large to small.
#[derive(PartialEq)]
struct Descending(f64);

impl Eq for Descending {}

impl PartialOrd for Descending {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Descending {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.0.total_cmp(&self.0)
    }
}

#[cfg(test)]
mod tests;
