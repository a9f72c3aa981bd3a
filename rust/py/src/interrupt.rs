//! Ctrl-C during long work: the core asks several times a second, this asks the interpreter.

use crate::error::external;
use bytepiece_core::Result;
use pyo3::Python;
use std::time::{Duration, Instant};

/// Attaching can wait for another thread's turn (5 ms by default), so it is not done for every batch of text.
const SELDOM: Duration = Duration::from_millis(25);

/// Runs the handlers of the signals that came in, at most 40 times a second.
pub(crate) struct Signals {
    /// When the interpreter was last asked.
    asked: Instant,
}

impl Signals {
    /// Asks from now on.
    pub(crate) fn new() -> Self {
        Self { asked: Instant::now() }
    }

    /// The exception of a handler (KeyboardInterrupt) is the error. Called detached, on the thread that called from Python.
    pub(crate) fn check(&mut self) -> Result<()> {
        if self.asked.elapsed() < SELDOM {
            return Ok(());
        }
        self.asked = Instant::now();
        Python::attach(|py| py.check_signals()).map_err(external)
    }
}
