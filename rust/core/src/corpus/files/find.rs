//! From paths, directories and glob patterns to files.
//!
//! In: paths as users give them. Out: paths of files: a file for itself; of a directory all files in it and under it,
//! those of the reader's kind where it has one, but no hidden ones; of a pattern the files that match it, hidden ones
//! only where the pattern says so. What one path stands for is in order of its components, byte by byte, on every
//! machine; the paths themselves keep their order, and a file that is named twice comes twice. Links are followed; one
//! that leads back to a directory above it is an error. Cost: a look at each entry.

use super::compression::without_compression;
use crate::{Error, Result};
use glob::{MatchOptions, Pattern};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// What files of a directory a reader takes: names with one of these ends, before that of a compression. None: all.
pub type Kind = &'static [&'static str];

/// Finds all files.
pub fn find(paths: &[PathBuf], kind: Kind) -> Result<Vec<PathBuf>> {
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => in_directory(path, kind, &mut files)?,
            Err(error) => match pattern(path) {
                Some(pattern) => matching(path, pattern, &mut files)?,
                None => return Err(Error::io(path, error)),
            },
            Ok(_) => files.push(path.clone()),
        }
    }
    Ok(files)
}

/// What makes a path a pattern.
const WILD: [char; 3] = ['*', '?', '['];

/// A path that is a pattern, because there is no such file.
fn pattern(path: &Path) -> Option<&str> {
    path.to_str().filter(|text| text.contains(WILD))
}

/// Whether the name of a file is of the kind.
fn is_of(kind: Kind, path: &Path) -> bool {
    let bare = without_compression(path);
    let end = bare.extension().and_then(|end| end.to_str()).unwrap_or_default();
    kind.is_empty() || kind.iter().any(|one| end.eq_ignore_ascii_case(one))
}

/// Whether a name begins with a dot.
fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

/// Appends the files under a directory.
fn in_directory(path: &Path, kind: Kind, files: &mut Vec<PathBuf>) -> Result<()> {
    let shown = |entry: &DirEntry| entry.depth() == 0 || !is_hidden(entry);
    let before = files.len();
    for entry in WalkDir::new(path).follow_links(true).sort_by_file_name().into_iter().filter_entry(shown) {
        let entry = entry.map_err(|error| walked(path, error))?;
        if !entry.file_type().is_dir() && is_of(kind, entry.path()) {
            files.push(entry.into_path());
        }
    }
    if files.len() > before {
        return Ok(());
    }
    let ends: Vec<String> = kind.iter().map(|end| format!(".{end}")).collect();
    let what = if kind.is_empty() { "no file".to_owned() } else { format!("no file that ends in {}", ends.join(", ")) };
    Err(Error::io(path, not_found(format!("this directory has {what}, hidden ones left out"))))
}

/// An error of walking through a directory.
fn walked(root: &Path, error: walkdir::Error) -> Error {
    let path = error.path().unwrap_or(root).to_owned();
    let problem = match error.loop_ancestor() {
        Some(above) => io::Error::other(format!(
            "it is a link that leads back to {}: a directory loop; remove the link, or pass the files",
            above.display()
        )),
        None => error.into_io_error().unwrap_or_else(|| io::Error::other("it cannot be read")),
    };
    Error::io(&path, problem)
}

/// Appends the files that match a pattern. All below its first component with a wild card is walked through and
/// compared: the library's own walk goes round in directory loops.
fn matching(path: &Path, text: &str, files: &mut Vec<PathBuf>) -> Result<()> {
    let options =
        MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };
    let pattern = Pattern::new(text).map_err(|error| {
        let words = format!("there is no such file, and as a pattern: {error}");
        Error::io(path, io::Error::new(io::ErrorKind::InvalidInput, words))
    })?;
    let components: Vec<&OsStr> = path.iter().collect();
    let wild = |component: &&OsStr| component.to_str().is_some_and(|text| text.contains(WILD));
    let literal = components.iter().position(wild).unwrap_or(components.len());
    let root: PathBuf = if literal == 0 { ".".into() } else { components[..literal].iter().collect() };
    let depth = if text.contains("**") { usize::MAX } else { components.len() - literal };
    let hidden = components[literal..].iter().any(|component| component.as_encoded_bytes().starts_with(b"."));
    let shown = |entry: &DirEntry| entry.depth() == 0 || hidden || !is_hidden(entry);
    let before = files.len();
    let walk = WalkDir::new(&root).follow_links(true).max_depth(depth).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(shown) {
        match entry {
            Ok(entry) if entry.file_type().is_dir() => (),
            Ok(entry) => {
                let found =
                    if literal == 0 { entry.path().strip_prefix(".").unwrap_or(entry.path()) } else { entry.path() };
                if pattern.matches_path_with(found, options) {
                    files.push(found.to_owned());
                }
            }
            // a loop that nobody would go round in
            Err(error) if error.loop_ancestor().is_some() && error.depth() == depth => (),
            Err(error) if error.depth() == 0 => break,
            Err(error) => return Err(walked(path, error)),
        }
    }
    if files.len() > before {
        return Ok(());
    }
    Err(Error::io(path, not_found("there is no such file, and no file matches the pattern".to_owned())))
}

/// Of Python's class `FileNotFoundError`.
fn not_found(words: String) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, words)
}
