//! Encoding with a [`Vocabulary`]: the best path, or a segmentation drawn at random.
//!
//! In: text as bytes. Out: ids. The text is cut into lines, each with the newline run behind it; every line is normalized and
//! segmented on its own (0.6.3 normalizes first and cuts then: the same, see [`crate::corpus::segments`]). The score of a
//! piece is `ln(count) − ln(total)`, one subtraction. A [`Tokenizer`] is immutable and shared; what changes while encoding is in
//! a [`Worker`], one a thread. Cost: linear in the text; memory beside the ids: see [`best_path`] and [`sample`].

mod automaton;
pub mod batch;
pub mod best_path;
pub mod decode;
pub(crate) mod double_array;
mod engine;
pub mod generator;
pub mod nbest;
pub mod offsets;
pub mod sample;
pub mod score;
pub mod special;
pub mod starts;
pub mod stream;
pub mod trie;

use crate::corpus::normalize::Normalization;
use crate::corpus::segments::{SegmentRule, segments};
use crate::ln::ln;
use crate::parallel::Stop;
use crate::trim::trim;
use crate::vocabulary::{FIRST_ID, Vocabulary};
use crate::{Error, Result};
use automaton::Automaton;
use best_path::BestPath;
pub use engine::forward::Kernel;
use engine::laid::{Laid, Segments};
use engine::{Engine, Output};
use generator::Generator;
use sample::Sampler;
use sample::cells::CellSampler;
use sample::weights::Cache;
use std::sync::Arc;
use trie::Trie;

/// From so many pieces on, what building leaves behind in the process is worth giving back: some hundred bytes a piece.
const WORTH_TRIMMING: usize = 1 << 14;

/// The largest exponent: 1e290 times the score of any text that fits a machine is finite.
const MAX_ALPHA: f64 = 1e290;

/// The exponent of sampling: a segmentation is drawn with probability ∝ exp(alpha · score). 0 is uniform over all
/// segmentations, 1 the model's own distribution, larger values approach the best path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alpha(f64);

impl Alpha {
    /// `Ok(None)` for a negative number, which asks for the best path; an error for NaN and what is over 1e290.
    pub fn new(alpha: f64) -> Result<Option<Self>> {
        if alpha.is_nan() || alpha > MAX_ALPHA {
            let expected = "a number: negative for the best path, 0 to 1e290 to sample";
            // `{:?}`, because `{}` writes 300 zeros
            return Err(Error::parameter("alpha", format!("{alpha:?}"), expected));
        }
        Ok((alpha >= 0.0).then_some(Self(alpha)))
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

/// Which segmentation of a text is wanted.
#[derive(Clone, Copy, Debug)]
pub enum Mode {
    /// The most probable one.
    BestPath,
    /// One drawn at random: each line by its place in the text that the generator is for.
    Sample(Alpha, Generator),
}

impl Mode {
    /// The mode for the rest of the text from `offset` on, where a line begins: the lines there come out as in the whole.
    #[must_use]
    pub fn at(self, offset: usize) -> Self {
        match self {
            Self::BestPath => Self::BestPath,
            Self::Sample(alpha, generator) => Self::Sample(alpha, generator.at(offset)),
        }
    }
}

/// Buffers of one thread, reused from text to text.
#[derive(Debug, Default)]
pub struct Worker {
    /// Segments, for the engine.
    laid: Laid,
    /// Finds best paths, many at once.
    engine: Engine,
    /// Finds best paths one by one.
    best_path: BestPath,
    /// Draws segmentations one by one.
    sampler: Sampler,
    /// Draws segmentations, many at once.
    cells: CellSampler,
}

/// Immutable; share it between threads.
#[derive(Debug)]
pub struct Tokenizer {
    /// The pieces, by id.
    vocabulary: Vocabulary,
    /// The same pieces, to be matched; values are ids less [`FIRST_ID`]. Shared with tokenizers that differ in special tokens,
    /// as are the next two.
    trie: Arc<Trie>,
    /// The same pieces, to be matched at every place of a text; `None` where they are too many for it.
    automaton: Option<Arc<Automaton>>,
    /// Weights for sampling.
    weights: Arc<Cache>,
    /// The form of the inner loop of the best path.
    kernel: Kernel,
}

impl Tokenizer {
    /// Builds what matches the pieces: some 80 ms for 80,000 of them.
    pub fn new(vocabulary: Vocabulary) -> Result<Self> {
        Self::with_kernel(vocabulary, Kernel::from_environment()?)
    }

    /// The same, with a form of the inner loop of the caller's choice: all give the same ids.
    pub fn with_kernel(vocabulary: Vocabulary, kernel: Kernel) -> Result<Self> {
        let scores = vocabulary.pieces().scores()?;
        let trie = Arc::new(Trie::build(vocabulary.pieces(), &scores)?);
        let automaton = Automaton::build(vocabulary.pieces(), &scores).map(Arc::new);
        drop(scores);
        if vocabulary.size() >= WORTH_TRIMMING {
            trim();
        }
        Ok(Self { vocabulary, trie, automaton, weights: Arc::default(), kernel })
    }

    /// The same tokenizer with `more` special tokens behind those it has. Nothing is built or copied but their list.
    pub fn with_special_tokens(&self, more: impl IntoIterator<Item = String>) -> Result<Self> {
        let vocabulary = self.vocabulary.with_special_tokens(more)?;
        let (trie, automaton, weights) = (Arc::clone(&self.trie), self.automaton.clone(), Arc::clone(&self.weights));
        Ok(Self { vocabulary, trie, automaton, weights, kernel: self.kernel })
    }

    /// The pieces.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// How text is normalized.
    pub fn normalization(&self) -> Normalization {
        self.vocabulary.normalization()
    }

    /// The pieces, to be matched.
    pub(crate) fn trie(&self) -> &Trie {
        &self.trie
    }

    /// The id of a piece.
    pub fn id(&self, piece: &[u8]) -> Option<u32> {
        self.trie.find(piece).map(|index| index + FIRST_ID)
    }

    /// The score of the piece with this id: ln(count) − ln(total).
    pub fn score(&self, id: u32) -> Option<f64> {
        self.vocabulary.piece(id)?;
        let count = self.vocabulary.pieces().count(crate::num::index(id - FIRST_ID));
        Some(ln(count) - ln(self.vocabulary.total()))
    }

    /// Appends the ids of `text`. Gives up early, with part of the ids, when `stop` says so.
    pub fn encode_into(&self, text: &[u8], mode: Mode, worker: &mut Worker, stop: &Stop, ids: &mut Vec<u32>) {
        let (mut offset, normalization) = (0, self.normalization());
        for line in segments(text, SegmentRule::LINES) {
            if stop.requested() {
                return;
            }
            self.encode_line_into(&normalization.apply_until(line, stop), mode.at(offset), worker, stop, ids);
            offset += line.len();
        }
    }

    /// Appends the ids of the best path of each of `segments`, which are normalized and have nothing to do with each other, and
    /// to `ends` the length of `ids` after each. Many at once are faster than one by one. Gives up early, with fewer ends,
    /// when `stop` says so.
    pub fn encode_segments(
        &self,
        segments: &[&[u8]],
        worker: &mut Worker,
        stop: &Stop,
        ids: &mut Vec<u32>,
        ends: &mut Vec<usize>,
    ) {
        let mut laid = std::mem::take(&mut worker.laid);
        laid.clear(self.separator());
        segments.iter().for_each(|segment| laid.push(segment));
        self.encode_laid(laid.as_segments(), worker, stop, ids, ends);
        worker.laid = laid;
    }

    /// The same of segments that lie in one text.
    fn encode_laid(
        &self,
        segments: Segments<'_>,
        worker: &mut Worker,
        stop: &Stop,
        ids: &mut Vec<u32>,
        ends: &mut Vec<usize>,
    ) {
        let Worker { engine, best_path, .. } = worker;
        if let Some(automaton) = &self.automaton {
            return engine.run(self, automaton, segments, best_path, stop, &mut Output { ids, ends });
        }
        for range in segments.ranges {
            if stop.requested() {
                return;
            }
            self.encode_by_trie(&segments.text[range.clone()], best_path, stop, ids);
            ends.push(ids.len());
        }
    }

    /// What may be put between segments, if there is such a byte.
    fn separator(&self) -> Option<u8> {
        self.automaton.as_ref().and_then(|automaton| automaton.separator())
    }

    /// Appends the ids of the best path of one segment, found by the trie.
    fn encode_by_trie(&self, segment: &[u8], best_path: &mut BestPath, stop: &Stop, ids: &mut Vec<u32>) {
        let first = ids.len();
        best_path.run(&self.trie, segment, stop, ids);
        for id in &mut ids[first..] {
            *id += FIRST_ID;
        }
    }

    /// Appends the ids of one line that is normalized and begins where `mode` is at.
    pub fn encode_line_into(&self, line: &[u8], mode: Mode, worker: &mut Worker, stop: &Stop, ids: &mut Vec<u32>) {
        match mode {
            Mode::BestPath => self.encode_by_trie(line, &mut worker.best_path, stop, ids),
            Mode::Sample(alpha, generator) => {
                let range = 0..line.len();
                let segments = Segments { text: line, ranges: std::slice::from_ref(&range), valid: false };
                let mut output = Output { ids, ends: &mut Vec::new() };
                self.sample_segments((segments, &[generator.line(0)]), alpha, worker, stop, &mut output);
            }
        }
    }
}
