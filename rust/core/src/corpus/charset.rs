//! Sets of characters, asked once a character of text.
//!
//! In: a property of characters, asked once for each of U+0000 to U+1FFFF when the set is first needed (a few milliseconds;
//! the libraries search their tables, 20 to 50 ns a question). Out: one load and one shift a question. 16 KiB a set, of which
//! text in one script touches a few cache lines. Planes 2 and up are left to the caller: hardly anything there has a property.

use crate::num::index;

/// Characters in planes 0 and 1.
const COVERED: u32 = 0x2_0000;

/// A set of characters under U+20000.
#[derive(Debug)]
pub(crate) struct CharSet {
    /// Bit `c % 64` of word `c / 64` says whether `c` is in the set; 2,048 words.
    words: Vec<u64>,
}

impl CharSet {
    /// The characters under U+20000 that have `property`.
    pub(crate) fn new(property: impl Fn(char) -> bool) -> Self {
        let bit = |code: u32| u64::from(char::from_u32(code).is_some_and(&property)) << (code % 64);
        let word = |first: u32| (first..first + 64).fold(0, |word, code| word | bit(code));
        Self { words: (0..COVERED / 64).map(|number| word(number * 64)).collect() }
    }

    /// Whether `character` is in the set; false from U+20000 on.
    #[inline]
    pub(crate) fn contains(&self, character: char) -> bool {
        let code = u32::from(character);
        self.words.get(index(code / 64)).is_some_and(|word| word >> (code % 64) & 1 == 1)
    }
}
