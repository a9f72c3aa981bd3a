//! Whether a corpus is the one it was.
//!
//! In: a reader of files. Out: [`Identity`], lines of text that name the options, and each file with its size and the time of
//! its last change. Identities are compared line by line, so a difference can be named. Cost: a look at each file. Corpora that
//! do not read files have a [`super::digest`].

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// What a corpus is: equal identities mean equal documents in the same order, unless a file was changed and both its
/// size and its time were put back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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

#[cfg(test)]
mod tests {
    use super::*;

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
