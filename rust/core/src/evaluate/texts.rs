//! Characters and words of texts, by class of character.
//!
//! In: texts, the class of each code point, and the kind of each class (the constants here). Out: characters and words of each text, and of
//! each class in all of them. A word is a run of characters that are in words; one that stands alone is a word by itself, with
//! the marks behind it. A word is of the class of its first character. Cost: two loads from tables and one addition to a counter a
//! character, nothing of it depending on a branch; of ASCII, where letters and digits are what words are made of, compared and added
//! up a block at a time (`ascii`).

mod ascii;

use super::{ByClass, CLASSES, class_of};
use crate::num::to_u64;
use ascii::{Ascii, BLOCK, Block};

/// Ends words; so do all kinds that are none of these.
pub const OUTSIDE: u8 = 0;
/// Begins a word, or goes on with it.
pub const INSIDE: u8 = 1;
/// Is a word by itself.
pub const ALONE: u8 = 2;
/// Begins a word, or goes on with any.
pub const MARK: u8 = 3;

/// Where words begin: bit `4 * before + kind`.
const BEGINS: u16 = bit(OUTSIDE, INSIDE)
    | bit(ALONE, INSIDE)
    | bit(OUTSIDE, MARK)
    | bit(OUTSIDE, ALONE)
    | bit(INSIDE, ALONE)
    | bit(ALONE, ALONE)
    | bit(MARK, ALONE);

/// The bit of [`BEGINS`] of a kind behind another.
const fn bit(before: u8, kind: u8) -> u16 {
    1 << (4 * before + kind)
}

/// How many sets of counters take turns: a class that comes many times in a row would wait for itself.
const TURNS: usize = 4;

/// What characters are.
#[derive(Clone, Debug)]
pub struct Classes<'a> {
    /// The class of each code point.
    of: &'a [u8],
    /// The kind of each class.
    kinds: [u8; CLASSES],
    /// The classes of ASCII, if they are as usual.
    ascii: Option<Ascii>,
}

impl<'a> Classes<'a> {
    /// From the class of each code point and the kind of each class.
    pub fn new(of: &'a [u8], kinds: &[u8; CLASSES]) -> Self {
        let kinds = kinds.map(|kind| if kind > MARK { OUTSIDE } else { kind });
        Self { of, ascii: Ascii::new(of, &kinds), kinds }
    }
}

/// What texts are made of.
#[derive(Debug)]
pub struct Counts {
    /// Characters of each text.
    pub characters: Vec<u64>,
    /// Words of each text.
    pub words: Vec<u64>,
    /// Characters by class; in the second half those that words begin with.
    of_classes: [[u64; 2 * CLASSES]; TURNS],
}

impl Default for Counts {
    fn default() -> Self {
        Self { characters: Vec::new(), words: Vec::new(), of_classes: [[0; 2 * CLASSES]; TURNS] }
    }
}

impl Counts {
    /// Counts the characters and words of one more text.
    pub fn add(&mut self, text: &str, classes: &Classes<'_>) {
        let (mut characters, mut words, mut before) = (0, 0, OUTSIDE);
        let mut rest = text;
        while !rest.is_empty() {
            let ascii = rest.as_bytes().first_chunk().filter(|block| block.is_ascii());
            if let (Some(ascii), Some(block)) = (&classes.ascii, ascii) {
                let block = Block::new(block, matches!(before, INSIDE | MARK));
                for (class, others, beginning) in ascii.by_class(&block) {
                    self.of_classes[0][class] += others;
                    self.of_classes[0][CLASSES + class] += beginning;
                    words += beginning;
                }
                characters += to_u64(BLOCK);
                before = if block.ends_inside { INSIDE } else { OUTSIDE };
                rest = &rest[BLOCK..];
                continue;
            }
            let end = (BLOCK..rest.len()).find(|&at| rest.is_char_boundary(at)).unwrap_or(rest.len());
            for (number, character) in rest[..end].chars().enumerate() {
                let class = usize::from(class_of(classes.of, character));
                let kind = classes.kinds[class];
                // added whether or not: where words begin cannot be predicted
                let begins = BEGINS >> (4 * before + kind) & 1;
                self.of_classes[number % TURNS][CLASSES * usize::from(begins) + class] += 1;
                words += u64::from(begins);
                characters += 1;
                before = kind;
            }
            rest = &rest[end..];
        }
        self.characters.push(characters);
        self.words.push(words);
    }

    /// Characters of each class, and words by the class they begin with.
    pub fn of_classes(&self) -> (ByClass, ByClass) {
        let sum = |at: usize| self.of_classes.iter().map(|counts| counts[at]).sum::<u64>();
        let words: ByClass = std::array::from_fn(|class| sum(CLASSES + class));
        (std::array::from_fn(|class| sum(class) + words[class]), words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Letters are of class 1, ideographs of class 2, marks of class 3.
    fn tables() -> (Vec<u8>, [u8; CLASSES]) {
        let class = |character: char| match character {
            'a'..='z' => 1,
            '\u{4e00}'..='\u{9fff}' => 2,
            '\u{300}'..='\u{36f}' => 3,
            _ => 0,
        };
        let classes = ('\0'..='\u{9fff}').map(class).collect::<Vec<_>>();
        let mut classes_with_gap = classes;
        classes_with_gap.resize(0xa000, 0);
        let mut kinds = [9; CLASSES];
        (kinds[1], kinds[2], kinds[3]) = (INSIDE, ALONE, MARK);
        (classes_with_gap, kinds)
    }

    #[test]
    fn words_are_runs_and_ideographs() {
        let (classes, kinds) = tables();
        let classes = Classes::new(&classes, &kinds);
        let mut counts = Counts::default();
        for text in ["it is", "今天a今\u{301}b", "\u{301}a a\u{301}b", "", "𐎠!"] {
            counts.add(text, &classes);
        }
        assert_eq!(counts.characters, [5, 6, 6, 0, 2]);
        assert_eq!(counts.words, [2, 4, 2, 0, 0]);
        let (characters, words) = counts.of_classes();
        assert_eq!(characters[..4], [4, 9, 3, 3]);
        assert_eq!(words[..4], [0, 4, 3, 1]);
    }

    /// The first 128 classes as they are in Unicode: letters 1, digits 2, white space 3, punctuation 4.
    fn usual() -> (Vec<u8>, [u8; CLASSES]) {
        let class = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' => 1,
            b'0'..=b'9' => 2,
            9..=13 | 28..=32 => 3,
            b'!'..=b'~' => 4,
            _ => 0,
        };
        let mut classes = (0..128).map(class).collect::<Vec<_>>();
        classes.resize(0xa000, 5);
        let mut kinds = [OUTSIDE; CLASSES];
        (kinds[1], kinds[2], kinds[5]) = (INSIDE, INSIDE, ALONE);
        (classes, kinds)
    }

    proptest::proptest! {
        #[test]
        fn blocks_of_ascii_are_counted_as_characters_are(text in "[\\x00-\\x7f]{0,90}[a-z0-9 天]{0,90}[\\x00-\\x7f]{0,90}") {
            let (classes, kinds) = usual();
            let fast = Classes::new(&classes, &kinds);
            assert!(fast.ascii.is_some());
            let slow = Classes { ascii: None, ..fast.clone() };
            let [fast, slow] = [fast, slow].map(|classes| {
                let mut counts = Counts::default();
                for text in [&text, text.get(1..).unwrap_or(""), "a", ""] {
                    counts.add(text, &classes);
                }
                (counts.of_classes(), counts.characters, counts.words)
            });
            assert_eq!(fast, slow);
        }
    }

    #[test]
    fn ascii_of_another_kind_is_counted_one_by_one() {
        let (mut classes, mut kinds) = usual();
        for (byte, class) in [(b'k', 2), (b'_', 1), (0, 3)] {
            let before = std::mem::replace(&mut classes[usize::from(byte)], class);
            assert!(Classes::new(&classes, &kinds).ascii.is_none());
            classes[usize::from(byte)] = before;
        }
        assert!(Classes::new(&classes[..127], &kinds).ascii.is_none());
        kinds[2] = OUTSIDE;
        assert!(Classes::new(&classes, &kinds).ascii.is_none());
    }
}
