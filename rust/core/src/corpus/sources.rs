//! Several named corpora, one behind the other.
//!
//! In: corpora with names. Out: the documents of the first, then those of the second, and so on; each part knows the
//! number of its source: the corpora's in the order given, then those that documents of a corpus name themselves, as
//! they come, as `name/their name`. Cost: nothing of its own; one source is open at a time.

use super::identity::Identity;
use super::{Corpus, Documents, Part};
use crate::num::{index, low_u32, to_u64};
use crate::{Error, Result};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A corpus with its name.
type Named = (String, Arc<dyn Corpus + Send + Sync>);

/// Named corpora, read in the order given.
#[derive(Clone)]
pub struct Sources {
    /// At least one, at most 2^32 − 1; no name comes twice.
    sources: Arc<[Named]>,
}

impl Sources {
    /// At least one source; names are unique.
    pub fn new(sources: Vec<Named>) -> Result<Self> {
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
            None => Ok(Self { sources: sources.into() }),
        }
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().map(|(name, _)| name.as_str())
    }
}

impl Corpus for Sources {
    fn open(&self) -> Result<Box<dyn Documents + Send>> {
        let mut names = Names::default();
        for name in self.names() {
            names.number(name);
        }
        Ok(Box::new(Pass {
            sources: self.clone(),
            next_source: 0,
            documents: None,
            read: 0,
            given: 0,
            names,
            inner: Vec::new(),
        }))
    }

    /// The sum; unknown as soon as it is for one of them.
    fn total_bytes(&self) -> Option<u64> {
        self.sources.iter().map(|(_, corpus)| corpus.total_bytes()).sum()
    }

    fn check(&self) -> Result<()> {
        self.sources.iter().try_for_each(|(_, corpus)| corpus.check())
    }

    fn keeps_order(&self) -> bool {
        self.sources.iter().all(|(_, corpus)| corpus.keeps_order())
    }

    fn identity(&self) -> Option<Identity> {
        let lines =
            |(name, corpus): &Named| Some(Identity::around(format!("source {name:?}"), corpus.identity()?).lines);
        let lines: Vec<_> = self.sources.iter().map(lines).collect::<Option<_>>()?;
        Some(Identity { lines: lines.concat() })
    }
}

/// Numbers for names, from 0, in the order in which they come.
#[derive(Debug, Default)]
pub struct Names {
    /// The names.
    names: Vec<String>,
    /// The number of each.
    numbers: HashMap<String, u32>,
}

impl Names {
    /// The number of a name.
    pub fn number(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = low_u32(to_u64(self.names.len()));
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    /// All names.
    pub fn all(&self) -> &[String] {
        &self.names
    }
}

/// One pass over the sources.
struct Pass {
    /// The sources.
    sources: Sources,
    /// The source to open when `documents` have ended; the one at hand is the one before.
    next_source: usize,
    /// The source at hand, until it has ended.
    documents: Option<Box<dyn Documents + Send>>,
    /// What has been read of the sources before.
    read: u64,
    /// The bytes of text that the source at hand has given.
    given: u64,
    /// The names of all sources.
    names: Names,
    /// The numbers of the names that the documents of the source at hand have for themselves.
    inner: Vec<u32>,
}

impl Pass {
    /// The number of the source of a part, whose own names the source at hand has.
    fn source(&mut self, part: Part, own: &[String]) -> u32 {
        let at_hand = self.next_source.saturating_sub(1);
        let outer = &self.sources.sources[at_hand].0;
        let known = self.inner.len();
        self.inner.extend(own.iter().skip(known).map(|name| self.names.number(&format!("{outer}/{name}"))));
        self.inner.get(index(part.source)).copied().unwrap_or(low_u32(to_u64(at_hand)))
    }
}

impl Documents for Pass {
    fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>> {
        loop {
            if let Some(mut documents) = self.documents.take() {
                let before = text.len();
                if let Some(part) = documents.next_part(text)? {
                    self.given += to_u64(text.len() - before);
                    let source = self.source(part, documents.sources());
                    self.documents = Some(documents);
                    return Ok(Some(Part { source, ..part }));
                }
                self.read += documents.bytes_read().unwrap_or(self.given);
                self.given = 0;
            }
            let Some((_, corpus)) = self.sources.sources.get(self.next_source) else { return Ok(None) };
            self.documents = Some(corpus.open()?);
            self.inner.clear();
            self.next_source += 1;
        }
    }

    fn bytes_read(&self) -> Option<u64> {
        let at_hand = self.documents.as_ref().and_then(Documents::bytes_read).unwrap_or(self.given);
        Some(self.read + at_hand)
    }

    fn sources(&self) -> &[String] {
        self.names.all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::documents_of;
    use crate::corpus::spool::Spooler;

    fn corpus(documents: &[&str]) -> Arc<dyn Corpus + Send + Sync> {
        let mut spooler = Spooler::new(None).unwrap();
        documents.iter().for_each(|document| spooler.push(document.as_bytes()).unwrap());
        Arc::new(spooler.finish().unwrap())
    }

    fn named<const N: usize>(sources: [(&str, Arc<dyn Corpus + Send + Sync>); N]) -> Result<Sources> {
        Sources::new(sources.into_iter().map(|(name, corpus)| (name.to_owned(), corpus)).collect())
    }

    #[test]
    fn documents_know_the_number_of_their_source() {
        let sources = named([("zh", corpus(&["天", "地"])), ("none", corpus(&[])), ("en", corpus(&["a"]))]).unwrap();
        assert_eq!(sources.names().collect::<Vec<_>>(), ["zh", "none", "en"]);
        assert_eq!(sources.total_bytes(), Some(7));
        let read: Vec<_> =
            documents_of(&sources).unwrap().into_iter().map(|(text, part)| (text, part.source)).collect();
        assert_eq!(read, [("天".into(), 0), ("地".into(), 0), (b"a".to_vec(), 2)]);
    }

    #[test]
    fn sources_within_a_source_have_names_of_both() {
        let inner = named([("x", corpus(&["1"])), ("y", corpus(&["2"]))]).unwrap();
        let outer = named([("a", Arc::new(inner.clone())), ("b", corpus(&["3"])), ("c", Arc::new(inner))]).unwrap();
        let mut pass = outer.open().unwrap();
        let (mut text, mut names) = (Vec::new(), Vec::new());
        while let Some(part) = pass.next_part(&mut text).unwrap() {
            names.push(pass.sources()[index(part.source)].clone());
        }
        assert_eq!(names, ["a/x", "a/y", "b", "c/x", "c/y"]);
    }

    #[test]
    fn no_source_and_one_name_twice_are_refused() {
        let error = |sources| Sources::new(sources).err().unwrap().to_string();
        assert_eq!(error(Vec::new()), "texts must be 1 to 4294967295 named sources, not 0 sources");
        let twice = vec![("a".to_owned(), corpus(&[])), ("a".to_owned(), corpus(&[]))];
        assert_eq!(error(twice), "texts must be sources of different names, not two named \"a\"");
    }
}
