//! The text that refinement works on: all of the corpus, or a sample of its blocks.
//!
//! In: the corpus, read once more. Out: its [`blocks`](super::blocks), packed, in memory as far as there is room, the others compressed on the disk;
//! and how often each character occurs in them. Of a corpus over [`SAMPLE_BYTES`] a block is taken if the hash of its text is under a threshold,
//! so that about that much is: what is taken depends on the text alone, on no order, reader or number of threads, and every source keeps
//! its share. Documents that occur twice are taken twice, or not at all.

use super::blocks::Packer;
use crate::Result;
use crate::corpus::Corpus;
use crate::corpus::batch::Batch;
use crate::corpus::pass::{Legs, Pass, Totals};
use crate::corpus::segments::{SegmentRule, for_each_segment};
use crate::disk::Usage;
use crate::num::{index, to_u64};
use crate::progress::{Progress, Stage};
use crate::spill::{Budget, Chunk, Store};
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64;

/// A corpus of more bytes is sampled: about this much of it is refined on.
pub(super) const SAMPLE_BYTES: u64 = 128 << 20;
/// One more than the largest character.
const CHARACTERS: usize = 0x11_0000;

/// Where blocks go, and how many.
#[derive(Debug)]
pub(crate) struct Gathering<'a> {
    /// About how many bytes of text are taken.
    pub(crate) most: u64,
    /// A document is cut into blocks of so many bytes.
    pub(crate) block: usize,
    /// How many bytes may be in memory.
    pub(crate) memory: usize,
    /// Where the others go.
    pub(crate) temp_dir: Option<&'a Path>,
    /// Told what is written.
    pub(crate) usage: Usage,
}

/// See the module's text.
#[derive(Debug)]
pub(crate) struct Sample {
    /// The bundles, in no order.
    bundles: Vec<Chunk>,
    /// Where the bundles are that are not in memory.
    store: Store,
    /// The names of the sources, by number; empty where nobody has named any.
    pub(super) sources: Vec<String>,
    /// How many blocks there are.
    pub(crate) blocks: u64,
    /// The bytes of their text.
    pub(crate) bytes: u64,
    /// Characters of two bytes or more and how often they occur, ascending.
    pub(super) characters: Vec<(char, u64)>,
}

/// What one thread gathers.
struct Gatherer<'a> {
    /// Packs.
    packer: Packer,
    /// The bundles that are full.
    bundles: Vec<Chunk>,
    /// By code point.
    characters: Vec<u32>,
    /// Blocks and bytes taken.
    taken: (u64, u64),
    /// The memory for bundles.
    budget: &'a Budget,
    /// The disk.
    store: &'a Store,
    /// A block is taken if its hash is at most this.
    threshold: u64,
    /// A block ends when it has so many bytes.
    block: usize,
}

impl Sample {
    /// Reads the corpus, which gave `before` in the passes before.
    pub(crate) fn gather(
        corpus: &dyn Corpus,
        gathering: &Gathering<'_>,
        (pass, before): (Pass, Totals),
        progress: &mut dyn Progress,
    ) -> Result<(Self, Totals)> {
        let budget = Budget::new(gathering.memory);
        let store = Store::counted(gathering.temp_dir, gathering.usage.clone());
        let threshold = threshold(gathering.most, before.bytes);
        let mut gatherers = Vec::new();
        let (totals, sources) = {
            let init = || Gatherer {
                packer: Packer::default(),
                bundles: Vec::new(),
                characters: vec![0; CHARACTERS],
                taken: (0, 0),
                budget: &budget,
                store: &store,
                threshold,
                block: gathering.block,
            };
            let end = &mut |states: Vec<Gatherer<'_>>, _, _: &mut dyn FnMut() -> Result<()>| {
                gatherers = states.into_iter().map(Gatherer::finish).collect::<Result<Vec<_>>>()?;
                Ok(())
            };
            let work = |state: &mut Gatherer<'_>, batch: &Batch| state.add(batch, pass.rule);
            let legs = Legs { from: None, every: None, end };
            pass.run_batches(corpus, (Stage::Gather, Some(before.bytes)), progress, init, work, legs)?
        };
        let mut sample = Self { bundles: Vec::new(), store, sources, blocks: 0, bytes: 0, characters: Vec::new() };
        let mut characters = vec![0u64; CHARACTERS];
        for (bundles, counts, taken) in gatherers {
            sample.bundles.extend(bundles);
            characters.iter_mut().zip(counts).for_each(|(sum, count)| *sum += u64::from(count));
            (sample.blocks, sample.bytes) = (sample.blocks + taken.0, sample.bytes + taken.1);
        }
        let counted = (0..).zip(characters).filter(|&(_, count)| count > 0);
        sample.characters = counted.filter_map(|(code, count)| Some((char::from_u32(code)?, count))).collect();
        Ok((sample, totals))
    }

    /// How many bundles there are.
    pub(super) fn bundles(&self) -> usize {
        self.bundles.len()
    }

    /// The bytes of text in memory.
    pub(super) fn memory(&self) -> u64 {
        self.bundles.iter().map(Chunk::memory).sum()
    }

    /// Puts a bundle into `bundle`, in place of what was there.
    pub(super) fn read(&self, number: usize, bundle: &mut Vec<u8>) -> Result<()> {
        self.store.read(&self.bundles[number], bundle)
    }
}

/// What a thread has taken: bundles, characters by code point, blocks and bytes.
type Gathered = (Vec<Chunk>, Vec<u32>, (u64, u64));

impl Gatherer<'_> {
    /// Takes from a batch.
    fn add(&mut self, batch: &Batch, rule: SegmentRule) -> Result<()> {
        for (text, (_, part)) in batch.texts().zip(&batch.stretches) {
            let mut outcome = Ok(());
            for_each_segment(&rule.normalization.apply(text), rule, |segment| {
                self.packer.push(segment);
                if self.packer.block().len() >= self.block && outcome.is_ok() {
                    outcome = self.end_block(part.source);
                }
            });
            outcome?;
            if !self.packer.block().is_empty() {
                self.end_block(part.source)?;
            }
        }
        Ok(())
    }

    /// Takes the block at hand, or not.
    fn end_block(&mut self, source: u32) -> Result<()> {
        let block = self.packer.block();
        if self.threshold < u64::MAX && xxh3_64(block) > self.threshold {
            self.packer.drop_block();
            return Ok(());
        }
        for character in block.utf8_chunks().flat_map(|chunk| chunk.valid().chars()).filter(|c| !c.is_ascii()) {
            let count = &mut self.characters[index(u32::from(character))];
            *count = count.saturating_add(1);
        }
        self.taken = (self.taken.0 + 1, self.taken.1 + to_u64(block.len()));
        self.packer.end_block(source);
        if self.packer.is_full() { self.end_bundle() } else { Ok(()) }
    }

    /// Ends the bundle at hand.
    fn end_bundle(&mut self) -> Result<()> {
        let bundle = self.packer.pack();
        self.bundles.push(self.store.keep(bundle, self.budget)?);
        Ok(())
    }

    /// All that was taken.
    fn finish(mut self) -> Result<Gathered> {
        if !self.packer.is_empty() {
            self.end_bundle()?;
        }
        Ok((self.bundles, self.characters, self.taken))
    }
}

/// The largest hash of blocks that are taken: about `most` of `bytes` are.
fn threshold(most: u64, bytes: u64) -> u64 {
    if bytes <= most {
        return u64::MAX;
    }
    let share = (u128::from(most) << 64) / u128::from(bytes);
    u64::try_from(share).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_shares_of_all_hashes() {
        assert_eq!((threshold(10, 10), threshold(10, 9)), (u64::MAX, u64::MAX));
        assert_eq!((threshold(1, 2), threshold(1, 4), threshold(0, 5)), (1 << 63, 1 << 62, 0));
    }
}
