//! What there is to tell about a training when it is over.
//!
//! In: the stages as they begin and end ([`Watch`] sits between them and the user's [`Progress`]), and numbers that they have. Out: [`Report`],
//! which is JSON where it is shown. Times and memory differ from run to run; everything else depends on corpus and options
//! alone, but for what was spilled, which depends on the memory limit.

use crate::Result;
use crate::corpus::pass::Totals;
use crate::count::threshold::Kept;
use crate::memory::anonymous;
use crate::progress::{Progress, Stage};
use serde_json::{Value, json};
use std::num::NonZeroUsize;
use std::time::Instant;

/// Changes whenever the same corpus and options give other models.
pub const ALGORITHM: u32 = 1;

/// Numbers of one training.
#[derive(Clone, Debug)]
pub struct Report {
    /// The memory limit, in bytes.
    pub memory_limit: u64,
    /// Worker threads.
    pub threads: usize,
    /// What a pass read.
    pub totals: Totals,
    /// Distinct n-grams by length, from 1 on.
    pub distinct: Vec<u64>,
    /// What was kept by length, from 2 on.
    pub kept: Vec<Kept>,
    /// Bytes written because memory had no room.
    pub spilled: u64,
    /// Pieces that pruning began with.
    pub pieces: u64,
    /// The stages, in order.
    pub stages: Vec<StageReport>,
}

/// Numbers of one stage.
#[derive(Clone, Copy, Debug)]
pub struct StageReport {
    /// Which.
    pub stage: Stage,
    /// How long it took.
    pub seconds: f64,
    /// Bytes of text it read; 0 where it reads none.
    pub bytes: u64,
    /// The most anonymous memory above that before training, in bytes, sampled; 0 where the system does not tell.
    pub peak_memory: u64,
}

impl Report {
    /// Nothing done yet.
    pub(crate) fn new(memory_limit: u64, threads: NonZeroUsize) -> Self {
        let (totals, distinct, kept, stages) = Default::default();
        Self { memory_limit, threads: threads.get(), totals, distinct, kept, spilled: 0, pieces: 0, stages }
    }

    /// What counting has found.
    pub(crate) fn counted(&mut self, totals: Totals, distinct: &[u64], kept: &[Kept], spilled: u64) {
        (self.totals, self.distinct, self.kept) = (totals, distinct.to_vec(), kept.to_vec());
        self.spilled += spilled;
    }

    /// The report as JSON.
    pub fn json(&self) -> Value {
        let stage = |stage: &StageReport| {
            let rate = (stage.bytes > 0).then(|| crate::num::to_f64(stage.bytes) / 1e6 / stage.seconds.max(1e-9));
            json!({
                "name": stage.stage.name(), "seconds": stage.seconds, "bytes": stage.bytes, "mb_per_second": rate,
                "peak_memory": stage.peak_memory,
            })
        };
        let kept = |kept: &Kept| json!({"threshold": kept.threshold, "ngrams": kept.ngrams});
        json!({
            "algorithm": ALGORITHM,
            "documents": self.totals.documents,
            "bytes": self.totals.bytes,
            "threads": self.threads,
            "memory_limit": self.memory_limit,
            "peak_memory": self.stages.iter().map(|stage| stage.peak_memory).max(),
            "spilled": self.spilled,
            "distinct_ngrams": self.distinct,
            "kept_ngrams": self.kept.iter().map(kept).collect::<Vec<_>>(),
            "pieces": self.pieces,
            "stages": self.stages.iter().map(stage).collect::<Vec<_>>(),
        })
    }
}

/// Passes progress on, and takes notes.
pub(crate) struct Watch<'a> {
    /// The user's.
    progress: &'a mut dyn Progress,
    /// The notes.
    pub(crate) report: Report,
    /// When the stage at hand began.
    began: Instant,
    /// The anonymous memory before training.
    before: u64,
}

impl<'a> Watch<'a> {
    /// Before the first stage.
    pub(crate) fn new(progress: &'a mut dyn Progress, report: Report) -> Self {
        Self { progress, report, began: Instant::now(), before: anonymous().unwrap_or(0) }
    }

    /// Notes how long the stage at hand has taken.
    fn end_stage(&mut self) {
        self.sample();
        if let Some(stage) = self.report.stages.last_mut() {
            stage.seconds = self.began.elapsed().as_secs_f64();
        }
        self.began = Instant::now();
    }

    /// Looks at the memory.
    fn sample(&mut self) {
        if let (Some(stage), Some(now)) = (self.report.stages.last_mut(), anonymous()) {
            stage.peak_memory = stage.peak_memory.max(now.saturating_sub(self.before));
        }
    }
}

impl Progress for Watch<'_> {
    fn begin(&mut self, stage: Stage, total: Option<u64>) {
        self.end_stage();
        self.report.stages.push(StageReport { stage, seconds: 0.0, bytes: 0, peak_memory: 0 });
        self.progress.begin(stage, total);
    }

    fn advance(&mut self, amount: u64) {
        if let Some(StageReport { stage: Stage::Count | Stage::Segment, bytes, .. }) = self.report.stages.last_mut() {
            *bytes += amount;
        }
        self.progress.advance(amount);
    }

    fn check(&mut self) -> Result<()> {
        self.sample();
        self.progress.check()
    }

    fn finish(&mut self) {
        self.end_stage();
        self.progress.finish();
    }
}
