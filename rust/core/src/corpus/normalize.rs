//! Unicode normalization of text that may hold invalid bytes: form C, form KC, or none.
//!
//! In: bytes. Out: the same with every maximal valid UTF-8 stretch in the form; invalid bytes pass untouched and nothing composes
//! across them. Borrowed when nothing changes, as nearly always. What is said of NFC here is true of NFKC with its own quick check;
//! the two differ in tables only ([`form`]).
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
pub(crate) mod form;

use super::charset::CharSet;
use super::utf8::for_each_valid;
use crate::parallel::Stop;
use form::{Form, Nfc, Nfkc};
use std::borrow::Cow;

/// The version of the Unicode tables in use, for normalization and for decimal digits, as (major, minor, update).
pub const UNICODE_VERSION: (u8, u8, u8) = unicode_normalization::UNICODE_VERSION;

/// How text is normalized.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Normalization {
    /// Form C: what looks the same is the same.
    #[default]
    Nfc,
    /// Form KC: what differs in width, ligatures or position, too.
    Nfkc,
    /// Text as it is.
    None,
}

impl Normalization {
    /// All, by their names.
    pub const NAMES: [(&'static str, Self); 3] = [("nfc", Self::Nfc), ("nfkc", Self::Nfkc), ("none", Self::None)];

    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nfc => "nfc",
            Self::Nfkc => "nfkc",
            Self::None => "none",
        }
    }

    /// The normalized `text`. Borrowed when nothing changes.
    pub fn apply(self, text: &[u8]) -> Cow<'_, [u8]> {
        self.apply_until(text, &Stop::default())
    }

    /// The normalized `text`; anything when `stop` says so.
    pub fn apply_until<'a>(self, text: &'a [u8], stop: &Stop) -> Cow<'a, [u8]> {
        match self {
            Self::Nfc => normal_until::<Nfc>(text, stop),
            Self::Nfkc => normal_until::<Nfkc>(text, stop),
            Self::None => Cow::Borrowed(text),
        }
    }

    /// The normalized `text`, and `places`, which ascend, changed to where they are in it; `None` when nothing changes. Nothing may
    /// compose across a place: a newline, a control character or nothing is on one side of it. Anything when `stop` says so.
    pub(crate) fn apply_with_places<'p>(
        self,
        text: &str,
        places: impl Iterator<Item = &'p mut usize>,
        stop: &Stop,
    ) -> Option<Vec<u8>> {
        match self {
            Self::Nfc => normal_with_places::<Nfc>(text, places, stop),
            Self::Nfkc => normal_with_places::<Nfkc>(text, places, stop),
            Self::None => None,
        }
    }

    /// Whether text may be cut before `character` without changing what it is normalized to. Errs towards no.
    #[inline]
    pub(crate) fn is_plain(self, character: char) -> bool {
        match self {
            Self::Nfkc => is_plain::<Nfkc>(character),
            Self::Nfc | Self::None => is_plain::<Nfc>(character),
        }
    }
}

/// From here on every character is taken as not plain: compatibility ideographs, and what hardly ever occurs.
const ACTIVE_FROM: char = '\u{2F800}';

/// [`Normalization::is_plain`] of a form.
#[inline]
fn is_plain<F: Form>(character: char) -> bool {
    character.is_ascii() || !is_active(F::active(), character)
}

/// Whether `character` has to be shown to the library.
#[inline]
fn is_active(active: &CharSet, character: char) -> bool {
    character >= ACTIVE_FROM || active.contains(character)
}

/// The NFC of `text`. Borrowed when nothing changes.
pub fn nfc(text: &[u8]) -> Cow<'_, [u8]> {
    Normalization::Nfc.apply(text)
}

/// [`Normalization::apply_until`] of a form.
fn normal_until<'a, F: Form>(text: &'a [u8], stop: &Stop) -> Cow<'a, [u8]> {
    let mut output = Vec::new();
    let mut copied = 0;
    for_each_changed::<F>(text, stop, |start, run| {
        output.extend_from_slice(&text[copied..start]);
        F::normalize(run, |character| output.extend(utf8_bytes(character)));
        copied = start + run.len();
    });
    // a run that changes has at least one byte, so `copied` is not 0 then
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    output.extend_from_slice(&text[copied..]);
    Cow::Owned(output)
}

/// Calls `each` with every run of `text` that the form changes, and where it starts: outside of them normalized text is the text as
/// it was. What normalizing and [`alignment`] have in common. Gives up when `stop` says so.
#[inline]
fn for_each_changed<F: Form>(text: &[u8], stop: &Stop, mut each: impl FnMut(usize, &str)) {
    if text.is_ascii() {
        return;
    }
    for_each_valid(text, stop, |start, valid| {
        for (from, run) in changed_runs::<F>(valid, stop) {
            each(start + from, run);
        }
    });
}

/// The runs of `text` that the form changes, and where each starts. Ends early when `stop` says so.
fn changed_runs<'a, F: Form>(text: &'a str, stop: &'a Stop) -> impl Iterator<Item = (usize, &'a str)> {
    let mut at = 0;
    let runs = std::iter::from_fn(move || {
        let (from, to) = next_active_run::<F>(text, at).filter(|_| !stop.requested())?;
        at = to;
        Some((from, &text[from..to]))
    });
    runs.filter(|(_, run)| !is_lone_mark::<F>(run) && !F::is_normal(run))
}

/// [`Normalization::apply_with_places`] of a form.
fn normal_with_places<'p, F: Form>(
    text: &str,
    places: impl Iterator<Item = &'p mut usize>,
    stop: &Stop,
) -> Option<Vec<u8>> {
    let (mut output, mut copied, mut places) = (Vec::new(), 0, places.peekable());
    for (start, run) in changed_runs::<F>(text, stop) {
        // the first character of a run may be the one before a place; it stays as it is
        while let Some(place) = places.next_if(|place| **place <= start + 1) {
            *place = output.len() + place.saturating_sub(copied);
        }
        output.extend_from_slice(&text.as_bytes()[copied..start]);
        F::normalize(run, |character| output.extend(utf8_bytes(character)));
        copied = start + run.len();
    }
    if copied == 0 {
        return None;
    }
    places.for_each(|place| *place = output.len() + place.saturating_sub(copied));
    output.extend_from_slice(&text.as_bytes()[copied..]);
    Some(output)
}

/// Whether a run is a single mark that the form never changes, with at most the plain character before it: it has nothing to change
/// places with. Most runs of most scripts are: viramas, vowel points, tone marks.
fn is_lone_mark<F: Form>(run: &str) -> bool {
    let mut marks = run.chars().filter(|&character| !is_plain::<F>(character));
    let mark = marks.next().filter(|&mark| mark < ACTIVE_FROM && !F::questionable().contains(mark));
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
fn next_active_run<F: Form>(text: &str, from: usize) -> Option<(usize, usize)> {
    let active = F::active();
    let first = next_active::<F>(text, from)?;
    let plain = text[from..first].chars().next_back().map_or(0, char::len_utf8);
    let mut behind = text[first..].char_indices().map(|(at, character)| (first + at, character));
    let end = behind.find(|&(_, character)| !is_active(active, character)).map_or(text.len(), |(at, _)| at);
    Some((first - plain, end))
}

/// Where the next character that is not plain begins. Most text is passed over in chunks, most of what is left byte by byte:
/// there are characters that are not plain behind few first bytes only.
fn next_active<F: Form>(text: &str, from: usize) -> Option<usize> {
    let (bytes, active, quiet) = (text.as_bytes(), F::active(), F::quiet());
    let mut at = from;
    loop {
        while let Some(chunk) = bytes[at..].first_chunk::<CHUNK>()
            && is_quiet::<F>(chunk)
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
fn is_quiet<F: Form>(chunk: &[u8; CHUNK]) -> bool {
    chunk.iter().fold(0, |loud, &byte| loud | u8::from(!F::is_quiet_at_a_glance(byte))) == 0
}

#[cfg(test)]
mod tests;
