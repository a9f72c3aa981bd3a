//! From ids to bytes and text.

use super::Tokenizer;
use crate::num::to_u64;
use crate::vocabulary::FIRST_ID;
use crate::{Error, Result};

impl Tokenizer {
    /// The bytes of `ids`, joined; `<pad>`, `<bos>` and `<eos>` (0 to 2) are dropped. A negative id is
    /// [`Error::NegativeId`], one that is not in the vocabulary [`Error::UnknownId`].
    pub fn decode(&self, ids: &[i64]) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for (position, &id) in ids.iter().enumerate() {
            if (0..i64::from(FIRST_ID)).contains(&id) {
                continue;
            }
            match u32::try_from(id).ok().and_then(|id| self.vocabulary().piece(id)) {
                Some(piece) => bytes.extend_from_slice(piece),
                None => return Err(self.unknown_id(id, position)),
            }
        }
        Ok(bytes)
    }

    /// The error for an id that is no piece's.
    pub fn unknown_id(&self, id: i64, position: usize) -> Error {
        let largest = to_u64(self.vocabulary().size() - 1);
        Error::no_id(i128::from(id), position, largest)
    }
}

/// The valid UTF-8 in `bytes`; what is not valid is dropped, as Python's `errors="ignore"` does.
pub fn valid_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| error.as_bytes().utf8_chunks().map(|chunk| chunk.valid()).collect())
}

#[cfg(test)]
mod tests;
