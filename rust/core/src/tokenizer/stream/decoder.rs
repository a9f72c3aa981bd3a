//! From bytes that come piece by piece, as the ids of a growing text give them, to text.
//!
//! In: bytes, cut anywhere. Out: `str`, never less than a character: one that is not complete is held back, 3 bytes at most, until
//! what follows completes it or shows that it is none. Joined it is the text of all bytes in one go. Cost: linear.

use crate::Result;
use crate::corpus::utf8::incomplete_end;

/// So many bytes are worked on between two questions whether to stop.
const AT_A_TIME: usize = 1 << 16;

/// What becomes of bytes that are not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// They are dropped, as Python's `errors="ignore"` does.
    Ignore,
    /// U+FFFD stands for each maximal part of a character, and for each byte that is none, as with Python's `errors="replace"`.
    Replace,
}

impl Invalid {
    /// Appends the text of `bytes`.
    fn append(self, bytes: &[u8], text: &mut String) {
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            if self == Self::Replace && !chunk.invalid().is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
    }
}

/// See the module's text. The ids' bytes are those of [`super::super::Tokenizer::decode`].
#[derive(Debug)]
pub struct StreamDecoder {
    /// The beginning of a character.
    held: Vec<u8>,
    /// What becomes of what is no character.
    invalid: Invalid,
}

impl StreamDecoder {
    /// At the beginning of a text.
    pub fn new(invalid: Invalid) -> Self {
        Self { held: Vec::new(), invalid }
    }

    /// Takes the next bytes; gives the text that they complete. An error of `check` is returned; then nothing is taken.
    pub fn push(&mut self, bytes: &[u8], check: &mut dyn FnMut() -> Result<()>) -> Result<String> {
        let (mut text, mut held, mut begun) = (String::new(), self.held.clone(), false);
        for some in bytes.chunks(AT_A_TIME) {
            if std::mem::replace(&mut begun, true) {
                check()?;
            }
            held.extend_from_slice(some);
            let whole = held.len() - incomplete_end(&held);
            self.invalid.append(&held[..whole], &mut text);
            held.drain(..whole);
        }
        self.held = held;
        Ok(text)
    }

    /// The bytes end here: what becomes of the beginning of a character, if one is left. Afterwards another text may begin.
    pub fn finish(&mut self) -> String {
        let mut text = String::new();
        self.invalid.append(&std::mem::take(&mut self.held), &mut text);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use proptest::prelude::*;

    fn pushed(invalid: Invalid, pieces: &[&[u8]]) -> Vec<String> {
        let mut decoder = StreamDecoder::new(invalid);
        let mut texts: Vec<String> =
            pieces.iter().map(|piece| decoder.push(piece, &mut || Ok(())).expect("not stopped")).collect();
        texts.push(decoder.finish());
        texts
    }

    #[test]
    fn a_character_comes_with_its_last_byte() {
        let texts = pushed(Invalid::Ignore, &[b"a\xE5", b"\xA4", b"\xA9\xF0\x9F", b"", b"\x98\x80", b"e", b"\xCC\x81"]);
        assert_eq!(texts, ["a", "", "天", "", "😀", "e", "\u{301}", ""]);
    }

    #[test]
    fn what_is_no_character_goes_when_that_is_certain() {
        let pieces: [&[u8]; 5] = [b"\xE5\xA4", b"b\xFF", b"\xED", b"\xA0x", b"\xF0\x9F\x98"];
        assert_eq!(pushed(Invalid::Ignore, &pieces), ["", "b", "", "x", "", ""]);
        assert_eq!(
            pushed(Invalid::Replace, &pieces),
            ["", "\u{FFFD}b\u{FFFD}", "", "\u{FFFD}\u{FFFD}x", "", "\u{FFFD}"]
        );
    }

    #[test]
    fn a_push_that_is_stopped_takes_nothing() {
        let mut decoder = StreamDecoder::new(Invalid::Replace);
        assert_eq!(decoder.push(b"\xE5", &mut || Ok(())).expect("not stopped"), "");
        let long = [&b"\xA4\xA9"[..], &vec![b'a'; AT_A_TIME]].concat();
        decoder.push(&long, &mut || Err(Error::parameter("this", "that", "other"))).expect_err("stopped");
        assert_eq!(decoder.push(b"\xA4\xA9", &mut || Ok(())).expect("not stopped"), "天");
    }

    proptest! {
        #[test]
        fn pieces_give_the_text_of_the_whole(
            bytes in prop::collection::vec(prop::sample::select(b"a\n\x80\xA4\xA9\xBF\x90\x9F\xC3\xE5\xE0\xED\xF0\xF4\xFF".to_vec()), 0..24),
            size in 1..5_usize,
        ) {
            let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
            let valid: String = bytes.utf8_chunks().map(|chunk| chunk.valid()).collect();
            prop_assert_eq!(pushed(Invalid::Ignore, &pieces).concat(), valid);
            prop_assert_eq!(pushed(Invalid::Replace, &pieces).concat(), String::from_utf8_lossy(&bytes));
        }
    }
}
