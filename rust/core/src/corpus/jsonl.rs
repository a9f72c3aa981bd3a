//! JSON Lines files. (stub: helper CORPUS)
use super::{Corpus, Documents};
use crate::Result;
use std::path::PathBuf;

/// JSON Lines files in UTF-8, one object a line, one document an object.
#[derive(Clone, Debug)]
pub struct Jsonl {
    paths: Vec<PathBuf>,
    field: String,
}

impl Jsonl {
    /// Checks that every file is there and can be read. `field` is the key whose string is the document.
    pub fn new(paths: Vec<PathBuf>, field: String) -> Result<Self> {
        Ok(Self { paths, field })
    }
    /// The files, in order.
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }
    /// The key whose string is the document.
    pub fn field(&self) -> &str {
        &self.field
    }
}

impl Corpus for Jsonl {
    fn open(&self) -> Result<Box<dyn Documents + '_>> {
        unimplemented!()
    }
}
