//! Showing progress: a bar or plain lines on stderr, or a function of the user's. The core only reports; this file shows.

use crate::error::{external, raise};
use crate::interrupt::Signals;
use crate::parameter::type_name;
use bytepiece_core::Result;
use bytepiece_core::progress::{Progress, Stage};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyBool;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// How often a function of the user's is called within a stage.
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
    /// `function(stage, number, stages, done, total)`.
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
    /// A function of the user's.
    Call(Py<PyAny>),
}

/// The progress of one training: shows it, and lets Ctrl-C and the user's function stop it.
pub(crate) struct Reporter {
    /// Where it is shown.
    display: Display,
    /// Asks the interpreter for Ctrl-C.
    signals: Signals,
    /// The stage that runs, with what it will amount to, where that is known.
    stage: Option<(Stage, Option<u64>)>,
    /// How much of the stage is done.
    done: u64,
    /// When the function was last called, or a line last written.
    told: Instant,
    /// The exception of the user's function, until the core can be told.
    failed: Option<PyErr>,
}

impl Reporter {
    /// Nothing shown yet.
    pub(crate) fn new(show: Show) -> Self {
        let display = match (show, std::io::stderr().is_terminal()) {
            (Show::OnTerminal | Show::Always, true) => Display::Bar(ProgressBar::hidden()),
            (Show::Always, false) => Display::Lines,
            (Show::OnTerminal | Show::Never, _) => Display::Nothing,
            (Show::Call(function), _) => Display::Call(function),
        };
        Self { display, signals: Signals::new(), stage: None, done: 0, told: Instant::now(), failed: None }
    }

    /// The outcome of the training, or the exception of the user's function where that came last.
    pub(crate) fn outcome<T>(mut self, result: Result<T>) -> PyResult<T> {
        let value = result.map_err(raise)?;
        self.failed.take().map_or(Ok(value), Err)
    }

    /// Tells the user where the stage is.
    fn tell(&mut self) {
        let Some((stage, total)) = self.stage else { return };
        self.told = Instant::now();
        let (done, stages) = (self.done, Stage::ALL.len());
        match &self.display {
            Display::Nothing | Display::Bar(_) => {}
            Display::Lines => {
                let of = total.map_or_else(String::new, |total| format!(" of {total}"));
                // a closed stderr is no reason to stop
                let _ = writeln!(std::io::stderr(), "{}/{stages} {}: {done}{of}", stage.number(), stage.name());
            }
            Display::Call(function) if self.failed.is_none() => {
                let arguments = (stage.name(), stage.number(), stages, done, total);
                self.failed = Python::attach(|py| function.bind(py).call1(arguments).err());
            }
            Display::Call(_) => {}
        }
    }
}

impl Progress for Reporter {
    fn begin(&mut self, stage: Stage, total: Option<u64>) {
        if self.done > 0 {
            self.tell(); // the end of the stage before
        }
        (self.stage, self.done) = (Some((stage, total)), 0);
        if let Display::Bar(bar) = &mut self.display {
            bar.abandon();
            *bar = begin_bar(stage, total);
        }
        self.tell();
    }

    fn advance(&mut self, amount: u64) {
        self.done += amount;
        if let Display::Bar(bar) = &self.display {
            bar.inc(amount);
        }
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

    fn finish(&mut self) {
        self.tell();
        if let Display::Bar(bar) = &self.display {
            bar.abandon();
        }
    }
}

/// The bar of a stage; stages that read text count in bytes. After an error it stays as it was.
fn begin_bar(stage: Stage, total: Option<u64>) -> ProgressBar {
    let bytes = matches!(stage, Stage::Count | Stage::Segment);
    let template = match (bytes, total) {
        (true, Some(_)) => "{prefix} {wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
        (true, None) => "{prefix} {spinner} {bytes}, {bytes_per_sec}",
        (false, Some(_)) => "{prefix} {wide_bar} {pos} of {len}",
        (false, None) => "{prefix} {spinner} {elapsed}",
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr_with_hz(10))
        .with_finish(ProgressFinish::Abandon)
        .with_style(style)
        .with_prefix(format!("{}/{} {:<10}", stage.number(), Stage::ALL.len(), stage.name()))
}
