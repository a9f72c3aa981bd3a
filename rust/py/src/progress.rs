//! Showing progress: a bar or plain lines on stderr, or a function of the user's, and lines in the log. The core only reports; this file shows.

mod line;
pub(crate) mod log;

use crate::error::{external, raise};
use crate::interrupt::Signals;
use crate::parameter::type_name;
use bytepiece_core::checkpoint::is_saved;
use bytepiece_core::progress::{Notice, Progress, Stage, Status};
use bytepiece_core::report::Report;
use bytepiece_core::{Error, Result};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};
use line::{details, line};
use log::Log;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How often a function of the user's is called within a stage, and a bar's words change.
const OFTEN: Duration = Duration::from_millis(100);
/// How often a line is written where there is no terminal.
const LINE: Duration = Duration::from_secs(10);

/// What the user asked for.
pub(crate) enum Show {
    /// A bar, if stderr is a terminal.
    OnTerminal,
    /// A bar, or plain lines where stderr is no terminal.
    Always,
    /// Nothing.
    Never,
    /// `function(stage, number, stages, done, total)`, with `details=` where it has a parameter of that name.
    Call(Py<PyAny>),
}

impl Show {
    /// Reads `progress=`.
    pub(crate) fn extract(object: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let Some(object) = object else { return Ok(Self::OnTerminal) };
        if let Ok(flag) = object.cast::<PyBool>() {
            return Ok(if flag.is_true() { Self::Always } else { Self::Never });
        }
        if object.is_callable() {
            return Ok(Self::Call(object.clone().unbind()));
        }
        let given = type_name(object);
        Err(PyTypeError::new_err(format!("progress must be None, True, False or a function, not {given}")))
    }

    /// The same again.
    pub(crate) fn clone_ref(&self, py: Python<'_>) -> Self {
        match self {
            Self::OnTerminal => Self::OnTerminal,
            Self::Always => Self::Always,
            Self::Never => Self::Never,
            Self::Call(function) => Self::Call(function.clone_ref(py)),
        }
    }
}

/// Where progress goes.
enum Display {
    /// Nowhere.
    Nothing,
    /// A bar a stage, the last one being that of the stage that runs; indicatif limits how often it draws.
    Bar(ProgressBar),
    /// Lines on stderr.
    Lines,
    /// A function of the user's, and whether it takes `details`.
    Call(Py<PyAny>, bool),
}

/// The progress of one training: shows it, and lets Ctrl-C and the user's function stop it.
pub(crate) struct Reporter {
    /// Where it is shown.
    display: Display,
    /// Asks the interpreter for Ctrl-C.
    signals: Signals,
    /// The stage that runs, with what it will amount to, where that is known.
    stage: Option<(Stage, Option<u64>)>,
    /// How many stages there are.
    stages: usize,
    /// How much of the stage is done.
    done: u64,
    /// What the core measured last.
    status: Status,
    /// When the function was last called, or a line last written.
    told: Instant,
    /// The exception of the user's function or of a signal's handler while logging, until the core can be told.
    failed: Option<PyErr>,
    /// Python's logging.
    log: Log,
    /// The checkpoint's folder, if there is one.
    checkpoint: Option<PathBuf>,
}

impl Reporter {
    /// Nothing shown yet.
    pub(crate) fn new(py: Python<'_>, show: &Show, checkpoint: Option<PathBuf>) -> PyResult<Self> {
        let display = match (show, std::io::stderr().is_terminal()) {
            (Show::OnTerminal | Show::Always, true) => Display::Bar(ProgressBar::hidden()),
            (Show::Always, false) => Display::Lines,
            (Show::OnTerminal | Show::Never, _) => Display::Nothing,
            (Show::Call(function), _) => {
                Display::Call(function.clone_ref(py), log::helper(py, "takes_details")?.call1((function,))?.extract()?)
            }
        };
        let (signals, log, status) = (Signals::new(), Log::new(py)?, Status::default());
        let stages = Stage::ALL.len();
        Ok(Self {
            display,
            signals,
            stage: None,
            stages,
            done: 0,
            status,
            told: Instant::now(),
            failed: None,
            log,
            checkpoint,
        })
    }

    /// The outcome of the training, or the exception of the user's function where that came last. An exception that a later call can go on
    /// from says so, and how; Ctrl-C also where it cannot.
    pub(crate) fn outcome(&mut self, py: Python<'_>, result: Result<()>) -> PyResult<()> {
        let kept = self.checkpoint.as_deref().is_some_and(is_saved);
        let helper = match (&result, kept) {
            (Err(Error::Interrupt(_) | Error::External(_) | Error::Io { .. } | Error::Spill { .. }), true) => {
                Some("goes_on")
            }
            // the same call would fail in the same way
            (Err(Error::ModelTooLarge { .. } | Error::PiecesTooMany { .. }), true) => Some("goes_on_with_memory"),
            (Err(Error::Interrupt(_)), false) => Some("begins_anew"),
            _ => None,
        };
        let result = result.map_err(raise).and_then(|()| self.failed.take().map_or(Ok(()), Err));
        if let (Err(exception), Some(dir), Some(helper)) = (&result, &self.checkpoint, helper) {
            log::helper(py, helper)?.call1((exception.value(py), dir))?;
        }
        result
    }

    /// Shows the report's lines where progress is shown.
    pub(crate) fn summarize(&self, report: &Report) {
        if matches!(self.display, Display::Bar(_) | Display::Lines) {
            // a closed stderr is no reason to fail
            let _ = std::io::stderr().write_all(report.summary().as_bytes());
        }
    }

    /// Tells the user where the stage is.
    fn tell(&mut self) {
        let Some((stage, total)) = self.stage else { return };
        self.told = Instant::now();
        let (done, stages) = (self.done, self.stages);
        match &self.display {
            Display::Nothing => {}
            Display::Bar(bar) => bar.set_message(line(stage, done, total, &self.status)),
            Display::Lines => {
                let words = line(stage, done, total, &self.status);
                // a closed stderr is no reason to stop
                let _ = writeln!(std::io::stderr(), "{}/{stages} {}: {words}", stage.number(), stage.name());
            }
            Display::Call(function, detailed) if self.failed.is_none() => {
                let arguments = (stage.name(), stage.number(), stages, done, total);
                let call = |py: Python<'_>| {
                    if !detailed {
                        return function.call1(py, arguments).map(drop);
                    }
                    let keywords = PyDict::new(py);
                    keywords.set_item("details", details(py, &self.status)?)?;
                    function.call(py, arguments, Some(&keywords)).map(drop)
                };
                self.failed = Python::attach(|py| call(py).err());
            }
            Display::Call(..) => {}
        }
    }
}

impl Progress for Reporter {
    fn stages(&mut self, number: usize) {
        self.stages = number;
        self.log.stages = number;
    }

    fn begin(&mut self, stage: Stage, total: Option<u64>) {
        (self.stage, self.done) = (Some((stage, total)), 0);
        self.told = Instant::now();
        match &mut self.display {
            Display::Bar(bar) => *bar = begin_bar(stage, self.stages, total),
            Display::Nothing | Display::Lines | Display::Call(..) => {}
        }
        if !matches!(self.display, Display::Lines) {
            self.tell();
        }
        self.log.begin(stage).unwrap_or_else(|error| self.failed = Some(error));
    }

    fn advance(&mut self, amount: u64) {
        self.done += amount;
        if let Display::Bar(bar) = &self.display {
            bar.inc(amount);
        }
    }

    fn status(&mut self, status: &Status) {
        self.status = *status;
    }

    fn notice(&mut self, notice: &Notice) {
        if matches!(notice, Notice::Ended(..)) {
            self.tell();
            if let Display::Bar(bar) = &self.display {
                bar.abandon();
            }
        }
        self.log.notice(notice).unwrap_or_else(|error| self.failed = Some(error));
    }

    fn check(&mut self) -> Result<()> {
        self.signals.check()?;
        let seldom = if matches!(self.display, Display::Lines) { LINE } else { OFTEN };
        if self.told.elapsed() >= seldom {
            self.tell();
        }
        if let Display::Bar(bar) = &self.display {
            bar.tick();
        }
        self.failed.take().map_or(Ok(()), |exception| Err(external(exception)))
    }
}

/// The bar of a stage. After an error it stays as it was.
fn begin_bar(stage: Stage, stages: usize, total: Option<u64>) -> ProgressBar {
    // what is cut off on a narrow terminal is in the summary
    let template = if total.is_some() { "{prefix} {bar:12} {wide_msg}" } else { "{prefix} {spinner} {wide_msg}" };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr_with_hz(10))
        .with_finish(ProgressFinish::Abandon)
        .with_style(style)
        .with_prefix(format!("{}/{stages} {:<10}", stage.number(), stage.name()))
}
