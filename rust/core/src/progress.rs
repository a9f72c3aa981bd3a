//! How long work tells its caller where it is, and how the caller stops it. The core only calls; it never prints.
//!
//! In: stages as they begin, what is done of them, and [`Notice`]s, which are rare. Out: the same on the user's side, with a [`Status`] that
//! [`crate::report`] measures several times a second. All of it on the thread that called; nothing is called for a batch of text
//! but [`Progress::advance`], [`Progress::read`] and [`Progress::check`].

use crate::Result;
use crate::count::threshold::Kept;
use std::path::PathBuf;

/// The stages of training, in order: `1/6 counting` to `6/6 refining`. Without refinement there are four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// First pass over the corpus: n-gram counts.
    Count,
    /// From counts to logarithms of the kept n-grams.
    NgramModel,
    /// Second pass over the corpus: pieces and their counts.
    Segment,
    /// From pieces to the vocabularies asked for, or to candidates for them.
    Prune,
    /// Third pass over the corpus: the text that refinement works on.
    Gather,
    /// From candidates to the vocabularies asked for.
    Refine,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 6] = [Self::Count, Self::NgramModel, Self::Segment, Self::Prune, Self::Gather, Self::Refine];

    /// The word a user reads.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Count => "counting",
            Self::NgramModel => "modelling",
            Self::Segment => "segmenting",
            Self::Prune => "pruning",
            Self::Gather => "gathering",
            Self::Refine => "refining",
        }
    }

    /// Whether it is a pass over the corpus: then it is measured in bytes.
    pub const fn reads(self) -> bool {
        matches!(self, Self::Count | Self::Segment | Self::Gather)
    }

    /// The place in [`Stage::ALL`], counted from 1.
    pub const fn number(self) -> usize {
        match self {
            Self::Count => 1,
            Self::NgramModel => 2,
            Self::Segment => 3,
            Self::Prune => 4,
            Self::Gather => 5,
            Self::Refine => 6,
        }
    }
}

/// How a training is doing: what is measured beside the stage and how much of it is done.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Status {
    /// Seconds since the stage began.
    pub seconds: f64,
    /// Seconds since training began.
    pub elapsed: f64,
    /// Seconds until the stage is over, where that can be told.
    pub left: Option<f64>,
    /// Seconds until training is over, about, where that can be told.
    pub left_in_all: Option<f64>,
    /// Documents that this pass has read.
    pub documents: u64,
    /// Bytes of text that this pass has read.
    pub bytes: u64,
    /// How many of these were worked on before, by a training that this one goes on with.
    pub resumed: u64,
    /// Anonymous memory above that before training, in bytes.
    pub memory: u64,
    /// The memory limit, in bytes.
    pub memory_limit: u64,
    /// Bytes written to the disk so far.
    pub spilled: u64,
    /// Bytes that will be on the disk at a time, as far as can be told.
    pub disk_needed: u64,
    /// Bytes that are free there; `None` where the system does not tell.
    pub disk_free: Option<u64>,
}

impl Status {
    /// Megabytes of text a second in this stage.
    pub fn rate(&self) -> Option<f64> {
        let bytes = self.bytes.saturating_sub(self.resumed);
        (bytes > 0).then(|| crate::num::to_f64(bytes) / 1e6 / self.seconds.max(1e-9))
    }
}

/// Something that happens rarely and may be worth a line in a log.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// A stage is over.
    Ended(Stage, Status),
    /// Memory has had no room: so much has been written in this stage. Told at first, then whenever it is twice as much.
    Spilled {
        /// The stage.
        stage: Stage,
        /// Bytes that were written in it.
        bytes: u64,
        /// Where to.
        dir: PathBuf,
    },
    /// What was counted so far is safe on the disk.
    Saved {
        /// The stage.
        stage: Stage,
        /// Documents read by then.
        documents: u64,
        /// Bytes of text read by then.
        bytes: u64,
    },
    /// So much was done before, by a training that this one goes on with.
    Resumed {
        /// The stage.
        stage: Stage,
        /// Documents that were read.
        documents: u64,
        /// Bytes of text that were read.
        bytes: u64,
    },
    /// There are more n-grams than may be kept, so some least counts are above `min_count`.
    Raised {
        /// What is kept by length, from 2 on.
        kept: Vec<Kept>,
        /// What they would be without.
        min_count: u64,
    },
    /// The disk may be too small.
    DiskShort {
        /// The folder.
        dir: PathBuf,
        /// Bytes that will be needed there, by what is known now.
        needed: u64,
        /// Bytes that are free there.
        free: u64,
    },
    /// The text has too few pieces for the vocabulary's size.
    TooLittleText {
        /// How many pieces were asked for.
        wanted: usize,
        /// How many there are.
        possible: usize,
    },
    /// Nothing can be written where it would go if memory had no room.
    NoTemporary {
        /// The folder.
        dir: PathBuf,
        /// What the system says.
        problem: String,
    },
}

/// Told about progress, asked about interruption. All calls come on the thread that called the long function.
pub trait Progress {
    /// There will be so many stages. Called once, before the first one.
    fn stages(&mut self, _number: usize) {}
    /// A stage begins. `total` is in the unit of [`Progress::advance`], where it is known.
    fn begin(&mut self, stage: Stage, total: Option<u64>);
    /// `amount` more is done: bytes of text, or of files as they are stored, where a stage [reads](Stage::reads), steps elsewhere.
    fn advance(&mut self, amount: u64);
    /// So many documents and bytes of text the pass at hand has read, in all.
    fn read(&mut self, _documents: u64, _bytes: u64) {}
    /// How training is doing, before a [`Progress::check`].
    fn status(&mut self, _status: &Status) {}
    /// Something happened.
    fn notice(&mut self, _notice: &Notice) {}
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
