//! Unicode normalization form C of text that may hold invalid bytes.
//!
//! In: bytes. Out: the same with every maximal valid UTF-8 stretch in NFC; invalid bytes pass untouched and nothing composes
//! across them. Borrowed when nothing changes, as nearly always.
//!
//! A character is *plain* when its combining class is 0 and it never changes nor composes with what is before it
//! (NFC_Quick_Check = Yes). Text may be cut before any plain character and normalized piece by piece. So only the others and
//! the one plain character before them are shown to the library: whole CJK, Cyrillic or accented Latin text never is. Asking
//! the library's quick check about every character instead costs two searches a character.
//! A newline is plain and composes with nothing behind it either: **text may also be cut after any newline**, so NFC and
//! cutting into lines commute.
//! Cost: validation and one table look-up a non-ASCII character; the library's own time for the rest. Memory: a copy where
//! something changes.

pub(crate) mod alignment;

use super::charset::CharSet;
use super::utf8::for_each_valid;
use crate::lazy::Lazy;
use crate::parallel::Stop;
use std::borrow::Cow;
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc, is_nfc_quick};

/// The version of the Unicode tables in use, for NFC and for decimal digits, as (major, minor, update).
pub const UNICODE_VERSION: (u8, u8, u8) = unicode_normalization::UNICODE_VERSION;

/// Characters under U+20000 that are not plain.
static ACTIVE: Lazy<CharSet> = Lazy::new(|| CharSet::new(|c| !is_starter(c)));

/// Characters under U+20000 whose NFC_Quick_Check is not Yes: NFC may change them.
static QUESTIONABLE: Lazy<CharSet> =
    Lazy::new(|| CharSet::new(|character| is_nfc_quick([character].into_iter()) != IsNormalized::Yes));

/// By byte: whether no character of UTF-8 that begins with it can be other than plain. True of continuation bytes.
static QUIET: Lazy<[bool; 256]> = Lazy::new(|| {
    let mut quiet = [true; 256];
    for character in ('\0'..=char::MAX).filter(|&character| is_active(&ACTIVE, character)) {
        for byte in utf8_bytes(character).take(1) {
            quiet[usize::from(byte)] = false;
        }
    }
    quiet
});

/// Whether `character` has combining class 0 and NFC_Quick_Check = Yes: the definition of plain, asked of the library.
fn is_starter(character: char) -> bool {
    canonical_combining_class(character) == 0 && is_nfc_quick([character].into_iter()) == IsNormalized::Yes
}

/// From here on every character is taken as not plain: compatibility ideographs, and what hardly ever occurs.
const ACTIVE_FROM: char = '\u{2F800}';

/// Whether text may be cut before `character` without changing its NFC. Errs towards no.
#[inline]
pub(crate) fn is_plain(character: char) -> bool {
    character.is_ascii() || !is_active(&ACTIVE, character)
}

/// Whether `character` has to be shown to the library.
#[inline]
fn is_active(active: &CharSet, character: char) -> bool {
    character >= ACTIVE_FROM || active.contains(character)
}

/// The NFC of `text`. Borrowed when nothing changes.
pub fn nfc(text: &[u8]) -> Cow<'_, [u8]> {
    nfc_until(text, &Stop::default())
}

/// The NFC of `text`; anything when `stop` says so.
pub fn nfc_until<'a>(text: &'a [u8], stop: &Stop) -> Cow<'a, [u8]> {
    let mut output = Vec::new();
    let mut copied = 0;
    for_each_changed(text, stop, |start, run| {
        output.extend_from_slice(&text[copied..start]);
        output.extend(run.nfc().flat_map(utf8_bytes));
        copied = start + run.len();
    });
    // a run that is not NFC has at least one byte, so `copied` is not 0 then
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    output.extend_from_slice(&text[copied..]);
    Cow::Owned(output)
}

/// Calls `each` with every run of `text` that NFC changes, and where it starts: outside of them normalized text is the text as
/// it was. What NFC and [`alignment`] have in common. Gives up when `stop` says so.
#[inline]
fn for_each_changed(text: &[u8], stop: &Stop, mut each: impl FnMut(usize, &str)) {
    if text.is_ascii() {
        return;
    }
    for_each_valid(text, stop, |start, valid| {
        for (from, run) in changed_runs(valid, stop) {
            each(start + from, run);
        }
    });
}

/// The runs of `text` that NFC changes, and where each starts. Ends early when `stop` says so.
fn changed_runs<'a>(text: &'a str, stop: &'a Stop) -> impl Iterator<Item = (usize, &'a str)> {
    let mut at = 0;
    let runs = std::iter::from_fn(move || {
        let (from, to) = next_active_run(text, at).filter(|_| !stop.requested())?;
        at = to;
        Some((from, &text[from..to]))
    });
    runs.filter(|(_, run)| !is_lone_mark(run) && !is_nfc(run))
}

/// The NFC of `text`, and `places`, which ascend, changed to where they are in it; `None` when nothing changes. Nothing may compose
/// across a place: a newline, a control character or nothing is on one side of it. Anything when `stop` says so.
pub(crate) fn nfc_with_places<'p>(
    text: &str,
    places: impl Iterator<Item = &'p mut usize>,
    stop: &Stop,
) -> Option<Vec<u8>> {
    let (mut output, mut copied, mut places) = (Vec::new(), 0, places.peekable());
    for (start, run) in changed_runs(text, stop) {
        // the first character of a run may be the one before a place; it stays as it is
        while let Some(place) = places.next_if(|place| **place <= start + 1) {
            *place = output.len() + place.saturating_sub(copied);
        }
        output.extend_from_slice(&text.as_bytes()[copied..start]);
        output.extend(run.nfc().flat_map(utf8_bytes));
        copied = start + run.len();
    }
    if copied == 0 {
        return None;
    }
    places.for_each(|place| *place = output.len() + place.saturating_sub(copied));
    output.extend_from_slice(&text.as_bytes()[copied..]);
    Some(output)
}

/// Whether a run is a single mark that NFC never changes, with at most the plain character before it: it has nothing to change
/// places with. Most runs of most scripts are: viramas, vowel points, tone marks.
fn is_lone_mark(run: &str) -> bool {
    let mut marks = run.chars().filter(|&character| !is_plain(character));
    let mark = marks.next().filter(|&mark| mark < ACTIVE_FROM && !QUESTIONABLE.contains(mark));
    mark.is_some() && marks.next().is_none()
}

/// The bytes of one character.
fn utf8_bytes(character: char) -> impl Iterator<Item = u8> {
    let mut buffer = [0; 4];
    let length = character.encode_utf8(&mut buffer).len();
    buffer.into_iter().take(length)
}

/// The next run of characters that are not plain at or after `from`, with the plain one before it; `from` is the start of
/// the text or the end of such a run.
fn next_active_run(text: &str, from: usize) -> Option<(usize, usize)> {
    let active: &CharSet = &ACTIVE;
    let first = next_active(text, from, active)?;
    let plain = text[from..first].chars().next_back().map_or(0, char::len_utf8);
    let mut behind = text[first..].char_indices().map(|(at, character)| (first + at, character));
    let end = behind.find(|&(_, character)| !is_active(active, character)).map_or(text.len(), |(at, _)| at);
    Some((first - plain, end))
}

/// Where the next character that is not plain begins. Most text is passed over in chunks, most of what is left byte by byte:
/// there are characters that are not plain behind few first bytes only.
fn next_active(text: &str, from: usize, active: &CharSet) -> Option<usize> {
    let (bytes, quiet) = (text.as_bytes(), &*QUIET);
    let mut at = from;
    loop {
        while let Some(chunk) = bytes[at..].first_chunk::<CHUNK>()
            && is_quiet(chunk)
        {
            at += CHUNK;
        }
        let rest = &bytes[at..bytes.len().min(at + CHUNK)];
        let Some(found) = rest.iter().position(|&byte| !quiet[usize::from(byte)]) else {
            at += rest.len();
            if at == bytes.len() {
                return None;
            }
            continue;
        };
        at += found;
        let character = text[at..].chars().next()?;
        if is_active(active, character) {
            return Some(at);
        }
        at += character.len_utf8();
    }
}

/// The bytes that are looked at together.
const CHUNK: usize = 32;

/// Whether all bytes are quiet at a glance: in a form that takes 16 of them in some ten instructions.
#[inline]
fn is_quiet(chunk: &[u8; CHUNK]) -> bool {
    chunk.iter().fold(0, |loud, &byte| loud | u8::from(!is_quiet_at_a_glance(byte))) == 0
}

/// ASCII, continuations, and first bytes of most Latin, Cyrillic, Chinese and Korean characters.
#[inline(always)]
fn is_quiet_at_a_glance(byte: u8) -> bool {
    byte < 0xCC || byte.wrapping_sub(0xCF) < 3 || byte.wrapping_sub(0xE4) < 6 || byte.wrapping_sub(0xEB) < 4
}

#[cfg(test)]
mod tests;
