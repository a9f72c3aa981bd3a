//! Counting for `bytepiece.evaluate`: what texts are made of, and what a tokenizer of any library made of them.
//!
//! Integers only, added up text by text; figures are made of them once, in Python. There because an evaluation should take hardly
//! longer than the encoding that it measures: with numpy the same counts took more time than the tokenizer itself, some ten
//! passes over arrays of bytes and of ids where one pass over the text will do. The slow twin is `tests/naive_evaluation.py`.

pub mod pieces;
pub mod texts;
pub mod tokens;

/// How many classes of characters there may be.
pub const CLASSES: usize = 256;

/// Of each class, how many characters or words or tokens are of it.
pub type ByClass = [u64; CLASSES];

/// The class of a character; 0, which is of no script, for those beyond the table.
#[inline]
fn class_of(classes: &[u8], character: char) -> u8 {
    classes.get(crate::num::index(u32::from(character))).copied().unwrap_or(0)
}
