//! Normalization of text that comes in pieces.
//!
//! In: bytes, cut anywhere. Out: their normal form, the same bytes as [`Normalization::apply`] gives for the whole, each as soon as it can no
//! longer change. Text that is not normalized goes through. Text may be cut before any *plain* character ([`Normalization::is_plain`]); behind any *closed* one, which is a plain one that joins nothing and
//! that nothing can get into (ideographs, blanks, digits and newlines are closed, Latin letters wait for an accent); and on
//! either side of an invalid byte. What is behind the last such cut is held back, an incomplete character at the end included: 0 to 4
//! bytes of ordinary text, but all of a run of combining marks, however long it is.
//!
//! The cut is sought from the end of the new bytes backwards; those that were searched before are not searched again. Cost: a copy,
//! then that of normalizing; memory: what is held back and the piece at hand.

use crate::corpus::charset::CharSet;
use crate::corpus::normalize::Normalization;
use crate::corpus::utf8::{first_char, incomplete_end, is_continuation};
use crate::lazy::Lazy;
use std::collections::BTreeSet;
use unicode_normalization::char::{canonical_combining_class, compose, decompose_canonical};

/// A buffer larger than this is given back when it is not needed any more.
const KEEP_BYTES: usize = 1 << 18;

/// Characters under U+20000 that are not closed though they are plain.
static JOINING: Lazy<CharSet> = Lazy::new(|| {
    let firsts: BTreeSet<char> = ('\0'..'\u{20000}').flat_map(first_halves).collect();
    CharSet::new(|character| {
        let mut last = character;
        decompose_canonical(character, |part| last = part);
        firsts.contains(&character) || canonical_combining_class(last) != 0
    })
});

/// The characters to which something is joined on the way to `composed`: a and ä of ǟ.
fn first_halves(composed: char) -> Vec<char> {
    let mut parts = Vec::new();
    decompose_canonical(composed, |part| parts.push(part));
    let Some((first, rest)) = parts.split_first() else { return Vec::new() };
    let joined = rest.iter().scan(*first, |character, &part| {
        let before = *character;
        *character = compose(before, part)?;
        Some(before)
    });
    joined.collect()
}

/// Whether text may be cut behind `character` without changing its normal form. Errs towards no. What joins a plain character
/// does so by canonical composition in NFKC too, of what the next characters are taken apart to.
fn is_closed(character: char, normalization: Normalization) -> bool {
    normalization.is_plain(character) && !JOINING.contains(character)
}

/// What is held back. See the module's text.
#[derive(Debug)]
pub(super) struct Normalizer {
    /// How text is normalized.
    normalization: Normalization,
    /// The bytes behind the last cut.
    held: Vec<u8>,
    /// How many of them were searched: a border of characters, with no cut before it but the one at 0.
    searched: usize,
}

impl Normalizer {
    /// At the beginning of a text.
    pub(super) fn new(normalization: Normalization) -> Self {
        Self { normalization, held: Vec::new(), searched: 0 }
    }

    /// Takes the next piece of the text; `each` gets the normal form of what can no longer change, which may be nothing.
    pub(super) fn push<R>(&mut self, text: &[u8], each: impl FnOnce(&[u8]) -> R) -> R {
        if self.normalization == Normalization::None {
            return each(text);
        }
        self.held.extend_from_slice(text);
        let decided = self.held.len() - incomplete_end(&self.held);
        let cut = self.last_cut(decided);
        let result = each(&self.normalization.apply(&self.held[..cut]));
        self.held.drain(..cut);
        self.searched = decided - cut;
        if self.held.capacity() > KEEP_BYTES {
            // to a half: a run that goes on growing is not copied at every piece
            self.held.shrink_to(self.held.len() * 2);
        }
        result
    }

    /// The text ends here: `each` gets the normal form of all that is left. Afterwards another text may begin.
    pub(super) fn finish<R>(&mut self, each: impl FnOnce(&[u8]) -> R) -> R {
        self.searched = 0;
        each(&self.normalization.apply(&std::mem::take(&mut self.held)))
    }

    /// The bytes that are allocated.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.held.capacity()
    }

    /// The last place up to `end`, a border of characters, where the text may be cut; 0 if there is none.
    fn last_cut(&self, mut end: usize) -> usize {
        while end > self.searched {
            let Some((character, length)) = last_char(&self.held[..end]) else { return end };
            if is_closed(character, self.normalization) {
                return end;
            }
            end -= length;
            if self.normalization.is_plain(character) {
                return end;
            }
        }
        0
    }
}

/// The character at the end of `text`, which ends at a border of characters, and its length; `None` for an invalid byte.
fn last_char(text: &[u8]) -> Option<(char, usize)> {
    let continuations = text.iter().rev().take(3).take_while(|&&byte| is_continuation(byte)).count();
    let start = text.len().checked_sub(continuations + 1)?;
    first_char(&text[start..]).filter(|&(_, length)| length == continuations + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::normalize::nfc;
    use crate::naive::normalize::{normal as naive, strategy};
    use proptest::prelude::*;
    use unicode_normalization::char::decompose_compatible;

    /// The NFC of pieces, and how many bytes were held back behind each.
    fn pushed<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<u8>, Vec<usize>) {
        normalized(pieces, Normalization::Nfc)
    }

    /// The same in another form.
    fn normalized<'a>(
        pieces: impl IntoIterator<Item = &'a [u8]>,
        normalization: Normalization,
    ) -> (Vec<u8>, Vec<usize>) {
        let (mut normalizer, mut normal, mut held) = (Normalizer::new(normalization), Vec::new(), Vec::new());
        for piece in pieces {
            normalizer.push(piece, |text| normal.extend_from_slice(text));
            held.push(normalizer.held.len());
        }
        normalizer.finish(|text| normal.extend_from_slice(text));
        (normal, held)
    }

    #[test]
    fn nothing_joins_a_closed_character() {
        let mut seconds = BTreeSet::new();
        for composed in '\0'..='\u{2FFFF}' {
            let mut parts = Vec::new();
            decompose_canonical(composed, |part| parts.push(part));
            seconds.extend(parts.into_iter().skip(1));
        }
        assert!("\u{301}\u{3099}\u{1161}\u{11A8}".chars().all(|second| seconds.contains(&second)));
        // those that join nothing can still push others out of their order
        seconds.extend(['\u{315}', '\u{334}', '\u{93C}', '\u{E0100}', 'a']);
        let marks: String = seconds.iter().collect();
        let alone = nfc(marks.as_bytes()).into_owned();
        let (ideographs, beyond) = ('\u{4E10}'..='\u{9F00}', '\u{20010}'..='\u{2F7F0}');
        let closed: Vec<char> = ('\0'..=char::MAX)
            .filter(|c| is_closed(*c, Normalization::Nfc) && !ideographs.contains(c) && !beyond.contains(c))
            .collect();
        assert!(closed.len() > 90_000 && closed.iter().all(|&c| c < '\u{2F800}'), "{}", closed.len());
        for character in closed {
            for &second in &seconds {
                assert_eq!(compose(character, second), None, "{character:?} {second:?}");
            }
            let text = format!("{character}{marks}");
            assert_eq!(nfc(text.as_bytes()), [character.to_string().as_bytes(), &alone].concat(), "{character:?}");
            let text = format!("{character}\u{301}\u{323}");
            assert_eq!(nfc(text.as_bytes()), format!("{character}\u{323}\u{301}").as_bytes(), "{character:?}");
        }
        assert!(
            "\n\t 0123456789.,;:()[]{}\"'-+/天の한각ー😀"
                .chars()
                .all(|character| is_closed(character, Normalization::Nfc))
        );
        assert!(
            "aeAE<=>é하ᄀか"
                .chars()
                .all(|character| Normalization::Nfc.is_plain(character) && !is_closed(character, Normalization::Nfc))
        );
    }

    #[test]
    fn nothing_joins_a_closed_character_in_nfkc_either() {
        let every = || ('\0'..=char::MAX).filter(|c| !('\u{4E10}'..='\u{9F00}').contains(c));
        let mut firsts = BTreeSet::new();
        for character in every().filter(|&c| c < '\u{2FA20}' && !Normalization::Nfkc.is_plain(c)) {
            let mut parts = Vec::new();
            decompose_compatible(character, |part| parts.push(part));
            firsts.extend(parts.first());
        }
        assert!("\u{3099}\u{301}\u{1161}ア1".chars().all(|first| firsts.contains(&first)));
        for character in every().filter(|&c| is_closed(c, Normalization::Nfkc)).step_by(11) {
            assert!(firsts.iter().all(|&first| compose(character, first).is_none()), "{character:?}");
        }
    }

    #[test]
    fn nothing_is_held_back_behind_a_closed_character() {
        for text in ["a ", "天", "e\u{301}\u{323} ", "e\u{301}\n", "한글", "\u{301}."] {
            assert_eq!(pushed([text.as_bytes()]).1, [0], "{text:?}");
        }
        for (text, held) in [("ab", 1), ("bé", 2), ("be\u{301}", 3), ("하", 3), (" \u{301}", 2)] {
            assert_eq!(pushed([text.as_bytes()]).1, [held], "{text:?}");
        }
        for (bytes, held) in [(&b"a\xE5\xA4"[..], 3), (b" \xF0\x9F\x98", 3), (b"e\xCC\x81\xFF", 0), (b"e\xE5\xE5", 1)] {
            assert_eq!(pushed([bytes]).1, [held], "{bytes:x?}");
        }
    }

    #[test]
    fn a_long_run_of_marks_is_held_back_and_searched_once() {
        let marks = "\u{301}\u{323}".repeat(100_000);
        let text = format!("e{marks}天");
        let (normal, held) = pushed(text.as_bytes().chunks(1));
        assert_eq!(held[held.len() - 2], marks.len() + 1 + 2);
        assert_eq!(held[held.len() - 1], 0);
        assert_eq!(normal, &*nfc(text.as_bytes()));
    }

    proptest! {
        #[test]
        fn pieces_give_the_normal_form_of_the_whole(
            text in strategy::text(40), normalization in strategy::normalization(), size in 1..7_usize
        ) {
            prop_assert_eq!(normalized(text.chunks(size), normalization).0, naive(&text, normalization));
        }
    }
}
