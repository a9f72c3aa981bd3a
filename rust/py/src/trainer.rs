//! `bytepiece.Trainer`: parameters checked at once, one call into the core, models out.

mod attributes;
mod forbidden;
mod knobs;
mod level;
mod options;

use crate::corpus::Given;
use crate::error::raise;
use crate::parameter::{self, Argument};
use crate::progress::{Reporter, Show, log};
use bytepiece_core::formats::model;
use bytepiece_core::parallel::available_threads;
use bytepiece_core::train::{Options, train_reported};
use bytepiece_core::vocabulary::Vocabulary;
use forbidden::Forbidden;
use level::Level;
use options::Draft;
use pyo3::exceptions::PyRuntimeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyBytes, PyDict, PyList, PyTuple};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Trains vocabularies by BytePiece's method: <https://kexue.fm/archives/9752>, <https://kexue.fm/archives/3956>.
///
/// Args:
///     order, max_piece_length, min_count: The longest n-gram and piece, in bytes; the least count of either.
///     max_vocab_size: Size of the vocabulary, or a list of sizes.
///     isolate_digits, ensure_unicode: Whether digits are pieces of their own; whether pieces are whole characters.
///     compat: Whether to give the bytes of 0.6.3.
///     threads, progress: None for all cores; a function, True or False for how to show progress.
///     max_ngrams: The most n-grams kept.
///     digits, cross_words, required_pieces, forbidden: Which pieces there are.
///     objective, domain_weights, cover_scripts: What the vocabulary is to be good at, and on which text.
///     strict: Whether a vocabulary that is smaller than asked is an error.
///     normalization: "nfc", "nfkc" or "none": of text, in training and by the tokenizer.
///     special_tokens, reserved_tokens, multiple_of: What the size counts beside pieces.
///     memory_limit, temp_dir: How much memory `train` may add; the folder for what does not fit.
///     checkpoint, checkpoint_every: A folder to keep what is needed to go on after a crash; seconds between two saves.
#[pyclass(frozen, subclass, module = "bytepiece")]
pub(crate) struct Trainer {
    /// `None` until `__init__` has run, which a subclass may do late; held for a few instructions.
    settings: Mutex<Option<Settings>>,
    /// What the last training gave; `None` before.
    trained: Mutex<Option<Arc<Trained>>>,
}

/// The arguments of the constructor.
struct Settings {
    /// Always valid; `threads` in it means nothing yet.
    options: Options,
    /// `None` leaves it to `workers`.
    threads: Option<NonZeroUsize>,
    /// How progress is shown.
    show: Show,
    /// What the user forbids; checked.
    forbidden: Option<Py<PyAny>>,
}

/// The vocabularies of one training.
struct Trained {
    /// The sizes that were asked for, largest first.
    sizes: Vec<usize>,
    /// One for each size.
    vocabularies: Vec<Vocabulary>,
    /// What there is to tell about it, as JSON.
    report: String,
}

#[pymethods]
impl Trainer {
    #[new]
    #[pyo3(
        signature = (*_args, **_kwargs),
        text_signature = "(order=6, max_vocab_size=10000, max_piece_length=36, min_count=2, isolate_digits=False, \
            ensure_unicode=None, *, compat=False, threads=None, progress=None, max_ngrams=100000000, memory_limit=None, \
            temp_dir=None, checkpoint=None, checkpoint_every=60.0, digits='free', cross_words=True, special_tokens=(), \
            reserved_tokens=0, multiple_of=1, required_pieces=(), forbidden=None, normalization='nfc', \
            objective=None, domain_weights=None, cover_scripts=True, strict=False)"
    )]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self { settings: Mutex::new(None), trained: Mutex::new(None) }
    }

    #[expect(clippy::too_many_arguments, reason = "the constructor of 0.6.3 and our keywords")]
    #[pyo3(signature = (
        order=Argument::Default, max_vocab_size=Argument::Default, max_piece_length=Argument::Default,
        min_count=Argument::Default, isolate_digits=Argument::Default, ensure_unicode=Argument::Default, *,
        compat=Argument::Default, threads=None, progress=None, max_ngrams=Argument::Default,
        memory_limit=Argument::Default, temp_dir=Argument::Default, checkpoint=None, checkpoint_every=None,
        digits=Argument::Default, cross_words=Argument::Default, special_tokens=Argument::Default,
        reserved_tokens=Argument::Default, multiple_of=Argument::Default, required_pieces=Argument::Default, forbidden=None,
        normalization=Argument::Default, objective=Argument::Default, domain_weights=Argument::Default,
        cover_scripts=Argument::Default, strict=Argument::Default
    ))]
    fn __init__(
        &self,
        py: Python<'_>,
        order: Argument<'_>,
        max_vocab_size: Argument<'_>,
        max_piece_length: Argument<'_>,
        min_count: Argument<'_>,
        isolate_digits: Argument<'_>,
        ensure_unicode: Argument<'_>,
        compat: Argument<'_>,
        threads: Option<&Bound<'_, PyAny>>,
        progress: Option<&Bound<'_, PyAny>>,
        max_ngrams: Argument<'_>,
        memory_limit: Argument<'_>,
        temp_dir: Argument<'_>,
        checkpoint: Option<&Bound<'_, PyAny>>,
        checkpoint_every: Option<&Bound<'_, PyAny>>,
        digits: Argument<'_>,
        cross_words: Argument<'_>,
        special_tokens: Argument<'_>,
        reserved_tokens: Argument<'_>,
        multiple_of: Argument<'_>,
        required_pieces: Argument<'_>,
        forbidden: Option<&Bound<'_, PyAny>>,
        normalization: Argument<'_>,
        objective: Argument<'_>,
        domain_weights: Argument<'_>,
        cover_scripts: Argument<'_>,
        strict: Argument<'_>,
    ) -> PyResult<()> {
        let mut options = options::options([
            (Draft::order, order),
            (Draft::max_vocab_size, max_vocab_size),
            (Draft::max_piece_length, max_piece_length),
            (Draft::min_count, min_count),
            (Draft::isolate_digits, isolate_digits),
            (Draft::ensure_unicode, ensure_unicode),
            (Draft::compat, compat),
            (Draft::max_ngrams, max_ngrams),
            (Draft::memory_limit, memory_limit),
            (Draft::temp_dir, temp_dir),
            (Draft::digits, digits),
            (Draft::cross_words, cross_words),
            (Draft::special_tokens, special_tokens),
            (Draft::reserved_tokens, reserved_tokens),
            (Draft::multiple_of, multiple_of),
            (Draft::required_pieces, required_pieces),
            (Draft::normalization, normalization),
            (Draft::objective, objective),
            (Draft::domain_weights, domain_weights),
            (Draft::cover_scripts, cover_scripts),
            (Draft::strict, strict),
        ])?;
        options.checkpoint = options::checkpoint(checkpoint, checkpoint_every)?;
        let threads = threads.map(|threads| parameter::threads(threads, "threads")).transpose()?;
        let show = Show::extract(progress)?;
        let forbidden = forbidden::check(forbidden, &options)?;
        let before = lock(py, &self.settings).replace(Settings { options, threads, show, forbidden });
        drop(before); // unlocked: it may run Python code
        Ok(())
    }

    /// Learns from texts, which are read three times. Training again begins anew.
    ///
    /// Args:
    ///     texts: An iterable of documents, a reader of `bytepiece.corpus`, or a dict of those by name.
    ///     workers, batch_size: Over 1, the number of threads, unless the constructor was told one; without effect.
    ///
    /// Raises:
    ///     ValueError, TypeError, OSError: `texts` are none, differ in the second pass, or cannot be read.
    #[pyo3(signature = (texts, workers=None, batch_size=None), text_signature = "($self, texts, workers=1, batch_size=1000)")]
    fn train(
        &self,
        py: Python<'_>,
        texts: &Bound<'_, PyAny>,
        workers: Option<&Bound<'_, PyAny>>,
        batch_size: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        options::check_batch_size(batch_size)?;
        let workers = workers.map(|workers| parameter::threads(workers, "workers")).transpose()?;
        let (options, show, forbidden) = self.settings(py, |settings| {
            let many = workers.filter(|workers| workers.get() > 1);
            let threads = settings.threads.or(many).unwrap_or_else(available_threads);
            let options = Options { threads, ..settings.options.clone() };
            (options, settings.show.clone_ref(py), settings.forbidden.as_ref().map(|given| given.clone_ref(py)))
        })?;
        let mut forbid = Forbidden::new(py, forbidden.as_ref())?;
        let mut reporter =
            Reporter::new(py, &show, options.checkpoint.as_ref().map(|checkpoint| checkpoint.dir.clone()))?;
        let given = Given::extract(texts, options.temp_dir.as_deref())?;
        let _level = Level::enter()?;
        let result = py.detach(|| train_reported(&*given.corpus()?, &options, &mut forbid, &mut reporter));
        let mut trained = None;
        reporter.outcome(py, result.map(|done| trained = Some(done)))?;
        if let Some((vocabularies, report)) = trained {
            let words = log::completed(py, report.json().to_string(), forbidden.as_ref(), texts);
            let trained = Trained { sizes: options.max_vocab_sizes, vocabularies, report: words };
            *lock(py, &self.trained) = Some(Arc::new(trained));
            reporter.summarize(&report);
        }
        Ok(())
    }

    /// Writes the model.
    ///
    /// Args:
    ///     path: Where to: `path` for one size, `path.<size>` for each of several.
    ///
    /// Raises:
    ///     RuntimeError, OSError: Nothing is trained yet; a file cannot be written.
    fn save(&self, py: Python<'_>, path: &Bound<'_, PyAny>) -> PyResult<()> {
        let (trained, path) = (self.trained(py, "save")?, parameter::path(path, "path")?);
        let several = trained.vocabularies.len() > 1;
        py.detach(|| {
            trained.sizes.iter().zip(&trained.vocabularies).try_for_each(|(size, vocabulary)| {
                let path = if several { with_size(&path, *size) } else { path.clone() };
                model::save(vocabulary, &path)
            })
        })
        .map_err(raise)
    }

    /// The pieces and counts of each vocabulary, largest first.
    #[getter]
    fn pieces<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let trained = self.trained(py, "pieces")?;
        let counted = trained.vocabularies.iter().map(|vocabulary| {
            let counts = PyDict::new(py);
            for (piece, count) in vocabulary.pieces().iter() {
                counts.set_item(PyBytes::new(py, piece), count)?;
            }
            Ok(counts)
        });
        PyList::new(py, counted.collect::<PyResult<Vec<_>>>()?)
    }

    /// What the last training did, as a new dict.
    #[getter]
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let trained = self.trained(py, "report")?;
        py.import("json")?.call_method1("loads", (&trained.report,))
    }

    /// Shows the garbage collector the user's functions: they may well belong to an object that holds this one. Never waits.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if let Ok(Some(settings)) = self.settings.try_lock().as_deref() {
            if let Show::Call(function) = &settings.show {
                visit.call(function)?;
            }
            visit.call(settings.forbidden.as_ref())?;
        }
        Ok(())
    }

    fn __clear__(&self) {
        let settings = self.settings.try_lock().ok().and_then(|mut settings| settings.take());
        drop(settings); // unlocked: it may run Python code
    }
}

impl Trainer {
    /// Reads the settings.
    fn settings<T>(&self, py: Python<'_>, read: impl FnOnce(&Settings) -> T) -> PyResult<T> {
        let uninitialized = || PyRuntimeError::new_err("Trainer.__init__ was not called; a subclass must call it");
        lock(py, &self.settings).as_ref().map(read).ok_or_else(uninitialized)
    }

    /// Changes one parameter, if the new value is in its range.
    fn change(
        &self,
        value: &Bound<'_, PyAny>,
        read: fn(&mut Draft, &Bound<'_, PyAny>) -> PyResult<()>,
    ) -> PyResult<()> {
        let py = value.py();
        let mut draft = Draft::new(self.settings(py, |settings| settings.options.clone())?);
        read(&mut draft, value)?; // may run Python code: no lock is held
        let options = draft.finish()?;
        forbidden::check_compat(self.settings(py, |settings| settings.forbidden.is_some())?, &options)?;
        if let Some(settings) = lock(py, &self.settings).as_mut() {
            settings.options = options;
        }
        Ok(())
    }

    /// The last training's result; an error that says which call came too early.
    fn trained(&self, py: Python<'_>, call: &str) -> PyResult<Arc<Trained>> {
        let trained = lock(py, &self.trained).clone();
        trained
            .ok_or_else(|| PyRuntimeError::new_err(format!("{call}: nothing is trained yet; call train(texts) first")))
    }
}

/// `path.<size>`.
fn with_size(path: &Path, size: usize) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{size}"));
    PathBuf::from(name)
}

/// Locks; nothing that holds these locks can panic, so poison means nothing.
fn lock<'a, T>(py: Python<'_>, mutex: &'a Mutex<T>) -> MutexGuard<'a, T> {
    mutex.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
}
