//! What all readers of files have in common: files are there, can be read, and can be read again.
//!
//! In: paths. Out: open files, or an error that names the path and the way out. Everything is checked before the work
//! starts, once when a reader is made and again at each pass; the content is not: a file that changes between two passes
//! gives two different corpora.

use super::FileIdentity;
use crate::num::{index, low_u32, to_u64};
use crate::{Error, Result};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// How many bytes a reader takes from a file, and puts into a part, at a time.
pub(crate) const CHUNK: usize = 1 << 20;

/// Whether there is at least one file, and each is a regular file that can be opened.
pub(crate) fn check(paths: &[PathBuf]) -> Result<()> {
    if paths.is_empty() || paths.len() > index(u32::MAX) {
        return Err(Error::parameter("paths", format!("{} paths", paths.len()), "1 to 4294967295 paths"));
    }
    paths.iter().try_for_each(|path| open(path).map(drop))
}

/// Opens a file that a pass will read from its beginning to its end.
pub(crate) fn open(path: &Path) -> Result<File> {
    // The kind is looked at first: opening a named pipe would wait for its writer.
    let metadata = std::fs::metadata(path).map_err(|error| Error::io(path, error))?;
    if metadata.is_dir() {
        let problem = io::Error::new(io::ErrorKind::IsADirectory, "is a directory; pass the files in it");
        return Err(Error::io(path, problem));
    }
    if !metadata.is_file() {
        let problem =
            "is not a regular file, so it cannot be read more than once; write its content to a file and pass that";
        return Err(Error::io(path, io::Error::new(io::ErrorKind::InvalidInput, problem)));
    }
    File::open(path).map_err(|error| Error::io(path, error))
}

/// The number of a file as parts have it; [`check`] saw that it fits.
pub(crate) fn number(file: usize) -> u32 {
    low_u32(to_u64(file))
}

/// The sizes of the files together, as they are now; one that is gone counts 0.
pub(crate) fn total_bytes(paths: &[PathBuf]) -> u64 {
    paths.iter().map(|path| std::fs::metadata(path).map_or(0, |metadata| metadata.len())).sum()
}

/// What tells whether the files have changed; one that is gone has the size 0.
pub(crate) fn identities(paths: &[PathBuf]) -> Vec<FileIdentity> {
    let nanoseconds = |time: std::time::SystemTime| {
        let since = time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    };
    let identity = |path: &PathBuf| {
        let metadata = std::fs::metadata(path);
        let size = metadata.as_ref().map_or(0, std::fs::Metadata::len);
        let modified = metadata.and_then(|metadata| metadata.modified()).map_or(0, nanoseconds);
        FileIdentity { path: path.display().to_string(), size, modified }
    };
    paths.iter().map(identity).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_cannot_be_read_twice_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("missing.txt");
        let message = |path: &Path| check(&[path.to_owned()]).unwrap_err().to_string();
        assert!(message(&missing).starts_with(&format!("{}: ", missing.display())), "{}", message(&missing));
        assert_eq!(message(dir.path()), format!("{}: is a directory; pass the files in it", dir.path().display()));
        assert_eq!(check(&[]).unwrap_err().to_string(), "paths must be 1 to 4294967295 paths, not 0 paths");
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_not_a_regular_file() {
        let message = check(&["/dev/null".into()]).unwrap_err().to_string();
        assert!(message.contains("cannot be read more than once"), "{message}");
    }

    #[cfg(unix)]
    #[test]
    fn a_named_pipe_is_refused_without_waiting_for_a_writer() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let message = check(&[pipe]).unwrap_err().to_string();
        assert!(message.contains("write its content to a file"), "{message}");
    }
}
