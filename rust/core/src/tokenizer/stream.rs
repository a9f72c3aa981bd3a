//! Text in pieces to ids, and ids one by one to text.
//!
//! In: pieces of one text, cut anywhere: inside a character, a newline run, a sequence that normalizing composes. Out: the ids that
//! [`Tokenizer::encode_into`] gives for the whole, each as soon as it can no longer change. Three stages, each of which takes its
//! input cut anywhere and holds back what still hangs on what follows:
//! ```text
//! bytes --normalizer--> NFC, as far as it is certain --newline runs--> segments --open_path--> pieces, as far as they are certain
//! ```
//! A segment ends where another byte follows its newline run. Those that lie whole in a part of the text go to the engine of whole
//! texts, many at once; only the one at hand is worked on a byte at a time, which is slower. What is decided is found exactly, after
//! every push: see [`normalizer`] and [`open_path`].
//! Cost: linear, whatever the pieces are. Memory: the ids, 64 KB parts of the text, and what is held back.
//! [`decoder`] is the way back.

pub mod decoder;
mod normalizer;
mod open_path;

use super::{Tokenizer, Worker};
use crate::Result;
use crate::corpus::segments::lines;
use crate::parallel::Stop;
use crate::vocabulary::FIRST_ID;
use memchr::{memchr, memrchr};
use normalizer::Normalizer;
use open_path::OpenPath;
use std::sync::Arc;

/// The bytes worked on at a time: between them interrupts are heard.
const PART: usize = 1 << 16;
/// Fewer where more steps could be needed: a byte can cost as many as the longest piece has bytes, 4,096 at most.
const PART_STEPS: usize = 1 << 25;

/// Encodes one text that comes in pieces. See the module's text.
#[derive(Debug)]
pub struct StreamEncoder {
    /// The text that may still change.
    normalizer: Normalizer,
    /// What comes behind it.
    segments: Segments,
}

impl StreamEncoder {
    /// At the beginning of a text.
    pub fn new(tokenizer: Arc<Tokenizer>) -> Self {
        let normalizer = Normalizer::new(tokenizer.normalization());
        let segments = Segments {
            tokenizer,
            path: OpenPath::default(),
            after_newline: false,
            worker: Worker::default(),
            ends: Vec::new(),
        };
        Self { normalizer, segments }
    }

    /// Takes the next piece of the text and appends the ids that can no longer change. `check` is called several times a second; after
    /// its error, which is returned, nothing is known about the rest of the text.
    pub fn push(&mut self, text: &[u8], check: &mut dyn FnMut() -> Result<()>, ids: &mut Vec<u32>) -> Result<()> {
        for part in text.chunks(PART) {
            check()?;
            self.normalizer.push(part, |normal| self.segments.extend(normal, check, ids))?;
        }
        Ok(())
    }

    /// The text ends here: appends the rest of its ids. Afterwards another text may begin.
    pub fn finish(&mut self, check: &mut dyn FnMut() -> Result<()>, ids: &mut Vec<u32>) -> Result<()> {
        self.normalizer.finish(|normal| self.segments.extend(normal, check, ids))?;
        self.segments.finish(ids);
        Ok(())
    }
}

/// Cuts normalized text into segments and encodes them.
#[derive(Debug)]
struct Segments {
    /// The model.
    tokenizer: Arc<Tokenizer>,
    /// The segment at hand; empty behind the end of one.
    path: OpenPath,
    /// Whether its last byte is a newline.
    after_newline: bool,
    /// For whole segments.
    worker: Worker,
    /// Where the ids of whole segments end, which nobody asks for.
    ends: Vec<usize>,
}

impl Segments {
    /// Takes normalized text; appends the ids that are decided.
    fn extend(&mut self, text: &[u8], check: &mut dyn FnMut() -> Result<()>, ids: &mut Vec<u32>) -> Result<()> {
        let longest = self.tokenizer.trie.max_length();
        for part in text.chunks(PART.min(PART_STEPS / longest)) {
            check()?;
            self.extend_part(part, ids);
        }
        Ok(())
    }

    /// The same for one part.
    fn extend_part(&mut self, mut text: &[u8], ids: &mut Vec<u32>) {
        if self.path.len() > 0
            && let Some(border) = first_border(text, self.after_newline)
        {
            self.path.extend(&self.tokenizer.trie, &text[..border]);
            self.finish(ids);
            text = &text[border..];
        }
        if self.path.len() == 0
            && let Some(border) = last_border(text)
        {
            let whole: Vec<&[u8]> = lines(&text[..border]).collect();
            self.ends.clear();
            self.tokenizer.encode_segments(&whole, &mut self.worker, &Stop::default(), ids, &mut self.ends);
            text = &text[border..];
        }
        let Some(&last) = text.last() else { return };
        self.after_newline = last == b'\n';
        self.path.extend(&self.tokenizer.trie, text);
        let first = ids.len();
        // behind a newline another byte than a newline begins a new segment
        self.path.settle(&self.tokenizer.trie, self.after_newline.then_some(b'\n'), ids);
        to_ids(&mut ids[first..]);
    }

    /// The segment at hand ends here.
    fn finish(&mut self, ids: &mut Vec<u32>) {
        let first = ids.len();
        self.path.finish(&self.tokenizer.trie, ids);
        to_ids(&mut ids[first..]);
        self.after_newline = false;
    }
}

/// From indices of pieces to ids.
fn to_ids(path: &mut [u32]) {
    path.iter_mut().for_each(|index| *index += FIRST_ID);
}

/// Where the first segment ends whose end `text` shows, which goes on with a segment that has begun.
fn first_border(text: &[u8], after_newline: bool) -> Option<usize> {
    let run = if after_newline { 0 } else { memchr(b'\n', text)? };
    text[run..].iter().position(|&byte| byte != b'\n').map(|length| run + length)
}

/// Where the last segment ends whose end `text` shows, which begins with a segment.
fn last_border(text: &[u8]) -> Option<usize> {
    let body = text.iter().rposition(|&byte| byte != b'\n')?;
    memrchr(b'\n', &text[..body]).map(|newline| newline + 1)
}

#[cfg(test)]
mod tests;
