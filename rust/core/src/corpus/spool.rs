//! Documents of a one-shot iterator, kept in a temporary file so that they can be read twice. (stub: helper CORPUS)
use super::{Corpus, Documents};
use crate::Result;
use std::path::Path;

/// Takes documents one by one. The file has no name, so it is gone with the process whatever happens.
#[derive(Debug)]
pub struct Spooler {}

impl Spooler {
    /// Begins an empty one in `dir`, or in the system's folder for temporary files.
    pub fn new(_dir: Option<&Path>) -> Result<Self> {
        Ok(Self {})
    }
    /// Appends a document.
    pub fn push(&mut self, _document: &[u8]) -> Result<()> {
        Ok(())
    }
    /// No more documents will come.
    pub fn finish(self) -> Result<Spool> {
        Ok(Spool {})
    }
}

/// The documents of a finished [`Spooler`].
#[derive(Debug)]
pub struct Spool {}

impl Corpus for Spool {
    fn open(&self) -> Result<Box<dyn Documents + '_>> {
        unimplemented!()
    }
}
