//! Plain text files. (stub: helper CORPUS)
use super::{Corpus, Documents};
use crate::Result;
use std::path::PathBuf;

/// What a document is in a text file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// The whole file, streamed.
    File,
    /// A line with the newline run that ends it.
    Line,
    /// A paragraph with the run of two or more newlines that ends it.
    Paragraph,
}

/// Text files in UTF-8, read in the order given.
#[derive(Clone, Debug)]
pub struct Text {
    paths: Vec<PathBuf>,
    split: Split,
}

impl Text {
    /// Checks that every file is there and can be read.
    pub fn new(paths: Vec<PathBuf>, split: Split) -> Result<Self> {
        Ok(Self { paths, split })
    }
    /// The files, in order.
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }
    /// What a document is.
    pub fn split(&self) -> Split {
        self.split
    }
}

impl Corpus for Text {
    fn open(&self) -> Result<Box<dyn Documents + '_>> {
        unimplemented!()
    }
}
