//! One file, checked to be UTF-8 while it is read.
//!
//! In: a file. Out: its text, about a chunk at a time, never cut inside a character; where it is not UTF-8, the place
//! of the first such byte, or U+FFFD, or the bytes as they are for who looks at them later. Cost: linear; at most 3
//! bytes are kept between two reads.

use crate::corpus::files::Source;
use crate::corpus::tally::{Errors, Tally, append_replaced};
use crate::corpus::utf8::incomplete_end;
use crate::num::to_u64;
use crate::{Error, Result};
use memchr::memchr_iter;
use std::path::{Path, PathBuf};

/// See the module.
pub(super) struct Utf8Reader {
    /// The file, read up to the end of `tail`.
    file: Source,
    /// How much is read at a time, at least 1.
    chunk: u64,
    /// What to do where it is not UTF-8; with [`Errors::Skip`] bytes are given as they are.
    errors: Errors,
    /// Counts what is replaced.
    tally: Tally,
    /// The beginning of a character whose rest has not been read: 0 to 3 bytes.
    tail: Vec<u8>,
    /// The end of what was delivered, as it was in the file.
    place: Place,
    /// What is wrong behind what was delivered.
    failed: Option<Error>,
}

/// A place in a file.
pub(super) struct Place {
    /// Where the file is.
    path: PathBuf,
    /// How many bytes come before.
    offset: u64,
    /// How many newlines come before.
    newlines: u64,
}

impl Place {
    /// The beginning of a file.
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), offset: 0, newlines: 0 }
    }

    /// Goes on behind `text`.
    fn pass(&mut self, text: &[u8]) {
        self.offset += to_u64(text.len());
        self.newlines += newlines(text);
    }

    /// The error for an invalid byte that is `valid` behind this place.
    fn invalid(&self, valid: &[u8]) -> Error {
        Error::InvalidUtf8 {
            path: self.path.clone(),
            line: self.newlines + newlines(valid) + 1,
            offset: self.offset + to_u64(valid.len()),
        }
    }

    /// Goes on behind a document; the error where it is not UTF-8.
    pub(super) fn look_at(&mut self, document: &[u8]) -> Option<Error> {
        let broken = simdutf8::compat::from_utf8(document).err();
        let problem = broken.map(|error| self.invalid(&document[..error.valid_up_to()]));
        self.pass(document);
        problem
    }
}

impl Utf8Reader {
    /// Reads `file` from where it is, `chunk` bytes at a time.
    pub(super) fn new(file: Source, chunk: usize, errors: Errors, tally: Tally) -> Self {
        let place = Place::new(file.path());
        Self { file, chunk: to_u64(chunk), errors, tally, tail: Vec::new(), place, failed: None }
    }

    /// Appends the next characters to `text`. False: the file has ended. An error comes behind what was read before it.
    pub(super) fn read(&mut self, text: &mut Vec<u8>) -> Result<bool> {
        if let Some(problem) = self.failed.take() {
            return Err(problem);
        }
        let start = text.len();
        text.append(&mut self.tail);
        let more = to_u64(self.file.read(self.chunk, text)?) == self.chunk;
        if self.errors != Errors::Skip {
            self.check(text, start, more)?;
        }
        Ok(more || self.failed.is_some())
    }

    /// Looks whether what was read, `text[start..]`, is UTF-8; keeps an incomplete end where more will follow.
    fn check(&mut self, text: &mut Vec<u8>, start: usize, more: bool) -> Result<()> {
        if let Err(error) = simdutf8::compat::from_utf8(&text[start..]) {
            if more {
                let incomplete = incomplete_end(&text[start..]);
                self.tail = text.split_off(text.len() - incomplete);
            }
            let valid = error.valid_up_to();
            if start + valid < text.len() {
                let problem = self.place.invalid(&text[start..start + valid]);
                if self.errors == Errors::Raise {
                    text.truncate(start + valid);
                    self.failed = Some(problem);
                    return Ok(());
                }
                self.replace(text, start, &problem);
                return Ok(());
            }
        }
        self.place.pass(&text[start..]);
        Ok(())
    }

    /// Puts U+FFFD into `text[start..]`; the first one stands where `problem` says.
    fn replace(&mut self, text: &mut Vec<u8>, start: usize, problem: &Error) {
        let read = text.split_off(start);
        self.place.pass(&read);
        let replaced = append_replaced(&read, text);
        self.tally.replace(replaced, problem);
    }
}

/// How many newlines there are.
fn newlines(text: &[u8]) -> u64 {
    to_u64(memchr_iter(b'\n', text).count())
}
