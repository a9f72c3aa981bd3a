//! From parts of documents to batches that worker threads normalize and cut on their own.
//!
//! In: the parts of a pass, cut anywhere, even inside a character. Out: batches of about 1 MiB, in order; each holds
//! *stretches*, and the segments of all stretches of a document, each normalized and cut on its own, are exactly the segments
//! of the whole normalized document. A short document is one stretch, and many share a batch. A long one is cut, see [`cut`]:
//! 1. after a newline run;
//! 2. where no line ends for a whole batch and the rule limits characters: the text up to a place that normalization cannot see across
//!    is normalized here, and all its segments but the last, before they are cut into words, are final, because a segment depends on nothing behind the one
//!    character after its end, and that character is there: it begins the next segment. They leave as a normalized
//!    stretch (any part of normalized text is normalized, so doing it again changes nothing). The last segment, normalized, is
//!    the beginning of what is left;
//! 3. else not: where the rule has no limit, a line is one segment, however long.
//!
//! Cost: linear: a search that finds no place is not repeated, but made again over twice the text. Memory: O(batch + part +
//! the longest stretch without a place to cut): with no limit on characters the longest line, else a segment; or the longest
//! run of characters that may all reorder, combining marks for instance.

mod cut;
mod state;

use super::segments::{SegmentRule, for_each_segment, segments};
use super::{Documents, Part};
use crate::num::to_u64;
use crate::{Error, Result};
pub(crate) use cut::first_line_end;
use cut::{LONGEST_CHARACTER, last_boundary, last_line_end};
pub(crate) use state::BatcherState;

/// How much text makes a batch.
const BATCH_BYTES: usize = 1 << 20;
/// What a text costs beside its bytes, as a number of bytes: short ones take more memory for that than for their bytes.
pub const TEXT_COST: usize = 16;

/// Text of about a megabyte, in stretches that are normalized and cut independently of each other.
#[derive(Debug, Default)]
pub struct Batch {
    /// The stretches, one behind the other; raw or already normalized.
    pub text: Vec<u8>,
    /// Where each stretch ends in `text`, and the part it came from. `ends_document` is true on a document's last stretch.
    pub stretches: Vec<(usize, Part)>,
}

impl Batch {
    /// The stretches, in order.
    pub fn texts(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.stretches.iter().map(|&(end, _)| end));
        starts.zip(&self.stretches).map(|(start, &(end, _))| &self.text[start..end])
    }

    /// Calls `each` with every segment of every stretch, in order.
    pub fn for_each_segment(&self, rule: SegmentRule, mut each: impl FnMut(&[u8])) {
        self.texts().for_each(|text| for_each_segment(&rule.normalization.apply(text), rule, &mut each));
    }

    /// About the memory it takes.
    fn size(&self) -> usize {
        self.text.len() + TEXT_COST * self.stretches.len()
    }
}

/// Cuts the parts of a pass over a corpus into [`Batch`]es.
pub struct Batcher<D> {
    /// The pass.
    documents: D,
    /// How the stretches will be cut.
    rule: SegmentRule,
    /// How large a batch should be, at least 1.
    batch_bytes: usize,
    /// Whether long documents may be cut.
    cuts: bool,
    /// The long document at hand, where there is one.
    long: Option<Long>,
    /// Documents that have ended.
    ended: u64,
    /// Bytes that the pass has given.
    bytes: u64,
    /// What went wrong behind the last batch.
    failed: Option<Error>,
}

/// A document that did not come whole or is longer than a batch. What is left of it is `front`, then `text[at..]`.
struct Long {
    /// A last segment that was not final, normalized; mostly empty. NFC cannot see across its end.
    front: Vec<u8>,
    /// Raw text.
    text: Vec<u8>,
    /// How much of `text` has been used.
    at: usize,
    /// How far into `text[at..]` a place to cut is searched; there was none in the first half of it, unless it is a batch.
    reach: usize,
    /// The last part that came.
    part: Part,
}

impl<D: Documents> Batcher<D> {
    /// Begins with a pass that was just opened.
    pub fn new(documents: D, rule: SegmentRule) -> Self {
        Self::with_batch_bytes(documents, rule, BATCH_BYTES)
    }

    /// The same with batches of another size, 0 counting as 1: small ones show in tests what happens where text is cut.
    pub fn with_batch_bytes(documents: D, rule: SegmentRule, batch_bytes: usize) -> Self {
        let batch_bytes = batch_bytes.max(1);
        Self { documents, rule, batch_bytes, cuts: true, long: None, ended: 0, bytes: 0, failed: None }
    }

    /// From now on each document is one stretch, however long, and in memory as a whole.
    pub fn keep_whole(&mut self) {
        self.cuts = false;
    }

    /// The next batch; `None` when the pass is over.
    pub fn next_batch(&mut self) -> Result<Option<Batch>> {
        self.next_batch_within(self.batch_bytes)
    }

    /// The next batch, which ends with what makes it `bytes` large, if that is less than usual: nothing behind it is read. `None`
    /// when the pass is over. An error comes behind what was read before it, unless it says to stop at once.
    pub fn next_batch_within(&mut self, bytes: usize) -> Result<Option<Batch>> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let mut batch = Batch::default();
        while batch.size() < bytes.clamp(1, self.batch_bytes) {
            let more = match self.long.take() {
                Some(long) => self.continue_long(long, &mut batch),
                None => self.next_document(&mut batch),
            };
            match more {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) if batch.stretches.is_empty() || error.is_interrupt() => return Err(error),
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
        }
        Ok(Some(batch).filter(|batch| !batch.stretches.is_empty()))
    }

    /// The pass.
    pub(crate) fn pass(&self) -> &D {
        &self.documents
    }

    /// How many documents have ended so far.
    pub fn documents(&self) -> u64 {
        self.ended
    }

    /// How many bytes have been read so far, as they were before normalization.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How much has been read, in the unit of [`super::Corpus::total_bytes`].
    pub fn bytes_read(&self) -> u64 {
        self.documents.bytes_read().unwrap_or(self.bytes)
    }

    /// Begins a document: straight into the batch where it comes whole and short. False: there is none.
    fn next_document(&mut self, batch: &mut Batch) -> Result<bool> {
        let start = batch.text.len();
        let Some(part) = self.documents.next_part(&mut batch.text)? else { return Ok(false) };
        let length = batch.text.len() - start;
        self.bytes += to_u64(length);
        if part.ends_document && (length <= self.batch_bytes || !self.cuts) {
            self.push_stretch(batch, part);
        } else {
            let text = if start == 0 { std::mem::take(&mut batch.text) } else { batch.text.split_off(start) };
            self.long = Some(Long { front: Vec::new(), text, at: 0, reach: self.batch_bytes, part });
        }
        Ok(true)
    }

    /// Puts the rest of the long document into the batch where it is short, or the next stretch of it where the batch is
    /// empty, or reads on. False: the batch is to be given out first.
    fn continue_long(&mut self, mut long: Long, batch: &mut Batch) -> Result<bool> {
        let ended = long.part.ends_document;
        // what is behind a place decides on it: with less than a character there, it would depend on how the parts are cut
        if !ended && (long.left() < long.reach.saturating_add(LONGEST_CHARACTER) || !self.cuts) {
            self.read_on(&mut long)?;
        } else if ended && (long.front.len() + long.left() <= self.batch_bytes || !self.cuts) {
            let left = long.left();
            long.move_raw(left, batch);
            self.push_stretch(batch, long.part);
            return Ok(true);
        } else if !batch.stretches.is_empty() {
            self.long = Some(long);
            return Ok(false);
        } else if long.move_stretch(self.rule, self.batch_bytes, batch) {
            long.reach = self.batch_bytes;
            self.push_stretch(batch, Part { ends_document: false, ..long.part });
        } else if ended && long.left() <= long.reach {
            let left = long.left();
            long.move_raw(left, batch);
            self.push_stretch(batch, long.part);
            return Ok(true);
        } else {
            long.reach = long.reach.saturating_mul(2);
        }
        self.long = Some(long);
        Ok(true)
    }

    /// Appends the next part of the long document to what is left of it.
    fn read_on(&mut self, long: &mut Long) -> Result<()> {
        long.text.drain(..std::mem::take(&mut long.at));
        let before = long.text.len();
        match self.documents.next_part(&mut long.text)? {
            Some(part) => long.part = part,
            // a pass that is over in the middle of a document has ended it
            None => long.part.ends_document = true,
        }
        self.bytes += to_u64(long.text.len() - before);
        Ok(())
    }

    /// Ends a stretch at the end of the batch.
    fn push_stretch(&mut self, batch: &mut Batch, part: Part) {
        self.ended += u64::from(part.ends_document);
        batch.stretches.push((batch.text.len(), part));
    }
}

impl Long {
    /// How much raw text is left.
    fn left(&self) -> usize {
        self.text.len() - self.at
    }

    /// Moves `front` and `length` bytes of raw text into the batch.
    fn move_raw(&mut self, length: usize, batch: &mut Batch) {
        batch.text.append(&mut self.front);
        batch.text.extend_from_slice(&self.text[self.at..self.at + length]);
        self.at += length;
    }

    /// Moves text up to a place to cut into the batch, about `batch_bytes` of it. False: there is no such place in reach.
    fn move_stretch(&mut self, rule: SegmentRule, batch_bytes: usize, batch: &mut Batch) -> bool {
        let rest = &self.text[self.at..];
        let window = self.reach.min(rest.len());
        let line_end = if self.reach == batch_bytes {
            last_line_end(rest, window)
        } else {
            // none in the first half; no more than one line need leave
            first_line_end(&rest[..rest.len().min(window + 1)], window / 2)
        };
        if let Some(end) = line_end {
            self.move_raw(end, batch);
            return true;
        }
        rule.max_chars > 0 && self.move_final_segments(window, rule, batch)
    }

    /// Moves the segments that are final whatever comes behind the next `window` bytes into the batch, normalized.
    fn move_final_segments(&mut self, window: usize, rule: SegmentRule, batch: &mut Batch) -> bool {
        let rest = &self.text[self.at..];
        let Some(boundary) = last_boundary(rest, window, rule.normalization) else { return false };
        let known = [&self.front, &rest[..boundary]].concat();
        let normalized = rule.normalization.apply(&known);
        let last = segments(&normalized, rule).last().map_or(0, <[u8]>::len);
        let (certain, last) = normalized.split_at(normalized.len() - last);
        if certain.is_empty() {
            return false;
        }
        batch.text.extend_from_slice(certain);
        self.front = last.to_vec();
        self.at += boundary;
        true
    }
}

#[cfg(test)]
mod tests;
