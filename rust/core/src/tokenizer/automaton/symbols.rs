//! What an [`super::Automaton`] reads: numbers of 16 bits, a *symbol* a cell.
//!
//! In: bytes. Out: their symbols. Over bytes, each byte is its own symbol. Over characters (see [`super`]), so is each
//! character of several bytes that is a piece, numbered from 256 on, the most frequent first; of any other such character the
//! symbols are its bytes. This depends on the character alone, so a piece is in a text where its symbols are.
//! Memory: 70 KB, and 128 bytes for each run of 64
//! characters that has one.

use super::MARGIN;
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
        let numbers = (BYTES..).map(|number| low_u16(low_u32(to_u64(number))));
        for (&character, code) in characters.iter().zip(numbers) {
            let start = &mut starts[index(u32::from(character) >> PAGE_BITS)];
            if *start == 0 {
                *start = low_u32(to_u64(codes.len()));
                codes.resize(codes.len() + PAGE, NONE);
            }
            codes[index(*start) + index(u32::from(character)) % PAGE] = code;
        }
        Self { starts, codes }
    }

    /// The code of the character whose last 6 bits are `low` and whose others are `high`.
    #[inline(always)]
    fn code(&self, high: u32, low: u8) -> Symbol {
        let start = self.starts.get(index(high)).copied().unwrap_or(0);
        self.codes[index(start) + usize::from(low) % PAGE]
    }

    /// See [`Symbols::spell`]. The characters of several bytes are found one by one, what is between them is copied 8 bytes at a time.
    fn spell(&self, text: &[u8], symbols: &mut [Symbol]) -> usize {
        let (mut at, mut count) = (0, 0);
        while let (Some(word), Some(room)) = (text[at..].first_chunk::<8>(), symbols[count..].first_chunk_mut::<8>()) {
            widen(word, room);
            let ascii = index((u64::from_le_bytes(*word) & NOT_ASCII).trailing_zeros() / 8);
            (at, count) = (at + ascii, count + ascii);
            while text.get(at).is_some_and(|byte| !byte.is_ascii()) {
                (at, count) = self.spell_one(text, at, symbols, count);
            }
        }
        while at < text.len() {
            (at, count) = self.spell_one(text, at, symbols, count);
        }
        count
    }

    /// Writes the symbols of the character at `at`; returns where it ends and how many symbols there are.
    #[inline(always)]
    fn spell_one(&self, text: &[u8], at: usize, symbols: &mut [Symbol], count: usize) -> (usize, usize) {
        let (code, length) = match text[at..] {
            [first @ 0xE0..=0xEF, second, third, ..] => {
                (self.code(u32::from(first & 0x0F) << 6 | u32::from(second & 0x3F), third), 3)
            }
            [first @ 0xC0..=0xDF, second, ..] => (self.code(u32::from(first & 0x1F), second), 2),
            [first @ 0xF0..=0xF7, second, third, fourth, ..] => {
                let high = u32::from(first & 7) << 12 | u32::from(second & 0x3F) << 6 | u32::from(third & 0x3F);
                (self.code(high, fourth), 4)
            }
            // ASCII; and what is no character
            _ => (Symbol::from(text[at]), 1),
        };
        symbols[count] = code;
        let more = if code == NONE { widen(&text[at..at + length], &mut symbols[count..]) } else { 1 };
        (at + length, count + more)
    }
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
