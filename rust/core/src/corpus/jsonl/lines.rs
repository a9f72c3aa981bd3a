//! The lines of one file.
//!
//! In: a file. Out: its lines, each where it lies in the buffer, and its place for errors. A line over the limit is
//! passed over: it takes the memory of the limit and a chunk, not its own. Cost: one copy of the file; each byte is
//! looked at once for newlines.

use crate::Error;
use crate::Result;
use crate::corpus::files::{CHUNK, Source};
use crate::num::{to_u64, to_usize};
use memchr::memchr;
use std::ops::Range;

/// The character some editors put at the start of a file, in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The lines of one file.
pub(super) struct Lines {
    /// The file, read up to the end of `buffer`.
    file: Source,
    /// What was read last; lines before `line` are behind us.
    buffer: Vec<u8>,
    /// The line at hand, without its newline and the byte order mark.
    line: Range<usize>,
    /// Where the next line begins in `buffer`.
    next: usize,
    /// Where `buffer` begins in the file.
    offset: u64,
    /// The number of the line at hand, from 1; 0 before the first.
    number: u64,
    /// The longest line.
    max_line: u64,
    /// Whether all of the file is in the buffer.
    ended: bool,
}

/// What comes next in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A line.
    Line,
    /// A line that is longer than the limit.
    TooLong,
    /// Nothing.
    End,
}

impl Lines {
    /// Begins a file.
    pub(super) fn new(file: Source, max_line: u64) -> Self {
        Self { file, buffer: Vec::new(), line: 0..0, next: 0, offset: 0, number: 0, max_line, ended: false }
    }

    /// Goes on to the next line.
    pub(super) fn advance(&mut self) -> Result<Next> {
        let mut searched = self.next;
        loop {
            let newline = memchr(b'\n', &self.buffer[searched..]).map(|at| searched + at);
            let end = newline.unwrap_or(self.buffer.len());
            if to_u64(end - self.next) > self.max_line {
                return self.pass_over(newline).map(|()| Next::TooLong);
            }
            if newline.is_some() || (self.ended && end > self.next) {
                self.line = self.next..end;
                self.next = end + usize::from(newline.is_some());
                self.number += 1;
                if self.number == 1 && self.line().starts_with(BYTE_ORDER_MARK) {
                    self.line.start += BYTE_ORDER_MARK.len();
                }
                return Ok(Next::Line);
            }
            if self.ended {
                return Ok(Next::End);
            }
            searched = end - self.next;
            self.read_on()?;
        }
    }

    /// Reads the next chunk; what lies before `next` goes.
    fn read_on(&mut self) -> Result<()> {
        self.offset += to_u64(self.next);
        self.buffer.drain(..std::mem::take(&mut self.next));
        let read = self.file.read(to_u64(CHUNK), &mut self.buffer)?;
        self.ended = read < CHUNK;
        Ok(())
    }

    /// Goes on behind a line whose end is at `newline`, or not yet in the buffer.
    fn pass_over(&mut self, mut newline: Option<usize>) -> Result<()> {
        self.number += 1;
        while newline.is_none() && !self.ended {
            self.next = self.buffer.len();
            self.read_on()?;
            newline = memchr(b'\n', &self.buffer);
        }
        self.next = newline.map_or(self.buffer.len(), |at| at + 1);
        self.line = self.next..self.next;
        // what a long line took is given back
        self.buffer.shrink_to(to_usize(self.max_line).min(CHUNK));
        Ok(())
    }

    /// The line at hand.
    pub(super) fn line(&self) -> &[u8] {
        &self.buffer[self.line.clone()]
    }

    /// An error in the line at hand.
    pub(super) fn error(&self, problem: String) -> Error {
        Error::Jsonl { path: self.file.path().to_owned(), line: self.number, problem }
    }

    /// The error for a line that is too long.
    pub(super) fn too_long(&self) -> Error {
        self.error(format!(
            "it is longer than {} bytes; pass a larger max_line, which is how much memory a line may take",
            self.max_line
        ))
    }

    /// The error for a line at hand that is not UTF-8 behind `valid` bytes.
    pub(super) fn invalid(&self, valid: usize) -> Error {
        let offset = self.offset + to_u64(self.line.start + valid);
        Error::InvalidUtf8 { path: self.file.path().to_owned(), line: self.number, offset }
    }
}
