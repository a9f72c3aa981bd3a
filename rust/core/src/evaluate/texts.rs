//! Characters and words of texts, by class of character.
//!
//! In: texts in UTF-8 (what is none is counted as U+FFFD), the class of each code point, and the [`Kind`] of each class. Out: characters and
//! words of each text, and of each class in all of them. A word is a run of characters that are in words; one that stands
//! alone is a word by itself, with the marks behind it. A word is of the class of its first character. Cost: a load from the table and an
//! addition a character.

use super::{ByClass, CLASSES, class_of};
use crate::num::to_u64;

/// What a character does to words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Ends them.
    Outside,
    /// Begins one, or goes on with it.
    Inside,
    /// Is one by itself.
    Alone,
    /// Begins one, or goes on with any.
    Mark,
}

impl Kind {
    /// The kind that a byte stands for: 0 to 3, in the order above; all others are outside.
    pub fn new(byte: u8) -> Self {
        match byte {
            1 => Self::Inside,
            2 => Self::Alone,
            3 => Self::Mark,
            _ => Self::Outside,
        }
    }

    /// Whether a word ends before `self` where `before` is what stands there.
    #[inline]
    fn begins(self, before: Self) -> bool {
        let inside = (self == Self::Inside) & ((before == Self::Outside) | (before == Self::Alone));
        let mark = (self == Self::Mark) & (before == Self::Outside);
        (self == Self::Alone) | inside | mark
    }
}

/// What texts are made of.
#[derive(Debug, PartialEq, Eq)]
pub struct Counts {
    /// Characters of each text.
    pub characters: Vec<u64>,
    /// Words of each text.
    pub words: Vec<u64>,
    /// Characters of each class.
    pub class_characters: ByClass,
    /// Words by the class they begin with.
    pub class_words: ByClass,
}

/// Counts the characters and words of texts.
pub fn count(texts: &[&[u8]], classes: &[u8], kinds: &[Kind; CLASSES]) -> Counts {
    let mut counts = Counts {
        characters: Vec::with_capacity(texts.len()),
        words: Vec::with_capacity(texts.len()),
        class_characters: [0; CLASSES],
        class_words: [0; CLASSES],
    };
    // by the parity of the place: counts of a class that comes many times in a row would wait for each other
    let mut of_classes = [[0; CLASSES]; 2];
    for &text in texts {
        let (mut characters, mut words, mut before) = (0_usize, 0, Kind::Outside);
        for chunk in text.utf8_chunks() {
            let invalid = (!chunk.invalid().is_empty()).then_some(char::REPLACEMENT_CHARACTER);
            for character in chunk.valid().chars().chain(invalid) {
                let class = usize::from(class_of(classes, character));
                of_classes[characters % 2][class] += 1;
                characters += 1;
                let kind = kinds[class];
                // added whether or not: where words begin cannot be predicted
                let begins = u64::from(kind.begins(before));
                words += begins;
                counts.class_words[class] += begins;
                before = kind;
            }
        }
        counts.characters.push(to_u64(characters));
        counts.words.push(words);
    }
    let [even, odd]: [ByClass; 2] = of_classes;
    counts.class_characters = std::array::from_fn(|class| even[class] + odd[class]);
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Letters are of class 1, ideographs of class 2, marks of class 3.
    fn tables() -> (Vec<u8>, [Kind; CLASSES]) {
        let class = |character: char| match character {
            'a'..='z' => 1,
            '\u{4e00}'..='\u{9fff}' => 2,
            '\u{300}'..='\u{36f}' => 3,
            _ => 0,
        };
        let classes = ('\0'..='\u{9fff}').map(class).collect::<Vec<_>>();
        let mut classes_with_gap = classes;
        classes_with_gap.resize(0xa000, 0);
        let mut kinds = [Kind::Outside; CLASSES];
        (kinds[1], kinds[2], kinds[3]) = (Kind::Inside, Kind::Alone, Kind::Mark);
        (classes_with_gap, kinds)
    }

    #[test]
    fn words_are_runs_and_ideographs() {
        let (classes, kinds) = tables();
        let texts = ["it is", "今天a今\u{301}b", "\u{301}a a\u{301}b", "", "𐎠!"].map(str::as_bytes);
        let counts = count(&texts, &classes, &kinds);
        assert_eq!(counts.characters, [5, 6, 6, 0, 2]);
        assert_eq!(counts.words, [2, 4, 2, 0, 0]);
        assert_eq!(counts.class_characters[..4], [4, 9, 3, 3]);
        assert_eq!(counts.class_words[..4], [0, 4, 3, 1]);
    }

    #[test]
    fn what_is_not_utf8_is_one_character() {
        let (classes, kinds) = tables();
        let counts = count(&[b"a\xffb", b"\xe5\xa4"], &classes, &kinds);
        assert_eq!((counts.characters, counts.words), (vec![3, 1], vec![2, 0]));
    }
}
