//! The pipeline: to read [`train`] is to read the algorithm.
//!
//! ```text
//! corpus --count--> NgramCounts --ngram_model--> NgramModel --segment--> PieceTable --prune--> Vocabulary (one a size)
//! ```
//! The method is BytePiece's: <https://kexue.fm/archives/9752>, <https://kexue.fm/archives/3956>. The same corpus and options
//! give the same vocabularies on any number of threads, in any memory and on any machine: threads add up integers, and the logarithms are
//! [`mod@crate::ln`]'s.

use crate::checkpoint::{Checkpoint, CheckpointOptions, Saving};
use crate::corpus::Corpus;
use crate::corpus::pass::{Pass, Totals};
use crate::corpus::segments::SegmentRule;
use crate::count::key::Key;
use crate::count::threshold::{MAX_NGRAMS, SINGLE_BYTES};
use crate::count::{Counting, count_ngrams};
use crate::disk::{Forecast, Usage, check_temporary};
use crate::memory::{MemoryLimit, Plan};
use crate::ngram_model::NgramModel;
use crate::num::to_u64;
use crate::pieces::PieceTable;
use crate::progress::{Notice, Progress};
use crate::prune::{Limits, prune, prune_counted};
use crate::report::{Disk, Report, Watch};
use crate::segment::CountedPieces;
use crate::segment::{Cutting, PieceCounting, count_pieces};
use crate::trim::trim;
use crate::vocabulary::{MAX_PIECE_LENGTH, MAX_PIECES, SPECIALS, Vocabulary};
use crate::{Error, Result};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// The longest n-gram that can be counted, in bytes.
pub const MAX_ORDER: usize = 16;
/// The smallest vocabulary: all single bytes and the specials.
pub const MIN_VOCAB_SIZE: usize = 256 + SPECIALS.len();
/// The largest vocabulary.
pub const MAX_VOCAB_SIZE: usize = MAX_PIECES + SPECIALS.len();

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
    /// The most n-grams kept, single bytes included; `compat` keeps all that have `min_count`.
    pub max_ngrams: u64,
    /// How much memory may be used; the result does not depend on it.
    pub memory_limit: MemoryLimit,
    /// Where data goes that memory has no room for; `None` is the system's folder for temporary files.
    pub temp_dir: Option<PathBuf>,
    /// Where to keep what is needed to go on after a crash; `None` keeps nothing.
    pub checkpoint: Option<CheckpointOptions>,
}

impl Options {
    /// The defaults: those of 0.6.3 where it has them.
    pub fn new(threads: NonZeroUsize) -> Self {
        Self {
            order: 6,
            max_vocab_sizes: vec![10_000],
            max_piece_length: 36,
            min_count: 2,
            isolate_digits: false,
            ensure_unicode: true,
            compat: false,
            threads,
            max_ngrams: MAX_NGRAMS,
            memory_limit: MemoryLimit::HalfOfFree,
            temp_dir: None,
            checkpoint: None,
        }
    }

    /// What decides on the counts of pieces: a checkpoint of one training is of no use to another.
    fn settings(&self) -> Vec<(&'static str, String)> {
        let max_ngrams = if self.compat { 0 } else { self.max_ngrams };
        vec![
            ("order", self.order.to_string()),
            ("min_count", self.min_count.to_string()),
            ("isolate_digits", self.isolate_digits.to_string()),
            ("ensure_unicode", self.ensure_unicode.to_string()),
            ("compat", self.compat.to_string()),
            ("max_ngrams", max_ngrams.to_string()),
        ]
    }

    /// The disk that is written to.
    fn disk(&self, plan: &Plan) -> Disk {
        let dir = match (&self.checkpoint, &self.temp_dir) {
            (Some(checkpoint), _) => checkpoint.dir.clone(),
            (None, Some(dir)) => dir.clone(),
            (None, None) => std::env::temp_dir(),
        };
        let tables = self.checkpoint.is_none().then(|| to_u64(plan.table_bytes()));
        Disk { dir, usage: Usage::default(), forecast: Forecast { order: self.order, tables } }
    }

    /// A folder that was asked for must be one that can be written to; the system's own may never be needed.
    fn check_temp_dir(&self, progress: &mut dyn Progress) -> Result<()> {
        if self.checkpoint.is_some() {
            return Ok(());
        }
        let dir = self.temp_dir.clone().unwrap_or_else(std::env::temp_dir);
        if let Some(problem) = check_temporary(&dir, self.temp_dir.is_some())? {
            progress.notice(&Notice::NoTemporary { dir, problem });
        }
        Ok(())
    }

    /// Whether every parameter is in its range.
    pub fn validate(&self) -> Result<()> {
        let range = |name, value: usize, least: usize, most: usize| {
            let expected = || format!("{least} to {most}");
            if (least..=most).contains(&value) { Ok(()) } else { Err(Error::parameter(name, value, expected())) }
        };
        range("order", self.order, 1, MAX_ORDER)?;
        if self.max_vocab_sizes.is_empty() {
            return Err(Error::parameter("max_vocab_size", "an empty list", "a size or a list of at least one size"));
        }
        for &size in &self.max_vocab_sizes {
            range("max_vocab_size", size, MIN_VOCAB_SIZE, MAX_VOCAB_SIZE)?;
        }
        range("max_piece_length", self.max_piece_length, 1, MAX_PIECE_LENGTH)?;
        if self.max_ngrams < SINGLE_BYTES {
            return Err(Error::parameter("max_ngrams", self.max_ngrams, format!("at least {SINGLE_BYTES}")));
        }
        if self.min_count == 0 { Err(Error::parameter("min_count", 0, "at least 1")) } else { Ok(()) }
    }
}

/// Trains; one vocabulary for each of `options.max_vocab_sizes`, largest first.
///
/// Reads the corpus twice, in the memory that `options` allows ([`crate::memory`]); what does not fit goes to `temp_dir`.
/// `progress` is called on this thread.
pub fn train(corpus: &dyn Corpus, options: &Options, progress: &mut dyn Progress) -> Result<Vec<Vocabulary>> {
    train_reported(corpus, options, progress).map(|(vocabularies, _)| vocabularies)
}

/// [`train`], and what there is to tell about it.
pub fn train_reported(
    corpus: &dyn Corpus,
    options: &Options,
    progress: &mut dyn Progress,
) -> Result<(Vec<Vocabulary>, Report)> {
    options.validate()?;
    let mut sizes = options.max_vocab_sizes.clone();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let limit = options.memory_limit.bytes();
    let plan = Plan::new(limit, options.threads, options.order)?;
    let mut watch = Watch::new(progress, Report::new(options, limit), options.disk(&plan));
    options.check_temp_dir(&mut watch)?;
    let mut checkpoint = match &options.checkpoint {
        Some(checkpoint) => Some(Checkpoint::open(checkpoint, &options.settings(), corpus.identity())?),
        None => None,
    };
    let pieces = if options.order <= u64::MAX_ORDER {
        pieces_of::<u64>(corpus, options, &plan, checkpoint.as_mut(), &mut watch)?
    } else {
        pieces_of::<u128>(corpus, options, &plan, checkpoint.as_mut(), &mut watch)?
    };
    watch.report.pieces = to_u64(pieces.kept.len());
    let tables = prune_counted(pieces, &sizes, options.threads, &plan, &mut watch)?;
    watch.report.vocabulary_sizes = tables.iter().map(|table| table.len() + SPECIALS.len()).collect();
    watch.finish();
    let report = watch.report;
    let vocabularies: Result<_> = tables.into_iter().map(|table| Vocabulary::new(table, "the trained model")).collect();
    trim();
    Ok((vocabularies?, report))
}

/// Stages 1 to 3, with n-grams packed into `K`.
fn pieces_of<K: Key>(
    corpus: &dyn Corpus,
    options: &Options,
    plan: &Plan,
    mut checkpoint: Option<&mut Checkpoint>,
    watch: &mut Watch<'_>,
) -> Result<CountedPieces> {
    let pass = Pass { rule: SegmentRule::training(options.isolate_digits), threads: options.threads };
    let (order, min_count, temp_dir) = (options.order, options.min_count, options.temp_dir.clone());
    let counting = Counting { order, min_count, table_bytes: plan.table_bytes(), temp_dir: temp_dir.clone() };
    let (mut counts, first) =
        count_ngrams::<K>(corpus, &counting, Saving::new(checkpoint.as_deref_mut(), 1, watch.usage()), pass, watch)?;
    if counts.total() == 0 {
        return Err(Error::EmptyCorpus { documents: first.documents });
    }
    let kept = counts.thresholds((!options.compat).then_some(options.max_ngrams));
    if kept.last().is_some_and(|kept| kept.threshold > min_count) {
        watch.notice(&Notice::Raised { kept: kept.clone(), min_count });
    }
    let ngrams = SINGLE_BYTES + kept.iter().map(|kept| kept.ngrams).sum::<u64>();
    let model_bytes = NgramModel::bytes(&counts, &kept);
    let piece_bytes = plan.piece_bytes(model_bytes, ngrams)?;
    counts.limit_memory(plan.beside_model(model_bytes))?;
    trim();
    let model = NgramModel::new(&counts, &kept, options.threads, watch)?;
    watch.report.counted(first, counts.distinct(), &kept);
    drop(counts);
    trim();
    let cutting = Cutting { ensure_unicode: options.ensure_unicode, compat: options.compat };
    let limits = Limits { max_piece_length: options.max_piece_length, min_count };
    let counting = PieceCounting { cutting, limits, piece_bytes, temp_dir };
    let saving = Saving::new(checkpoint, 2, watch.usage());
    let (pieces, second) = count_pieces(corpus, model, &counting, saving, (pass, first.bytes), watch)?;
    same_corpus(first, second)?;
    trim();
    Ok(pieces)
}

/// Both passes must have read the same; what is compared costs nothing to know.
fn same_corpus(first: Totals, second: Totals) -> Result<()> {
    if first == second {
        return Ok(());
    }
    Err(Error::CorpusChanged {
        first_documents: first.documents,
        first_bytes: first.bytes,
        second_documents: second.documents,
        second_bytes: second.bytes,
    })
}

/// The vocabulary of pieces that somebody else has counted (0.6.3's `convert_to_bytepiece`): missing bytes enter with count
/// 1, and pieces that another segmentation beats go.
pub fn vocabulary_from_counts(
    pieces: PieceTable,
    threads: NonZeroUsize,
    progress: &mut dyn Progress,
) -> Result<Vocabulary> {
    let limits = Limits { max_piece_length: usize::MAX, min_count: 1 };
    let size = pieces.len() + MIN_VOCAB_SIZE;
    let tables = prune(pieces, &limits, &[size], threads, progress)?;
    progress.finish();
    tables
        .into_iter()
        .next()
        .map_or_else(|| Err(Error::EmptyCorpus { documents: 0 }), |table| Vocabulary::new(table, "the converted model"))
}
