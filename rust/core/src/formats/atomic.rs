//! Files that are whole or not there: write beside, sync, rename.
//!
//! In: a path and a function that writes. Out: the file, complete; or, after any error, what was at the path before. A link stays
//! a link (its target is replaced), a file that exists keeps its permissions, a new one gets 0666 less the umask. What is
//! not a regular file (a pipe, `/dev/stdout`) cannot be renamed over and is written into.

use crate::{Error, Result};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Puts what `write` writes at `path`. Errors name `path`.
pub fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<()> {
    put(path, write).map_err(|error| Error::io(path, error))
}

fn put(path: &Path, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> std::io::Result<()> {
    let target = resolve(path)?;
    let existing = match fs::metadata(&target) {
        Ok(metadata) if metadata.is_dir() => return Err(std::io::ErrorKind::IsADirectory.into()),
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
    let mut builder = tempfile::Builder::new();
    builder.prefix(".bytepiece-").suffix(".part");
    if let Some(permissions) = new_file_permissions() {
        builder.permissions(permissions);
    }
    let mut beside = builder.tempfile_in(folder).map_err(plain)?;
    buffered(beside.as_file_mut(), write)?;
    if let Some(permissions) = existing {
        beside.as_file().set_permissions(permissions)?;
    }
    beside.as_file().sync_all()?;
    beside.persist(&target).map_err(|error| error.error)?;
    sync_folder(folder);
    Ok(())
}

/// The system's own error in one of tempfile's, which names the temporary file: the user did not ask for that one.
fn plain(error: std::io::Error) -> std::io::Error {
    let code = error
        .get_ref()
        .and_then(std::error::Error::source)
        .and_then(|source| source.downcast_ref::<std::io::Error>())
        .and_then(std::io::Error::raw_os_error);
    code.map_or(error, std::io::Error::from_raw_os_error)
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

/// What a new file may be used for before the umask has its say.
fn new_file_permissions() -> Option<Permissions> {
    #[cfg(unix)]
    return Some(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    #[cfg(not(unix))]
    None
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
