//! From ids to bytes and text. (stub: helper TOKENIZER)
use super::Tokenizer;
use crate::Result;

impl Tokenizer {
    /// The bytes of `ids`, specials (0 to 2) dropped. A negative id is `NegativeId`, one not in the vocabulary `UnknownId`.
    pub fn decode(&self, _ids: &[i64]) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }
}

/// The valid UTF-8 in `bytes`; what is not valid is dropped (Python's `errors="ignore"`).
pub fn valid_text(_bytes: &[u8]) -> String {
    String::new()
}
