//! One training at a time in a checkpoint's folder.
//!
//! In: the folder. Out: [`Lock`], which nobody else has until it is dropped, or an error that names the process that
//! has it. The lock is the system's (`flock`, by `fs4`, since the standard library's is newer than the compilers we
//! build with), not the file's: it ends with the process, so what a crash leaves behind is a file that says nothing.
//! Forked processes share it. Reader processes of a training that was killed live on for some milliseconds, which is
//! what [`PATIENCE`] is for. Where a file system has no locks, there is none.

use crate::{Error, Result};
use fs4::{FileExt, TryLockError};
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// The name of the file.
const NAME: &str = "lock";
/// How long to wait for the readers of a training that is gone.
const PATIENCE: Duration = Duration::from_millis(300);
/// How often to try meanwhile.
const OFTEN: Duration = Duration::from_millis(20);

/// See the module.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "the lock is held as long as the file is open")] File);

impl Lock {
    /// Takes the lock of a folder.
    pub(super) fn take(dir: &Path) -> Result<Self> {
        let path = dir.join(NAME);
        let io = |error| Error::io(&path, error);
        let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
        let begun = Instant::now();
        loop {
            match FileExt::try_lock(&file) {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => std::thread::sleep(OFTEN),
                Err(TryLockError::WouldBlock) => {
                    let mut process = String::new();
                    // Windows lets nobody read it
                    let _ = file.read_to_string(&mut process);
                    let process = if process.is_empty() { "?" } else { process.trim() }.to_owned();
                    return Err(Error::CheckpointInUse { dir: dir.to_owned(), process });
                }
                Err(TryLockError::Error(_)) => return Ok(Self(file)), // no locks here
            }
        }
        // for the error of others only: on a full disk it stays empty
        let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Self(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_refused_until_the_first_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let first = Lock::take(dir.path()).unwrap();
        let message = Lock::take(dir.path()).unwrap_err().to_string();
        assert!(message.contains("is in use by another training") && message.contains("(process "), "{message}");
        drop(first);
        Lock::take(dir.path()).unwrap();
    }

    #[test]
    fn what_a_crash_has_left_is_no_lock() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(NAME), "123456\n").unwrap();
        Lock::take(dir.path()).unwrap();
        assert_eq!(std::fs::read_to_string(dir.path().join(NAME)).unwrap(), format!("{}\n", std::process::id()));
    }
}
