//! Stage 3: cutting segments into pieces by the n-gram model, and counting the pieces.
//!
//! In: segments, and an [`NgramModel`]. Out: [`CountedPieces`], every distinct piece with its count: the same for any memory and any number of threads. How a segment is cut is decided by one of two functions over the same logarithms:
//! [`telescoped`], the default, and [`compat`], which does what 0.6.3 does, to the last bit and the last flaw.
//! Cost: see [`crate::ngram_model`], plus `order` additions a byte.

pub mod compat;
pub mod piece_counter;
mod piece_merge;
pub(crate) mod piece_run;
pub mod piece_table;
pub mod telescoped;

use crate::Result;
use crate::checkpoint::Saving;
use crate::corpus::Corpus;
use crate::corpus::pass::{Legs, Pass, Totals};
use crate::count::key::Key;
use crate::ngram_model::{NgramModel, Reader};
use crate::progress::{Progress, Stage};
use crate::prune::Limits;
use crate::spill::Budget;
use piece_counter::{CountedPieces, PieceAdder, ShardedPieceCounter};
use std::path::PathBuf;

/// Which rules cut a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cutting {
    /// Whether pieces are whole characters.
    pub ensure_unicode: bool,
    /// Whether to cut as 0.6.3 does.
    pub compat: bool,
}

/// Cuts segments one after the other, reusing its buffers.
#[derive(Debug)]
pub struct Segmenter<'a, K> {
    /// The logarithms of the segment at hand.
    reader: Reader<'a, K>,
    /// Which rules apply.
    cutting: Cutting,
    /// Buffers of the default rules.
    telescoped: telescoped::Buffers,
    /// Buffers of the rules of 0.6.3.
    compat: compat::Buffers,
    /// Where the pieces of the segment at hand end, last first.
    ends: Vec<usize>,
}

impl<'a, K: Key> Segmenter<'a, K> {
    /// A segmenter with empty buffers.
    pub fn new(model: &'a NgramModel<K>, cutting: Cutting) -> Self {
        let (telescoped, compat) = Default::default();
        Self {
            reader: model.reader(cutting.ensure_unicode && !cutting.compat),
            cutting,
            telescoped,
            compat,
            ends: Vec::new(),
        }
    }

    /// Calls `each` with every piece of `segment`, from left to right.
    pub fn cut<'s>(&mut self, segment: &'s [u8], mut each: impl FnMut(&'s [u8])) {
        let Self { reader, cutting: Cutting { ensure_unicode, compat }, ends, .. } = self;
        ends.clear();
        reader.read(segment);
        if *compat {
            compat::cut(segment, reader, *ensure_unicode, &mut self.compat, ends);
        } else {
            telescoped::cut(segment, reader, *ensure_unicode, &mut self.telescoped, ends);
        }
        let mut start = 0;
        for &end in ends.iter().rev() {
            each(&segment[start..end]);
            start = end;
        }
    }
}

/// Whether a byte continues a UTF-8 character (0x80 to 0xBF).
#[inline]
pub(crate) const fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// What piece counting is told.
#[derive(Clone, Debug)]
pub struct PieceCounting {
    /// Which rules cut a segment.
    pub cutting: Cutting,
    /// Which pieces pruning begins with.
    pub limits: Limits,
    /// Memory for pieces, in bytes.
    pub piece_bytes: usize,
    /// Where runs go; `None` is the system's folder for temporary files.
    pub temp_dir: Option<PathBuf>,
}

/// Cuts the whole corpus and counts the pieces. `bytes` is what the first pass read, for the progress display.
pub fn count_pieces<K: Key>(
    corpus: &dyn Corpus,
    model: NgramModel<K>,
    counting: &PieceCounting,
    mut saving: Saving<'_>,
    (pass, bytes): (Pass, u64),
    progress: &mut dyn Progress,
) -> Result<(CountedPieces, Totals)> {
    let (store, budget) = (saving.store(counting.temp_dir.as_deref())?, Budget::new(counting.piece_bytes));
    let counter = ShardedPieceCounter::new(&budget, &store);
    let saved = saving.saved();
    counter.restore(&saved.runs);
    let legs = Legs {
        from: saved.position,
        every: saving.every(),
        end: &mut |states: Vec<(Segmenter<'_, K>, PieceAdder<'_, '_>)>, position, check| {
            for (_, mut adder) in states {
                check()?;
                adder.flush()?;
            }
            saving.save(position, 0, &store, || {
                counter.write_all(pass.threads, check)?;
                Ok(counter.index())
            })
        },
    };
    let totals = pass.run(
        corpus,
        (Stage::Segment, Some(bytes)),
        progress,
        || (Segmenter::new(&model, counting.cutting), counter.adder()),
        |(segmenter, adder): &mut (Segmenter<'_, K>, PieceAdder<'_, '_>), segment| {
            let mut outcome = Ok(());
            segmenter.cut(segment, |piece| {
                if outcome.is_ok() {
                    outcome = adder.add(piece);
                }
            });
            outcome
        },
        legs,
    )?;
    drop(model);
    let (kept, others) = counter.finish(&counting.limits, pass.threads, &mut || progress.check())?;
    drop(counter);
    Ok((CountedPieces { kept, others, store }, totals))
}
