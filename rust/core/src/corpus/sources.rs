//! Several named corpora, one behind the other. (stub: helper CORPUS)
use super::{Corpus, Documents};
use crate::Result;

/// Named corpora, read in the order given; `Part::source` is the place in that order.
pub struct Sources<'a> {
    sources: Vec<(String, Box<dyn Corpus + 'a>)>,
}

impl<'a> Sources<'a> {
    /// At least one source; names are unique.
    pub fn new(sources: Vec<(String, Box<dyn Corpus + 'a>)>) -> Result<Self> {
        Ok(Self { sources })
    }
    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().map(|(name, _)| name.as_str())
    }
}

impl Corpus for Sources<'_> {
    fn open(&self) -> Result<Box<dyn Documents + '_>> {
        unimplemented!()
    }
}
