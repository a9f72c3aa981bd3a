//! What training is told, and what follows from it: which pieces are allowed, and how many there are of a size.
//!
//! In: [`Options`], one field a parameter. Out: errors that name the parameter ([`Options::validate`]), the [`Limits`] of pieces, and for
//! each size how many pieces make it and which special tokens stand behind them. `max_vocab_size` counts everything: a vocabulary of size *V* is
//! `<pad> <bos> <eos>`, pieces, `special_tokens`, and `reserved_tokens`, *V* of them together.

use crate::checkpoint::CheckpointOptions;
use crate::corpus::normalize::Normalization;
use crate::corpus::segments::SegmentRule;
use crate::count::threshold::{MAX_NGRAMS, SINGLE_BYTES};
use crate::disk::{Forecast, Usage, check_temporary};
use crate::memory::{MemoryLimit, Plan};
use crate::num::to_u64;
use crate::pieces::PieceTable;
use crate::progress::{Notice, Progress, Stage};
use crate::prune::Limits;
use crate::refine::{Levers, Objective};
use crate::report::Disk;
use crate::rules::{Digits, PieceRules, Required};
use crate::vocabulary::special::{MAX_SPECIAL_TOKENS, SpecialTokens};
use crate::vocabulary::{MAX_PIECE_LENGTH, MAX_PIECES, SPECIALS, Vocabulary};
use crate::{Error, Result};
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// The longest n-gram that can be counted, in bytes.
pub const MAX_ORDER: usize = 16;
/// The smallest vocabulary: all single bytes and the specials.
pub const MIN_VOCAB_SIZE: usize = 256 + SPECIALS.len();
/// The largest vocabulary.
pub const MAX_VOCAB_SIZE: usize = MAX_PIECES + SPECIALS.len();
/// The largest number that the size may have to be a multiple of.
pub const MAX_MULTIPLE: usize = 4096;

/// Everything training can be told; checked by [`Options::validate`].
#[derive(Clone, Debug)]
pub struct Options {
    /// The longest n-gram counted, in bytes: 1 to 16.
    pub order: usize,
    /// Sizes wanted, all special tokens included: each 259 to 2^24 + 3; at least one.
    pub max_vocab_sizes: Vec<usize>,
    /// The longest piece kept, in bytes: 1 to 4096.
    pub max_piece_length: usize,
    /// The least count of an n-gram of 2 bytes or more, and of a piece of 2 bytes or more: at least 1.
    pub min_count: u64,
    /// How digits stand in pieces.
    pub digits: Digits,
    /// Whether pieces may go on behind the end of a word.
    pub cross_words: bool,
    /// How text is normalized, in training and by the tokenizer.
    pub normalization: Normalization,
    /// Pieces that are kept whatever their counts.
    pub required_pieces: Vec<Vec<u8>>,
    /// Special tokens, in the order of their ids.
    pub special_tokens: Vec<String>,
    /// How many more of them there are, called `<reserved_0>` and so on.
    pub reserved_tokens: usize,
    /// What the size is a multiple of: 1 to 4096.
    pub multiple_of: usize,
    /// Whether pieces are whole characters; `None` leaves it to the objective: see [`Options::ensure_unicode`].
    pub ensure_unicode: Option<bool>,
    /// What the vocabulary is to be good at; `None` is tokens, and 0.6.3's with `compat`.
    pub objective: Option<Objective>,
    /// What text of a source counts for in refinement, by its name: numbers over 0; 1 for the others.
    pub domain_weights: Vec<(String, f64)>,
    /// Whether refinement counts some letters of every script in modern use.
    pub cover_scripts: bool,
    /// Whether a vocabulary that is smaller than asked is an error.
    pub strict: bool,
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
    /// How refinement goes about it: for measurements, not for users.
    pub levers: Levers,
}

impl Options {
    /// The defaults: those of 0.6.3 where it has them.
    pub fn new(threads: NonZeroUsize) -> Self {
        Self {
            order: 6,
            max_vocab_sizes: vec![10_000],
            max_piece_length: 36,
            min_count: 2,
            digits: Digits::Free,
            cross_words: true,
            normalization: Normalization::Nfc,
            required_pieces: Vec::new(),
            special_tokens: Vec::new(),
            reserved_tokens: 0,
            multiple_of: 1,
            ensure_unicode: None,
            objective: None,
            domain_weights: Vec::new(),
            cover_scripts: true,
            strict: false,
            compat: false,
            threads,
            max_ngrams: MAX_NGRAMS,
            memory_limit: MemoryLimit::HalfOfFree,
            temp_dir: None,
            checkpoint: None,
            levers: Levers::default(),
        }
    }

    /// What decides on the counts of pieces: a checkpoint of one training is of no use to another.
    pub(super) fn settings(&self) -> Vec<(&'static str, String)> {
        let max_ngrams = if self.compat { 0 } else { self.max_ngrams };
        vec![
            ("order", self.order.to_string()),
            ("min_count", self.min_count.to_string()),
            ("digits", self.digits.name().to_owned()),
            ("cross_words", self.cross_words.to_string()),
            ("normalization", self.normalization.name().to_owned()),
            ("compat", self.compat.to_string()),
            ("ensure_unicode", self.ensure_unicode().to_string()),
            ("max_ngrams", max_ngrams.to_string()),
        ]
    }

    /// The disk that is written to.
    pub(super) fn disk(&self, plan: &Plan) -> Disk {
        let dir = match (&self.checkpoint, &self.temp_dir) {
            (Some(checkpoint), _) => checkpoint.dir.clone(),
            (None, Some(dir)) => dir.clone(),
            (None, None) => std::env::temp_dir(),
        };
        let tables = self.checkpoint.is_none().then(|| to_u64(plan.table_bytes()));
        Disk { dir, usage: Usage::default(), forecast: Forecast { order: self.order, tables } }
    }

    /// A folder that was asked for must be one that can be written to; the system's own may never be needed.
    pub(super) fn check_temp_dir(&self, progress: &mut dyn Progress) -> Result<()> {
        if self.checkpoint.is_some() {
            return Ok(());
        }
        let dir = self.temp_dir.clone().unwrap_or_else(std::env::temp_dir);
        if let Some(problem) = check_temporary(&dir, self.temp_dir.is_some())? {
            progress.notice(&Notice::NoTemporary { dir, problem });
        }
        Ok(())
    }

    /// What the vocabulary is to be good at.
    pub fn objective(&self) -> Objective {
        self.objective.unwrap_or(if self.compat { Objective::Frequency } else { Objective::Tokens })
    }

    /// Whether pieces are whole characters. That costs tokens wherever characters are rare, so only 0.6.3's objective does it unasked.
    pub fn ensure_unicode(&self) -> bool {
        self.ensure_unicode.unwrap_or(self.objective() == Objective::Frequency)
    }

    /// How many stages training has.
    pub(super) fn stages(&self) -> usize {
        if self.objective() == Objective::Frequency { Stage::Prune.number() } else { Stage::Refine.number() }
    }

    /// Whether refinement has found as many pieces as were asked for: `numbers` of them, for each size.
    pub(super) fn check_reached(
        &self,
        numbers: &[usize],
        tables: &[PieceTable],
        progress: &mut dyn Progress,
    ) -> Result<()> {
        for (&wanted, table) in numbers.iter().zip(tables) {
            let possible = table.len();
            if possible < wanted && self.strict {
                return Err(Error::TooLittleText { wanted, possible });
            }
            if possible < wanted && self.objective() != Objective::Frequency {
                progress.notice(&Notice::TooLittleText { wanted, possible });
            }
        }
        Ok(())
    }

    /// How the text of training is cut.
    pub fn segment_rule(&self) -> SegmentRule {
        SegmentRule::training(self.digits, self.cross_words, self.normalization)
    }

    /// Which byte strings may be pieces.
    pub fn rules(&self) -> PieceRules {
        let max_piece_length = self.max_piece_length;
        if self.compat {
            // 0.6.3 cuts characters, at times
            return PieceRules { max_piece_length, ..PieceRules::NONE };
        }
        let Self { digits, cross_words, .. } = *self;
        PieceRules { max_piece_length, ensure_unicode: self.ensure_unicode(), digits, cross_words }
    }

    /// Which counted pieces a vocabulary may have.
    pub fn limits(&self) -> Result<Limits> {
        let rules = self.rules();
        let required = Required::new(&self.required_pieces, &rules, self.normalization)?;
        Ok(Limits { rules, min_count: self.min_count, required })
    }

    /// How many pieces make a vocabulary of `size`, which is rounded down to a multiple of `multiple_of`. 0 where there is no room for any.
    pub fn pieces_of(&self, size: usize) -> usize {
        let others = SPECIALS.len() + self.special_tokens.len().saturating_add(self.reserved_tokens);
        (size - size % self.multiple_of.max(1)).saturating_sub(others)
    }

    /// The vocabulary of `pieces` with its special tokens. Where there are too few pieces for a size that is a multiple, more reserved tokens make it
    /// one.
    pub fn vocabulary(&self, pieces: PieceTable) -> Result<Vocabulary> {
        let size = SPECIALS.len() + pieces.len() + self.special_tokens.len() + self.reserved_tokens;
        let more = size.next_multiple_of(self.multiple_of) - size;
        let vocabulary = Vocabulary::new(pieces, "the trained model")?.with_normalization(self.normalization);
        vocabulary.with_special_tokens(self.added(self.reserved_tokens + more))
    }

    /// All special tokens but the three, with so many reserved ones; names that `special_tokens` has are passed over.
    fn added(&self, reserved: usize) -> impl Iterator<Item = String> {
        let taken: BTreeSet<&str> = self.special_tokens.iter().map(String::as_str).collect();
        let free = (0u64..).map(|number| format!("<reserved_{number}>")).filter(move |name| !taken.contains(&name[..]));
        self.special_tokens.iter().cloned().chain(free.take(reserved))
    }

    /// Whether every parameter is in its range, and no two contradict each other.
    pub fn validate(&self) -> Result<()> {
        range("order", self.order, 1, MAX_ORDER)?;
        range("multiple_of", self.multiple_of, 1, MAX_MULTIPLE)?;
        range("reserved_tokens", self.reserved_tokens, 0, MAX_SPECIAL_TOKENS)?;
        range("max_piece_length", self.max_piece_length, 1, MAX_PIECE_LENGTH)?;
        if self.max_ngrams < SINGLE_BYTES {
            return Err(Error::parameter("max_ngrams", self.max_ngrams, format!("at least {SINGLE_BYTES}")));
        }
        if self.min_count == 0 {
            return Err(Error::parameter("min_count", 0, "at least 1"));
        }
        self.check_compat()?;
        self.check_weights()?;
        SpecialTokens::new(self.added(self.reserved_tokens + self.multiple_of - 1))?;
        self.check_sizes(self.limits()?.required.len())
    }

    /// Whether there are sizes, and each has room for what must be in it.
    fn check_sizes(&self, required: usize) -> Result<()> {
        if self.max_vocab_sizes.is_empty() {
            return Err(Error::parameter("max_vocab_size", "an empty list", "a size or a list of at least one size"));
        }
        let least = MIN_VOCAB_SIZE - SPECIALS.len() + required;
        for &size in &self.max_vocab_sizes {
            range("max_vocab_size", size, MIN_VOCAB_SIZE, MAX_VOCAB_SIZE)?;
            if self.pieces_of(size) < least {
                let (special, reserved) = (self.special_tokens.len(), self.reserved_tokens);
                let sum = (MIN_VOCAB_SIZE + special + reserved + required).next_multiple_of(self.multiple_of);
                let expected = format!(
                    "at least {sum} (256 bytes, <pad> <bos> <eos>, {special} special_tokens, {reserved} reserved_tokens, \
                     {required} required_pieces; a multiple of {})",
                    self.multiple_of
                );
                return Err(Error::parameter("max_vocab_size", size, expected));
            }
        }
        Ok(())
    }

    /// Whether weights are numbers over 0, and there is something that weighs.
    fn check_weights(&self) -> Result<()> {
        if let Some((name, weight)) =
            self.domain_weights.iter().find(|(_, weight)| !(weight.is_finite() && *weight > 0.0))
        {
            return Err(Error::parameter("domain_weights", format!("{{{name:?}: {weight}}}"), "finite numbers over 0"));
        }
        if self.objective() == Objective::Frequency && !self.domain_weights.is_empty() {
            return Err(Error::parameter(
                "domain_weights",
                "a dict",
                "left out with objective=\"frequency\", which counts all text alike",
            ));
        }
        Ok(())
    }

    /// Whether `compat` is asked for what 0.6.3 has not.
    fn check_compat(&self) -> Result<()> {
        let ours = [
            ("digits", self.digits == Digits::Groups, "\"groups\""),
            ("cross_words", !self.cross_words, "False"),
            ("normalization", self.normalization != Normalization::Nfc, "another than \"nfc\""),
            ("required_pieces", !self.required_pieces.is_empty(), "a list of pieces"),
            ("special_tokens", !self.special_tokens.is_empty(), "a list of tokens"),
            ("reserved_tokens", self.reserved_tokens > 0, "a number over 0"),
            ("multiple_of", self.multiple_of > 1, "a number over 1"),
            ("objective", self.objective() != Objective::Frequency, "another than \"frequency\""),
            ("strict", self.strict, "True"),
        ];
        match ours.into_iter().find(|(_, given, _)| self.compat && *given) {
            Some((name, _, value)) => Err(with_compat(name, value)),
            None => Ok(()),
        }
    }
}

/// A parameter that `compat` refuses, and its value.
pub fn with_compat(name: &'static str, value: &str) -> Error {
    Error::parameter(name, value, "left out with compat=True, which does what bytepiece 0.6.3 does")
}

/// Whether a parameter is in its range.
fn range(name: &'static str, value: usize, least: usize, most: usize) -> Result<()> {
    let expected = || format!("{least} to {most}");
    if (least..=most).contains(&value) { Ok(()) } else { Err(Error::parameter(name, value, expected())) }
}

#[cfg(test)]
mod tests;
