//! How deep `train` is inside of itself: a progress function, or an iterator of texts, may train too.

use pyo3::exceptions::PyRecursionError;
use pyo3::prelude::*;
use std::cell::Cell;

thread_local! {
    /// How many calls of `train` run on this thread, one inside of the other.
    static LEVELS: Cell<u32> = const { Cell::new(0) };
}

/// One of them, until it is dropped.
pub(super) struct Level;

impl Level {
    /// The most there may be: a progress function that trains would fill the stack otherwise, and end the process.
    const MOST: u32 = 8;

    /// Begins one.
    pub(super) fn enter() -> PyResult<Self> {
        if LEVELS.get() >= Self::MOST {
            let problem =
                format!("train was called {} times from inside of train, by a progress function say", Self::MOST);
            return Err(PyRecursionError::new_err(problem));
        }
        LEVELS.set(LEVELS.get() + 1);
        Ok(Self)
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        LEVELS.set(LEVELS.get() - 1);
    }
}
