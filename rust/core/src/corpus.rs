//! Documents, however they come, as batches of text that can be normalized and cut on their own.
//!
//! ```text
//! Corpus --open--> Documents --part by part--> Batcher --Batch--> (worker threads) normalize, segments
//! ```
//! A document is a sequence of [`Part`]s, so that a file larger than memory is one document all the same. The
//! [`batch::Batcher`] cuts parts only where NFC and the segment rule cannot tell: the segments are those of the whole
//! document.
//!
//! What training may ask of a corpus beside its documents: whether they keep their order, what the corpus is (to see at
//! a resume that it is the same), and how far a pass is.

pub mod batch;
pub(crate) mod charset;
pub mod concurrent;
pub(crate) mod digest;
pub mod files;
pub mod identity;
pub mod jsonl;
pub mod limit;
pub mod mix;
pub mod normalize;
pub mod pass;
pub mod segments;
pub mod sources;
pub mod spool;
pub mod tally;
pub mod text;
pub(crate) mod utf8;

use crate::Result;
use identity::Identity;

/// Documents that can be read from the beginning any number of times, each time the same.
pub trait Corpus {
    /// Starts a pass, which lives on its own and can go to another thread. A corpus that can see that it has changed
    /// since the first pass says so here.
    fn open(&self) -> Result<Box<dyn Documents + Send>>;

    /// Looks whether a pass could begin, as far as that is cheap to see.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// About how many bytes a pass reads, where that is known beforehand: for progress displays only.
    /// [`Documents::bytes_read`] counts the same.
    fn total_bytes(&self) -> Option<u64> {
        None
    }

    /// Whether each pass gives the documents in the same order. Inside a pass only such a corpus can be resumed.
    fn keeps_order(&self) -> bool {
        true
    }

    /// What the corpus is, as far as it can be told without reading it. `None`: only its documents tell, so who has to
    /// know keeps a hash of them.
    fn identity(&self) -> Option<Identity> {
        None
    }
}

/// One pass over a corpus.
pub trait Documents {
    /// Appends the next part of a document to `text`. `Ok(None)`: the pass is over, nothing was appended.
    fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>>;

    /// How much of [`Corpus::total_bytes`] has been read. `None`: that is the text which the parts have given.
    fn bytes_read(&self) -> Option<u64> {
        None
    }

    /// The names of the sources so far: that of [`Part::source`] number n stands at n. Empty where nobody has named
    /// any.
    fn sources(&self) -> &[String] {
        &[]
    }
}

impl<D: Documents + ?Sized> Documents for Box<D> {
    fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>> {
        (**self).next_part(text)
    }

    fn bytes_read(&self) -> Option<u64> {
        (**self).bytes_read()
    }

    fn sources(&self) -> &[String] {
        (**self).sources()
    }
}

/// What [`Documents::next_part`] appended: a whole document, or a piece of a long one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Whether the document ends with this part.
    pub ends_document: bool,
    /// Which of several named sources it came from, counted from 0; [`Documents::sources`] has the names.
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
