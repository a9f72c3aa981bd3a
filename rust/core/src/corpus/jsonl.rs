//! JSON Lines files.
//!
//! In: paths of files in UTF-8 with one JSON object a line. Out: the string under one path of keys in each object, in
//! order; one document a line, in one part. Lines of nothing but white space are skipped, `\r\n` ends a line as `\n`
//! does, a byte order mark at the start of a file is skipped, and where an object has a key twice the last one counts,
//! as in Python. Values under other keys are passed over, not built, so that they cost neither memory nor most of the
//! time; they must be well-formed all the same. The name of a document's source can be a string of the object, too.
//! Cost: linear in the size of the files; one line and its document in memory, so lines have a limit.

mod field;
mod lines;

use super::files::{Files, Opener};
use super::identity::Identity;
use super::sources::Names;
use super::tally::{Errors, Flaw, LastTally, Report, Tally, append_replaced};
use super::{Corpus, Documents, Part};
use crate::{Error, Result};
pub use field::Path as FieldPath;
use field::Wanted;
use lines::{Lines, Next};
use std::path::PathBuf;

/// What files of a directory are taken.
const KIND: &[&str] = &["jsonl", "ndjson", "json"];

/// What is wanted of each line, and what of those that do not have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The keys that lead to the document; at least one.
    pub field: FieldPath,
    /// The keys that lead to the name of its source; at least one.
    pub source_field: Option<FieldPath>,
    /// What to do with lines that cannot be read.
    pub errors: Errors,
    /// The longest line in bytes: a longer one cannot be read.
    pub max_line: u64,
}

impl Options {
    /// The longest line unless told otherwise: 256 MiB.
    pub const MAX_LINE: u64 = 1 << 28;

    /// Documents under these keys, no sources, everything else an error.
    pub fn new(field: FieldPath) -> Self {
        Self { field, source_field: None, errors: Errors::Raise, max_line: Self::MAX_LINE }
    }
}

/// JSON Lines files in UTF-8, one object a line, one document an object.
#[derive(Clone, Debug)]
pub struct Jsonl {
    /// The files.
    files: Files,
    /// What is wanted of them.
    options: Options,
    /// The counts of the pass begun last.
    tally: LastTally,
}

impl Jsonl {
    /// Finds the files, see [`mod@super::files::find`], and checks that every one can be read. Of directories those are
    /// taken that are named as JSON lines.
    pub fn new(paths: &[PathBuf], options: Options) -> Result<Self> {
        Ok(Self { files: Files::new(paths, KIND)?, options, tally: LastTally::default() })
    }

    /// The files, in order.
    pub fn paths(&self) -> &[PathBuf] {
        self.files.paths()
    }

    /// What is wanted of them.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// What was replaced and left out in the pass begun last, of this reader or a copy.
    pub fn report(&self) -> Report {
        self.tally.report()
    }
}

impl Corpus for Jsonl {
    fn open(&self) -> Result<Box<dyn Documents + Send>> {
        let Options { field, source_field, errors, max_line } = self.options.clone();
        let wanted = Wanted { text: field, source: source_field };
        let reading =
            Reading { wanted, errors, tally: self.tally.begin(), names: Names::default(), name: String::new() };
        Ok(Box::new(Pass { files: self.files.begin()?, max_line, lines: None, reading }))
    }

    fn check(&self) -> Result<()> {
        self.files.begin().map(drop)
    }

    /// The sizes of the files: nearly always more than the text they hold, unless they are compressed.
    fn total_bytes(&self) -> Option<u64> {
        Some(self.files.total_bytes())
    }

    fn identity(&self) -> Option<Identity> {
        let Options { field, source_field, errors, max_line } = &self.options;
        self.files.identity(format!(
            "JSON lines, field {field:?}, source_field {source_field:?}, errors {}, max_line {max_line}",
            errors.word()
        ))
    }
}

/// One pass over the files.
struct Pass {
    /// The files; the one at hand is the one opened last.
    files: Opener,
    /// The longest line.
    max_line: u64,
    /// The file at hand, until it has ended.
    lines: Option<Lines>,
    /// What is done with each line.
    reading: Reading,
}

impl Documents for Pass {
    fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>> {
        loop {
            if let Some(lines) = &mut self.lines {
                loop {
                    match lines.advance()? {
                        Next::End => break,
                        Next::TooLong => self.reading.skip(Flaw::TooLong, lines.too_long())?,
                        Next::Line if self.reading.append(lines, text)? => {
                            let source = self.reading.source();
                            return Ok(Some(Part { ends_document: true, source, file: self.files.number() }));
                        }
                        Next::Line => (),
                    }
                }
            }
            self.lines = self.files.open_next()?.map(|file| Lines::new(file, self.max_line));
            if self.lines.is_none() {
                return Ok(None);
            }
        }
    }

    fn bytes_read(&self) -> Option<u64> {
        Some(self.files.bytes_read())
    }

    fn sources(&self) -> &[String] {
        self.reading.names.all()
    }
}

/// What is done with each line.
struct Reading {
    /// What is wanted of it.
    wanted: Wanted,
    /// What to do where it cannot be read.
    errors: Errors,
    /// Counts what is replaced and left out.
    tally: Tally,
    /// The names of the sources.
    names: Names,
    /// That of the document at hand.
    name: String,
}

impl Reading {
    /// Appends the document of the line at hand to `text`; false where it has none.
    fn append(&mut self, lines: &Lines, text: &mut Vec<u8>) -> Result<bool> {
        match simdutf8::compat::from_utf8(lines.line()) {
            Ok(line) => self.append_line(lines, line, text),
            Err(error) => {
                let error = lines.invalid(error.valid_up_to());
                if self.errors != Errors::Replace {
                    return self.skip(Flaw::InvalidUtf8, error).map(|()| false);
                }
                let mut line = Vec::new();
                self.tally.replace(append_replaced(lines.line(), &mut line), &error);
                self.append_line(lines, &String::from_utf8_lossy(&line), text)
            }
        }
    }

    /// The same for a line that is UTF-8.
    fn append_line(&mut self, lines: &Lines, line: &str, text: &mut Vec<u8>) -> Result<bool> {
        let line = line.trim_end_matches([' ', '\t', '\r']);
        if line.is_empty() {
            return Ok(false);
        }
        let Err(problem) = field::append(line, &self.wanted, text, &mut self.name) else { return Ok(true) };
        let error = lines.error(problem.words);
        if problem.flaw == Flaw::InvalidUtf8 && self.errors == Errors::Replace {
            let (line, halves) = field::without_halves(line);
            if halves > 0 {
                self.tally.replace(halves, &error);
                return self.append_line(lines, &line, text);
            }
        }
        self.skip(problem.flaw, error).map(|()| false)
    }

    /// Leaves the line at hand out, where the policy says so.
    fn skip(&self, flaw: Flaw, error: Error) -> Result<()> {
        self.tally.skip(self.errors, flaw, error)
    }

    /// The number of the source of the document at hand.
    fn source(&mut self) -> u32 {
        if self.wanted.source.is_some() { self.names.number(&self.name) } else { 0 }
    }
}

#[cfg(test)]
mod tests;
