//! A number that tells whether two passes gave the same documents.
//!
//! In: the parts of a pass, as they go by. Out: [`Digest`]: how many parts and documents, and the sum of one xxh3 hash a document. The
//! sum is the same in any order of documents, so readers that do not keep theirs can be compared too. A document that comes in
//! several parts is hashed part by part, each hash the seed of the next. Cost: some GB/s, on the thread that reads.

use super::{Documents, Part};
use crate::Result;
use crate::num::to_u64;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// What went by so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Digest {
    /// The number of parts.
    pub(crate) parts: u64,
    /// Documents that have ended.
    pub(crate) documents: u64,
    /// Bytes.
    pub(crate) bytes: u64,
    /// The sum of the hashes of all documents that have ended, modulo 2^64.
    pub(crate) sum: u64,
    /// The hash of the parts of the document that has not ended.
    open: u64,
}

/// A pass that takes notes.
pub(crate) struct Digested<D> {
    /// The pass.
    documents: D,
    /// The notes.
    pub(crate) digest: Digest,
}

impl<D: Documents> Digested<D> {
    /// From the beginning.
    pub(crate) fn new(documents: D) -> Self {
        Self { documents, digest: Digest::default() }
    }

    /// Goes past what `digest` went past; whether it was the same.
    pub(crate) fn skip(&mut self, digest: &Digest, check: &mut dyn FnMut() -> Result<()>) -> Result<bool> {
        let mut text = Vec::new();
        while self.digest.parts < digest.parts {
            check()?;
            text.clear();
            if self.next_part(&mut text)?.is_none() {
                return Ok(false);
            }
        }
        Ok(self.digest == *digest)
    }
}

impl<D: Documents> Documents for Digested<D> {
    fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>> {
        let start = text.len();
        let part = self.documents.next_part(text)?;
        if let Some(part) = part {
            let digest = &mut self.digest;
            let hash = xxh3_64_with_seed(&text[start..], digest.open);
            digest.parts += 1;
            digest.bytes += to_u64(text.len() - start);
            digest.open = hash;
            if part.ends_document {
                digest.documents += 1;
                // hashed once more, so that a document is not the beginning of another one in two parts
                digest.sum = digest.sum.wrapping_add(xxh3_64(&hash.to_le_bytes()));
                digest.open = 0;
            }
        }
        Ok(part)
    }

    fn bytes_read(&self) -> Option<u64> {
        self.documents.bytes_read()
    }

    fn sources(&self) -> &[String] {
        self.documents.sources()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Parts(Vec<(&'static str, bool)>);

    impl Documents for Parts {
        fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>> {
            if self.0.is_empty() {
                return Ok(None);
            }
            let (part, ends_document) = self.0.remove(0);
            text.extend_from_slice(part.as_bytes());
            Ok(Some(Part { ends_document, source: 0, file: 0 }))
        }
    }

    fn digest(parts: &[(&'static str, bool)]) -> Digest {
        let mut pass = Digested::new(Parts(parts.to_vec()));
        while pass.next_part(&mut b"before".to_vec()).unwrap().is_some() {}
        pass.digest
    }

    #[test]
    fn documents_count_and_their_order_does_not() {
        let sum = |parts: &[(&'static str, bool)]| digest(parts).sum;
        assert_eq!(sum(&[("a", true), ("bc", true)]), sum(&[("bc", true), ("a", true)]));
        assert_ne!(sum(&[("a", true), ("bc", true)]), sum(&[("ab", true), ("c", true)]));
        assert_ne!(sum(&[("a", true), ("bc", true)]), sum(&[("a", false), ("bc", true)]));
        assert_ne!(sum(&[("", true)]), sum(&[]));
        assert_ne!(digest(&[("a", false)]), digest(&[("b", false)]));
    }

    #[test]
    fn another_beginning_is_noticed_when_it_is_skipped() {
        let half = digest(&[("a", true), ("b", false)]);
        let skip =
            |parts: &[(&'static str, bool)]| Digested::new(Parts(parts.to_vec())).skip(&half, &mut || Ok(())).unwrap();
        assert!(skip(&[("a", true), ("b", false), ("c", true)]));
        assert!(!skip(&[("a", true), ("x", false), ("c", true)]));
        assert!(!skip(&[("a", true)]));
    }
}
