//! Several named corpora, one behind the other.
//!
//! In: corpora with names. Out: the documents of the first, then those of the second, and so on; each part knows the number
//! of its source. Cost: nothing of its own; one source is open at a time.

use super::{Corpus, Documents, FileIdentity, Part};
use crate::num::{low_u32, to_u64};
use crate::{Error, Result};
use std::collections::HashSet;

/// Named corpora, read in the order given; `Part::source` is the place in that order.
pub struct Sources<'a> {
    /// At least one, at most 2^32 − 1; no name comes twice.
    sources: Vec<(String, Box<dyn Corpus + 'a>)>,
}

impl<'a> Sources<'a> {
    /// At least one source; names are unique.
    pub fn new(sources: Vec<(String, Box<dyn Corpus + 'a>)>) -> Result<Self> {
        if sources.is_empty() || u32::try_from(sources.len()).is_err() {
            return Err(Error::parameter(
                "texts",
                format!("{} sources", sources.len()),
                "1 to 4294967295 named sources",
            ));
        }
        let mut seen = HashSet::new();
        match sources.iter().find(|(name, _)| !seen.insert(name)) {
            Some((twice, _)) => {
                Err(Error::parameter("texts", format!("two named {twice:?}"), "sources of different names"))
            }
            None => Ok(Self { sources }),
        }
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().map(|(name, _)| name.as_str())
    }
}

impl Corpus for Sources<'_> {
    fn open(&self) -> Result<Box<dyn Documents + '_>> {
        Ok(Box::new(Pass { sources: self, next_source: 0, documents: None }))
    }

    /// The sum; unknown as soon as it is for one of them.
    fn total_bytes(&self) -> Option<u64> {
        self.sources.iter().map(|(_, corpus)| corpus.total_bytes()).sum()
    }

    /// Those of all sources, if all read files only.
    fn files(&self) -> Option<Vec<FileIdentity>> {
        let files: Option<Vec<_>> = self.sources.iter().map(|(_, corpus)| corpus.files()).collect();
        files.map(|files| files.into_iter().flatten().collect())
    }

    fn keeps_order(&self) -> bool {
        self.sources.iter().all(|(_, corpus)| corpus.keeps_order())
    }
}

/// One pass over the sources.
struct Pass<'a> {
    /// The sources.
    sources: &'a Sources<'a>,
    /// The source to open when `documents` have ended; the one at hand is the one before.
    next_source: usize,
    /// The source at hand, until it has ended.
    documents: Option<Box<dyn Documents + 'a>>,
}

impl Documents for Pass<'_> {
    fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>> {
        loop {
            if let Some(documents) = &mut self.documents {
                if let Some(part) = documents.next_part(text)? {
                    let source = low_u32(to_u64(self.next_source.saturating_sub(1)));
                    return Ok(Some(Part { source, ..part }));
                }
                self.documents = None;
            }
            let Some((_, corpus)) = self.sources.sources.get(self.next_source) else { return Ok(None) };
            self.documents = Some(corpus.open()?);
            self.next_source += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::documents_of;
    use crate::corpus::spool::Spooler;

    fn corpus(documents: &[&str]) -> Box<dyn Corpus> {
        let mut spooler = Spooler::new(None).unwrap();
        documents.iter().for_each(|document| spooler.push(document.as_bytes()).unwrap());
        Box::new(spooler.finish().unwrap())
    }

    #[test]
    fn documents_know_the_number_of_their_source() {
        let named = [("zh", corpus(&["天", "地"])), ("none", corpus(&[])), ("en", corpus(&["a"]))];
        let sources =
            Sources::new(named.into_iter().map(|(name, corpus)| (name.to_owned(), corpus)).collect()).unwrap();
        assert_eq!(sources.names().collect::<Vec<_>>(), ["zh", "none", "en"]);
        assert_eq!(sources.total_bytes(), Some(7));
        let read: Vec<_> =
            documents_of(&sources).unwrap().into_iter().map(|(text, part)| (text, part.source)).collect();
        assert_eq!(read, [("天".into(), 0), ("地".into(), 0), (b"a".to_vec(), 2)]);
    }

    #[test]
    fn no_source_and_one_name_twice_are_refused() {
        let error = |sources| Sources::new(sources).err().unwrap().to_string();
        assert_eq!(error(Vec::new()), "texts must be 1 to 4294967295 named sources, not 0 sources");
        let twice = vec![("a".to_owned(), corpus(&[])), ("a".to_owned(), corpus(&[]))];
        assert_eq!(error(twice), "texts must be sources of different names, not two named \"a\"");
    }
}
