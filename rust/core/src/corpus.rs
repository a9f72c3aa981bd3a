//! Documents, however they come, as batches of text that can be normalized and cut on their own.
//!
//! ```text
//! Corpus --open--> Documents --part by part--> Batcher --Batch--> (worker threads) normalize, segments
//! ```
//! A document is a sequence of [`Part`]s, so that a file larger than memory is one document all the same. The
//! [`batch::Batcher`] cuts parts only where NFC and the segment rule cannot tell: the segments are those of the whole document.

pub mod batch;
pub(crate) mod charset;
pub(crate) mod digest;
pub(crate) mod files;
pub mod jsonl;
pub mod normalize;
pub mod pass;
pub mod segments;
pub mod sources;
pub mod spool;
pub mod text;
pub(crate) mod utf8;

use crate::Result;
use serde::{Deserialize, Serialize};

/// Documents that can be read from the beginning any number of times, each time the same.
pub trait Corpus {
    /// Starts a pass.
    fn open(&self) -> Result<Box<dyn Documents + '_>>;

    /// About how many bytes a pass reads, where that is known beforehand: for progress displays only.
    fn total_bytes(&self) -> Option<u64> {
        None
    }

    /// The files it reads, as they are now, if all documents come from files: a training goes on after a crash only with the
    /// same ones. Other corpora are told apart by their documents.
    fn files(&self) -> Option<Vec<FileIdentity>> {
        None
    }

    /// Whether every pass gives the documents in the same order: only then can it be taken up in the middle.
    fn keeps_order(&self) -> bool {
        true
    }
}

/// A file, and what tells whether it has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileIdentity {
    /// The path, as it was given.
    pub path: String,
    /// The size, in bytes.
    pub size: u64,
    /// When it was last changed, in nanoseconds since 1970; 0 where the system does not tell.
    pub modified: u64,
}

/// One pass over a corpus.
pub trait Documents {
    /// Appends the next part of a document to `text`. `Ok(None)`: the pass is over, nothing was appended.
    fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>>;
}

impl<D: Documents + ?Sized> Documents for Box<D> {
    fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>> {
        (**self).next_part(text)
    }
}

/// What [`Documents::next_part`] appended: a whole document, or a piece of a long one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Whether the document ends with this part.
    pub ends_document: bool,
    /// Which of several named sources it came from, counted from 0 in the order the caller named them.
    pub source: u32,
    /// Which file of that source it came from, counted from 0; 0 where there are no files.
    pub file: u32,
}

/// Every document of a pass, put together, with its last part.
#[cfg(test)]
pub(crate) fn documents_of(corpus: &dyn Corpus) -> Result<Vec<(Vec<u8>, Part)>> {
    let (mut pass, mut all, mut text) = (corpus.open()?, Vec::new(), Vec::new());
    while let Some(part) = pass.next_part(&mut text)? {
        if part.ends_document {
            all.push((std::mem::take(&mut text), part));
        }
    }
    assert!(text.is_empty(), "the last document does not end");
    Ok(all)
}
