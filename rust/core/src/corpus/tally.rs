//! What to do with documents that cannot be read, and how many there were.
//!
//! In: a policy, and each flaw with its place. Out: counts by kind, and the words of the first ten. A reader keeps the
//! tally of the pass that was begun last; passes count on, each for itself.

use crate::{Error, Result};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many flaws are kept in words.
const SHOWN: usize = 10;

/// What to do with a flaw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Errors {
    /// It is an error.
    #[default]
    Raise,
    /// What is no UTF-8 becomes U+FFFD, each maximal beginning of a character once; everything else is an error.
    Replace,
    /// The document is left out.
    Skip,
}

impl Errors {
    /// All of them with their words.
    pub const ALL: [(&'static str, Self); 3] =
        [("raise", Self::Raise), ("replace", Self::Replace), ("skip", Self::Skip)];

    /// The word a user writes.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, errors)| *errors == self).map_or("raise", |(word, _)| word)
    }
}

/// Why a document cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flaw {
    /// Its bytes are no UTF-8, or it has half of a surrogate pair.
    InvalidUtf8,
    /// Its line is no JSON, or no object.
    NotJson,
    /// It has no such field.
    Missing,
    /// It is null.
    Null,
    /// It is something else than a string.
    NotString,
    /// Its line is longer than the limit.
    TooLong,
}

impl Flaw {
    /// What to do about it, in words.
    pub(crate) fn way_out(self) -> &'static str {
        match self {
            Self::InvalidUtf8 => "pass errors=\"replace\" or errors=\"skip\" to the reader",
            _ => "pass errors=\"skip\" to the reader to leave it out",
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::InvalidUtf8 => "invalid UTF-8",
            Self::NotJson => "not JSON",
            Self::Missing => "missing",
            Self::Null => "null",
            Self::NotString => "not a string",
            Self::TooLong => "too long",
        })
    }
}

/// The counts of a pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many documents were left out, by reason.
    pub skipped: BTreeMap<Flaw, u64>,
    /// How many characters U+FFFD stand for what was no UTF-8.
    pub replaced: u64,
    /// The first flaws in words, with their places.
    pub first: Vec<String>,
}

/// The tally of one pass; copies share it.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<Mutex<Report>>);

impl Tally {
    /// The counts so far.
    pub fn report(&self) -> Report {
        self.lock().clone()
    }

    /// A flaw where documents may be left out: counts it where the policy says so, else it is the error.
    pub fn skip(&self, errors: Errors, flaw: Flaw, error: Error) -> Result<()> {
        if errors != Errors::Skip {
            return Err(error);
        }
        let mut report = self.lock();
        *report.skipped.entry(flaw).or_default() += 1;
        report.show(&error);
        Ok(())
    }

    /// So many characters were replaced, the first of them where `error` says.
    pub fn replace(&self, characters: u64, error: &Error) {
        let mut report = self.lock();
        report.replaced += characters;
        report.show(error);
    }

    /// Nothing can panic while it is locked.
    fn lock(&self) -> MutexGuard<'_, Report> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Report {
    /// Keeps the words of one of the first flaws.
    fn show(&mut self, error: &Error) {
        if self.first.len() < SHOWN {
            self.first.push(error.to_string());
        }
    }
}

/// Where a reader keeps the tally of the pass begun last; copies of the reader share it.
#[derive(Clone, Debug, Default)]
pub struct LastTally(Arc<Mutex<Tally>>);

impl LastTally {
    /// A pass begins.
    pub fn begin(&self) -> Tally {
        let tally = Tally::default();
        self.lock().clone_from(&tally);
        tally
    }

    /// The counts of the pass begun last.
    pub fn report(&self) -> Report {
        self.lock().report()
    }

    /// Nothing can panic while it is locked.
    fn lock(&self) -> MutexGuard<'_, Tally> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Appends `text` with U+FFFD for what is no UTF-8; how many.
pub fn append_replaced(text: &[u8], into: &mut Vec<u8>) -> u64 {
    let mut replaced = 0;
    for chunk in text.utf8_chunks() {
        into.extend_from_slice(chunk.valid().as_bytes());
        if !chunk.invalid().is_empty() {
            into.extend_from_slice("\u{FFFD}".as_bytes());
            replaced += 1;
        }
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn flaws_are_counted_by_kind_and_the_first_ones_kept() {
        let last = LastTally::default();
        let tally = last.begin();
        let error = |number: usize| Error::parameter("x", number, "another");
        for number in 0..12 {
            let flaw = if number % 3 == 0 { Flaw::Null } else { Flaw::NotJson };
            tally.skip(Errors::Skip, flaw, error(number)).unwrap();
        }
        tally.replace(3, &error(12));
        let report = last.report();
        assert_eq!(report.skipped, BTreeMap::from([(Flaw::Null, 4), (Flaw::NotJson, 8)]));
        assert_eq!((report.replaced, report.first.len()), (3, 10));
        assert_eq!(report.first[9], error(9).to_string());
        for errors in [Errors::Raise, Errors::Replace] {
            assert!(tally.skip(errors, Flaw::Null, error(0)).is_err());
        }
        last.begin();
        assert_eq!(last.report(), Report::default());
    }

    proptest! {
        #[test]
        fn replacing_is_that_of_the_standard_library(bytes in prop::collection::vec(prop::sample::select(b"a\x80\xA4\xE5\xED\xF0\xFF".to_vec()), 0..12)) {
            let mut replaced = b"x".to_vec();
            let count = append_replaced(&bytes, &mut replaced);
            let expected = String::from_utf8_lossy(&bytes);
            prop_assert_eq!(&replaced[1..], expected.as_bytes());
            prop_assert_eq!(count, u64::try_from(expected.matches('\u{FFFD}').count()).unwrap());
        }
    }
}
