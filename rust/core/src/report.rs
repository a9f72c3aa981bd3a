//! What there is to tell about a training when it is over.
//!
//! In: the stages as they begin and end ([`watch`] sits between them and the user's [`crate::progress::Progress`]),
//! and numbers that they have. Out: [`Report`], which is JSON for machines and a few lines for people. Times, memory
//! and what was written to the disk differ from run to run; everything else depends on corpus and options alone.

pub(crate) mod watch;
pub mod words;

use crate::corpus::pass::Totals;
use crate::count::threshold::{Kept, SINGLE_BYTES};
use crate::num::{to_f64, to_u64};
use crate::progress::Stage;
use crate::refine::{self, LEAST_BLOCKS};
use crate::train::Options;
use crate::vocabulary::show;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
pub(crate) use watch::{Disk, Watch};
use words::{duration, number, size};

/// Changes whenever the same corpus and options give other models.
pub const ALGORITHM: u32 = 2;
/// The version of this package.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Numbers of one training.
#[derive(Clone, Debug)]
pub struct Report {
    /// What training was told.
    pub options: Options,
    /// The memory limit, in bytes.
    pub memory_limit: u64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// What a pass read.
    pub totals: Totals,
    /// Distinct n-grams by length, from 1 on.
    pub distinct: Vec<u64>,
    /// What was kept by length, from 2 on.
    pub kept: Vec<Kept>,
    /// Bytes written to the disk: because memory had no room, and for a checkpoint.
    pub spilled: u64,
    /// The disk.
    pub disk: DiskReport,
    /// How often a checkpoint was saved.
    pub saves: u64,
    /// Pieces that pruning began with.
    pub pieces: u64,
    /// The pieces of each vocabulary with its specials, largest size first.
    pub vocabulary_sizes: Vec<usize>,
    /// The stages, in order.
    pub stages: Vec<StageReport>,
    /// The blocks that refinement worked on, and their bytes; `None` without refinement.
    pub sample: Option<(u64, u64)>,
}

/// The disk that a training wrote to.
#[derive(Clone, Debug, Default)]
pub struct DiskReport {
    /// The folder.
    pub dir: PathBuf,
    /// What was free when training began, in bytes, where the system tells.
    pub free: Option<u64>,
    /// What counting was expected to write, in bytes; 0 where the size of the corpus was not known.
    pub expected: u64,
    /// What was there at most at a time, in bytes.
    pub most: u64,
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
    /// How many of these had been worked on before.
    pub resumed: u64,
    /// The most anonymous memory above that before training, in bytes, sampled; 0 where the system does not tell.
    pub peak_memory: u64,
    /// Bytes written to the disk.
    pub spilled: u64,
}

impl StageReport {
    /// It begins.
    fn new(stage: Stage) -> Self {
        Self { stage, seconds: 0.0, bytes: 0, resumed: 0, peak_memory: 0, spilled: 0 }
    }

    /// Megabytes of text a second, of what had not been worked on before.
    fn rate(&self) -> Option<f64> {
        let bytes = self.bytes.saturating_sub(self.resumed);
        (bytes > 0).then(|| to_f64(bytes) / 1e6 / self.seconds.max(1e-9))
    }

    /// As JSON.
    fn json(&self) -> Value {
        json!({
            "name": self.stage.name(), "seconds": self.seconds, "bytes": self.bytes, "resumed": self.resumed,
            "mb_per_second": self.rate(), "peak_memory": self.peak_memory, "spilled": self.spilled,
        })
    }

    /// As a line.
    fn line(&self) -> String {
        let rate = self.rate().map_or_else(String::new, |rate| format!(", {rate:.1} MB/s"));
        let spilled = if self.spilled > 0 { format!(", {} to disk", size(self.spilled)) } else { String::new() };
        let (time, memory) = (duration(self.seconds), size(self.peak_memory));
        format!("  {:<10} {time}{rate}, {memory} of memory{spilled}\n", self.stage.name())
    }
}

impl Report {
    /// Nothing done yet.
    pub(crate) fn new(options: &Options, memory_limit: u64) -> Self {
        let (totals, distinct, kept, disk) = Default::default();
        Self {
            options: options.clone(),
            memory_limit,
            seconds: 0.0,
            totals,
            distinct,
            kept,
            spilled: 0,
            disk,
            saves: 0,
            pieces: 0,
            vocabulary_sizes: Vec::new(),
            sample: None,
            stages: Vec::new(),
        }
    }

    /// What counting has found.
    pub(crate) fn counted(&mut self, totals: Totals, distinct: &[u64], kept: &[Kept]) {
        (self.totals, self.distinct, self.kept) = (totals, distinct.to_vec(), kept.to_vec());
    }

    /// The most memory of all stages.
    fn peak_memory(&self) -> u64 {
        self.stages.iter().map(|stage| stage.peak_memory).max().unwrap_or(0)
    }

    /// The report as JSON.
    pub fn json(&self) -> Value {
        let kept = |kept: &Kept| json!({"threshold": kept.threshold, "ngrams": kept.ngrams});
        json!({
            "version": VERSION,
            "algorithm": ALGORITHM,
            "settings": self.settings(),
            "documents": self.totals.documents,
            "bytes": self.totals.bytes,
            "seconds": self.seconds,
            "threads": self.options.threads,
            "memory_limit": self.memory_limit,
            "peak_memory": self.peak_memory(),
            "spilled": self.spilled,
            "disk": {
                "folder": self.disk.dir.to_string_lossy(), "free": self.disk.free, "expected": self.disk.expected,
                "most": self.disk.most,
            },
            "saves": self.saves,
            "distinct_ngrams": self.distinct,
            "kept_ngrams": self.kept.iter().map(kept).collect::<Vec<_>>(),
            "pieces": self.pieces,
            "vocabulary_sizes": self.vocabulary_sizes,
            "refinement": self.sample.map(|(blocks, bytes)| json!({
                "version": refine::VERSION, "blocks": blocks, "bytes": bytes, "share": (to_f64(bytes) / to_f64(self.totals.bytes.max(1))).min(1.0),
                "cross_document": blocks >= LEAST_BLOCKS,
            })),
            "stages": self.stages.iter().map(StageReport::json).collect::<Vec<_>>(),
        })
    }

    /// What decides on the model.
    fn settings(&self) -> Value {
        let options = &self.options;
        json!({
            "order": options.order, "max_vocab_size": options.max_vocab_sizes, "max_piece_length": options.max_piece_length,
            "min_count": options.min_count, "digits": options.digits.name(), "cross_words": options.cross_words,
            "normalization": options.normalization.name(), "objective": options.objective().name(),
            "cover_scripts": options.cover_scripts, "strict": options.strict,
            "domain_weights": options.domain_weights.iter().cloned().collect::<BTreeMap<_, _>>(),
            "ensure_unicode": options.ensure_unicode(), "compat": options.compat, "max_ngrams": options.max_ngrams,
            "special_tokens": options.special_tokens, "reserved_tokens": options.reserved_tokens,
            "multiple_of": options.multiple_of, "required_pieces": options.required_pieces.iter().map(|piece| show(piece)).collect::<Vec<_>>(),
        })
    }

    /// The report in a few lines, each with its newline.
    pub fn summary(&self) -> String {
        let Totals { documents, bytes, .. } = self.totals;
        let stages: String = self.stages.iter().map(StageReport::line).collect();
        let kept = SINGLE_BYTES + self.kept.iter().map(|kept| kept.ngrams).sum::<u64>();
        let thresholds: Vec<String> = self.kept.iter().map(|kept| kept.threshold.to_string()).collect();
        let sizes: Vec<String> = self.vocabulary_sizes.iter().map(|&size| number(to_u64(size))).collect();
        let spilled = match self.spilled {
            0 => "nothing written to disk".to_owned(),
            spilled => {
                format!("{} written to {}, {} at a time", size(spilled), self.disk.dir.display(), size(self.disk.most))
            }
        };
        format!(
            "bytepiece {VERSION}, algorithm {ALGORITHM}: {} of text, {} documents, {}\n{stages}  \
             memory     {} of {}, {spilled}\n  \
             n-grams    {} distinct, {} kept; least counts from length 2 on: {}\n  \
             vocabulary {} of {} pieces counted\n",
            size(bytes),
            number(documents),
            duration(self.seconds),
            size(self.peak_memory()),
            size(self.memory_limit),
            number(self.distinct.iter().sum()),
            number(kept),
            thresholds.join(" "),
            sizes.join(", "),
            number(self.pieces),
        )
    }
}
