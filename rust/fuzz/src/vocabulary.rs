//! Vocabularies and texts that hurt: few symbols, so that pieces nest, overlap and occur; counts that tie; pieces longer than a row
//! of the automaton; newlines inside of pieces; characters without a piece; invalid bytes.

use crate::source::Source;
use bytepiece_core::pieces::PieceTable;
use bytepiece_core::tokenizer::{Kernel, Tokenizer};
use bytepiece_core::vocabulary::Vocabulary;
use std::collections::{BTreeMap, HashMap};

/// Symbols of any kind.
const BYTES: &[&[u8]] = &[
    b"a",
    b"b",
    b"=",
    b" ",
    b"\n",
    b"\xE5",
    b"\xA4",
    b"\xFF",
    "天".as_bytes(),
    "e\u{301}".as_bytes(),
    "😀".as_bytes(),
];
/// Whole characters only: pieces of these make an automaton over characters.
const CHARACTERS: &[&[u8]] = &[
    b"a",
    b"b",
    b"=",
    b" ",
    b"\n",
    "é".as_bytes(),
    "天".as_bytes(),
    "地".as_bytes(),
    "😀".as_bytes(),
    "\u{301}".as_bytes(),
    "\u{1100}".as_bytes(),
    "\u{1161}".as_bytes(),
];

/// Pieces with their scores, and what text for them is made of.
#[derive(Debug)]
pub struct Case {
    /// The pieces of several bytes, and the counts of all.
    pub counts: BTreeMap<Vec<u8>, u64>,
    /// By piece.
    pub scores: HashMap<Vec<u8>, f64>,
    /// The symbols.
    symbols: Vec<&'static [u8]>,
    /// The pieces of several bytes.
    more: Vec<Vec<u8>>,
}

impl Case {
    /// Makes a vocabulary.
    pub fn new(source: &mut Source<'_>) -> Self {
        let all = if source.once_in(2) { BYTES } else { CHARACTERS };
        let symbols: Vec<&'static [u8]> = (0..1 + source.below(6)).map(|_| source.choose(all)).collect();
        let longest = if source.once_in(4) { 120 } else { 20 };
        let mut more: Vec<Vec<u8>> = Vec::new();
        let number = if source.once_in(8) { 300 } else { 40 };
        for _ in 0..source.below(number) {
            let mut piece = new_piece(source, &symbols, &more);
            // not in the middle of a character, which would leave the automaton over characters
            while piece.len() > longest {
                let last = piece.iter().rposition(|byte| byte & 0xC0 != 0x80).unwrap_or(0);
                piece.truncate(last);
            }
            if piece.len() > 1 {
                more.push(piece);
            }
        }
        // bytes that are worth more than characters of them keep an automaton over bytes; mostly they are worth little
        let of_bytes = *source.choose(&[&1, &1, &1, &2, &1000]);
        let mut counts: BTreeMap<Vec<u8>, u64> = (0..=255u8).map(|byte| (vec![byte], of_bytes)).collect();
        for symbol in symbols.iter().filter(|symbol| symbol.len() == 1) {
            counts.insert(symbol.to_vec(), count(source));
        }
        for piece in &more {
            counts.insert(piece.clone(), count(source));
        }
        Self { scores: scores(&counts), counts, symbols, more }
    }

    /// The same pieces for the core, in one form of its inner loop.
    pub fn tokenizer(&self, kernel: Kernel) -> Tokenizer {
        let table: PieceTable = self.counts.iter().map(|(piece, &count)| (&piece[..], count)).collect();
        let vocabulary = Vocabulary::new(table, "a random model").expect("all bytes, counts over 0");
        Tokenizer::with_kernel(vocabulary, kernel).expect("no sum overflows")
    }

    /// Makes a text of pieces, symbols and anything.
    pub fn text(&self, source: &mut Source<'_>) -> Vec<u8> {
        let mut text = Vec::new();
        for _ in 0..source.below(30) {
            match source.byte() % 8 {
                0 => text.extend_from_slice(source.bytes(20)),
                1 => text.push(b'\n'),
                2 => {
                    let times = if source.once_in(16) { 3000 } else { 60 };
                    let symbol = self.symbols[source.below(self.symbols.len())];
                    text.extend(symbol.repeat(source.below(times)));
                }
                3 | 4 if !self.more.is_empty() => {
                    let times = if source.once_in(16) { 400 } else { 4 };
                    text.extend(self.more[source.below(self.more.len())].repeat(1 + source.below(times)));
                }
                5 if !self.more.is_empty() => {
                    let piece = &self.more[source.below(self.more.len())];
                    text.extend_from_slice(&piece[source.below(piece.len())..]);
                }
                _ => text.extend_from_slice(self.symbols[source.below(self.symbols.len())]),
            }
        }
        text
    }
}

/// One more piece: symbols, a run of one, or made of pieces there are.
fn new_piece(source: &mut Source<'_>, symbols: &[&'static [u8]], more: &[Vec<u8>]) -> Vec<u8> {
    let symbol = symbols[source.below(symbols.len())];
    let old = if more.is_empty() { symbol } else { &more[source.below(more.len())] };
    match source.byte() % 6 {
        0 => symbol.repeat(1 + source.below(40)),
        1 => [old, symbol].concat(),
        2 => [symbol, old].concat(),
        3 if !more.is_empty() => [old, &more[source.below(more.len())][..]].concat(),
        4 if source.once_in(16) => source.bytes(30).to_vec(),
        _ => (0..1 + source.below(8)).flat_map(|_| symbols[source.below(symbols.len())]).copied().collect(),
    }
}

/// Few values, most of them powers of two, so that sums of scores tie.
fn count(source: &mut Source<'_>) -> u64 {
    match source.byte() % 8 {
        0 => 1 + u64::from(source.byte()),
        1 => 1 << (source.byte() % 50),
        other => 1 << other,
    }
}

/// ln(count) − ln(total), by piece.
fn scores(counts: &BTreeMap<Vec<u8>, u64>) -> HashMap<Vec<u8>, f64> {
    let ln = bytepiece_core::ln::ln;
    let total = ln(counts.values().sum());
    counts.iter().map(|(piece, &count)| (piece.clone(), ln(count) - total)).collect()
}
