//! One pass over a corpus on several threads, in legs that can be taken up again: what counting and segmenting have in common.
//!
//! In: a corpus, a function for each segment, and one for the end of each leg. Out: how much was read. Documents are pulled
//! on the calling thread; normalizing, cutting and the function itself run on the workers. A *leg* ends when some time has
//! passed, and with the pass: then all that was read has been worked on, and [`Position`] says how much that is.

use super::batch::{Batch, Batcher, BatcherState};
use super::digest::{Digest, Digested};
use super::segments::SegmentRule;
use super::{Corpus, Documents};
use crate::parallel;
use crate::progress::{Notice, Progress, Stage};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

/// How much a pass has read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Documents, empty ones included.
    pub documents: u64,
    /// Bytes of text, before normalization.
    pub bytes: u64,
    /// The sum of a hash of each document.
    pub hash: u64,
}

/// Where a pass is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Position {
    /// What was read.
    digest: Digest,
    /// What of that has not been worked on.
    batcher: BatcherState,
    /// Whether that was all.
    pub(crate) ended: bool,
}

impl Position {
    /// How much was read.
    pub(crate) fn totals(&self) -> Totals {
        Totals { documents: self.digest.documents, bytes: self.digest.bytes, hash: self.digest.sum }
    }

    /// Says that this was done before.
    fn tell(&self, stage: Stage, progress: &mut dyn Progress) {
        let Totals { documents, bytes, .. } = self.totals();
        progress.read(documents, bytes);
        progress.notice(&Notice::Resumed { stage, documents, bytes });
    }
}

/// What is common to all passes of one training.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    /// How documents are cut.
    pub rule: SegmentRule,
    /// Worker threads.
    pub threads: NonZeroUsize,
}

/// Asks whether to stop.
type Check<'c> = &'c mut dyn FnMut() -> Result<()>;
/// Takes the states of a leg's threads, and where the leg has ended.
pub type EndLeg<'a, S> = &'a mut dyn FnMut(Vec<S>, Position, Check<'_>) -> Result<()>;

/// The legs of a pass.
pub struct Legs<'a, S> {
    /// Where the first one begins; `None` is the beginning of the corpus.
    pub from: Option<Position>,
    /// How long a leg is; `None` makes the pass one leg.
    pub every: Option<Duration>,
    /// Called at the end of each leg with the states of its threads.
    pub end: EndLeg<'a, S>,
}

impl Pass {
    /// Calls `work` for every segment of the corpus, on the thread that has the state; segments of a batch come in
    /// order, batches do not. `total` is the number of bytes of text expected, for the progress display; where the
    /// corpus counts in bytes of its own (of files, as they are stored), those are shown.
    pub fn run<S: Send>(
        self,
        corpus: &dyn Corpus,
        shown: (Stage, Option<u64>),
        progress: &mut dyn Progress,
        init: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, &[u8]) -> Result<()> + Sync,
        legs: Legs<'_, S>,
    ) -> Result<Totals> {
        let each = |state: &mut S, batch: &Batch| {
            let mut outcome = Ok(());
            batch.for_each_segment(self.rule, |segment| {
                if outcome.is_ok() {
                    outcome = work(state, segment);
                }
            });
            outcome
        };
        self.run_batches(corpus, shown, progress, init, each, legs).map(|(totals, _)| totals)
    }

    /// The same for every batch; with the names of the sources.
    pub(crate) fn run_batches<S: Send>(
        self,
        corpus: &dyn Corpus,
        (stage, total): (Stage, Option<u64>),
        progress: &mut dyn Progress,
        init: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, &Batch) -> Result<()> + Sync,
        legs: Legs<'_, S>,
    ) -> Result<(Totals, Vec<String>)> {
        let from = legs.from.unwrap_or_default();
        if from.ended && corpus.identity().is_some() {
            progress.begin(stage, total);
            progress.advance(total.unwrap_or(from.digest.bytes));
            from.tell(stage, progress);
            return Ok((from.totals(), Vec::new())); // the same files: nothing more can come
        }
        let documents = corpus.open()?;
        let total = if documents.bytes_read().is_some() { corpus.total_bytes() } else { total };
        progress.begin(stage, total);
        let mut documents = Digested::new(documents);
        if !documents.skip(&from.digest, &mut || progress.check())? {
            return Err(Error::CheckpointCorpus);
        }
        let mut batcher = Batcher::new(documents, self.rule);
        if !batcher.resume(&from.batcher) {
            return Err(Error::CheckpointCorpus);
        }
        progress.advance(batcher.bytes_read());
        if from.digest.parts > 0 {
            from.tell(stage, progress);
        }
        let (saves, every) = (legs.every.is_some(), legs.every.filter(|_| corpus.keeps_order()));
        loop {
            let (states, ended) = self.leg(&mut batcher, every, progress, &init, &work)?;
            let position = Position { digest: batcher.pass().digest, batcher: batcher.state(), ended };
            let totals = position.totals();
            if from.ended {
                // it was saved then; now it was only seen to be the same
                return if position.digest == from.digest {
                    Ok((totals, Vec::new()))
                } else {
                    Err(Error::CheckpointCorpus)
                };
            }
            (legs.end)(states, position, &mut || progress.check())?;
            if saves {
                progress.notice(&Notice::Saved { stage, documents: totals.documents, bytes: totals.bytes });
            }
            if ended {
                return Ok((totals, batcher.pass().sources().to_vec()));
            }
        }
    }

    /// One leg; whether the pass is over.
    fn leg<S: Send>(
        self,
        batcher: &mut Batcher<impl Documents>,
        every: Option<Duration>,
        progress: &mut dyn Progress,
        init: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, &Batch) -> Result<()> + Sync,
    ) -> Result<(Vec<S>, bool)> {
        let (mut shown, mut ended, begun) = (batcher.bytes_read(), false, Instant::now());
        let progress = RefCell::new(progress);
        let mut batches = 0;
        let states = parallel::stream(
            self.threads,
            || {
                // at least one batch, or a short leg would never end
                if batches > 0 && every.is_some_and(|every| begun.elapsed() >= every) {
                    return Ok(None);
                }
                batches += 1;
                let batch = batcher.next_batch()?;
                // of what was read, not of the batch: parts of long lines are in it normalized
                let read = batcher.bytes_read();
                if read > shown {
                    progress.borrow_mut().advance(read - std::mem::replace(&mut shown, read));
                }
                progress.borrow_mut().read(batcher.documents(), batcher.bytes());
                ended = batch.is_none();
                Ok(batch)
            },
            init,
            |state, batch: Batch, _| work(state, &batch),
            &mut || progress.borrow_mut().check(),
        )?;
        Ok((states, ended))
    }
}
