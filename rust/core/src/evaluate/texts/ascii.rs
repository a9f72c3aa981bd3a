//! Blocks of ASCII: characters and beginnings of words by comparisons that the compiler makes of whole registers of bytes.
//!
//! In: a block, and whether a word goes on into it. Out: how many characters of each of five sorts it has, and how many words begin with
//! letters and digits. Used where the classes of ASCII are these sorts, which is asked once ([`Ascii::new`]).

use super::{CLASSES, INSIDE, OUTSIDE};

/// Bytes of a block: few enough to be added up in a byte.
pub(super) const BLOCK: usize = 64;

/// What each of the sorts is called.
const LETTER: usize = 0;
/// See [`LETTER`].
const DIGIT: usize = 1;
/// See [`LETTER`].
const SPACE: usize = 2;
/// See [`LETTER`].
const PUNCTUATION: usize = 3;
/// See [`LETTER`].
const OTHER: usize = 4;
/// How many there are.
const SORTS: usize = 5;

/// Whether a byte is white space to Unicode.
fn is_space(byte: u8) -> bool {
    byte.wrapping_sub(9) < 5 || byte.wrapping_sub(28) < 5
}

/// The sort of a byte.
fn sort(byte: u8) -> usize {
    match byte {
        _ if byte.is_ascii_alphabetic() => LETTER,
        _ if byte.is_ascii_digit() => DIGIT,
        _ if is_space(byte) => SPACE,
        _ if byte.is_ascii_punctuation() => PUNCTUATION,
        _ => OTHER,
    }
}

/// The class of each sort.
#[derive(Clone, Debug)]
pub(super) struct Ascii([u8; SORTS]);

impl Ascii {
    /// `None` if classes go across sorts, or other than letters and digits are in words.
    pub(super) fn new(classes: &[u8], kinds: &[u8; CLASSES]) -> Option<Self> {
        let ascii = classes.get(..128)?;
        let of = [b'a', b'0', b' ', b'!', 0].map(|byte: u8| ascii[usize::from(byte)]);
        let alike = (0..).zip(ascii).all(|(byte, &class)| class == of[sort(byte)]);
        let expected = [INSIDE, INSIDE, OUTSIDE, OUTSIDE, OUTSIDE];
        (alike && of.map(|class| kinds[usize::from(class)]) == expected).then_some(Self(of))
    }

    /// Of each sort, its class, how many characters begin no word, and how many begin one.
    pub(super) fn by_class(&self, block: &Block) -> [(usize, u64, u64); SORTS] {
        std::array::from_fn(|sort| {
            let beginning = block.beginning.get(sort).copied().unwrap_or(0);
            (usize::from(self.0[sort]), u64::from(block.characters[sort] - beginning), u64::from(beginning))
        })
    }
}

/// What a block is made of.
pub(super) struct Block {
    /// Characters by sort.
    characters: [u8; SORTS],
    /// Words by the sort of their first character, a letter or a digit.
    beginning: [u8; 2],
    /// Whether its last character is in a word.
    pub(super) ends_inside: bool,
}

impl Block {
    /// Counts; `goes_on` says whether a letter at the beginning goes on with a word.
    pub(super) fn new(block: &[u8; BLOCK], goes_on: bool) -> Self {
        let mut inside = [u8::from(goes_on); BLOCK + 1];
        for (inside, byte) in inside[1..].iter_mut().zip(block) {
            *inside = u8::from(byte.is_ascii_alphanumeric());
        }
        let letters = count(block, |byte| byte.is_ascii_alphabetic());
        let digits = count(block, |byte| byte.is_ascii_digit());
        let spaces = count(block, is_space);
        let punctuation = count(block, |byte| byte.is_ascii_punctuation());
        let beginning = |is: fn(&u8) -> bool| -> u8 {
            block.iter().zip(&inside).map(|(byte, before)| u8::from(is(byte)) & (1 - before)).sum()
        };
        let others = 64 - letters - digits - spaces - punctuation;
        Self {
            characters: [letters, digits, spaces, punctuation, others],
            beginning: [beginning(u8::is_ascii_alphabetic), beginning(u8::is_ascii_digit)],
            ends_inside: inside[BLOCK] == 1,
        }
    }
}

/// How many bytes are such.
fn count(block: &[u8; BLOCK], is: impl Fn(u8) -> bool) -> u8 {
    block.iter().map(|&byte| u8::from(is(byte))).sum()
}
