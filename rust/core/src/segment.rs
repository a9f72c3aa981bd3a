//! Stage 3: cutting segments into pieces by the n-gram model, and counting the pieces.
//!
//! In: segments, and an [`NgramModel`]. Out: [`CountedPieces`], every distinct piece with its count: the same for any memory and any number of threads. How a segment is cut is decided by one of two functions over the same logarithms:
//! [`telescoped`], the default, and [`compat`], which does what 0.6.3 does, to the last bit and the last flaw.
//! Cost: see [`crate::ngram_model`], plus `order` additions a byte.

pub mod compat;
mod counted_pieces;
mod fixed_order;
pub(crate) mod piece_adder;
pub mod piece_counter;
mod piece_merge;
pub(crate) mod piece_run;
pub mod piece_table;
mod short_pieces;
pub mod telescoped;

use crate::Result;
use crate::checkpoint::Saving;
use crate::corpus::Corpus;
use crate::corpus::pass::{Legs, Pass, Totals};
use crate::count::key::Key;
use crate::ngram_model::{NgramModel, Reader, Stretch};
use crate::progress::{Progress, Stage};
use crate::prune::Limits;
use crate::spill::Budget;
pub use counted_pieces::CountedPieces;
use piece_adder::PieceAdder;
use piece_counter::ShardedPieceCounter;
use std::path::PathBuf;

/// Which rules cut a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cutting {
    /// Whether pieces are whole characters.
    pub ensure_unicode: bool,
    /// Whether to cut as 0.6.3 does.
    pub compat: bool,
}

/// Segments are cut together that have so many bytes.
const STRETCH_BYTES: usize = 1 << 12;

/// Cuts segments, reusing its buffers.
#[derive(Debug)]
pub struct Segmenter<'a, K> {
    /// The logarithms of the segments at hand.
    reader: Reader<'a, K>,
    /// Which rules apply.
    cutting: Cutting,
    /// Buffers of the default rules.
    telescoped: telescoped::Buffers,
    /// Buffers of the default rules at the usual orders.
    fixed_order: fixed_order::Buffers,
    /// Buffers of the rules of 0.6.3.
    compat: compat::Buffers,
    /// Where the pieces of the segment at hand end, last first.
    ends: Vec<usize>,
}

impl<'a, K: Key> Segmenter<'a, K> {
    /// A segmenter with empty buffers.
    pub fn new(model: &'a NgramModel<K>, cutting: Cutting) -> Self {
        let (telescoped, fixed_order, compat) = Default::default();
        Self { reader: model.reader(), cutting, telescoped, fixed_order, compat, ends: Vec::new() }
    }

    /// Calls `each` with every piece of `segment`, from left to right.
    pub fn cut<'s>(&mut self, segment: &'s [u8], mut each: impl FnMut(&'s [u8])) {
        self.cut_all(segment, &[segment.len()], |start, end| each(&segment[start..end]));
    }

    /// Calls `each` with the start and the end of every piece of the segments that `text` consists of, from left to right; `segments` tells
    /// where each segment ends.
    pub fn cut_all(&mut self, text: &[u8], segments: &[usize], mut each: impl FnMut(usize, usize)) {
        let Cutting { ensure_unicode, compat } = self.cutting;
        // of a stretch that is valid the segments are, if none begins inside of a character
        let begins = |&end: &usize| text.get(end).is_none_or(|&byte| !is_continuation(byte));
        let valid = simdutf8::basic::from_utf8(text).is_ok() && segments.iter().all(begins);
        self.reader.read(Stretch { text, ends: segments, characters: valid && ensure_unicode && !compat });
        let mut start = 0;
        for &end in segments {
            self.ends.clear();
            self.cut_one(&text[start..end], start, valid);
            let mut begin = start;
            for &piece in self.ends.iter().rev() {
                each(begin, start + piece);
                begin = start + piece;
            }
            start = end;
        }
    }

    /// Finds the ends of the pieces of the segment that begins at byte `start` of what was read, and is valid UTF-8 if all is `valid`.
    fn cut_one(&mut self, segment: &[u8], start: usize, valid: bool) {
        let (Cutting { ensure_unicode, compat }, ends) = (self.cutting, &mut self.ends);
        let logs = self.reader.logs(segment, start);
        if compat {
            return compat::cut(&logs, ensure_unicode, &mut self.compat, ends);
        }
        let fits = !ensure_unicode || valid || std::str::from_utf8(segment).is_ok();
        if !fits || !fixed_order::cut(&logs, ensure_unicode, &mut self.fixed_order, ends) {
            telescoped::cut(&logs, ensure_unicode, &mut self.telescoped, ends);
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
        end: &mut |states: Vec<Worker<'_, '_, '_, K>>, position, check| {
            for mut worker in states {
                check()?;
                worker.finish()?;
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
        || Worker {
            segmenter: Segmenter::new(&model, counting.cutting),
            adder: counter.adder(),
            text: Vec::new(),
            ends: Vec::new(),
        },
        |worker, segment| worker.push(segment),
        legs,
    )?;
    drop(model);
    let (kept, others) = counter.finish(&counting.limits, pass.threads, &mut || progress.check())?;
    drop(counter);
    Ok((CountedPieces { kept, others, store }, totals))
}

/// What a thread works with.
struct Worker<'m, 'p, 'a, K> {
    /// Cuts.
    segmenter: Segmenter<'m, K>,
    /// Counts.
    adder: PieceAdder<'p, 'a>,
    /// Segments that have not been cut.
    text: Vec<u8>,
    /// Where each of them ends.
    ends: Vec<usize>,
}

impl<K: Key> Worker<'_, '_, '_, K> {
    /// Takes a segment.
    fn push(&mut self, segment: &[u8]) -> Result<()> {
        self.text.extend_from_slice(segment);
        self.ends.push(self.text.len());
        if self.text.len() < STRETCH_BYTES { Ok(()) } else { self.cut() }
    }

    /// Cuts what there is.
    fn cut(&mut self) -> Result<()> {
        let (adder, mut outcome) = (&mut self.adder, Ok(()));
        self.segmenter.cut_all(&self.text, &self.ends, |start, end| {
            if outcome.is_ok() {
                outcome = adder.add(&self.text, start, end);
            }
        });
        self.text.clear();
        self.ends.clear();
        outcome
    }

    /// Shares all pieces.
    fn finish(&mut self) -> Result<()> {
        self.cut()?;
        self.adder.flush()
    }
}
