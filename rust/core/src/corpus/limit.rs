//! The first documents of a corpus.
//!
//! In: a corpus, and how many documents, or bytes of text, are enough. Out: its documents up to the limit: whole ones,
//! and with a limit of bytes up to and with the one that reaches it. Cost: nothing of its own; what is behind the limit
//! is not read.

use super::identity::Identity;
use super::{Corpus, Documents, Part};
use crate::Result;
use crate::num::to_u64;
use std::sync::Arc;

/// See the module.
#[derive(Clone)]
pub struct Limit {
    /// The corpus.
    corpus: Arc<dyn Corpus + Send + Sync>,
    /// How many documents are enough.
    documents: Option<u64>,
    /// How many bytes of text are enough.
    bytes: Option<u64>,
}

impl Limit {
    /// Ends at whichever limit is reached first.
    pub fn new(corpus: Arc<dyn Corpus + Send + Sync>, documents: Option<u64>, bytes: Option<u64>) -> Self {
        Self { corpus, documents, bytes }
    }
}

impl Corpus for Limit {
    fn open(&self) -> Result<Box<dyn Documents + Send>> {
        let left = |limit: Option<u64>| limit.unwrap_or(u64::MAX);
        let (documents, bytes) = (left(self.documents), left(self.bytes));
        Ok(Box::new(Pass { inner: self.corpus.open()?, documents, bytes, in_document: false }))
    }

    /// That of the corpus, which may not be reached; not more than the limit where what counts is text.
    fn total_bytes(&self) -> Option<u64> {
        self.corpus.total_bytes()
    }

    fn check(&self) -> Result<()> {
        self.corpus.check()
    }

    fn keeps_order(&self) -> bool {
        self.corpus.keeps_order()
    }

    fn identity(&self) -> Option<Identity> {
        let options = format!("the first {:?} documents, {:?} bytes", self.documents, self.bytes);
        Some(Identity::around(options, self.corpus.identity()?))
    }
}

/// One pass.
struct Pass {
    /// The corpus.
    inner: Box<dyn Documents + Send>,
    /// How many documents may still come.
    documents: u64,
    /// How many bytes may still come.
    bytes: u64,
    /// Whether a document was begun and has not ended.
    in_document: bool,
}

impl Documents for Pass {
    fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>> {
        if !self.in_document && (self.documents == 0 || self.bytes == 0) {
            return Ok(None);
        }
        let before = text.len();
        let Some(part) = self.inner.next_part(text)? else { return Ok(None) };
        self.bytes = self.bytes.saturating_sub(to_u64(text.len() - before));
        self.in_document = !part.ends_document;
        self.documents -= u64::from(part.ends_document);
        Ok(Some(part))
    }

    fn bytes_read(&self) -> Option<u64> {
        self.inner.bytes_read()
    }

    fn sources(&self) -> &[String] {
        self.inner.sources()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::documents_of;
    use crate::corpus::files::CHUNK;
    use crate::corpus::spool::Spooler;

    #[test]
    fn documents_are_whole_and_as_many_as_were_asked_for() {
        let lengths = [3, 0, 2 * CHUNK + 1, 4, 5];
        let mut spooler = Spooler::new(None).unwrap();
        lengths.iter().for_each(|&length| spooler.push(&vec![b'a'; length]).unwrap());
        let corpus: Arc<dyn Corpus + Send + Sync> = Arc::new(spooler.finish().unwrap());
        let read = |documents, bytes| {
            let limit = Limit::new(Arc::clone(&corpus), documents, bytes);
            documents_of(&limit).unwrap().iter().map(|(text, _)| text.len()).collect::<Vec<_>>()
        };
        for count in 0..8 {
            assert_eq!(read(Some(to_u64(count)), None), lengths[..count.min(5)]);
        }
        assert_eq!(read(None, Some(0)), [0; 0]);
        assert_eq!(read(None, Some(3)), [3]);
        assert_eq!(read(None, Some(4)), lengths[..3]);
        assert_eq!(read(None, Some(to_u64(2 * CHUNK + 4))), lengths[..3]);
        assert_eq!(read(Some(4), Some(to_u64(2 * CHUNK + 5))), lengths[..4]);
        assert_eq!(read(None, None), lengths);
    }
}
