//! Lines for Python's `logging`, under the name `bytepiece.train`. They come when stages begin and end and when
//! something happens, never for a batch.
//!
//! A handler that raises does not stop training: its exception goes where Python sends those that nobody can take
//! (`sys.unraisablehook`). Ctrl-C in a handler does.

use bytepiece_core::num::to_u64;
use bytepiece_core::progress::{Notice, Stage, Status};
use bytepiece_core::report::words::{duration, number, size};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

/// logging.INFO.
const INFO: u8 = 20;
/// logging.WARNING.
const WARNING: u8 = 30;

/// A function of the Python half.
pub(crate) fn helper<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import("bytepiece._training")?.getattr(name)
}

/// The report of a training, JSON, with what is forbidden, and what the readers of `texts` say, which goes to the log. An exception,
/// of a handler say, is none of the training's, which is done.
pub(crate) fn completed(
    py: Python<'_>,
    report: String,
    forbidden: Option<&Py<PyAny>>,
    texts: &Bound<'_, PyAny>,
) -> String {
    let call = || helper(py, "completed")?.call1((&report, forbidden, texts))?.extract::<String>();
    match call() {
        Ok(words) => words,
        Err(error) => {
            error.write_unraisable(py, None);
            report
        }
    }
}

/// The logger.
pub(super) struct Log {
    /// Python's.
    logger: Py<PyAny>,
    /// How many stages there are.
    pub(super) stages: usize,
}

impl Log {
    /// `bytepiece.train`.
    pub(super) fn new(py: Python<'_>) -> PyResult<Self> {
        let logger = py.import("logging")?.call_method1("getLogger", ("bytepiece.train",))?.unbind();
        Ok(Self { logger, stages: Stage::ALL.len() })
    }

    /// A stage begins.
    pub(super) fn begin(&self, stage: Stage) -> PyResult<()> {
        self.log(INFO, || format!("{} begins", self.place(stage)))
    }

    /// Something happened.
    pub(super) fn notice(&self, notice: &Notice) -> PyResult<()> {
        let level = match notice {
            Notice::DiskShort { .. } | Notice::NoTemporary { .. } | Notice::TooLittleText { .. } => WARNING,
            _ => INFO,
        };
        self.log(level, || self.words(notice))
    }

    /// `1/6 counting`.
    fn place(&self, stage: Stage) -> String {
        format!("{}/{} {}", stage.number(), self.stages, stage.name())
    }

    /// A notice in words.
    fn words(&self, notice: &Notice) -> String {
        match notice {
            Notice::Ended(stage, status) => format!("{} ended after {}", self.place(*stage), ended(*stage, status)),
            Notice::Spilled { stage, bytes, dir } => {
                format!(
                    "{}: {} written to {}, since memory has no room",
                    self.place(*stage),
                    size(*bytes),
                    dir.display()
                )
            }
            Notice::Saved { stage, documents, bytes } => {
                format!("{}: checkpoint saved at document {}, {}", self.place(*stage), number(*documents), size(*bytes))
            }
            Notice::Resumed { stage, documents, bytes } => {
                let (documents, bytes) = (number(*documents), size(*bytes));
                format!("{}: goes on from the checkpoint, behind {documents} documents, {bytes}", self.place(*stage))
            }
            Notice::Raised { kept, min_count } => {
                let lengths = (2_u64..).zip(kept).filter(|(_, kept)| kept.threshold > *min_count);
                let lengths: Vec<String> =
                    lengths.map(|(length, kept)| format!("{length}: {}", kept.threshold)).collect();
                let longest = to_u64(kept.len()) + 1;
                format!(
                    "max_ngrams: of the n-grams of 2 to {longest} bytes fewer are kept than have min_count={min_count}; least counts by \
                     length: {}",
                    lengths.join(", ")
                )
            }
            Notice::DiskShort { dir, needed, free } => format!(
                "{}: the disk may be too small: about {} will be needed, {} are free; free some, pass another folder, or a larger \
                 memory_limit so that less is written",
                dir.display(),
                size(*needed),
                size(*free)
            ),
            Notice::TooLittleText { wanted, possible } => format!(
                "the text has too few pieces for max_vocab_size: {wanted} were asked for, {possible} are possible; pass more text, or a \
                 smaller size"
            ),
            Notice::NoTemporary { dir, problem } => format!(
                "{}: nothing can be written there: {problem}; training will fail if memory has no room; pass temp_dir",
                dir.display()
            ),
        }
    }

    /// Logs, if anybody listens. Called detached; an error is one that is to stop training.
    fn log(&self, level: u8, words: impl FnOnce() -> String) -> PyResult<()> {
        Python::attach(|py| {
            let logger = self.logger.bind(py);
            let logged = || -> PyResult<()> {
                if logger.call_method1("isEnabledFor", (level,))?.is_truthy()? {
                    logger.call_method1("log", (level, "%s", words()))?;
                }
                Ok(())
            };
            match logged() {
                Err(error) if error.is_instance_of::<PyException>(py) => {
                    error.write_unraisable(py, Some(logger));
                    Ok(())
                }
                outcome => outcome,
            }
        })
    }
}

/// What there is to tell of a stage that is over.
fn ended(stage: Stage, status: &Status) -> String {
    let rate = status.rate().filter(|_| stage.reads()).map_or_else(String::new, |rate| format!(", {rate:.1} MB/s"));
    let text = if stage.reads() {
        format!(", {} documents, {}", number(status.documents), size(status.bytes))
    } else {
        String::new()
    };
    format!("{}{text}{rate}, memory {}", duration(status.seconds), size(status.memory))
}
