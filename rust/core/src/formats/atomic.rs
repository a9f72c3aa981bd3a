//! Files that are whole or not there: write beside, sync, rename.
//!
//! In: a path and a function that writes. Out: the file, complete; or, after any error, what was at the path before. A link stays
//! a link (its target is replaced), a file that exists keeps its permissions, a new one gets 0666 less the umask. What is
//! not a regular file (a pipe, `/dev/stdout`) cannot be renamed over and is written into.

use crate::{Error, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Puts what `write` writes at `path`. Errors name `path`.
pub fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<()> {
    put(path, write).map_err(|error| Error::io(path, error))
}

fn put(path: &Path, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> std::io::Result<()> {
    let target = resolve(path)?;
    let existing = match fs::metadata(&target) {
        Ok(metadata) if !metadata.is_file() => {
            return buffered(&mut OpenOptions::new().write(true).open(&target)?, write);
        }
        Ok(metadata) => Some(metadata.permissions()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let folder = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    // `make_in`, because its errors are the system's own: those of `tempfile_in` name a file that the user did not ask for
    let mut name = tempfile::Builder::new();
    let mut beside = name.prefix(".bytepiece-").suffix(".part").make_in(folder, |path| File::create_new(path))?;
    buffered(beside.as_file_mut(), write)?;
    if let Some(permissions) = existing {
        beside.as_file().set_permissions(permissions)?;
    }
    beside.as_file().sync_all()?;
    beside.persist(&target).map_err(|error| error.error)?;
    sync_folder(folder);
    Ok(())
}

/// The file behind a link, though it may not be there yet.
fn resolve(path: &Path) -> std::io::Result<PathBuf> {
    if !fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink()) {
        return Ok(path.to_owned());
    }
    match fs::canonicalize(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let target = fs::read_link(path)?;
            Ok(path.parent().map_or_else(|| target.clone(), |parent| parent.join(&target)))
        }
        resolved => resolved,
    }
}

/// Calls `write` with a buffer before `file`.
fn buffered(file: &mut File, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> std::io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 18, file);
    write(&mut out)?;
    out.flush()
}

/// Makes the new name durable where the system can; where it cannot, the file is there all the same.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests;
