//! The pipeline: to read [`train`] is to read the algorithm.
//!
//! ```text
//! corpus --count--> NgramCounts --ngram_model--> NgramModel --segment--> PieceTable --prune--> candidates
//! corpus --gather--> Sample, candidates --refine--> Vocabulary (one a size)
//! ```
//! With `objective="frequency"`, 0.6.3's, pruning makes the vocabularies.
//! The method is BytePiece's: <https://kexue.fm/archives/9752>, <https://kexue.fm/archives/3956>. The same corpus and options
//! give the same vocabularies on any number of threads, in any memory and on any machine: threads add up integers, and the logarithms are
//! [`mod@crate::ln`]'s.

mod options;

use crate::checkpoint::{Checkpoint, Saving};
use crate::corpus::Corpus;
use crate::corpus::pass::{Pass, Totals};
use crate::count::key::Key;
use crate::count::threshold::SINGLE_BYTES;
use crate::count::{Counting, count_ngrams};
use crate::memory::Plan;
use crate::ngram_model::NgramModel;
use crate::num::to_u64;
use crate::pieces::PieceTable;
use crate::progress::{Notice, Progress};
use crate::prune::{Limits, prune, prune_counted};
use crate::refine::sample::{Gathering, Sample};
use crate::refine::{Candidates, Objective, Refinement, refine};
use crate::report::{Report, Watch};
use crate::rules::{Forbid, Nothing, PieceRules, Required};
use crate::segment::CountedPieces;
use crate::segment::{Cutting, PieceCounting, count_pieces};
use crate::trim::trim;
use crate::vocabulary::{MAX_PIECES, Vocabulary};
use crate::{Error, Result};
use std::num::NonZeroUsize;

pub use options::{MAX_MULTIPLE, MAX_ORDER, MAX_VOCAB_SIZE, MIN_VOCAB_SIZE, Options, with_compat};

/// Trains; one vocabulary for each of `options.max_vocab_sizes`, largest first.
///
/// Reads the corpus three times, or twice without refinement, in the memory that `options` allows ([`crate::memory`]); what does not fit goes to `temp_dir`.
/// `progress` is called on this thread.
pub fn train(corpus: &dyn Corpus, options: &Options, progress: &mut dyn Progress) -> Result<Vec<Vocabulary>> {
    train_reported(corpus, options, &mut Nothing, progress).map(|(vocabularies, _)| vocabularies)
}

/// [`train`], and what there is to tell about it. Nothing that `forbid` forbids is a piece.
pub fn train_reported(
    corpus: &dyn Corpus,
    options: &Options,
    forbid: &mut dyn Forbid,
    progress: &mut dyn Progress,
) -> Result<(Vec<Vocabulary>, Report)> {
    options.validate()?;
    let limits = options.limits()?;
    limits.required.check(forbid, &mut || progress.check())?;
    let mut sizes: Vec<usize> = options.max_vocab_sizes.iter().map(|&size| options.pieces_of(size)).collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let limit = options.memory_limit.bytes();
    let plan = Plan::new(limit, options.threads, options.order)?;
    let mut watch = Watch::new(progress, Report::new(options, limit), options.disk(&plan));
    watch.stages(options.stages());
    options.check_temp_dir(&mut watch)?;
    let mut checkpoint = match &options.checkpoint {
        Some(checkpoint) => Some(Checkpoint::open(checkpoint, &options.settings(), corpus.identity())?),
        None => None,
    };
    let pieces = if options.order <= u64::MAX_ORDER {
        pieces_of::<u64>(corpus, (options, &limits), &plan, checkpoint.as_mut(), &mut watch)?
    } else {
        pieces_of::<u128>(corpus, (options, &limits), &plan, checkpoint.as_mut(), &mut watch)?
    };
    watch.report.pieces = to_u64(pieces.kept.len());
    let tables = if options.objective() == Objective::Frequency {
        prune_counted(pieces, (&limits, forbid), &sizes, options.threads, &plan, &mut watch)?
    } else {
        refined(pieces, corpus, (options, &limits, forbid), &sizes, &plan, &mut watch)?
    };
    options.check_reached(&sizes, &tables, &mut watch)?;
    let vocabularies: Vec<_> = tables.into_iter().map(|table| options.vocabulary(table)).collect::<Result<_>>()?;
    watch.report.vocabulary_sizes = vocabularies.iter().map(Vocabulary::size).collect();
    watch.finish();
    let report = watch.report;
    trim();
    Ok((vocabularies, report))
}

/// Stages 1 to 3, with n-grams packed into `K`.
fn pieces_of<K: Key>(
    corpus: &dyn Corpus,
    (options, limits): (&Options, &Limits),
    plan: &Plan,
    mut checkpoint: Option<&mut Checkpoint>,
    watch: &mut Watch<'_>,
) -> Result<CountedPieces> {
    let pass = Pass { rule: options.segment_rule(), threads: options.threads };
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
    let cutting = Cutting { ensure_unicode: options.ensure_unicode(), compat: options.compat };
    let counting = PieceCounting { cutting, limits: limits.clone(), piece_bytes, temp_dir };
    let saving = Saving::new(checkpoint, 2, watch.usage());
    let (pieces, second) = count_pieces(corpus, model, &counting, saving, (pass, first.bytes), watch)?;
    same_corpus(first, second)?;
    trim();
    Ok(pieces)
}

/// Stages 4 to 6: candidates, the text to try them on, and what is best.
fn refined(
    pieces: CountedPieces,
    corpus: &dyn Corpus,
    (options, limits, forbid): (&Options, &Limits, &mut dyn Forbid),
    numbers: &[usize],
    plan: &Plan,
    watch: &mut Watch<'_>,
) -> Result<Vec<PieceTable>> {
    let levers = &options.levers;
    let most = match levers.candidates {
        Candidates::Pruned(times) => numbers.iter().max().map_or(0, |&most| most.saturating_mul(times).min(MAX_PIECES)),
        Candidates::Characters => usize::from(u8::MAX) + 1 + limits.required.len(),
    };
    let candidates = prune_counted(pieces, (limits, forbid), &[most], options.threads, plan, watch)?;
    let candidates = candidates.into_iter().next().unwrap_or_default();
    trim();
    let pass = Pass { rule: options.segment_rule(), threads: options.threads };
    let before = watch.report.totals;
    let (memory, temp_dir) = (plan.text_bytes(candidates.len()), options.temp_dir.as_deref());
    let gathering =
        Gathering { most: levers.sample_bytes, block: levers.block, memory, temp_dir, usage: watch.usage() };
    let (sample, third) = Sample::gather(corpus, &gathering, (pass, before), watch)?;
    same_corpus(before, third)?;
    watch.report.sample = Some((sample.blocks, sample.bytes));
    let refinement = Refinement {
        objective: options.objective(),
        limits,
        weights: &options.domain_weights,
        cover_scripts: options.cover_scripts,
        threads: options.threads,
        plan,
        levers,
    };
    refine(&sample, candidates, numbers, (&refinement, forbid), watch)
}

/// All passes must have read the same; what is compared costs nothing to know.
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
    let limits = Limits { rules: PieceRules::NONE, min_count: 1, required: Required::default() };
    let most = pieces.len() + 256;
    let tables = prune(pieces, &limits, &[most], threads, progress)?;
    progress.finish();
    tables
        .into_iter()
        .next()
        .map_or_else(|| Err(Error::EmptyCorpus { documents: 0 }), |table| Vocabulary::new(table, "the converted model"))
}
