//! Whether a corpus is the one it was.
//!
//! In: a reader of files, or the documents of any corpus. Out: [`Identity`], lines of text that name the options, and
//! each file with its size and the time of its last change; or [`Running`], a hash of all documents and their borders.
//! Identities are compared line by line, so a difference can be named. Cost: a look at each file; or one pass over the text.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use xxhash_rust::xxh3::Xxh3Default;

/// What a corpus is: equal identities mean equal documents in the same order, unless a file was changed and both its
/// size and its time were put back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// In the order in which the corpus reads.
    pub lines: Vec<String>,
}

impl Identity {
    /// Options, then files.
    pub fn of_files(options: String, files: &[(PathBuf, Stamp)]) -> Self {
        let file = |(path, stamp): &(PathBuf, Stamp)| format!("{}: {}", absolute(path).display(), stamp.words());
        Self { lines: std::iter::once(options).chain(files.iter().map(file)).collect() }
    }

    /// Something around another corpus.
    pub fn around(options: String, inner: Self) -> Self {
        Self { lines: std::iter::once(options).chain(inner.lines).collect() }
    }

    /// The first difference, in words for an error; `None` where there is none.
    pub fn difference(&self, now: &Self) -> Option<String> {
        let longest = self.lines.len().max(now.lines.len());
        let line = |lines: &[String], at: usize| lines.get(at).map_or_else(|| "nothing".to_owned(), String::clone);
        let at = (0..longest).find(|&at| self.lines.get(at) != now.lines.get(at))?;
        Some(format!("it was {}; it is {}", line(&self.lines, at), line(&now.lines, at)))
    }
}

/// A path that means the same in another folder; as it is where the system does not tell.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// What shows that a file was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Its size in bytes.
    pub size: u64,
    /// When it was changed, in nanoseconds since 1970; 0 where the system does not know.
    pub modified: u128,
}

impl Stamp {
    /// Takes it from what the system says of the file.
    pub fn new(metadata: &std::fs::Metadata) -> Self {
        let since = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Self { size: metadata.len(), modified: since.map_or(0, |since| since.as_nanos()) }
    }

    /// As an identity and errors show it.
    pub fn words(self) -> String {
        const NANOSECONDS: u128 = 1_000_000_000;
        let Self { size, modified } = self;
        format!("{size} bytes, changed at {}.{:09}", modified / NANOSECONDS, modified % NANOSECONDS)
    }
}

/// A hash of documents as they come: XXH3 of 64 bits over their text, and the length of each behind it. The same on
/// every machine.
#[derive(Clone, Default)]
pub struct Running {
    /// The hash so far.
    hash: Xxh3Default,
    /// The bytes of the document at hand so far.
    length: u64,
}

impl Running {
    /// The next part of a document.
    pub fn push(&mut self, text: &[u8], ends_document: bool) {
        self.hash.update(text);
        self.length += crate::num::to_u64(text.len());
        if ends_document {
            self.hash.update(&std::mem::take(&mut self.length).to_le_bytes());
        }
    }

    /// The hash of everything so far; more can follow.
    pub fn value(&self) -> u64 {
        self.hash.digest()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_documents_however_they_are_cut() {
        let hash = |parts: &[(&str, bool)]| {
            let mut running = Running::default();
            parts.iter().for_each(|&(text, ends)| running.push(text.as_bytes(), ends));
            running.value()
        };
        let whole = hash(&[("abc", true), ("", true), ("d", true)]);
        assert_eq!(whole, hash(&[("a", false), ("", false), ("bc", true), ("", true), ("d", true)]));
        assert_eq!(whole, 17_629_490_936_392_948_047, "the same on every machine and in every version");
        for other in [&[("abc", true), ("d", true), ("", true)][..], &[("abcd", true)], &[("ab", true), ("c", true)]] {
            assert_ne!(whole, hash(other));
        }
    }

    #[test]
    fn a_difference_is_named() {
        let identity =
            |size| Identity::of_files("text".to_owned(), &[("/a".into(), Stamp { size, modified: 1_500_000_000 })]);
        assert_eq!(identity(3).difference(&identity(3)), None);
        assert_eq!(
            identity(3).difference(&identity(4)).unwrap(),
            "it was /a: 3 bytes, changed at 1.500000000; it is /a: 4 bytes, changed at 1.500000000"
        );
        let around = Identity::around("limit".to_owned(), identity(3));
        assert_eq!(identity(3).difference(&around).unwrap(), "it was text; it is limit");
        assert_eq!(Identity::default().difference(&identity(3)).unwrap(), "it was nothing; it is text");
    }
}
