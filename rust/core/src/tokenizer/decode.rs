//! From ids to bytes and text.
//!
//! In: ids. Out: the bytes of their pieces, joined, or the characters among these. Cost: a copy a piece; text that is not UTF-8 is copied
//! once more. Both ask now and then whether to stop.

use super::Tokenizer;
use super::stream::decoder::{Invalid, StreamDecoder};
use crate::num::{index, to_u64};
use crate::vocabulary::SPECIALS;
use crate::{Error, Result};

/// Which special tokens stand for their text when ids are decoded; the others stand for nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// Those that were added; not `<pad>`, `<bos>` and `<eos>`, as in 0.6.3. So text that was parsed for added tokens comes
    /// back whole, and ids without any decode as ever.
    #[default]
    Added,
    /// All.
    All,
    /// None.
    Nothing,
}

/// So many ids are decoded between two questions whether to stop.
const AT_A_TIME: usize = 1 << 14;

impl Tokenizer {
    /// The bytes of `ids`, joined. A negative id is [`Error::NegativeId`], one that is not in the vocabulary
    /// [`Error::UnknownId`], an error of `check` is returned.
    pub fn decode(&self, ids: &[i64], shown: Shown, check: &mut dyn FnMut() -> Result<()>) -> Result<Vec<u8>> {
        let (mut bytes, mut position) = (Vec::new(), 0);
        for some in ids.chunks(AT_A_TIME) {
            if position > 0 {
                check()?;
            }
            for &id in some {
                let known = u32::try_from(id).ok().and_then(|id| self.bytes(id, shown));
                bytes.extend_from_slice(known.ok_or_else(|| self.unknown_id(id, position))?);
                position += 1;
            }
        }
        Ok(bytes)
    }

    /// What an id stands for: the piece, or the text of a special token where that is `shown`, else nothing. `None` for an
    /// id that is not in the vocabulary.
    #[inline]
    pub fn bytes(&self, id: u32, shown: Shown) -> Option<&[u8]> {
        if let Some(piece) = self.vocabulary().piece(id) {
            return Some(piece);
        }
        let special = self.vocabulary().special(id)?.as_bytes();
        let hidden = match shown {
            Shown::Added => index(id) < SPECIALS.len(),
            Shown::All => false,
            Shown::Nothing => true,
        };
        Some(if hidden { &[] } else { special })
    }

    /// The error for an id that is not in the vocabulary.
    pub fn unknown_id(&self, id: i64, position: usize) -> Error {
        let largest = to_u64(self.vocabulary().size() - 1);
        Error::no_id(i128::from(id), position, largest)
    }
}

/// The valid UTF-8 in `bytes`; what is not valid is dropped, as Python's `errors="ignore"` does. An error of `check` is returned.
pub fn valid_text(bytes: Vec<u8>, check: &mut dyn FnMut() -> Result<()>) -> Result<String> {
    String::from_utf8(bytes).or_else(|error| {
        let mut decoder = StreamDecoder::new(Invalid::Ignore);
        decoder.push(error.as_bytes(), check) // what is left in it is no character
    })
}

#[cfg(test)]
mod tests;
