//! Plain text files.
//!
//! In: paths of files in UTF-8. Out: their documents, in the order of the paths and of the text, in parts of about 1 MiB, so
//! that a document may be of any length. Together the documents are all bytes of all files: newlines are kept as they are,
//! `\r` is a character like any other, and a byte order mark is the character U+FEFF. With [`Split::File`] an empty file is an
//! empty document, with the other two it is none.
//! UTF-8 is checked while reading, so that the error names the place in the file; see [`reader`].
//! Cost: linear; one part and one chunk of memory.

mod reader;

use super::files::{self, CHUNK};
use super::{Corpus, Documents, FileIdentity, Part};
use crate::Result;
use memchr::memchr;
use reader::Utf8Reader;
use std::path::PathBuf;

/// What a document is in a text file. A newline run stays with the text before it; at the start of a file, where there is
/// none, a run that is long enough to end a document is one itself.
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
    /// At least one; every one could be opened when this was made.
    paths: Vec<PathBuf>,
    /// What a document is.
    split: Split,
    /// How much is read at a time: [`CHUNK`], and less in tests.
    chunk: usize,
}

impl Text {
    /// Checks that every file is there and can be read.
    pub fn new(paths: Vec<PathBuf>, split: Split) -> Result<Self> {
        files::check(&paths)?;
        Ok(Self { paths, split, chunk: CHUNK })
    }

    /// The files, in order.
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// What a document is.
    pub fn split(&self) -> Split {
        self.split
    }

    /// How many bytes a pass reads: the sizes of the files.
    pub fn total_bytes(&self) -> u64 {
        files::total_bytes(&self.paths)
    }

    /// Starts a pass that lives on its own and can go to another thread.
    pub fn documents(&self) -> Result<Box<dyn Documents + Send>> {
        files::check(&self.paths)?;
        Ok(Box::new(Pass {
            text: self.clone(),
            next_file: 0,
            reader: None,
            buffer: Vec::new(),
            at: 0,
            newlines: 0,
            in_document: false,
        }))
    }
}

impl Corpus for Text {
    fn open(&self) -> Result<Box<dyn Documents + '_>> {
        Ok(self.documents()?)
    }

    fn total_bytes(&self) -> Option<u64> {
        Some(self.total_bytes())
    }

    fn files(&self) -> Option<Vec<FileIdentity>> {
        Some(files::identities(&self.paths))
    }
}

/// One pass over the files.
struct Pass {
    /// The files; a copy, so that the pass outlives the corpus it was opened on.
    text: Text,
    /// The file to open when `reader` has ended; the one at hand is the one before.
    next_file: usize,
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
}

impl Pass {
    /// Opens the next file; false where there is none.
    fn open_next(&mut self) -> Result<bool> {
        let Some(path) = self.text.paths.get(self.next_file) else { return Ok(false) };
        self.reader = Some(Utf8Reader::new(path.clone(), files::open(path)?, self.text.chunk));
        self.next_file += 1;
        Ok(true)
    }

    /// A part of the file at hand.
    fn part(&self, ends_document: bool) -> Part {
        Part { ends_document, source: 0, file: files::number(self.next_file.saturating_sub(1)) }
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

    /// How far the document at hand reaches into `buffer[at..]`, and whether it ends there: it does at a run of at least
    /// `least` newlines with another character behind it.
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

impl Documents for Pass {
    fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>> {
        match self.text.split {
            Split::File => self.next_of_file(text),
            Split::Line => self.next_of_runs(1, text),
            Split::Paragraph => self.next_of_runs(2, text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::documents_of;
    use crate::num::to_u64;
    use proptest::prelude::*;

    /// The documents of files with these contents, read `chunk` bytes at a time, each with the number of its file.
    fn read(contents: &[&[u8]], split: Split, chunk: usize) -> Result<Vec<(Vec<u8>, Part)>> {
        let dir = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> = (0..contents.len()).map(|number| dir.path().join(format!("{number}.txt"))).collect();
        for (path, content) in paths.iter().zip(contents) {
            std::fs::write(path, content).unwrap();
        }
        let text = Text { chunk, ..Text::new(paths, split).unwrap() };
        assert_eq!(text.total_bytes(), contents.iter().map(|content| to_u64(content.len())).sum::<u64>());
        let documents = documents_of(&text)?;
        assert_eq!(documents_of(&text)?, documents, "a second pass gives the same");
        Ok(documents)
    }

    fn documents(content: &str, split: Split) -> Vec<String> {
        let read = read(&[content.as_bytes()], split, 4).unwrap();
        read.into_iter().map(|(document, _)| String::from_utf8(document).unwrap()).collect()
    }

    #[test]
    fn a_file_is_a_document_unless_told_otherwise() {
        let content = "\n\na\nb\n\n\n天\r\n\n\u{FEFF}c";
        assert_eq!(documents(content, Split::File), [content]);
        assert_eq!(documents(content, Split::Line), ["\n\n", "a\n", "b\n\n\n", "天\r\n\n", "\u{FEFF}c"]);
        assert_eq!(documents(content, Split::Paragraph), ["\n\n", "a\nb\n\n\n", "天\r\n\n", "\u{FEFF}c"]);
        assert_eq!(documents("\na\n\n", Split::Paragraph), ["\na\n\n"]);
    }

    #[test]
    fn documents_end_with_their_file_and_know_it() {
        let files = [&b"a\nb"[..], b"", b"\nc\n"];
        let numbered = |split| -> Vec<_> {
            read(&files, split, 3)
                .unwrap()
                .into_iter()
                .map(|(text, part)| (String::from_utf8(text).unwrap(), part.file))
                .collect()
        };
        let own =
            |list: &[(&str, u32)]| list.iter().map(|(text, file)| ((*text).to_owned(), *file)).collect::<Vec<_>>();
        assert_eq!(numbered(Split::File), own(&[("a\nb", 0), ("", 1), ("\nc\n", 2)]));
        assert_eq!(numbered(Split::Line), own(&[("a\n", 0), ("b", 0), ("\n", 2), ("c\n", 2)]));
    }

    #[test]
    fn invalid_utf8_is_named_with_its_line_and_offset() {
        let message = |content: &[u8], chunk| match read(&[b"fine\n", content], Split::Line, chunk) {
            Err(crate::Error::InvalidUtf8 { path, line, offset }) => {
                assert!(path.ends_with("1.txt"));
                (line, offset)
            }
            other => panic!("{other:?}"),
        };
        for chunk in [1, 2, 3, 5, 100] {
            assert_eq!(message(b"a\n\xE5\xA4\xA9b\n\xFFc", chunk), (3, 7), "chunks of {chunk}");
            assert_eq!(message(b"\n\n\xE5\xA4", chunk), (3, 2), "the file ends inside a character, chunks of {chunk}");
            assert_eq!(message(b"\xED\xA0\x80", chunk), (1, 0), "a surrogate, chunks of {chunk}");
        }
    }

    /// The definition of the two splits by runs, over the whole file.
    fn split_by_runs(content: &str, least: usize) -> Vec<String> {
        let (mut all, mut document, mut run) = (Vec::new(), String::new(), 0);
        for character in content.chars() {
            if character != '\n' && run >= least {
                all.push(std::mem::take(&mut document));
            }
            run = if character == '\n' { run + 1 } else { 0 };
            document.push(character);
        }
        all.extend(Some(document).filter(|last| !last.is_empty()));
        all
    }

    proptest! {
        #[test]
        fn any_chunk_size_gives_the_documents_of_the_definition(
            units in prop::collection::vec(prop::sample::select(vec!["\n", "\n\n", "a", "天", "😀\n"]), 0..24), chunk in 1..9_usize
        ) {
            let content = units.concat();
            for (split, expected) in [
                (Split::File, vec![content.clone()]),
                (Split::Line, split_by_runs(&content, 1)),
                (Split::Paragraph, split_by_runs(&content, 2)),
            ] {
                let read: Vec<Vec<u8>> = read(&[content.as_bytes()], split, chunk).unwrap().into_iter().map(|(text, _)| text).collect();
                prop_assert_eq!(read, expected.into_iter().map(String::into_bytes).collect::<Vec<_>>());
            }
        }
    }
}
