//! What a tokenizer made of texts: how often each id occurs and in how many texts, and whether its pieces are the texts.
//!
//! In: the bytes of each id, once; then texts with their ids, batch by batch. Out: counts an id, 0, 1 or [`MANY`] texts an id, the
//! classes of the characters that ids divide, and the texts that are not their pieces laid end to end. Ids go one after another through the text:
//! comparing a piece with its place costs less than laying the pieces end to end, and tells where a divided character lies. Cost: a
//! slot of 32 bytes a token, mostly in the cache, and for pieces over 8 bytes a comparison of memory. Memory: 32 bytes an id and
//! the pieces.

use super::{ByClass, CLASSES, class_of};
use crate::num::{index, to_u64};
use crate::{Error, Result};

/// In more than one text.
pub const MANY: u8 = 2;
/// Of `Slot::text`: in no text so far.
const NOWHERE: u32 = 0;
/// Of `Slot::text`: in several texts.
const SEVERAL: u32 = u32::MAX;
/// Bytes of a piece that its slot holds.
const HEAD: usize = 8;

/// What is known of an id.
#[derive(Clone, Debug)]
struct Slot {
    /// How often it occurs.
    count: u64,
    /// The first bytes of its piece, the first one lowest, zeros behind it.
    head: u64,
    /// Where its piece begins among all pieces.
    start: u32,
    /// How long its piece is.
    length: u32,
    /// [`NOWHERE`], the number of the one text it is in, from 1 on, or [`SEVERAL`].
    text: u32,
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
    /// Tokens that are parts of characters, by the character's class.
    parts: ByClass,
    /// Texts so far.
    texts: u32,
}

/// The first bytes of `bytes` as an integer, the first one lowest.
#[inline]
fn head(bytes: &[u8]) -> u64 {
    if let Some(whole) = bytes.first_chunk() {
        return u64::from_le_bytes(*whole);
    }
    bytes.iter().rev().fold(0, |head, &byte| head << 8 | u64::from(byte))
}

impl Tokens {
    /// Nothing counted yet. `parts` says of each id whether it is to be counted by the character that it is a part of.
    pub fn new(pieces: &[&[u8]], parts: &[bool]) -> Result<Self> {
        let mut tokens = Self { slots: Vec::new(), pieces: Vec::new(), parts: [0; CLASSES], texts: 0 };
        for (number, &piece) in pieces.iter().enumerate() {
            let (start, length) = (u32::try_from(tokens.pieces.len()), u32::try_from(piece.len()));
            let (Ok(start), Ok(length)) = (start, length) else {
                return Err(wrong("pieces", "more", "under 4 GB in all".to_owned()));
            };
            let part = parts.get(number).copied().unwrap_or(false);
            tokens.slots.push(Slot { count: 0, head: head(piece), start, length, text: NOWHERE, part });
            tokens.pieces.extend_from_slice(piece);
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
            let ids = self.slots.len();
            let Some(slot) = self.slots.get_mut(index(id)) else {
                return Err(Error::no_id(i128::from(id), first + number, to_u64(ids.saturating_sub(1))));
            };
            slot.count += 1;
            if slot.text != self.texts {
                slot.text = if slot.text == NOWHERE { self.texts } else { SEVERAL };
            }
            if same {
                let length = index(slot.length);
                let rest = text.get(place..).unwrap_or(&[]);
                same = length <= rest.len() && begins(rest, slot, &self.pieces);
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

/// Whether `rest`, which is as long at least, begins with the piece of `slot`.
#[inline]
fn begins(rest: &[u8], slot: &Slot, pieces: &[u8]) -> bool {
    let length = index(slot.length);
    if length > HEAD {
        let start = index(slot.start);
        return rest.get(..length) == pieces.get(start..start + length);
    }
    let mask = if length == HEAD { u64::MAX } else { (1 << (8 * length)) - 1 };
    head(rest) & mask == slot.head
}

/// The class of the character that the byte at `place` is a part of.
fn class_at(text: &[u8], place: usize, classes: &[u8]) -> u8 {
    let start = (place.saturating_sub(3)..=place).rev().find(|&at| text[at] & 0xc0 != 0x80).unwrap_or(place);
    let end = text.len().min(start + 4); // no further, or each part would look through the rest of the text
    let character = text[start..end].utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
    character.map_or(0, |character| class_of(classes, character))
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
    fn unknown_ids_and_wrong_ends_are_errors() {
        let mut tokens = tokens();
        let error = tokens.add(&[b"ab", b"x"], &[0_u32, 5], &[1, 2], &[]).expect_err("id 5");
        assert!(matches!(error, Error::UnknownId { id: 5, largest: 4, .. }), "{error}");
        assert!(tokens.add(&[b"ab"], &[0_u32], &[2], &[]).is_err());
    }
}
