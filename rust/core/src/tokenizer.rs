//! Encoding and decoding with a [`Vocabulary`]. (stub: helper TOKENIZER)
pub mod batch;
pub mod best_path;
pub mod decode;
pub mod generator;
pub mod sample;
pub mod trie;

use crate::parallel::Stop;
use crate::vocabulary::Vocabulary;
use crate::{Error, Result};

/// An exponent for sampling: finite, 0 to 1e290.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alpha(f64);

impl Alpha {
    /// `Ok(None)` for a negative number, which asks for the best path; an error for NaN, infinity and over 1e290.
    pub fn new(alpha: f64) -> Result<Option<Self>> {
        if alpha.is_nan() || alpha > 1e290 {
            return Err(Error::parameter("alpha", alpha, "..."));
        }
        Ok((alpha >= 0.0).then_some(Self(alpha)))
    }
    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

/// Which segmentation of a text is wanted.
#[derive(Clone, Debug)]
pub enum Mode {
    /// The most probable one.
    BestPath,
    /// One drawn with probability proportional to exp(alpha * score); the generator moves on with every draw.
    Sample(Alpha, generator::Generator),
}

/// Buffers of one thread, reused from text to text.
#[derive(Debug, Default)]
pub struct Worker {}

/// Immutable; share it between threads.
#[derive(Debug)]
pub struct Tokenizer {
    vocabulary: Vocabulary,
}

impl Tokenizer {
    /// Builds the trie and the scores.
    pub fn new(vocabulary: Vocabulary) -> Result<Self> {
        Ok(Self { vocabulary })
    }
    /// The pieces.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }
    /// The id of a piece.
    pub fn id(&self, _piece: &[u8]) -> Option<u32> {
        None
    }
    /// The score of an id: ln(count) - ln(total).
    pub fn score(&self, _id: u32) -> Option<f64> {
        None
    }
    /// Appends the ids of `text` (normalized here, line by line). Gives up early, with part of the ids, when `stop` says so.
    pub fn encode_into(&self, _text: &[u8], _mode: &mut Mode, _worker: &mut Worker, _stop: &Stop, _ids: &mut Vec<u32>) {
    }

    /// Appends the ids of one normalized line (`nfc` of one item of `segments(.., SegmentRule::LINES)`).
    pub fn encode_line_into(
        &self,
        _line: &[u8],
        _mode: &mut Mode,
        _worker: &mut Worker,
        _stop: &Stop,
        _ids: &mut Vec<u32>,
    ) {
    }
}
