//! JSON Lines files.
//!
//! In: paths of files in UTF-8 with one JSON object a line. Out: the string under one key of each object, in order; one
//! document a line, in one part. Lines of nothing but white space are skipped, `\r\n` ends a line as `\n` does, a byte order
//! mark at the start of a file is skipped, and where an object has a key twice the last one counts, as in Python.
//! Values under other keys are passed over, not built, so that they cost neither memory nor most of the time; they must be
//! well-formed all the same. Cost: linear in the size of the files; one line and its document in memory.

mod field;

use super::files::{self, CHUNK};
use super::{Corpus, Documents, FileIdentity, Part};
use crate::num::to_u64;
use crate::{Error, Result};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// The character some editors put at the start of a file, in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// JSON Lines files in UTF-8, one object a line, one document an object.
#[derive(Clone, Debug)]
pub struct Jsonl {
    /// At least one; every one could be opened when this was made.
    paths: Vec<PathBuf>,
    /// The key whose string is the document.
    field: String,
}

impl Jsonl {
    /// Checks that every file is there and can be read. `field` is the key whose string is the document.
    pub fn new(paths: Vec<PathBuf>, field: String) -> Result<Self> {
        files::check(&paths)?;
        Ok(Self { paths, field })
    }

    /// The files, in order.
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// The key whose string is the document.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// The sizes of the files: what a pass reads, and nearly always more than the text it gives.
    pub fn total_bytes(&self) -> u64 {
        files::total_bytes(&self.paths)
    }
}

impl Jsonl {
    /// Starts a pass that lives on its own and can go to another thread.
    pub fn documents(&self) -> Result<Box<dyn Documents + Send>> {
        files::check(&self.paths)?;
        Ok(Box::new(Pass { jsonl: self.clone(), next_file: 0, lines: None }))
    }
}

impl Corpus for Jsonl {
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
    jsonl: Jsonl,
    /// The file to open when `lines` have ended; the one at hand is the one before.
    next_file: usize,
    /// The file at hand, until it has ended.
    lines: Option<Lines>,
}

impl Documents for Pass {
    fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>> {
        loop {
            if let Some(lines) = &mut self.lines {
                if lines.next_document(&self.jsonl.field, text)? {
                    let file = files::number(self.next_file.saturating_sub(1));
                    return Ok(Some(Part { ends_document: true, source: 0, file }));
                }
                self.lines = None;
            }
            let Some(path) = self.jsonl.paths.get(self.next_file) else { return Ok(None) };
            self.lines = Some(Lines::open(path)?);
            self.next_file += 1;
        }
    }
}

/// The lines of one file.
struct Lines {
    /// Where the file is, for errors.
    path: PathBuf,
    /// The file, read up to the end of `line`.
    file: BufReader<File>,
    /// The line read last, with its newline.
    line: Vec<u8>,
    /// Its number, from 1; 0 before the first.
    number: u64,
    /// Where it ends in the file, in bytes.
    end: u64,
}

impl Lines {
    /// Begins a file.
    fn open(path: &Path) -> Result<Self> {
        let file = BufReader::with_capacity(CHUNK, files::open(path)?);
        Ok(Self { path: path.to_owned(), file, line: Vec::new(), number: 0, end: 0 })
    }

    /// Appends the document of the next line that is not blank to `text`. False: the file has ended.
    fn next_document(&mut self, field: &str, text: &mut Vec<u8>) -> Result<bool> {
        loop {
            self.line.clear();
            let read = self.file.read_until(b'\n', &mut self.line).map_err(|error| Error::io(&self.path, error))?;
            if read == 0 {
                return Ok(false);
            }
            self.number += 1;
            self.end += to_u64(read);
            let skipped =
                if self.number == 1 && self.line.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
            let line = std::str::from_utf8(&self.line[skipped..]).map_err(|error| Error::InvalidUtf8 {
                path: self.path.clone(),
                line: self.number,
                offset: self.end - to_u64(self.line.len() - skipped - error.valid_up_to()),
            })?;
            let line = line.trim_end_matches([' ', '\t', '\r', '\n']);
            if line.is_empty() {
                continue;
            }
            field::append(line, field, text).map_err(|problem| Error::Jsonl {
                path: self.path.clone(),
                line: self.number,
                problem,
            })?;
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::documents_of;

    fn read(content: &[u8]) -> Result<Vec<String>> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.jsonl");
        std::fs::write(&path, content).unwrap();
        let jsonl = Jsonl::new(vec![path], "text".to_owned()).unwrap();
        let documents = documents_of(&jsonl)?;
        assert_eq!(documents_of(&jsonl)?, documents, "a second pass gives the same");
        Ok(documents.into_iter().map(|(text, _)| String::from_utf8(text).unwrap()).collect())
    }

    fn problem(content: &[u8]) -> String {
        let message = read(content).unwrap_err().to_string();
        message.split_once("a.jsonl: ").unwrap().1.to_owned()
    }

    #[test]
    fn one_document_a_line() {
        let content = "\u{FEFF}{\"text\": \"a\\n天\\ud83d\\ude00\"}\r\n \t\n{\"id\":[1,{\"text\":2}],\"text\":\"\"}\n{\"text\":\"last\",\"x\":\"\\ud800\"}";
        assert_eq!(read(content.as_bytes()).unwrap(), ["a\n天😀", "", "last"]);
        assert_eq!(read(b"").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn of_a_key_that_comes_twice_the_last_counts() {
        assert_eq!(read(br#"{"text":"first","text":"second"}"#).unwrap(), ["second"]);
        assert_eq!(read(br#"{"text":1,"te\u0078t":"second"}"#).unwrap(), ["second"]);
    }

    #[test]
    fn what_is_wrong_is_said_with_the_line() {
        let fine = r#"{"text":"a"}"#;
        let after = |line: &str| problem(format!("{fine}\n\n{line}\n{fine}").as_bytes());
        assert_eq!(
            after("{\"text\":\"a\","),
            "line 3: not valid JSON: EOF while parsing a value (byte 12 of the line)"
        );
        assert_eq!(after("{\"text\" \"a\"}"), "line 3: not valid JSON: expected `:` (byte 9 of the line)");
        assert_eq!(after("{\"text\":\"a\"} {}"), "line 3: not valid JSON: trailing characters (byte 14 of the line)");
        assert_eq!(after("[\"a\"]"), "line 3: an array, where an object with the key \"text\" is expected");
        assert_eq!(after("\"a\""), "line 3: a string, where an object with the key \"text\" is expected");
        assert_eq!(after("{}"), "line 3: there is no key \"text\"; the object is empty");
        assert_eq!(after("{\"b\":1,\"a\":2}"), "line 3: there is no key \"text\"; the keys are \"b\", \"a\"");
        for (value, kind) in [
            ("null", "null"),
            ("1.5", "a number"),
            ("-1", "a number"),
            ("true", "a boolean"),
            ("[[]]", "an array"),
            ("{\"a\":1}", "an object"),
        ] {
            assert_eq!(
                after(&format!("{{\"text\":{value}}}")),
                format!("line 3: the value of \"text\" is {kind}, where a string is expected")
            );
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_no_character() {
        for half in ["\\ud800", "\\udc00", "\\ud800\\ud800", "\\ud800a"] {
            let message = problem(format!("{{\"text\":\"{half}\"}}").as_bytes());
            assert!(message.starts_with("line 1: not valid JSON: half of a surrogate pair"), "{half}: {message}");
        }
    }

    #[test]
    fn invalid_utf8_is_named_with_its_line_and_offset() {
        let place = |content: &[u8]| match read(content) {
            Err(Error::InvalidUtf8 { line, offset, .. }) => (line, offset),
            other => panic!("{other:?}"),
        };
        assert_eq!(place(b"{\"text\":\"a\"}\n{\"text\":\"\xFF\"}\n"), (2, 22));
        assert_eq!(place(b"\xEF\xBB\xBF{\"text\":\"\xE5\xA4\"}"), (1, 12));
    }

    #[test]
    fn text_already_there_stays() {
        let mut text = b"before".to_vec();
        field::append(r#"{"text":1,"text":"a","text":"b"}"#, "text", &mut text).unwrap();
        assert_eq!(text, b"beforeb");
        assert!(field::append(r#"{"text":"c","text":1}"#, "text", &mut text).is_err());
    }
}
