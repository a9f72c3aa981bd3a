//! Many texts on many threads. (stub: helper TOKENIZER)
use super::{Alpha, Tokenizer};
use crate::Result;
use std::num::NonZeroUsize;

/// How to draw the segmentations of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Sampling {
    /// The exponent.
    pub alpha: Alpha,
    /// The seed.
    pub seed: u64,
    /// The index of the batch's first text; the others follow.
    pub first_index: u64,
}

/// The ids of several texts, row behind row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// All ids.
    pub ids: Vec<u32>,
    /// Where each row ends in `ids`.
    pub ends: Vec<usize>,
}

impl Tokenizer {
    /// Encodes `texts` in order; best paths when `sampling` is `None`. Same rows for any number of threads.
    /// `check` is called on this thread about every 50 ms; its error stops the work and is returned.
    pub fn encode_batch(
        &self,
        _texts: &[&[u8]],
        _sampling: Option<Sampling>,
        _threads: NonZeroUsize,
        _check: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Rows> {
        Ok(Rows::default())
    }
}
