//! The pipeline. (stub: TRAIN)
use crate::corpus::Corpus;
use crate::pieces::PieceTable;
use crate::progress::Progress;
use crate::vocabulary::Vocabulary;
use crate::{Error, Result};
use std::num::NonZeroUsize;

/// Everything training can be told; checked by [`Options::validate`].
#[derive(Clone, Debug)]
pub struct Options {
    /// The longest n-gram counted, in bytes: 1 to 16.
    pub order: usize,
    /// Sizes wanted, `<pad> <bos> <eos>` included: each 259 to 2^24 + 3; at least one.
    pub max_vocab_sizes: Vec<usize>,
    /// The longest piece kept, in bytes: 1 to 4096.
    pub max_piece_length: usize,
    /// The least count of an n-gram of 2 bytes or more, and of a piece of 2 bytes or more: at least 1.
    pub min_count: u64,
    /// Whether each digit is a segment of its own.
    pub isolate_digits: bool,
    /// Whether pieces are whole characters.
    pub ensure_unicode: bool,
    /// Whether to give the same bytes as 0.6.3.
    pub compat: bool,
    /// Worker threads.
    pub threads: NonZeroUsize,
}

impl Options {
    /// Whether every parameter is in its range.
    pub fn validate(&self) -> Result<()> {
        if self.order == 0 || self.order > 16 {
            return Err(Error::parameter("order", self.order, "1 to 16"));
        }
        Ok(())
    }
}

/// Trains; one vocabulary for each of `options.max_vocab_sizes`, in descending order of size.
pub fn train(_corpus: &dyn Corpus, _options: &Options, _progress: &mut dyn Progress) -> Result<Vec<Vocabulary>> {
    Ok(Vec::new())
}

/// `convert_to_bytepiece`: completes the 256 bytes with count 1 and drops pieces that another segmentation beats.
pub fn vocabulary_from_counts(_pieces: PieceTable, _progress: &mut dyn Progress) -> Result<Vocabulary> {
    unimplemented!()
}
