//! What memory does not hold: compressed chunks of bytes in one temporary file.
//!
//! In: records, appended by any thread. Out: the same records, in order, chunk by chunk. A chunk holds whole records, about
//! [`CHUNK`] bytes of them, and is read on its own, so a reader needs one chunk of memory. Chunks stay in memory while a
//! [`Budget`] allows it. In the file they are compressed and have a checksum: a damaged file is an error, not a wrong count.
//! The file has no name where the system can do without, so it is gone with the process whatever happens.
//!
//! zstd at level 1 takes a quarter to a third off the delta-coded n-grams, and a half off the pieces, at some hundred MB/s; it is the library
//! that compressed corpora are read with anyway.

pub(crate) mod budget;
pub(crate) mod file;

use crate::disk::{Held, Usage};
use crate::num::to_u64;
use crate::{Error, Result};
pub(crate) use budget::Budget;
use file::{read_at, write_at};
use once_cell::sync::OnceCell;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use xxhash_rust::xxh3::xxh3_64;

/// About how many bytes of records make a chunk.
pub(crate) const CHUNK: usize = 1 << 16;
/// zstd's fastest level that still searches for matches.
const LEVEL: i32 = 1;

/// A place for chunks: one file, made when the first chunk comes.
#[derive(Debug)]
pub(crate) struct Store {
    /// The folder that the file is in.
    dir: PathBuf,
    /// The file.
    file: OnceCell<File>,
    /// Where the next chunk goes, which is also how many bytes were written.
    end: AtomicU64,
    /// Tells the training what is on the disk.
    held: Held,
    /// Whether the file stays: that of a checkpoint.
    lasting: bool,
}

impl Store {
    /// As [`Store::counted`], told to nobody.
    #[cfg(test)]
    pub(crate) fn new(dir: Option<&Path>) -> Self {
        Self::counted(dir, Usage::default())
    }

    /// In `dir`, or in the system's folder for temporary files; `usage` is told what is written.
    pub(crate) fn counted(dir: Option<&Path>, usage: Usage) -> Self {
        let dir = dir.map_or_else(std::env::temp_dir, Path::to_owned);
        Self { dir, file: OnceCell::new(), end: AtomicU64::new(0), held: Held::temporary(usage), lasting: false }
    }

    /// In a file that stays: `end` bytes of it are in use, what is behind is cut off. It is made if nothing is in use.
    pub(crate) fn at(path: &Path, end: u64, usage: Usage) -> Result<Self> {
        let io = |error: std::io::Error| match error.kind() {
            ErrorKind::NotFound if end > 0 => unusable(path, "is missing"),
            _ => Error::io(path, error),
        };
        let file = File::options().read(true).write(true).create(end == 0).truncate(false).open(path).map_err(io)?;
        if file.metadata().map_err(io)?.len() < end {
            return Err(unusable(path, "is shorter than it was"));
        }
        file.set_len(end).map_err(io)?;
        let held = Held::lasting(usage, end);
        Ok(Self {
            dir: path.to_owned(),
            file: OnceCell::with_value(file),
            end: AtomicU64::new(end),
            held,
            lasting: true,
        })
    }

    /// Makes what was written durable.
    pub(crate) fn sync(&self) -> Result<()> {
        self.file.get().map_or(Ok(()), File::sync_data).map_err(|error| Error::io(&self.dir, error))
    }

    /// How many bytes were written.
    pub(crate) fn written(&self) -> u64 {
        self.end.load(Ordering::Relaxed)
    }

    /// Writes records to the file.
    pub(crate) fn write(&self, records: &[u8]) -> Result<Chunk> {
        let way_out = if self.lasting {
            "the same call then goes on"
        } else {
            "or pass another temp_dir, or a larger memory_limit"
        };
        let failed = |source| Error::Spill { dir: self.dir.clone(), written: self.written(), way_out, source };
        let packed = zstd::bulk::compress(records, LEVEL).map_err(failed)?;
        let file = self.file.get_or_try_init(|| tempfile::tempfile_in(&self.dir)).map_err(failed)?;
        let offset = self.end.fetch_add(to_u64(packed.len()), Ordering::Relaxed);
        write_at(file, &packed, offset).map_err(failed)?;
        self.held.add(to_u64(packed.len()));
        let place = Place::File { offset, packed: packed.len(), checksum: xxh3_64(&packed) };
        Ok(Chunk { place, length: records.len() })
    }

    /// A chunk of these records: in memory if the budget allows it, else in the file.
    pub(crate) fn keep(&self, records: Vec<u8>, budget: &Budget) -> Result<Chunk> {
        let length = records.len();
        if budget.take(length) { Ok(Chunk { place: Place::Memory(records), length }) } else { self.write(&records) }
    }

    /// Moves a chunk from memory to the file.
    pub(crate) fn move_in(&self, chunk: &mut Chunk) -> Result<()> {
        if let Place::Memory(records) = &chunk.place {
            *chunk = self.write(records)?;
        }
        Ok(())
    }

    /// Puts the records of a chunk into `records`, in place of what was there.
    pub(crate) fn read(&self, chunk: &Chunk, records: &mut Vec<u8>) -> Result<()> {
        let (offset, length, checksum) = match &chunk.place {
            Place::Memory(kept) => {
                kept.clone_into(records);
                return Ok(());
            }
            Place::File { offset, packed, checksum } => (*offset, *packed, *checksum),
        };
        let io = |source| Error::io(&self.dir, source);
        let damaged = || {
            if self.lasting { unusable(&self.dir, "is damaged") } else { Error::SpillDamaged { dir: self.dir.clone() } }
        };
        let mut packed = vec![0; length];
        read_at(self.file.get().ok_or_else(damaged)?, &mut packed, offset).map_err(io)?;
        if xxh3_64(&packed) != checksum {
            return Err(damaged());
        }
        records.resize(chunk.length, 0);
        match zstd::bulk::decompress_to_buffer(&packed, records) {
            Ok(read) if read == chunk.length => Ok(()),
            _ => Err(damaged()),
        }
    }
}

/// The error for a checkpoint one of whose files is of no use.
fn unusable(path: &Path, problem: &str) -> Error {
    let name = path.file_name().unwrap_or_default().display();
    Error::Checkpoint { dir: path.parent().unwrap_or(path).to_owned(), problem: format!("the file {name} {problem}") }
}

/// Records that lie together.
#[derive(Debug)]
pub(crate) struct Chunk {
    /// Where they are.
    place: Place,
    /// Their bytes, before compression.
    length: usize,
}

/// A chunk in the file: where it begins, its bytes there, its bytes before compression, the checksum.
pub(crate) type ChunkIndex = (u64, usize, usize, u64);

impl Chunk {
    /// Where it is; nothing for a chunk in memory.
    pub(crate) fn index(&self) -> Option<ChunkIndex> {
        match self.place {
            Place::Memory(_) => None,
            Place::File { offset, packed, checksum } => Some((offset, packed, self.length, checksum)),
        }
    }

    /// The chunk that is there.
    pub(crate) fn at(&(offset, packed, length, checksum): &ChunkIndex) -> Self {
        Self { place: Place::File { offset, packed, checksum }, length }
    }

    /// The bytes it takes in memory.
    pub(crate) fn memory(&self) -> u64 {
        if matches!(self.place, Place::Memory(_)) { to_u64(self.length) } else { 0 }
    }
}

/// Where a chunk is.
#[derive(Debug)]
enum Place {
    /// As it was written.
    Memory(Vec<u8>),
    /// Compressed in the file.
    File {
        /// Where it begins.
        offset: u64,
        /// Its bytes there.
        packed: usize,
        /// xxh3 of these bytes.
        checksum: u64,
    },
}

/// Appends records to a list of chunks.
#[derive(Debug)]
pub(crate) struct ChunkWriter<'a> {
    /// Where chunks go that memory has no room for.
    store: &'a Store,
    /// How much memory chunks may take; `None` for none at all.
    budget: Option<&'a Budget>,
    /// The chunks that are full.
    chunks: Vec<Chunk>,
    /// The records of the chunk at hand.
    records: Vec<u8>,
}

impl<'a> ChunkWriter<'a> {
    /// Begins a list.
    pub(crate) fn new(store: &'a Store, budget: Option<&'a Budget>) -> Self {
        Self { store, budget, chunks: Vec::new(), records: Vec::new() }
    }

    /// Where to append a record; `true` if it begins a chunk.
    #[inline(always)]
    pub(crate) fn record(&mut self) -> (&mut Vec<u8>, bool) {
        let begins = self.records.is_empty();
        (&mut self.records, begins)
    }

    /// To be called behind each record.
    #[inline(always)]
    pub(crate) fn end_record(&mut self) -> Result<()> {
        if self.records.len() < CHUNK { Ok(()) } else { self.end_chunk() }
    }

    /// Ends the chunk at hand.
    #[cold]
    fn end_chunk(&mut self) -> Result<()> {
        if self.records.is_empty() {
            return Ok(());
        }
        let chunk = match self.budget {
            Some(budget) => self.store.keep(self.records.as_slice().into(), budget)?,
            None => self.store.write(&self.records)?,
        };
        self.chunks.push(chunk);
        self.records.clear();
        Ok(())
    }

    /// All chunks.
    pub(crate) fn finish(mut self) -> Result<Vec<Chunk>> {
        self.end_chunk()?;
        Ok(self.chunks)
    }
}

/// Reads a list of chunks, one after the other.
#[derive(Debug)]
pub(crate) struct ChunkReader<'a> {
    /// Where chunks are that are not in memory.
    store: &'a Store,
    /// The chunks to come.
    chunks: std::slice::Iter<'a, Chunk>,
    /// The records of the chunk at hand.
    records: Vec<u8>,
    /// How much of them has been read.
    at: usize,
}

impl<'a> ChunkReader<'a> {
    /// Begins.
    pub(crate) fn new(store: &'a Store, chunks: &'a [Chunk]) -> Self {
        Self { store, chunks: chunks.iter(), records: Vec::new(), at: 0 }
    }

    /// What is left of the chunk at hand, or the next chunk with `true`, or nothing at the end.
    #[inline(always)]
    pub(crate) fn left(&mut self) -> Result<(&[u8], bool)> {
        if self.at < self.records.len() {
            return Ok((&self.records[self.at..], false));
        }
        self.refill()
    }

    /// Goes to the next chunk.
    #[cold]
    fn refill(&mut self) -> Result<(&[u8], bool)> {
        (self.at, self.records) = (0, std::mem::take(&mut self.records));
        match self.chunks.next() {
            Some(chunk) => self.store.read(chunk, &mut self.records)?,
            None => self.records.clear(),
        }
        Ok((&self.records, true))
    }

    /// Goes past `bytes` of what was left.
    #[inline(always)]
    pub(crate) fn consume(&mut self, bytes: usize) {
        self.at += bytes;
    }
}

#[cfg(test)]
mod tests;
