//! What all readers of files have in common: files are there, can be read, and can be read again.
//!
//! In: paths of files and directories, and glob patterns. Out: the files one after the other, decompressed, or an error
//! that names the path and the way out. Everything is checked before the work starts, once when a reader is made and
//! again at each pass: a file whose size or time of change is another than in the first pass is an error, and from the
//! second pass on it is looked at again when it is opened and when it ends. What compressed files hold is decompressed
//! by a thread of its own.

mod ahead;
pub mod compression;
pub mod find;

use super::identity::{Identity, Stamp};
use crate::num::{index, low_u32, to_u64};
use crate::{Error, Result};
use ahead::Ahead;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// How many bytes a reader takes from a file, and puts into a part, at a time.
pub(crate) const CHUNK: usize = 1 << 20;
/// A compressed file of less is decompressed by who reads it: a thread would cost more than it saves.
const WORTH_A_THREAD: u64 = 1 << 16;

/// Files that are read in order, any number of times. A copy may be read beside it, and begins anew: it may find files
/// changed.
#[derive(Debug)]
pub struct Files {
    /// At least one; every one could be opened when this was made.
    paths: Arc<[PathBuf]>,
    /// What they were when the first pass began.
    first: Arc<OnceLock<Vec<Stamp>>>,
}

impl Clone for Files {
    fn clone(&self) -> Self {
        Self { paths: Arc::clone(&self.paths), first: Arc::default() }
    }
}

impl Files {
    /// Finds the files, see [`find::find`], and checks that every one can be read.
    pub fn new(paths: &[PathBuf], kind: find::Kind) -> Result<Self> {
        let paths = find::find(paths, kind)?;
        if paths.is_empty() || paths.len() > index(u32::MAX) {
            return Err(Error::parameter("paths", format!("{} paths", paths.len()), "1 to 4294967295 paths"));
        }
        paths.iter().try_for_each(|path| open(path).map(drop))?;
        Ok(Self { paths: paths.into(), first: Arc::default() })
    }

    /// The files, in order.
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// The sizes of the files together, as they are now; one that is gone counts 0.
    pub fn total_bytes(&self) -> u64 {
        self.paths.iter().map(|path| std::fs::metadata(path).map_or(0, |metadata| metadata.len())).sum()
    }

    /// The identity of a corpus that reads them with these options; `None` where a file is gone, which reading will
    /// say.
    pub(crate) fn identity(&self, options: String) -> Option<Identity> {
        let stamped = |path: &PathBuf| Some((path.clone(), Stamp::new(&std::fs::metadata(path).ok()?)));
        let files: Vec<_> = self.paths.iter().map(stamped).collect::<Option<_>>()?;
        Some(Identity::of_files(options, &files))
    }

    /// Begins a pass.
    pub(crate) fn begin(&self) -> Result<Opener> {
        let stamp = |path: &PathBuf| open(path).and_then(|file| stamp_of(path, &file));
        let now: Vec<Stamp> = self.paths.iter().map(stamp).collect::<Result<_>>()?;
        let again = self.first.get().is_some();
        let first = self.first.get_or_init(|| now.clone());
        for ((path, &before), &now) in self.paths.iter().zip(first).zip(&now) {
            same(path, before, now)?;
        }
        Ok(Opener { paths: Arc::clone(&self.paths), stamps: again.then_some(now), next: 0, read: Arc::default() })
    }
}

/// Opens a file that a pass will read from its beginning to its end.
fn open(path: &Path) -> Result<File> {
    // The kind is looked at first: opening a named pipe would wait for its writer.
    let metadata = std::fs::metadata(path).map_err(|error| Error::io(path, error))?;
    if !metadata.is_file() {
        let problem =
            "is not a regular file, so it cannot be read more than once; write its content to a file and pass that";
        return Err(Error::io(path, io::Error::new(io::ErrorKind::InvalidInput, problem)));
    }
    File::open(path).map_err(|error| Error::io(path, error))
}

/// What shows that an open file was changed.
fn stamp_of(path: &Path, file: &File) -> Result<Stamp> {
    file.metadata().map(|metadata| Stamp::new(&metadata)).map_err(|error| Error::io(path, error))
}

/// Whether a file is as it was.
fn same(path: &Path, before: Stamp, now: Stamp) -> Result<()> {
    if before == now {
        return Ok(());
    }
    Err(Error::FileChanged { path: path.to_owned(), before: before.words(), now: now.words() })
}

/// The files of one pass, one after the other.
pub(crate) struct Opener {
    /// All files.
    paths: Arc<[PathBuf]>,
    /// What each must be; `None` in the first pass, whose files are looked at when the second one begins.
    stamps: Option<Vec<Stamp>>,
    /// The file to open next.
    next: usize,
    /// Bytes read of all files, as they are stored.
    read: Arc<AtomicU64>,
}

impl Opener {
    /// Opens the next file; `None` behind the last one.
    pub(crate) fn open_next(&mut self) -> Result<Option<Source>> {
        let source = self.look_ahead(Arc::clone(&self.read))?;
        self.next += usize::from(source.is_some());
        Ok(source)
    }

    /// Opens the next file, which stays the next, and counts what is read of it in `read`.
    pub(crate) fn look_ahead(&self, read: Arc<AtomicU64>) -> Result<Option<Source>> {
        let Some(path) = self.paths.get(self.next) else { return Ok(None) };
        let expected = self.stamps.as_ref().and_then(|stamps| stamps.get(self.next).copied());
        Source::open(path, expected, read).map(Some)
    }

    /// Leaves the next file out.
    pub(crate) fn pass_next(&mut self) {
        self.next += 1;
    }

    /// Where the file with this number is.
    pub(crate) fn path(&self, number: u32) -> &Path {
        self.paths.get(index(number)).map_or(Path::new(""), PathBuf::as_path)
    }

    /// The number of the file that was opened last, as parts have it; it was seen that it fits.
    pub(crate) fn number(&self) -> u32 {
        low_u32(to_u64(self.next.saturating_sub(1)))
    }

    /// How much of the files has been read, as they are stored; a thread may have read on.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

/// The content of one file.
pub(crate) struct Source {
    /// Where the file is, for errors.
    path: PathBuf,
    /// The content.
    content: Box<dyn Read + Send>,
    /// What the file must be, and be still at its end, and the file.
    expected: Option<(Stamp, File)>,
}

impl Source {
    /// Opens a file that must be as `expected`; counts what is read of it.
    fn open(path: &Path, expected: Option<Stamp>, read: Arc<AtomicU64>) -> Result<Self> {
        let file = open(path)?;
        let stamp = stamp_of(path, &file)?;
        let expected = expected.map(|before| {
            same(path, before, stamp)?;
            file.try_clone().map(|file| (before, file)).map_err(|error| Error::io(path, error))
        });
        let (content, compression) = compression::content(Counted { file, read }, path)?;
        let thread = compression.is_some() && stamp.size >= WORTH_A_THREAD;
        let content = if thread { Ahead::start(content) } else { content };
        Ok(Self { path: path.to_owned(), content, expected: expected.transpose()? })
    }

    /// Where the file is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends the next `length` bytes to `buffer`, fewer only at the end of the file. How many.
    pub(crate) fn read(&mut self, length: u64, buffer: &mut Vec<u8>) -> Result<usize> {
        let read =
            (&mut self.content).take(length).read_to_end(buffer).map_err(|error| Error::io(&self.path, error))?;
        if to_u64(read) < length
            && let Some((before, file)) = &self.expected
        {
            same(&self.path, *before, stamp_of(&self.path, file)?)?;
        }
        Ok(read)
    }
}

/// Counts what is read of a file.
struct Counted {
    /// The file.
    file: File,
    /// How much has been read of it and others.
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.read.fetch_add(to_u64(read), Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
