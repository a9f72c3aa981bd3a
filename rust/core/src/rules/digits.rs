//! How digits may stand in pieces.
//!
//! A digit is a character of Unicode category Nd, in any script. [`Digits::Single`] is 0.6.3's `isolate_digits`; [`Digits::Groups`] is the
//! `\d{1,3}` of other tokenizers. Cost of [`Digits::allows`]: a table look-up a character.

use crate::corpus::charset::CharSet;
use crate::corpus::utf8::first_char;
use crate::lazy::Lazy;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Decimal digits: `\d` of Python's `re`. There are none from U+20000 on.
static DIGITS: Lazy<CharSet> = Lazy::new(|| CharSet::new(|c| c.general_category() == GeneralCategory::DecimalNumber));

/// Whether a character is a digit.
#[inline]
pub(crate) fn is_digit(character: char) -> bool {
    if character.is_ascii() { character.is_ascii_digit() } else { DIGITS.contains(character) }
}

/// How digits may stand in pieces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Digits {
    /// Like any other character.
    #[default]
    Free,
    /// Each is a piece of its own.
    Single,
    /// At most three of them, and nothing else, are a piece.
    Groups,
}

impl Digits {
    /// All, by their names.
    pub const NAMES: [(&'static str, Self); 3] =
        [("free", Self::Free), ("single", Self::Single), ("groups", Self::Groups)];

    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Single => "single",
            Self::Groups => "groups",
        }
    }

    /// The most digits of a piece that has digits, which has nothing else then; `None` where they are like any other character.
    #[inline]
    pub const fn most(self) -> Option<usize> {
        match self {
            Self::Free => None,
            Self::Single => Some(1),
            Self::Groups => Some(3),
        }
    }

    /// Whether the digits of `piece` may stand there.
    pub fn allows(self, piece: &[u8]) -> bool {
        let Some(most) = self.most() else { return true };
        let (mut rest, mut digits, mut others) = (piece, 0, 0);
        while !rest.is_empty() {
            let (character, length) = first_char(rest).unwrap_or((char::REPLACEMENT_CHARACTER, 1));
            if is_digit(character) {
                digits += 1
            } else {
                others += 1
            }
            rest = &rest[length..];
        }
        digits == 0 || (others == 0 && digits <= most)
    }

    /// What is wrong with a piece that is not allowed.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Free => "is allowed",
            Self::Single => "has a digit and is more than that, which digits=\"single\" forbids",
            Self::Groups => "has more than three digits, or digits and others, which digits=\"groups\" forbids",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_no_digits_from_plane_2_on() {
        assert!(('\u{20000}'..=char::MAX).all(|c| c.general_category() != GeneralCategory::DecimalNumber));
        let digit = |c: char| c.general_category() == GeneralCategory::DecimalNumber;
        assert!(('\0'..='\u{1FFFF}').all(|c| is_digit(c) == digit(c)));
    }

    #[test]
    fn what_each_allows() {
        let allowed =
            |piece: &str| Digits::NAMES.iter().map(|(_, digits)| digits.allows(piece.as_bytes())).collect::<Vec<_>>();
        assert_eq!(allowed("ab"), [true, true, true]);
        assert_eq!(allowed("½Ⅷ"), [true, true, true], "no decimal digits");
        assert_eq!(allowed("7"), [true, true, true]);
        assert_eq!(allowed("٣"), [true, true, true]);
        assert_eq!(allowed("７3"), [true, false, true]);
        assert_eq!(allowed("123"), [true, false, true]);
        assert_eq!(allowed("1234"), [true, false, false]);
        for mixed in [" 1", "1a", "a1", "1.5", "1\n"] {
            assert_eq!(allowed(mixed), [true, false, false], "{mixed}");
        }
        assert!(!Digits::Groups.allows(b"1\xEF\xBC"), "a part of a character is something else");
        assert!(Digits::Single.allows(b"\xEF\xBC"));
    }

    #[test]
    fn names_are_those_of_the_list() {
        assert!(Digits::NAMES.iter().all(|(name, digits)| digits.name() == *name));
    }
}
