//! What is particular to form C and to form KC: their tables, and the library's functions.
//!
//! The questions are the same: [`super`] asks them of a type, so that each form has its own machine code. Tables are made when a form is
//! first used: 32 KiB and some milliseconds each.

use super::{is_active, utf8_bytes};
use crate::corpus::charset::CharSet;
use crate::lazy::Lazy;
use unicode_normalization::char::{canonical_combining_class, decompose_canonical, decompose_compatible};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc, is_nfc_quick, is_nfkc, is_nfkc_quick};

/// A composing normalization form.
pub(crate) trait Form {
    /// Characters under U+20000 that are not plain.
    fn active() -> &'static CharSet;

    /// Characters under U+20000 whose quick check is not Yes: the form may change them.
    fn questionable() -> &'static CharSet;

    /// By byte: whether no character of UTF-8 that begins with it can be other than plain. True of continuation bytes.
    fn quiet() -> &'static [bool; 256];

    /// Whether a byte is quiet, for most that are: ASCII, continuations, and first bytes of most characters of common scripts.
    fn is_quiet_at_a_glance(byte: u8) -> bool;

    /// The quick check of one character.
    fn quick(character: char) -> IsNormalized;

    /// Gives `each` the characters of the normalized `run`.
    fn normalize(run: &str, each: impl FnMut(char));

    /// Whether the form changes nothing.
    fn is_normal(run: &str) -> bool;

    /// Gives `each` the characters that one is taken apart to.
    fn decompose(character: char, each: impl FnMut(char));

    /// Whether `character` has combining class 0 and a quick check of Yes: the definition of plain, asked of the library.
    fn is_starter(character: char) -> bool {
        canonical_combining_class(character) == 0 && Self::quick(character) == IsNormalized::Yes
    }
}

/// The table for [`Form::active`].
fn active<F: Form>() -> CharSet {
    CharSet::new(|character| !F::is_starter(character))
}

/// The table for [`Form::questionable`].
fn questionable<F: Form>() -> CharSet {
    CharSet::new(|character| F::quick(character) != IsNormalized::Yes)
}

/// The table for [`Form::quiet`].
fn quiet<F: Form>() -> [bool; 256] {
    let mut quiet = [true; 256];
    for character in ('\0'..=char::MAX).filter(|&character| is_active(F::active(), character)) {
        for byte in utf8_bytes(character).take(1) {
            quiet[usize::from(byte)] = false;
        }
    }
    quiet
}

/// Form C.
#[derive(Debug)]
pub(crate) struct Nfc;

impl Form for Nfc {
    #[inline]
    fn active() -> &'static CharSet {
        static ACTIVE: Lazy<CharSet> = Lazy::new(active::<Nfc>);
        &ACTIVE
    }

    #[inline]
    fn questionable() -> &'static CharSet {
        static QUESTIONABLE: Lazy<CharSet> = Lazy::new(questionable::<Nfc>);
        &QUESTIONABLE
    }

    #[inline]
    fn quiet() -> &'static [bool; 256] {
        static QUIET: Lazy<[bool; 256]> = Lazy::new(quiet::<Nfc>);
        &QUIET
    }

    #[inline(always)]
    fn is_quiet_at_a_glance(byte: u8) -> bool {
        byte < 0xCC || byte.wrapping_sub(0xCF) < 3 || byte.wrapping_sub(0xE4) < 6 || byte.wrapping_sub(0xEB) < 4
    }

    fn quick(character: char) -> IsNormalized {
        is_nfc_quick([character].into_iter())
    }

    fn normalize(run: &str, each: impl FnMut(char)) {
        run.nfc().for_each(each);
    }

    fn is_normal(run: &str) -> bool {
        is_nfc(run)
    }

    fn decompose(character: char, each: impl FnMut(char)) {
        decompose_canonical(character, each);
    }
}

/// Form KC.
#[derive(Debug)]
pub(crate) struct Nfkc;

impl Form for Nfkc {
    #[inline]
    fn active() -> &'static CharSet {
        static ACTIVE: Lazy<CharSet> = Lazy::new(active::<Nfkc>);
        &ACTIVE
    }

    #[inline]
    fn questionable() -> &'static CharSet {
        static QUESTIONABLE: Lazy<CharSet> = Lazy::new(questionable::<Nfkc>);
        &QUESTIONABLE
    }

    #[inline]
    fn quiet() -> &'static [bool; 256] {
        static QUIET: Lazy<[bool; 256]> = Lazy::new(quiet::<Nfkc>);
        &QUIET
    }

    #[inline(always)]
    fn is_quiet_at_a_glance(byte: u8) -> bool {
        byte < 0xC2 || byte.wrapping_sub(0xD0) < 2 || byte.wrapping_sub(0xE4) < 6 || byte.wrapping_sub(0xEB) < 4
    }

    fn quick(character: char) -> IsNormalized {
        is_nfkc_quick([character].into_iter())
    }

    fn normalize(run: &str, each: impl FnMut(char)) {
        run.nfkc().for_each(each);
    }

    fn is_normal(run: &str) -> bool {
        is_nfkc(run)
    }

    fn decompose(character: char, each: impl FnMut(char)) {
        decompose_compatible(character, each);
    }
}
