//! Plain text files.
//!
//! In: paths of files in UTF-8. Out: their documents, in the order of the paths and of the text, in parts of about 1
//! MiB, so that a document may be of any length. Together the documents are all bytes of all files: newlines are kept
//! as they are, `\r` is a character like any other, and a byte order mark is the character U+FEFF. With [`Split::File`]
//! an empty file is an empty document, with the other two it is none. UTF-8 is checked while reading, so that the error
//! names the place in the file; see [`reader`]. Cost: linear; one part and one chunk of memory. Leaving out what is not
//! UTF-8 costs more: a line or paragraph is held as a whole, and a file that is one document is read twice.

mod reader;

use super::files::{CHUNK, Files, Opener, Source};
use super::identity::Identity;
use super::tally::{Errors, Flaw, LastTally, Report, Tally};
use super::{Corpus, Documents, Part};
use crate::{Error, Result};
use memchr::memchr;
use reader::{Place, Utf8Reader};
use std::path::PathBuf;
use std::sync::Arc;

/// What a document is in a text file. A newline run stays with the text before it; at the start of a file, where there
/// is none, a run that is long enough to end a document is one itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// The whole file, streamed.
    File,
    /// A line with the newline run that ends it.
    Line,
    /// A paragraph with the run of two or more newlines that ends it.
    Paragraph,
}

/// Text files in UTF-8, read in the order given.
#[derive(Clone, Debug)]
pub struct Text {
    /// The files.
    files: Files,
    /// What a document is.
    split: Split,
    /// What to do where a file is not UTF-8.
    errors: Errors,
    /// The counts of the pass begun last.
    tally: LastTally,
    /// How much is read at a time: [`CHUNK`], and less in tests.
    chunk: usize,
}

impl Text {
    /// Finds the files, see [`mod@super::files::find`], and checks that every one can be read.
    pub fn new(paths: &[PathBuf], split: Split, errors: Errors) -> Result<Self> {
        Ok(Self { files: Files::new(paths, &[])?, split, errors, tally: LastTally::default(), chunk: CHUNK })
    }

    /// The files, in order.
    pub fn paths(&self) -> &[PathBuf] {
        self.files.paths()
    }

    /// What a document is.
    pub fn split(&self) -> Split {
        self.split
    }

    /// What to do where a file is not UTF-8.
    pub fn errors(&self) -> Errors {
        self.errors
    }

    /// What was replaced and left out in the pass begun last, of this reader or a copy.
    pub fn report(&self) -> Report {
        self.tally.report()
    }
}

impl Corpus for Text {
    fn open(&self) -> Result<Box<dyn Documents + Send>> {
        Ok(Box::new(Pass {
            files: self.files.begin()?,
            split: self.split,
            errors: self.errors,
            tally: self.tally.begin(),
            chunk: self.chunk,
            reader: None,
            buffer: Vec::new(),
            at: 0,
            newlines: 0,
            in_document: false,
            whole: Vec::new(),
            place: None,
        }))
    }

    fn check(&self) -> Result<()> {
        self.files.begin().map(drop)
    }

    /// The sizes of the files.
    fn total_bytes(&self) -> Option<u64> {
        Some(self.files.total_bytes())
    }

    fn identity(&self) -> Option<Identity> {
        self.files.identity(format!("text files, split {:?}, errors {}", self.split, self.errors.word()))
    }
}

/// One pass over the files.
struct Pass {
    /// The files; the one at hand is the one opened last.
    files: Opener,
    /// What a document is.
    split: Split,
    /// What to do where a file is not UTF-8.
    errors: Errors,
    /// Counts what is replaced and left out.
    tally: Tally,
    /// How much is read at a time.
    chunk: usize,
    /// The file at hand, until it has ended.
    reader: Option<Utf8Reader>,
    /// The text read last; not used with [`Split::File`].
    buffer: Vec<u8>,
    /// How much of `buffer` has been delivered.
    at: usize,
    /// How many newlines what was delivered of the document at hand ends with.
    newlines: usize,
    /// Whether a document was begun and has not ended.
    in_document: bool,
    /// With [`Errors::Skip`] and another split than [`Split::File`]: the document at hand.
    whole: Vec<u8>,
    /// And where it begins, with the number of its file.
    place: Option<(u32, Place)>,
}

impl Pass {
    /// Opens the next file; false where there is none. One that is not UTF-8 and is to be left out as a whole is read
    /// once more for that.
    fn open_next(&mut self) -> Result<bool> {
        while self.errors == Errors::Skip
            && self.split == Split::File
            && let Some(source) = self.files.look_ahead(Arc::default())?
        {
            match read_through(source, self.chunk)? {
                None => break,
                Some(problem) => self.tally.skip(self.errors, Flaw::InvalidUtf8, problem)?,
            }
            self.files.pass_next();
        }
        let Some(source) = self.files.open_next()? else { return Ok(false) };
        self.reader = Some(Utf8Reader::new(source, self.chunk, self.errors, self.tally.clone()));
        Ok(true)
    }

    /// A part of the file at hand.
    fn part(&self, ends_document: bool) -> Part {
        Part { ends_document, source: 0, file: self.files.number() }
    }

    /// The next part of a file that is one document.
    fn next_of_file(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>> {
        if self.reader.is_none() && !self.open_next()? {
            return Ok(None);
        }
        let more = match &mut self.reader {
            Some(reader) => reader.read(text)?,
            None => false,
        };
        if !more {
            self.reader = None;
        }
        Ok(Some(self.part(!more)))
    }

    /// How far the document at hand reaches into `buffer[at..]`, and whether it ends there: it does at a run of at
    /// least `least` newlines with another character behind it.
    fn document_end(&mut self, least: usize) -> (usize, bool) {
        let rest = &self.buffer[self.at..];
        let mut end = 0;
        loop {
            let run = rest[end..].iter().take_while(|&&byte| byte == b'\n').count();
            (self.newlines, end) = (self.newlines + run, end + run);
            if end == rest.len() {
                return (end, false);
            }
            if std::mem::take(&mut self.newlines) >= least {
                return (end, true);
            }
            match memchr(b'\n', &rest[end..]) {
                Some(newline) => end += newline,
                None => return (rest.len(), false),
            }
        }
    }

    /// Reads until there is something to deliver. False: the file has ended.
    fn fill(&mut self) -> Result<bool> {
        while self.at == self.buffer.len() {
            let Some(reader) = &mut self.reader else { return Ok(false) };
            self.buffer.clear();
            self.at = 0;
            if !reader.read(&mut self.buffer)? {
                self.reader = None;
            }
        }
        Ok(true)
    }

    /// The next part of a document that a run of `least` newlines ends.
    fn next_of_runs(&mut self, least: usize, text: &mut Vec<u8>) -> Result<Option<Part>> {
        while !self.fill()? {
            if std::mem::take(&mut self.in_document) {
                self.newlines = 0;
                return Ok(Some(self.part(true)));
            }
            if !self.open_next()? {
                return Ok(None);
            }
        }
        let (length, ends) = self.document_end(least);
        text.extend_from_slice(&self.buffer[self.at..self.at + length]);
        self.at += length;
        self.in_document = !ends;
        Ok(Some(self.part(ends)))
    }
}

impl Pass {
    /// The next document that is UTF-8, of those that a run of `least` newlines ends, as a whole.
    fn next_valid(&mut self, least: usize, text: &mut Vec<u8>) -> Result<Option<Part>> {
        loop {
            let mut whole = std::mem::take(&mut self.whole);
            whole.clear();
            let part = loop {
                match self.next_of_runs(least, &mut whole)? {
                    None => return Ok(None),
                    Some(part) if part.ends_document => break part,
                    Some(_) => (),
                }
            };
            let place = self.place.take().filter(|(file, _)| *file == part.file);
            let (_, place) =
                self.place.insert(place.unwrap_or_else(|| (part.file, Place::new(self.files.path(part.file)))));
            let problem = place.look_at(&whole);
            self.whole = whole;
            match problem {
                Some(problem) => self.tally.skip(self.errors, Flaw::InvalidUtf8, problem)?,
                None => {
                    text.extend_from_slice(&self.whole);
                    return Ok(Some(part));
                }
            }
        }
    }
}

impl Documents for Pass {
    fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>> {
        let least = match self.split {
            Split::File => return self.next_of_file(text),
            Split::Line => 1,
            Split::Paragraph => 2,
        };
        if self.errors == Errors::Skip { self.next_valid(least, text) } else { self.next_of_runs(least, text) }
    }

    fn bytes_read(&self) -> Option<u64> {
        Some(self.files.bytes_read())
    }
}

/// The error for a file that is not UTF-8.
fn read_through(source: Source, chunk: usize) -> Result<Option<Error>> {
    let mut reader = Utf8Reader::new(source, chunk, Errors::Raise, Tally::default());
    let mut text = Vec::new();
    loop {
        match reader.read(&mut text) {
            Ok(true) => text.clear(),
            Ok(false) => return Ok(None),
            Err(problem @ Error::InvalidUtf8 { .. }) => return Ok(Some(problem)),
            Err(other) => return Err(other),
        }
    }
}

#[cfg(test)]
mod tests;
