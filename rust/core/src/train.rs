//! The pipeline: to read [`train`] is to read the algorithm.
//!
//! ```text
//! corpus --count--> NgramCounts --ngram_model--> NgramModel --segment--> PieceTable --prune--> Vocabulary (one a size)
//! ```
//! The method is BytePiece's: <https://kexue.fm/archives/9752>, <https://kexue.fm/archives/3956>. The same corpus and options
//! give the same vocabularies on any number of threads and any machine: threads add up integers, and the logarithms are
//! [`mod@crate::ln`]'s.

use crate::corpus::Corpus;
use crate::corpus::pass::{Pass, Totals};
use crate::corpus::segments::SegmentRule;
use crate::count::{Counting, count_ngrams};
use crate::count::key::Key;
use crate::ngram_model::NgramModel;
use crate::pieces::PieceTable;
use crate::progress::Progress;
use crate::prune::{Limits, prune};
use crate::segment::{Cutting, count_pieces};
use crate::vocabulary::{MAX_PIECE_LENGTH, MAX_PIECES, SPECIALS, Vocabulary};
use crate::{Error, Result};
use std::num::NonZeroUsize;

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
}

impl Options {
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
        if self.min_count == 0 { Err(Error::parameter("min_count", 0, "at least 1")) } else { Ok(()) }
    }
}

/// Trains; one vocabulary for each of `options.max_vocab_sizes`, largest first.
///
/// Reads the corpus twice. Memory: 12 to 48 bytes a distinct n-gram at the end of the first pass (see [`crate::count`]), which
/// is the peak; disk: none. `progress` is called on this thread.
pub fn train(corpus: &dyn Corpus, options: &Options, progress: &mut dyn Progress) -> Result<Vec<Vocabulary>> {
    options.validate()?;
    let mut sizes = options.max_vocab_sizes.clone();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let limits = Limits { max_piece_length: options.max_piece_length, min_count: options.min_count };
    let pieces = if options.order <= u64::MAX_ORDER {
        pieces_of::<u64>(corpus, options, progress)?
    } else {
        pieces_of::<u128>(corpus, options, progress)?
    };
    let tables = prune(pieces, &limits, &sizes, options.threads, progress)?;
    progress.finish();
    tables.into_iter().map(|table| Vocabulary::new(table, "the trained model")).collect()
}

/// Stages 1 to 3, with n-grams packed into `K`.
fn pieces_of<K: Key>(corpus: &dyn Corpus, options: &Options, progress: &mut dyn Progress) -> Result<PieceTable> {
    let pass = Pass { rule: SegmentRule::training(options.isolate_digits), threads: options.threads };
    let counting = Counting { order: options.order, min_count: options.min_count, table_bytes: 1 << 40, temp_dir: None };
    let (counts, first) = count_ngrams::<K>(corpus, &counting, pass, progress)?;
    if counts.total() == 0 {
        return Err(Error::EmptyCorpus { documents: first.documents });
    }
    let kept = counts.thresholds(None);
    let model = NgramModel::new(&counts, &kept, options.threads, &mut || progress.check())?;
    drop(counts);
    let cutting = Cutting { ensure_unicode: options.ensure_unicode, compat: options.compat };
    let (pieces, second) = count_pieces(corpus, &model, cutting, (pass, first.bytes), progress)?;
    same_corpus(first, second)?;
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
