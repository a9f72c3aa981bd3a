//! What a tokenizer made of texts: how often each id occurs and in how many texts, and whether its pieces are the texts.
//!
//! In: the bytes of each id, once; then texts with their ids, batch by batch. Out: counts an id, 0, 1 or [`MANY`] texts an id, the
//! classes of the characters that ids divide, and the texts that are not their pieces laid end to end. Ids go one after another through the text:
//! comparing a piece with its place costs less than laying the pieces end to end, and tells where a divided character lies. Cost: a
//! slot of 32 bytes a token, mostly in the cache, without a branch that depends on it unless its piece is over 16 bytes, which costs a
//! comparison of memory. Loading the slots of the next 32 ids ahead was tried and made it no faster. Memory: 36 bytes an id and the pieces.

use super::{ByClass, CLASSES, class_of};
use crate::corpus::utf8::first_char;
use crate::num::{index, to_u64};
use crate::{Error, Result};

/// In more than one text.
pub const MANY: u8 = 2;
/// Of `Slot::text`: in no text so far.
const NOWHERE: u32 = 0;
/// Of `Slot::text`: in several texts.
const SEVERAL: u32 = u32::MAX;
/// Bytes of a piece that its slot holds.
const HEAD: usize = 16;
/// Of `Slot::length`: this or more.
const LONG: u8 = u8::MAX;
/// By length of a piece, the bits of a head that are its own.
const MASKS: [u128; HEAD + 1] = {
    let mut masks = [u128::MAX; HEAD + 1];
    let mut length = 0;
    while length < HEAD {
        masks[length] = (1 << (8 * length)) - 1;
        length += 1;
    }
    masks
};

/// What is known of an id.
#[derive(Clone, Debug)]
struct Slot {
    /// The first bytes of its piece, the first one lowest, zeros behind it.
    head: u128,
    /// How often it occurs.
    count: u64,
    /// [`NOWHERE`], the number of the one text it is in, from 1 on, or [`SEVERAL`].
    text: u32,
    /// How long its piece is, or [`LONG`].
    length: u8,
    /// Whether the character that it is a part of tells its class.
    part: bool,
}

/// Counts of one tokenizer on one corpus.
#[derive(Debug)]
pub struct Tokens {
    /// By id.
    slots: Vec<Slot>,
    /// All pieces, laid end to end.
    pieces: Vec<u8>,
    /// Where each ends.
    ends: Vec<u32>,
    /// Tokens that are parts of characters, by the character's class.
    parts: ByClass,
    /// Texts so far.
    texts: u32,
}

/// The first bytes of `bytes` as an integer, the first one lowest, zeros behind them.
#[inline]
fn head(bytes: &[u8]) -> u128 {
    if let Some(whole) = bytes.first_chunk() {
        return u128::from_le_bytes(*whole);
    }
    let mut whole = [0; HEAD];
    whole[..bytes.len()].copy_from_slice(bytes);
    u128::from_le_bytes(whole)
}

impl Tokens {
    /// Nothing counted yet. `parts` says of each id whether it is to be counted by the character that it is a part of.
    pub fn new(pieces: &[&[u8]], parts: &[bool]) -> Result<Self> {
        let (slots, ends) = (Vec::with_capacity(pieces.len()), Vec::with_capacity(pieces.len()));
        let mut tokens = Self { slots, pieces: pieces.concat(), ends, parts: [0; CLASSES], texts: 0 };
        let mut end = 0;
        for (number, &piece) in pieces.iter().enumerate() {
            end += piece.len();
            let Ok(short) = u32::try_from(end) else {
                return Err(wrong("pieces", "more", "under 4 GB in all".to_owned()));
            };
            tokens.ends.push(short);
            let part = parts.get(number).copied().unwrap_or(false);
            let length = u8::try_from(piece.len()).unwrap_or(LONG);
            tokens.slots.push(Slot { head: head(piece), count: 0, text: NOWHERE, length, part });
        }
        Ok(tokens)
    }

    /// Counts the ids of texts, `ends[i]` being where those of text `i` end. Returns the texts that are not their pieces.
    pub fn add<I: Copy + Into<u32>>(
        &mut self,
        texts: &[&[u8]],
        ids: &[I],
        ends: &[usize],
        classes: &[u8],
    ) -> Result<Vec<usize>> {
        let mut different = Vec::new();
        let mut start = 0;
        for (number, (&text, &end)) in texts.iter().zip(ends).enumerate() {
            let Some(row) = ids.get(start..end) else {
                return Err(wrong("ends", &end.to_string(), format!("{start} to {}, ascending", ids.len())));
            };
            self.texts = self
                .texts
                .checked_add(1)
                .filter(|&texts| texts < SEVERAL)
                .ok_or_else(|| wrong("texts", "more", "under 4 billion".to_owned()))?;
            if !self.row(text, row, start, classes)? {
                different.push(number);
            }
            start = end;
        }
        Ok(different)
    }

    /// Counts the ids of one text; `first` is the place of the first among all. Whether its pieces are the text.
    fn row<I: Copy + Into<u32>>(&mut self, text: &[u8], row: &[I], first: usize, classes: &[u8]) -> Result<bool> {
        let (mut place, mut same) = (0, true);
        for (number, &id) in row.iter().enumerate() {
            let id = id.into();
            let Some(slot) = self.slots.get_mut(index(id)) else {
                return Err(Error::no_id(i128::from(id), first + number, to_u64(self.slots.len().saturating_sub(1))));
            };
            slot.count += 1;
            // written whether or not: in a text half of the ids may be new
            let others = (slot.text != NOWHERE) & (slot.text != self.texts);
            slot.text = if others { SEVERAL } else { self.texts };
            if same {
                let rest = text.get(place..).unwrap_or(&[]);
                let mut length = usize::from(slot.length);
                same = match MASKS.get(length) {
                    Some(mask) => (length <= rest.len()) & ((head(rest) ^ slot.head) & mask == 0),
                    None => {
                        let piece = piece(&self.pieces, &self.ends, index(id));
                        length = piece.len();
                        rest.starts_with(piece)
                    }
                };
                if slot.part {
                    let class = if same { class_at(text, place, classes) } else { 0 };
                    self.parts[usize::from(class)] += 1;
                }
                place += length;
            } else if slot.part {
                self.parts[0] += 1;
            }
        }
        Ok(same && place == text.len())
    }

    /// How often each id occurs.
    pub fn counts(&self) -> Vec<u64> {
        self.slots.iter().map(|slot| slot.count).collect()
    }

    /// In how many texts each id is: 0, 1 or [`MANY`].
    pub fn spread(&self) -> Vec<u8> {
        let spread = |slot: &Slot| match slot.text {
            NOWHERE => 0,
            SEVERAL => MANY,
            _ => 1,
        };
        self.slots.iter().map(spread).collect()
    }

    /// Tokens that are parts of characters, by the character's class; of class 0 where the pieces are not the text.
    pub fn parts(&self) -> &ByClass {
        &self.parts
    }
}

/// An argument that cannot be worked with.
fn wrong(name: &'static str, value: &str, expected: String) -> Error {
    Error::Parameter { name, value: value.to_owned(), expected }
}

/// The piece of an id, of all laid end to end. Out of the way of the loop: few are so long.
#[cold]
fn piece<'a>(pieces: &'a [u8], ends: &[u32], id: usize) -> &'a [u8] {
    let end = |id: usize| index(ends[id]);
    &pieces[id.checked_sub(1).map_or(0, end)..end(id)]
}

/// The class of the character that the byte at `place` is a part of.
fn class_at(text: &[u8], place: usize, classes: &[u8]) -> u8 {
    let start = (place.saturating_sub(3)..=place).rev().find(|&at| text[at] & 0xc0 != 0x80).unwrap_or(place);
    let end = text.len().min(start + 4); // no further, or each part would look through the rest of the text
    first_char(&text[start..end]).map_or(0, |(character, _)| class_of(classes, character))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ids 0 to 4.
    const PIECES: [&[u8]; 5] = [b"ab", b"\xe5", b"\xa4\xa9", b"0123456789", b""];

    fn tokens() -> Tokens {
        Tokens::new(&PIECES, &[false, true, true, false, false]).expect("small")
    }

    #[test]
    fn ids_are_counted_and_compared() {
        let mut classes = vec![0; 0x1_0000];
        classes[0x5929] = 7;
        let mut tokens = tokens();
        let texts = ["ab天ab", "0123456789", "ab", "", "abab"].map(str::as_bytes);
        let ids: [u16; 10] = [0, 1, 2, 0, 3, 3, 0, 0, 1, 0];
        let ends = [4, 5, 6, 7, 10];
        assert_eq!(tokens.add(&texts, &ids, &ends, &classes).expect("known ids"), [2, 3, 4]);
        assert_eq!(tokens.counts(), [5, 2, 1, 2, 0]);
        assert_eq!(tokens.spread(), [MANY, MANY, 1, MANY, 0]);
        assert_eq!((tokens.parts()[7], tokens.parts()[0]), (2, 1));
        assert_eq!(tokens.add(&[b"ab"], &[0_u16], &[1], &classes).expect("known ids"), [0; 0]);
    }

    #[test]
    fn a_text_that_goes_on_or_ends_early_is_another() {
        let mut tokens = tokens();
        for (text, ids) in [("abc", [0_u32].as_slice()), ("a", &[0]), ("", &[1]), ("012345678", &[3]), ("x", &[])] {
            assert_eq!(tokens.add(&[text.as_bytes()], ids, &[ids.len()], &[]).expect("known ids"), [0], "{text}");
        }
        assert_eq!(tokens.add(&[b""], &[4_u32], &[1], &[]).expect("known ids"), [0; 0]);
    }

    #[test]
    fn pieces_of_any_length_are_compared_to_their_end() {
        for length in (0..40).chain([254, 255, 256, 300]) {
            let mut piece = vec![7; length];
            let mut tokens = Tokens::new(&[b"x", &piece, b"y"], &[]).expect("small");
            for behind in 0..20 {
                let text = [b"x", piece.as_slice(), b"y"].concat();
                let ids = [&[0_u32, 1, 2][..], &vec![0; behind]].concat();
                let text = [text, vec![b'x'; behind]].concat();
                assert_eq!(tokens.add(&[&text], &ids, &[ids.len()], &[]).expect("known ids"), [0; 0], "{length}");
                assert_eq!(
                    tokens.add(&[&text[..length]], &[1_u32], &[1], &[]).expect("known ids").len(),
                    length.min(1)
                );
            }
            if let Some(last) = piece.last_mut() {
                *last = 8;
                assert_eq!(tokens.add(&[&piece], &[1_u32], &[1], &[]).expect("known ids"), [0], "{length}");
            }
        }
        // NULs are not what stands behind the end of a text
        assert_eq!(Tokens::new(&[b"a\0"], &[]).expect("small").add(&[b"a"], &[0_u32], &[1], &[]).expect("ids"), [0]);
    }

    #[test]
    fn unknown_ids_and_wrong_ends_are_errors() {
        let mut tokens = tokens();
        let error = tokens.add(&[b"ab", b"x"], &[0_u32, 5], &[1, 2], &[]).expect_err("id 5");
        assert!(matches!(error, Error::UnknownId { id: 5, largest: 4, .. }), "{error}");
        assert!(tokens.add(&[b"ab"], &[0_u32], &[2], &[]).is_err());
    }
}
