//! How often each piece occurs in the best paths of a sample, and each two pieces side by side.
//!
//! In: a [`Tokenizer`] and a [`Sample`]. Out: a [`Tally`] a piece, by index, and, where pairs are asked for, what [`super::pairs`] keeps of them. Threads take
//! bundles and add up integers: the result does not depend on how many there are. Beside the sample the *alphabets* are counted
//! ([`super::alphabets`]).
//!
//! A run of one piece counts as the pairs that joining it would make: `a a a` is one pair, not two.
//! Cost: encoding the sample; and a sort of a block's pairs. Memory a thread: 28 bytes a piece, 20 a token of a bundle.

use super::alphabets::Alphabets;
use super::blocks::for_each_block;
use super::pairs::{Pair, PairAdder, Pairs};
use super::sample::Sample;
use super::spread::{Tally, Weight};
use crate::Result;
use crate::num::{index, low_u32, to_u64};
use crate::parallel::{Stop, stream};
use crate::progress::Progress;
use crate::tokenizer::{Tokenizer, Worker};
use crate::vocabulary::FIRST_ID;
use std::num::NonZeroUsize;

/// What text is counted.
#[derive(Debug)]
pub(super) struct Text<'a> {
    /// The blocks.
    pub(super) sample: &'a Sample,
    /// The letters.
    pub(super) alphabets: &'a Alphabets,
    /// What a block of each source counts for.
    pub(super) weights: Vec<Weight>,
    /// Worker threads.
    pub(super) threads: NonZeroUsize,
}

/// What one thread counts.
struct Counter<'a> {
    /// Finds best paths.
    tokenizer: &'a Tokenizer,
    /// Its buffers.
    worker: Worker,
    /// By piece.
    tallies: Vec<Tally>,
    /// By piece: how often it is in the block at hand; 0 for all between blocks.
    in_block: Vec<u32>,
    /// The pieces of the block at hand.
    ids: Vec<u32>,
    /// Where its segments end in `ids`.
    ends: Vec<usize>,
    /// Its pairs.
    in_pairs: Vec<Pair>,
    /// Where pairs are added up.
    pairs: Option<PairAdder<'a>>,
    /// The text of the bundle at hand.
    bundle: Vec<u8>,
}

/// Counts the pieces of `tokenizer`, and into `pairs` the pairs.
pub(super) fn recount(
    text: &Text<'_>,
    tokenizer: &Tokenizer,
    pairs: Option<&Pairs>,
    progress: &mut dyn Progress,
) -> Result<Vec<Tally>> {
    let tasks = text.sample.bundles() + 1; // the last one is the alphabets
    let mut numbers = 0..tasks;
    let counters = stream(
        text.threads,
        || Ok(numbers.next()),
        || Counter::new(tokenizer, pairs),
        |counter, task, stop| {
            if task + 1 == tasks {
                counter.add_alphabets(text.alphabets, stop)
            } else {
                counter.add_bundle(text, task, stop)
            }
        },
        &mut || progress.check(),
    )?;
    progress.advance(1);
    let mut sums = vec![Tally::default(); tokenizer.vocabulary().pieces().len()];
    for counter in counters {
        sums.iter_mut().zip(counter.finish()).for_each(|(sum, tally)| sum.add(tally));
    }
    Ok(sums)
}

impl<'a> Counter<'a> {
    /// Nothing counted yet.
    fn new(tokenizer: &'a Tokenizer, pairs: Option<&'a Pairs>) -> Self {
        let pieces = tokenizer.vocabulary().pieces().len();
        Self {
            tokenizer,
            worker: Worker::default(),
            tallies: vec![Tally::default(); pieces],
            in_block: vec![0; pieces],
            ids: Vec::new(),
            ends: Vec::new(),
            in_pairs: Vec::new(),
            pairs: pairs.map(Pairs::adder),
            bundle: Vec::new(),
        }
    }

    /// Counts the blocks of a bundle.
    fn add_bundle(&mut self, text: &Text<'_>, number: usize, stop: &Stop) -> Result<()> {
        let mut bundle = std::mem::take(&mut self.bundle);
        text.sample.read(number, &mut bundle)?;
        for_each_block(&bundle, |source, segments| {
            let weight = text.weights.get(index(source)).or(text.weights.first()).copied();
            self.add_block(segments, weight.unwrap_or(Weight { weight: 1, repeats: 1 }), stop);
            Ok(())
        })?;
        self.bundle = bundle;
        Ok(())
    }

    /// Counts the letters.
    fn add_alphabets(&mut self, alphabets: &Alphabets, stop: &Stop) -> Result<()> {
        for letters in alphabets.iter() {
            self.add_block(&letters, alphabets.weight(), stop);
        }
        Ok(())
    }

    /// Counts one block.
    fn add_block(&mut self, segments: &[&[u8]], weight: Weight, stop: &Stop) {
        self.ids.clear();
        self.ends.clear();
        self.tokenizer.encode_segments(segments, &mut self.worker, stop, &mut self.ids, &mut self.ends);
        if stop.requested() {
            return;
        }
        self.ids.iter_mut().for_each(|id| *id -= FIRST_ID);
        if let Some(pairs) = &mut self.pairs {
            self.in_pairs.clear();
            let mut start = 0;
            for &end in &self.ends {
                side_by_side(&self.ids[start..end], &mut self.in_pairs);
                start = end;
            }
            self.in_pairs.sort_unstable();
            for same in self.in_pairs.chunk_by(|a, b| a == b) {
                let mut tally = Tally::default();
                tally.add_block(to_u64(same.len()), weight);
                pairs.add(same[0], tally);
            }
        }
        self.ids.iter().for_each(|&id| self.in_block[index(id)] += 1);
        for &id in &self.ids {
            // the first time it is met it is counted, after that it is 0
            let occurrences = std::mem::take(&mut self.in_block[index(id)]);
            if occurrences > 0 {
                self.tallies[index(id)].add_block(u64::from(occurrences), weight);
            }
        }
    }

    /// All tallies.
    fn finish(self) -> Vec<Tally> {
        self.pairs.into_iter().for_each(PairAdder::finish);
        self.tallies
    }
}

/// Appends the pairs of a segment.
fn side_by_side(ids: &[u32], pairs: &mut Vec<Pair>) {
    let mut at = 0;
    while let Some(&[left, right]) = ids.get(at..at + 2) {
        pairs.push(Pair::new(left, right));
        let run = left == right && ids.get(at + 2) == Some(&left);
        at += if run { 2 } else { 1 };
    }
}

/// An index of a piece: there are at most 2^24.
pub(super) fn number(at: usize) -> u32 {
    low_u32(to_u64(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_has_the_pairs_that_joining_would_make() {
        let pairs = |ids: &[u32]| {
            let mut pairs = Vec::new();
            side_by_side(ids, &mut pairs);
            pairs.into_iter().map(|pair| (pair.left(), pair.right())).collect::<Vec<_>>()
        };
        assert_eq!(pairs(&[]), []);
        assert_eq!(pairs(&[1]), []);
        assert_eq!(pairs(&[1, 2, 1]), [(1, 2), (2, 1)]);
        assert_eq!(pairs(&[1, 1, 1]), [(1, 1)]);
        assert_eq!(pairs(&[1, 1, 1, 1, 2]), [(1, 1), (1, 1), (1, 2)]);
        assert_eq!(pairs(&[1, 1, 1, 2]), [(1, 1), (1, 2)]);
    }
}
