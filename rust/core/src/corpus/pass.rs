//! One pass over a corpus on several threads: what counting and segmenting have in common.
//!
//! In: a corpus and a function for each segment. Out: one state a thread, and how much was read. Documents are pulled on
//! the calling thread; normalizing, cutting and the function itself run on the workers.

use super::Corpus;
use super::batch::{Batch, Batcher};
use super::segments::SegmentRule;
use crate::Result;
use crate::parallel;
use crate::progress::{Progress, Stage};
use std::cell::RefCell;
use std::num::NonZeroUsize;

/// How much a pass has read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Documents, empty ones included.
    pub documents: u64,
    /// Bytes of text, before normalization.
    pub bytes: u64,
}

/// What is common to all passes of one training.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    /// How documents are cut.
    pub rule: SegmentRule,
    /// Worker threads.
    pub threads: NonZeroUsize,
}

impl Pass {
    /// Calls `work` for every segment of the corpus, on the thread that has the state; segments of a batch come in order,
    /// batches do not. `total` is the number of bytes expected, for the progress display.
    pub fn run<S: Send>(
        self,
        corpus: &dyn Corpus,
        (stage, total): (Stage, Option<u64>),
        progress: &mut dyn Progress,
        init: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, &[u8]) -> Result<()> + Sync,
    ) -> Result<(Vec<S>, Totals)> {
        progress.begin(stage, total);
        let mut batcher = Batcher::new(corpus.open()?, self.rule);
        let mut totals = Totals::default();
        let progress = RefCell::new(progress);
        let states = parallel::stream(
            self.threads,
            || {
                let batch = batcher.next_batch()?;
                // of what was read, not of the batch: parts of long lines are in it normalized
                let read = batcher.bytes() - std::mem::replace(&mut totals.bytes, batcher.bytes());
                if read > 0 {
                    progress.borrow_mut().advance(read);
                }
                Ok(batch)
            },
            init,
            |state, batch: Batch, _| {
                let mut outcome = Ok(());
                batch.for_each_segment(self.rule, |segment| {
                    if outcome.is_ok() {
                        outcome = work(state, segment);
                    }
                });
                outcome
            },
            &mut || progress.borrow_mut().check(),
        )?;
        totals.documents = batcher.documents();
        Ok((states, totals))
    }
}
