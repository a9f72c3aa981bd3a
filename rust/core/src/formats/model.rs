//! The model file of 0.6.3. (stub: helper TOKENIZER)
use crate::Result;
use crate::vocabulary::Vocabulary;
use std::path::Path;

/// Reads a model file.
pub fn load(_path: &Path) -> Result<Vocabulary> {
    unimplemented!()
}

/// Collects entries of a model in any order, as a dictionary or a file has them, and checks them.
#[derive(Debug)]
pub struct Builder {}

impl Builder {
    /// `origin` names the model in errors: a path, or "model".
    pub fn new(_origin: &str) -> Self {
        Self {}
    }
    /// Adds an entry: the base64 key, the id and the count.
    pub fn push(&mut self, _key: &str, _id: i64, _count: u64) -> Result<()> {
        Ok(())
    }
    /// Checks that the ids are dense from 3, and the rest of FORMAT.md's rules.
    pub fn finish(self) -> Result<Vocabulary> {
        unimplemented!()
    }
}

/// Writes the bytes that 0.6.3 would have written.
pub fn write(_vocabulary: &Vocabulary, _out: &mut dyn std::io::Write) -> std::io::Result<()> {
    Ok(())
}

/// [`write`] into a file, atomically.
pub fn save(_vocabulary: &Vocabulary, _path: &Path) -> Result<()> {
    Ok(())
}
