//! What an [`super::Automaton`] reads: numbers of 16 bits, a *symbol* a cell.
//!
//! In: bytes. Out: their symbols. Over bytes, each byte is its own symbol. Over characters (see [`super`]), so is each
//! character of several bytes that is a piece, numbered from 256 on, the most frequent first; of any other such character the
//! symbols are its bytes. This depends on the character alone, so a piece is in a text where its symbols are.
//! Cost: some 10 instructions a character, 2 a byte where 8 of ASCII are together. Memory: 70 KB, and 128 bytes for each run of 64
//! characters that has one.

use super::MARGIN;
use crate::corpus::utf8::first_char;
use crate::num::{index, low_u16, low_u32, to_u64};
use crate::pieces::PieceTable;
use std::cmp::Reverse;

/// A cell of text, as the automaton reads it.
pub(in crate::tokenizer) type Symbol = u16;

/// The symbols of single bytes.
const BYTES: usize = 256;
/// The code of a character that has none.
const NONE: Symbol = Symbol::MAX;
/// The bits of a character that are its place in a page.
const PAGE_BITS: u32 = 6;
/// The characters of a page.
const PAGE: usize = 1 << PAGE_BITS;
/// The highest bits of 8 bytes: all 0 in ASCII.
const NOT_ASCII: u64 = 0x8080_8080_8080_8080;

/// Turns text into symbols.
#[derive(Debug)]
pub(in crate::tokenizer) struct Symbols {
    /// Which codes characters have, if cells are characters.
    pages: Option<Pages>,
    /// How many symbols there are.
    count: usize,
}

/// The codes of characters, by page: only those with a code have one of their own.
#[derive(Debug)]
struct Pages {
    /// By the upper bits of a character: its page, at the first of its codes.
    starts: Vec<u32>,
    /// By page, and by the lower bits: the code, or [`NONE`].
    codes: Vec<Symbol>,
}

impl Symbols {
    /// Cells are characters if the pieces allow.
    pub(super) fn new(pieces: &PieceTable, scores: &[f64]) -> Self {
        match characters(pieces, scores).filter(|characters| BYTES + characters.len() < usize::from(NONE)) {
            Some(characters) => Self { count: BYTES + characters.len(), pages: Some(Pages::new(&characters)) },
            None => Self { count: BYTES, pages: None },
        }
    }

    /// Whether cells are characters, and text must be valid UTF-8.
    pub(super) fn over_characters(&self) -> bool {
        self.pages.is_some()
    }

    /// How many symbols there are: all are under this.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Writes the symbols of `text` to the beginning of `symbols`, which has room for one a byte; returns how many there are.
    /// Over characters, those of what is not valid UTF-8 are some symbols.
    pub(in crate::tokenizer) fn spell(&self, text: &[u8], symbols: &mut [Symbol]) -> usize {
        match &self.pages {
            Some(pages) => pages.spell(text, symbols),
            None => widen(text, symbols),
        }
    }
}

/// The characters of several bytes that are pieces, the most frequent first. `None` unless all pieces of several bytes are whole
/// characters, and each of these scores better by [`MARGIN`] than its bytes one by one.
fn characters(pieces: &PieceTable, scores: &[f64]) -> Option<Vec<char>> {
    let mut byte_scores = [0.0; BYTES];
    for ((piece, _), &score) in pieces.iter().zip(scores) {
        if let &[byte] = piece {
            byte_scores[usize::from(byte)] = score;
        }
    }
    let mut characters = Vec::new();
    for ((piece, count), &score) in pieces.iter().zip(scores).filter(|((piece, _), _)| piece.len() > 1) {
        let mut each = std::str::from_utf8(piece).ok()?.chars();
        if let (Some(character), None) = (each.next(), each.next()) {
            if score < piece.iter().map(|&byte| byte_scores[usize::from(byte)]).sum::<f64>() + MARGIN {
                return None;
            }
            characters.push((Reverse(count), character));
        }
    }
    characters.sort_unstable();
    Some(characters.into_iter().map(|(_, character)| character).collect())
}

/// Each byte as its symbol.
fn widen(text: &[u8], symbols: &mut [Symbol]) -> usize {
    for (symbol, &byte) in symbols.iter_mut().zip(text) {
        *symbol = Symbol::from(byte);
    }
    text.len()
}

impl Pages {
    /// Numbers `characters`, which are distinct and fewer than there is room for.
    fn new(characters: &[char]) -> Self {
        let mut starts = vec![0; index(u32::from(char::MAX) >> PAGE_BITS) + 1];
        // the first page is of characters that have no code
        let mut codes = vec![NONE; PAGE];
        let ascii = (0..128u8).map(|byte| (char::from(byte), Symbol::from(byte)));
        let numbers = (BYTES..).map(|number| low_u16(low_u32(to_u64(number))));
        for (character, code) in ascii.chain(characters.iter().copied().zip(numbers)) {
            let start = &mut starts[index(u32::from(character) >> PAGE_BITS)];
            if *start == 0 {
                *start = low_u32(to_u64(codes.len()));
                codes.resize(codes.len() + PAGE, NONE);
            }
            codes[index(*start) + index(u32::from(character)) % PAGE] = code;
        }
        Self { starts, codes }
    }

    /// The code of a character.
    #[inline(always)]
    fn code(&self, character: u32) -> Symbol {
        let start = self.starts.get(index(character >> PAGE_BITS)).copied().unwrap_or(0);
        self.codes[index(start) + index(character) % PAGE]
    }

    /// See [`Symbols::spell`].
    fn spell(&self, text: &[u8], symbols: &mut [Symbol]) -> usize {
        let (mut at, mut count) = (0, 0);
        while let Some(word) = text[at..].first_chunk::<8>() {
            if u64::from_ne_bytes(*word) & NOT_ASCII == 0 {
                count += widen(word, &mut symbols[count..]);
                at += word.len();
                continue;
            }
            let (character, length) = decode(*word);
            let code = self.code(character);
            symbols[count] = code;
            count += 1;
            if code == NONE {
                count -= 1;
                count += widen(&word[..length], &mut symbols[count..]);
            }
            at += length;
        }
        while let Some((character, length)) = first_char(&text[at..]).or((at < text.len()).then_some(('\0', 1))) {
            let code = if length == 1 { Symbol::from(text[at]) } else { self.code(character.into()) };
            symbols[count] = code;
            count += if code == NONE { widen(&text[at..at + length], &mut symbols[count..]) } else { 1 };
            at += length;
        }
        count
    }
}

/// By number of ones that a first byte begins with: the length of the character, the bits of it that count, and the bit of the
/// first byte that the others lack.
const LENGTHS: [(u8, u32, u32); 9] = {
    let none = (1, 0x7F, 0x40);
    [none, none, (2, 0x7FF, 0), (3, 0xFFFF, 0), (4, 0x1F_FFFF, 0), none, none, none, none]
};

/// The character that valid UTF-8 begins with, and its length, without branches: in many scripts a space or a comma comes when
/// it comes.
#[inline(always)]
fn decode(bytes: [u8; 8]) -> (u32, usize) {
    let [first, second, third, fourth, ..] = bytes;
    let (length, mask, ascii) = LENGTHS[index(first.leading_ones())];
    let bits = u32::from_be_bytes([first, second, third, fourth]) >> (32 - 8 * u32::from(length));
    let character = bits & 0x3F | bits >> 2 & 0xFC0 | bits >> 4 & 0x3_F000 | bits >> 6 & 0x1C_0000;
    (character & mask | u32::from(first) & ascii, usize::from(length))
}

/// Pieces as symbols, one behind the other.
pub(super) struct Spelled {
    /// All symbols.
    symbols: Vec<Symbol>,
    /// By index of a piece: where it ends.
    ends: Vec<usize>,
}

impl Spelled {
    /// Spells all pieces.
    pub(super) fn new(pieces: &PieceTable, symbols: &Symbols) -> Self {
        let bytes = pieces.iter().map(|(piece, _)| piece.len()).sum();
        let (mut all, mut end) = (vec![0; bytes], 0);
        let ends = pieces.iter().map(|(piece, _)| {
            end += symbols.spell(piece, &mut all[end..]);
            end
        });
        let ends = ends.collect();
        all.truncate(end);
        Self { symbols: all, ends }
    }

    /// The symbols of a piece.
    pub(super) fn piece(&self, at: u32) -> &[Symbol] {
        let at = index(at);
        &self.symbols[(if at == 0 { 0 } else { self.ends[at - 1] })..self.ends[at]]
    }

    /// The length of the longest piece, in symbols.
    pub(super) fn longest(&self) -> usize {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).map(|(start, end)| end - start).max().unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Single bytes and these.
    fn symbols(characters: &[char]) -> Symbols {
        let mut table = PieceTable::new();
        (0..=255u8).for_each(|byte| table.push(&[byte], 1));
        for (count, character) in (2..).zip(characters) {
            table.push(character.to_string().as_bytes(), count);
        }
        let scores: Vec<f64> = table.iter().map(|(piece, _)| if piece.len() == 1 { -9.0 } else { -5.0 }).collect();
        Symbols::new(&table, &scores)
    }

    #[test]
    fn every_character_is_read_as_it_was_written() {
        let symbols = symbols(&['é', '天', '😀']);
        for character in '\0'..=char::MAX {
            let mut word = [b'x'; 8];
            let length = character.encode_utf8(&mut word).len();
            assert_eq!(decode(word), (character.into(), length));
            let code = match character {
                '😀' => &[256][..],
                '天' => &[257],
                'é' => &[258],
                _ => &word[..length].iter().map(|&byte| byte.into()).collect::<Vec<_>>(),
            };
            // long and short
            for end in [length, 8] {
                let mut spelled = [0; 8];
                let count = symbols.spell(&word[..end], &mut spelled);
                assert_eq!((&spelled[..code.len()], count), (code, code.len() + end - length));
            }
        }
    }

    proptest! {
        #[test]
        fn characters_with_a_piece_are_one_symbol(
            text in prop::collection::vec(prop::sample::select(vec!['a', '\0', 'é', 'è', '天', '地', '😀', '😁', ' ']), 0..40)
        ) {
            let (pieces, text) = (['é', '天', '😀'], text.into_iter().collect::<String>());
            let symbols = symbols(&pieces);
            let mut expected: Vec<Symbol> = Vec::new();
            for character in text.chars() {
                match pieces.iter().rev().position(|&piece| piece == character) {
                    Some(at) => expected.push(256 + u16::try_from(at).expect("small")),
                    None => expected.extend(character.to_string().bytes().map(Symbol::from)),
                }
            }
            let mut spelled = vec![7; text.len()];
            let count = symbols.spell(text.as_bytes(), &mut spelled);
            prop_assert_eq!(&spelled[..count], &expected[..]);
        }

        #[test]
        fn what_is_no_text_has_symbols_too(bytes in prop::collection::vec(any::<u8>(), 0..20)) {
            let symbols = symbols(&['é']);
            let mut spelled = vec![0; bytes.len()];
            let count = symbols.spell(&bytes, &mut spelled);
            prop_assert!(count <= bytes.len() && spelled[..count].iter().all(|&symbol| usize::from(symbol) < symbols.count()));
        }
    }
}
