//! Documents of a one-shot iterator, kept in a temporary file so that they can be read more than once.
//!
//! In: documents, any bytes, one by one. Out: the same documents in the same order, in parts of at most 1 MiB. In the file
//! each document is its length in 8 bytes, little-endian, and its bytes. Cost: the size of the documents on disk, two buffers
//! of 1 MiB in memory. Keeping them in memory instead was not considered: a corpus may be larger.

use super::files::CHUNK;
use super::{Corpus, Documents, Part};
use crate::disk::unwritable;
use crate::num::{to_u64, to_usize};
use crate::{Error, Result};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Takes documents one by one. The file has no name, so it is gone with the process whatever happens.
#[derive(Debug)]
pub struct Spooler {
    /// The file, behind a buffer.
    file: BufWriter<File>,
    /// The folder that the file is in, for errors.
    dir: PathBuf,
    /// Bytes of the documents so far.
    bytes: u64,
}

impl Spooler {
    /// Begins an empty one in `dir`, or in the system's folder for temporary files.
    pub fn new(dir: Option<&Path>) -> Result<Self> {
        let asked = dir.is_some();
        let dir = dir.map_or_else(std::env::temp_dir, Path::to_owned);
        let file = tempfile::tempfile_in(&dir)
            .map_err(|error| if asked { unwritable(&dir, error) } else { Error::io(&dir, error) })?;
        Ok(Self { file: BufWriter::with_capacity(CHUNK, file), dir, bytes: 0 })
    }

    /// Appends a document.
    pub fn push(&mut self, document: &[u8]) -> Result<()> {
        let length = to_u64(document.len());
        let written = self.file.write_all(&length.to_le_bytes()).and_then(|()| self.file.write_all(document));
        self.bytes += length;
        written.map_err(|error| Error::io(&self.dir, error))
    }

    /// No more documents will come.
    pub fn finish(self) -> Result<Spool> {
        let file = self.file.into_inner().map_err(|error| Error::io(&self.dir, error.into_error()))?;
        Ok(Spool { stored: Arc::new(Stored { file: Mutex::new(file), dir: self.dir }), bytes: self.bytes })
    }
}

/// The documents of a finished [`Spooler`].
#[derive(Debug)]
pub struct Spool {
    /// The file; passes share it.
    stored: Arc<Stored>,
    /// Bytes of the documents.
    bytes: u64,
}

/// The file of a [`Spool`].
#[derive(Debug)]
struct Stored {
    /// All documents. Its position means nothing: each read moves it first, under the lock, so passes may overlap.
    file: Mutex<File>,
    /// The folder that the file is in, for errors.
    dir: PathBuf,
}

impl Spool {
    /// How many bytes the documents have together.
    pub fn total_bytes(&self) -> u64 {
        self.bytes
    }
}

impl Stored {
    /// Appends up to a chunk of the file from `offset` on to `buffer`; nothing at its end.
    fn read(&self, offset: u64, buffer: &mut Vec<u8>) -> Result<()> {
        // a thread that panicked here cannot have left the file in any state that matters
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let read =
            file.seek(SeekFrom::Start(offset)).and_then(|_| (&mut *file).take(to_u64(CHUNK)).read_to_end(buffer));
        read.map(drop).map_err(|error| Error::io(&self.dir, error))
    }
}

impl Corpus for Spool {
    fn open(&self) -> Result<Box<dyn Documents + Send>> {
        Ok(Box::new(Pass { spool: Arc::clone(&self.stored), offset: 0, buffer: Vec::new(), at: 0, left: None }))
    }

    fn total_bytes(&self) -> Option<u64> {
        Some(self.total_bytes())
    }
}

/// One pass over the documents.
struct Pass {
    /// The documents.
    spool: Arc<Stored>,
    /// Where in the file the end of `buffer` is.
    offset: u64,
    /// What was read last.
    buffer: Vec<u8>,
    /// How much of `buffer` has been used.
    at: usize,
    /// How much of the document at hand is still to come; `None` between documents.
    left: Option<u64>,
}

impl Pass {
    /// Reads on where the buffer is used up. What is not used yet afterwards; nothing at the end of the file.
    fn fill(&mut self) -> Result<&[u8]> {
        if self.at == self.buffer.len() {
            self.buffer.clear();
            self.at = 0;
            self.spool.read(self.offset, &mut self.buffer)?;
            self.offset += to_u64(self.buffer.len());
        }
        Ok(&self.buffer[self.at..])
    }

    /// The length that the next document begins with; `None` at the end of the file.
    fn length(&mut self) -> Result<Option<u64>> {
        if self.fill()?.is_empty() {
            return Ok(None);
        }
        let mut length = [0; 8];
        for byte in &mut length {
            match self.fill()?.first() {
                Some(&read) => *byte = read,
                None => return Err(self.truncated()),
            }
            self.at += 1;
        }
        Ok(Some(u64::from_le_bytes(length)))
    }

    /// The file is shorter than what was written to it.
    fn truncated(&self) -> Error {
        let problem =
            io::Error::new(io::ErrorKind::UnexpectedEof, "a temporary file in this folder was truncated while in use");
        Error::io(&self.spool.dir, problem)
    }
}

impl Documents for Pass {
    fn next_part(&mut self, text: &mut Vec<u8>) -> Result<Option<Part>> {
        let left = match self.left.take() {
            Some(left) => left,
            None => match self.length()? {
                Some(length) => length,
                None => return Ok(None),
            },
        };
        let mut wanted = to_usize(left.min(to_u64(CHUNK)));
        let after = left - to_u64(wanted);
        while wanted > 0 {
            let ready = self.fill()?;
            let taken = wanted.min(ready.len());
            text.extend_from_slice(&ready[..taken]);
            if taken == 0 {
                return Err(self.truncated());
            }
            self.at += taken;
            wanted -= taken;
        }
        self.left = Some(after).filter(|&after| after > 0);
        Ok(Some(Part { ends_document: self.left.is_none(), source: 0, file: 0 }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::documents_of;

    fn spool(documents: &[Vec<u8>]) -> Spool {
        let mut spooler = Spooler::new(None).unwrap();
        documents.iter().for_each(|document| spooler.push(document).unwrap());
        spooler.finish().unwrap()
    }

    #[test]
    fn documents_of_any_length_come_back_in_order() {
        let lengths = [3, 0, CHUNK - 9, CHUNK, 0, 3 * CHUNK + 1, 2 * CHUNK, 1];
        let documents: Vec<Vec<u8>> = (0..).zip(lengths).map(|(byte, length)| vec![byte; length]).collect();
        let spool = spool(&documents);
        assert_eq!(spool.total_bytes(), documents.iter().map(|document| to_u64(document.len())).sum::<u64>());
        for _ in 0..2 {
            let read: Vec<Vec<u8>> = documents_of(&spool).unwrap().into_iter().map(|(text, _)| text).collect();
            assert!(read == documents);
        }
        assert!(documents_of(&self::spool(&[])).unwrap().is_empty());
    }

    #[test]
    fn passes_may_overlap() {
        let spool = spool(&[b"one".to_vec(), vec![b'x'; 2 * CHUNK], b"two".to_vec()]);
        let (mut left, mut right) = (spool.open().unwrap(), spool.open().unwrap());
        let (mut left_text, mut right_text) = (Vec::new(), Vec::new());
        while left.next_part(&mut left_text).unwrap().is_some() {
            right.next_part(&mut right_text).unwrap();
        }
        assert!(left_text == right_text && left_text.len() == 2 * CHUNK + 6);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let dir = tempfile::tempdir().unwrap().path().join("missing");
        let message = Spooler::new(Some(&dir)).unwrap_err().to_string();
        assert!(message.starts_with(&format!("temp_dir {} cannot be written to: ", dir.display())), "{message}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error_with_the_folder() {
        let file = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut spooler = Spooler { file: BufWriter::new(file), dir: "folder".into(), bytes: 0 };
        spooler.push(b"small").unwrap();
        assert!(spooler.push(&vec![0; CHUNK]).unwrap_err().to_string().starts_with("folder: "));
    }
}
