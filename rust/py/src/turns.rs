//! A lock for the state of an iterator that threads share: one of them works at a time, detached from the interpreter, and a process may
//! be forked meanwhile. The child has the lock as it was, but not the thread that would open it, so it gets an error where a
//! plain lock would stand still for ever.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

/// How often and for how long to wait for a thread of this process that has the lock and has not yet said so.
const TRIES: u32 = 100;
/// See [`TRIES`].
const PAUSE: Duration = Duration::from_millis(1);

/// See the module's text.
#[derive(Debug)]
pub(crate) struct Turns<T> {
    /// What is locked.
    state: Mutex<T>,
    /// The process of the last thread that locked it.
    process: AtomicU32,
}

impl<T> Turns<T> {
    /// Before the first turn.
    pub(crate) fn new(state: T) -> Self {
        Self { state: Mutex::new(state), process: AtomicU32::new(0) }
    }

    /// The state, when it is this thread's turn. Called detached. A panic leaves at worst half a step, which it has already
    /// told the user about: poison means nothing.
    pub(crate) fn lock(&self) -> PyResult<MutexGuard<'_, T>> {
        let process = std::process::id();
        for _ in 0..TRIES {
            let guard = match self.state.try_lock() {
                Ok(guard) => guard,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                // a thread of this process, which goes on
                Err(TryLockError::WouldBlock) if self.process.load(Ordering::Acquire) == process => {
                    self.state.lock().unwrap_or_else(PoisonError::into_inner)
                }
                Err(TryLockError::WouldBlock) => {
                    std::thread::sleep(PAUSE);
                    continue;
                }
            };
            self.process.store(process, Ordering::Release);
            return Ok(guard);
        }
        Err(PyRuntimeError::new_err(
            "this iterator was in use by a thread of another process when this one was forked: make another iterator here",
        ))
    }
}
