//! Stage 3: cutting segments into pieces by the n-gram model, and counting the pieces.
//!
//! In: segments, and an [`NgramModel`]. Out: [`PieceTable`], every distinct piece with its count, in model-file order: the
//! same for any number of threads. How a segment is cut is decided by one of two functions over the same logarithms:
//! [`telescoped`], the default, and [`compat`], which does what 0.6.3 does, to the last bit and the last flaw.
//! Cost: see [`crate::ngram_model`], plus `order` additions a byte.

pub mod compat;
pub mod piece_counter;
pub mod telescoped;

use crate::Result;
use crate::corpus::Corpus;
use crate::corpus::pass::{Pass, Totals};
use crate::count::key::Key;
use crate::ngram_model::{NgramModel, Reader};
use crate::pieces::PieceTable;
use crate::progress::{Progress, Stage};
use piece_counter::{PieceAdder, ShardedPieceCounter};

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
        Self { reader: model.reader(), cutting, telescoped, compat, ends: Vec::new() }
    }

    /// Calls `each` with every piece of `segment`, from left to right.
    pub fn cut<'s>(&mut self, segment: &'s [u8], mut each: impl FnMut(&'s [u8])) {
        let Self { reader, cutting: Cutting { ensure_unicode, compat }, ends, .. } = self;
        ends.clear();
        if *compat {
            reader.read(segment, false);
            compat::cut(segment, reader, *ensure_unicode, &mut self.compat, ends);
        } else {
            reader.read(segment, *ensure_unicode && simdutf8::basic::from_utf8(segment).is_ok());
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

/// Cuts the whole corpus and counts the pieces. `bytes` is what the first pass read, for the progress display.
pub fn count_pieces<K: Key>(
    corpus: &dyn Corpus,
    model: &NgramModel<K>,
    cutting: Cutting,
    (pass, bytes): (Pass, u64),
    progress: &mut dyn Progress,
) -> Result<(PieceTable, Totals)> {
    let counter = ShardedPieceCounter::new();
    let (states, totals) = pass.run(
        corpus,
        (Stage::Segment, Some(bytes)),
        progress,
        || (Segmenter::new(model, cutting), counter.adder()),
        |(segmenter, adder): &mut (Segmenter<'_, K>, PieceAdder<'_>), segment| {
            segmenter.cut(segment, |piece| adder.add(piece));
            Ok(())
        },
    )?;
    for (_, mut adder) in states {
        adder.flush();
    }
    progress.check()?;
    Ok((counter.into_sorted(), totals))
}
