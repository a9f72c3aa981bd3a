//! How long work tells its caller where it is, and how the caller stops it. The core only calls; it never prints.

use crate::Result;

/// The stages of training, in order: `1/4 counting` to `4/4 pruning`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// First pass over the corpus: n-gram counts.
    Count,
    /// From counts to logarithms of the kept n-grams.
    NgramModel,
    /// Second pass over the corpus: pieces and their counts.
    Segment,
    /// From pieces to the vocabularies asked for.
    Prune,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 4] = [Self::Count, Self::NgramModel, Self::Segment, Self::Prune];

    /// The word a user reads.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Count => "counting",
            Self::NgramModel => "modelling",
            Self::Segment => "segmenting",
            Self::Prune => "pruning",
        }
    }

    /// The place in [`Stage::ALL`], counted from 1.
    pub const fn number(self) -> usize {
        match self {
            Self::Count => 1,
            Self::NgramModel => 2,
            Self::Segment => 3,
            Self::Prune => 4,
        }
    }
}

/// Told about progress, asked about interruption. All calls come on the thread that called the long function.
pub trait Progress {
    /// A stage begins. `total` is in the unit of [`Progress::advance`], where it is known.
    fn begin(&mut self, stage: Stage, total: Option<u64>);
    /// `amount` more is done: bytes of text, or of files as they are stored, in [`Stage::Count`] and [`Stage::Segment`], steps elsewhere.
    fn advance(&mut self, amount: u64);
    /// Called several times a second, work or no work. An error stops all threads and is returned from the long function.
    fn check(&mut self) -> Result<()>;
    /// All stages are done (not called after an error).
    fn finish(&mut self) {}
}

/// Tells nobody, never interrupts.
#[derive(Debug, Default, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&mut self, _stage: Stage, _total: Option<u64>) {}
    fn advance(&mut self, _amount: u64) {}
    fn check(&mut self) -> Result<()> {
        Ok(())
    }
}
