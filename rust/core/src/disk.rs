//! What a training needs on the disk, before it is there and while it is written.
//!
//! In: the bytes that spill files take ([`Usage`], told by [`crate::spill`]), the corpus' size and how much of it is
//! read. Out: what is on the disk and was at most, and a [`Forecast`] of what will be, which [`crate::report`]
//! compares with what is free. Nothing here decides on a result; the forecast is for warnings. An error is only what
//! is certain: a disk too full for the smallest checkpoint, a `temp_dir` that cannot be written to.
//!
//! Before the first pass, for text of `b` bytes and tables of `t` bytes:
//! ```text
//! distinct n-grams   DISTINCT × b
//! needed             0 where 16 bytes each (over order 8: 32) fit into t, else WRITTEN × b
//! ```
//! with the numbers of [`RATES`]. On 46 MB of the shared corpora there were 0.145 distinct n-grams a byte at order 6,
//! 0.27 at 8, 0.45 at 12; the second half of that text, met by full tables, made 1.13 bytes on the disk a byte at
//! order 8, 1.64 at 9, 3.3 at 12, 5.8 at 16, and with the n-grams derived from it 4.8 at 12 and 7.4 at 16; orders
//! under 8, and distinct ones over 12, are extrapolated. Larger corpora repeat more, and need less a byte. While a
//! pass is read, what was written since the first spill is extrapolated to the rest of the text
//! ([`Forecast::during`]). Pieces are forecast only so: how many differ
//! hangs on the model.

use crate::{Error, Result};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// By order, between two of which the higher one holds: distinct n-grams, and bytes written where all tables spill,
/// both for a thousand bytes of text.
const RATES: [(usize, u64, u64); 5] = [(3, 10, 50), (6, 150, 800), (8, 280, 1300), (12, 450, 4900), (16, 530, 7500)];
/// Bytes of memory that a distinct n-gram takes at most, at orders up to 8.
const NGRAM: u64 = 16;
/// The state of a checkpoint whose passes have one run each, twice: a new one is written beside the old one.
const LEAST: u64 = 16 << 10;

/// What the files of one training take on the disk; copies share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Usage(Arc<Numbers>);

/// See [`Usage`].
#[derive(Debug, Default)]
struct Numbers {
    /// Bytes written.
    written: AtomicU64,
    /// Bytes there are.
    held: AtomicU64,
    /// Bytes there were at most.
    most: AtomicU64,
}

impl Usage {
    /// Bytes written so far.
    pub(crate) fn written(&self) -> u64 {
        self.0.written.load(Ordering::Relaxed)
    }

    /// Bytes on the disk now.
    pub(crate) fn held(&self) -> u64 {
        self.0.held.load(Ordering::Relaxed)
    }

    /// Bytes that were on the disk at a time.
    pub(crate) fn most(&self) -> u64 {
        self.0.most.load(Ordering::Relaxed)
    }

    /// So many bytes more are on the disk.
    fn hold(&self, bytes: u64) {
        let held = self.0.held.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.0.most.fetch_max(held, Ordering::Relaxed);
    }
}

/// The part of one file in a [`Usage`].
#[derive(Debug)]
pub(crate) struct Held {
    /// Where it counts.
    usage: Usage,
    /// What it takes, if the file is gone when this is dropped.
    temporary: Option<AtomicU64>,
}

impl Held {
    /// A file that is empty, and gone with this.
    pub(crate) fn temporary(usage: Usage) -> Self {
        Self { usage, temporary: Some(AtomicU64::new(0)) }
    }

    /// A file that has so many bytes, and stays.
    pub(crate) fn lasting(usage: Usage, bytes: u64) -> Self {
        usage.hold(bytes);
        Self { usage, temporary: None }
    }

    /// So many bytes were written.
    pub(crate) fn add(&self, bytes: u64) {
        self.usage.0.written.fetch_add(bytes, Ordering::Relaxed);
        self.usage.hold(bytes);
        if let Some(temporary) = &self.temporary {
            temporary.fetch_add(bytes, Ordering::Relaxed);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            self.usage.0.held.fetch_sub(temporary.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }
}

/// What will be needed on the disk at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Forecast {
    /// The longest n-gram.
    pub(crate) order: usize,
    /// Memory for tables, in bytes; `None` where everything is written whatever there is, for a checkpoint.
    pub(crate) tables: Option<u64>,
}

impl Forecast {
    /// What counting so many bytes of text will write, at most.
    pub(crate) fn before(&self, text: u64) -> u64 {
        let (_, distinct, written) =
            RATES.iter().copied().find(|&(order, ..)| self.order <= order).unwrap_or(RATES[RATES.len() - 1]);
        let ngram = if self.order <= size_of::<u64>() { NGRAM } else { 2 * NGRAM };
        let fits = |tables: u64| share(text, distinct, 1000).saturating_mul(ngram) <= tables;
        if self.tables.is_some_and(fits) { 0 } else { share(text, written, 1000) }
    }

    /// What will have been written at the end of a pass over `total` bytes, of which `done` are read; `written` are
    /// written since `since` were. `None`: that is too little to tell.
    pub(crate) fn during(written: u64, since: u64, done: u64, total: u64) -> Option<u64> {
        let (seen, left) = (done.checked_sub(since)?, total.saturating_sub(done));
        let enough = written > 0 && seen >= (total / 20).max(1);
        enough.then(|| written.saturating_add(share(left, written, seen)))
    }
}

/// `part` of `whole` of a number.
fn share(number: u64, part: u64, whole: u64) -> u64 {
    let product = u128::from(number) * u128::from(part) / u128::from(whole.max(1));
    u64::try_from(product).unwrap_or(u64::MAX)
}

/// Bytes that can be written to a folder, where the system tells.
pub(crate) fn free(dir: &Path) -> Option<u64> {
    fs4::available_space(dir).ok()
}

/// Whether there is room for the smallest checkpoint.
pub(crate) fn check_least(dir: &Path) -> Result<()> {
    let Some(free) = free(dir).filter(|&free| free < LEAST) else { return Ok(()) };
    let problem = format!(
        "checkpoint {}: the disk is full: at least {LEAST} bytes are needed there, {free} are free; free some, or pass another \
         folder",
        dir.display()
    );
    Err(Error::Folder { dir: dir.to_owned(), problem, source: ErrorKind::StorageFull.into() })
}

/// Whether a temporary file can be made in a folder: an error where the folder was asked for, else what the system
/// says.
pub(crate) fn check_temporary(dir: &Path, asked: bool) -> Result<Option<String>> {
    match tempfile::tempfile_in(dir) {
        Ok(_) => Ok(None),
        Err(error) if !asked => Ok(Some(error.to_string())),
        Err(source) => Err(unwritable(dir, source)),
    }
}

/// The error for a `temp_dir` in which no file can be made.
pub(crate) fn unwritable(dir: &Path, source: std::io::Error) -> Error {
    let problem = format!("temp_dir {} cannot be written to: {source}; pass a folder that can", dir.display());
    Error::Folder { dir: dir.to_owned(), problem, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_given_back_and_the_most_is_kept_in_mind() {
        let usage = Usage::default();
        let (first, lasting) = (Held::temporary(usage.clone()), Held::lasting(usage.clone(), 5));
        first.add(10);
        lasting.add(2);
        assert_eq!((usage.written(), usage.held(), usage.most()), (12, 17, 17));
        drop((first, lasting));
        Held::temporary(usage.clone()).add(3);
        assert_eq!((usage.written(), usage.held(), usage.most()), (15, 7, 17));
    }

    #[test]
    fn nothing_is_needed_where_all_fits_and_more_at_higher_orders() {
        let needed = |order, tables| Forecast { order, tables }.before(1 << 30);
        assert_eq!(needed(6, Some(u64::MAX)), 0);
        assert!(needed(6, None) > 0 && needed(6, None) == needed(6, Some(1 << 20)));
        assert!((1..16).all(|order| needed(order, Some(0)) <= needed(order + 1, Some(0))));
        assert_eq!(Forecast { order: 16, tables: None }.before(u64::MAX), u64::MAX);
    }

    #[test]
    fn what_was_written_is_extrapolated_from_where_it_began() {
        // half of the text filled the tables, a tenth made 10
        assert_eq!(Forecast::during(10, 50, 60, 100), Some(50));
        assert_eq!(Forecast::during(10, 50, 52, 100), None);
        assert_eq!(Forecast::during(0, 0, 60, 100), None);
        assert_eq!(Forecast::during(10, 0, 100, 90), Some(10));
        assert_eq!(Forecast::during(10, 70, 60, 100), None);
    }

    #[test]
    fn a_folder_that_is_there_has_room() {
        let dir = tempfile::tempdir().unwrap();
        assert!(free(dir.path()).is_none_or(|free| free > 0) && check_temporary(dir.path(), true).is_ok());
        let gone = dir.path().join("gone");
        let message = check_temporary(&gone, true).unwrap_err().to_string();
        assert!(message.starts_with("temp_dir ") && message.contains("gone cannot be written to"), "{message}");
        assert!(check_temporary(&gone, false).unwrap().is_some());
    }
}
