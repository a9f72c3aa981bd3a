//! One file, checked to be UTF-8 while it is read.
//!
//! In: a file. Out: its text, about a chunk at a time, never cut inside a character, or the place of the first byte that is
//! not UTF-8. Cost: linear; at most 3 bytes are kept between two reads.

use crate::num::to_u64;
use crate::{Error, Result};
use memchr::memchr_iter;
use std::io::Read;
use std::path::PathBuf;

/// See the module.
#[derive(Debug)]
pub(super) struct Utf8Reader {
    /// Where the file is, for errors.
    path: PathBuf,
    /// The file, read up to the end of `tail`.
    file: std::fs::File,
    /// How much is read at a time, at least 1.
    chunk: u64,
    /// The beginning of a character whose rest has not been read: 0 to 3 bytes.
    tail: Vec<u8>,
    /// Bytes delivered.
    offset: u64,
    /// Newlines delivered.
    newlines: u64,
}

impl Utf8Reader {
    /// Reads `file` from where it is, `chunk` bytes at a time.
    pub(super) fn new(path: PathBuf, file: std::fs::File, chunk: usize) -> Self {
        Self { path, file, chunk: to_u64(chunk), tail: Vec::new(), offset: 0, newlines: 0 }
    }

    /// Appends the next characters to `text`. False: the file has ended.
    pub(super) fn read(&mut self, text: &mut Vec<u8>) -> Result<bool> {
        let start = text.len();
        text.append(&mut self.tail);
        let limited = (&mut self.file).take(self.chunk);
        let read = { limited }.read_to_end(text).map_err(|error| Error::io(&self.path, error))?;
        let more = to_u64(read) == self.chunk;
        if let Err(error) = std::str::from_utf8(&text[start..]) {
            let valid = start + error.valid_up_to();
            if error.error_len().is_some() || !more {
                return Err(self.invalid(&text[start..valid]));
            }
            self.tail.extend_from_slice(&text[valid..]);
            text.truncate(valid);
        }
        self.offset += to_u64(text.len() - start);
        self.newlines += newlines(&text[start..]);
        Ok(more)
    }

    /// The error for an invalid byte behind `valid`, which is behind what was delivered.
    fn invalid(&self, valid: &[u8]) -> Error {
        Error::InvalidUtf8 {
            path: self.path.clone(),
            line: self.newlines + newlines(valid) + 1,
            offset: self.offset + to_u64(valid.len()),
        }
    }
}

/// How many newlines there are.
fn newlines(text: &[u8]) -> u64 {
    to_u64(memchr_iter(b'\n', text).count())
}
