//! A lock for the state of an iterator that threads share: one of them works at a time, detached from the interpreter, and a process may
//! be forked meanwhile. The child has the lock as it was, but not the thread that would open it, so it gets an error where a
//! plain lock would stand still for ever. So does a signal handler that runs in the middle of a turn and wants one itself.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
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
    /// The thread whose turn it is, 0 for none.
    thread: AtomicUsize,
}

/// The state for as long as a turn lasts.
pub(crate) struct Turn<'a, T> {
    /// The lock.
    guard: MutexGuard<'a, T>,
    /// See [`Turns::thread`].
    thread: &'a AtomicUsize,
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        self.thread.store(0, Ordering::Relaxed);
    }
}

impl<T> Deref for Turn<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for Turn<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

/// A number that no other thread alive has, and not 0: the address of something that each has.
fn this_thread() -> usize {
    thread_local! {
        static MINE: u8 = const { 0 };
    }
    MINE.with(|mine| std::ptr::from_ref(mine).addr())
}

impl<T> Turns<T> {
    /// Before the first turn.
    pub(crate) fn new(state: T) -> Self {
        Self { state: Mutex::new(state), process: AtomicU32::new(0), thread: AtomicUsize::new(0) }
    }

    /// The state, when it is this thread's turn. Called detached. A panic leaves at worst half a step, which it has already
    /// told the user about: poison means nothing.
    pub(crate) fn lock(&self) -> PyResult<Turn<'_, T>> {
        let (process, thread) = (std::process::id(), this_thread());
        // only this thread can have written this
        if self.thread.load(Ordering::Relaxed) == thread {
            return Err(PyRuntimeError::new_err(
                "this iterator is in the middle of a step that a signal handler has interrupted: make another iterator there",
            ));
        }
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
            self.thread.store(thread, Ordering::Relaxed);
            return Ok(Turn { guard, thread: &self.thread });
        }
        Err(PyRuntimeError::new_err(
            "this iterator was in use by a thread of another process when this one was forked: make another iterator here",
        ))
    }
}
