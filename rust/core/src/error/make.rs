//! Ways to make the most frequent errors, and to ask what one is.

use super::Error;
use std::path::Path;

impl Error {
    /// Whether everything is to stop at once: other errors may wait until what was read before them is done.
    pub fn is_interrupt(&self) -> bool {
        matches!(self, Self::Interrupt(_))
    }

    /// A parameter out of range.
    pub fn parameter(name: &'static str, value: impl ToString, expected: impl Into<String>) -> Self {
        Self::Parameter { name, value: value.to_string(), expected: expected.into() }
    }

    /// A failure on a file.
    pub fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    /// A broken model.
    pub fn model(origin: &str, problem: impl Into<String>) -> Self {
        Self::Model { origin: origin.to_owned(), problem: problem.into() }
    }
}
