//! The parameters of training from Python objects: types here, ranges in the core, one error that names the parameter.

use crate::error::raise;
use crate::parameter::{Argument, Count, flag, in_words_of, path, real, type_name};
use bytepiece_core::checkpoint::CheckpointOptions;
use bytepiece_core::memory::MemoryLimit;
use bytepiece_core::num::to_usize;
use bytepiece_core::parallel::available_threads;
use bytepiece_core::train::Options;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyList, PyString, PyTuple};
use std::time::Duration;

/// The seconds between two saves when nothing is said.
const EVERY: f64 = 60.0;

/// Options that may be out of range still.
pub(super) struct Draft {
    /// Numbers beyond 64 bits and negative ones are replaced by the nearest, which are out of range just the same.
    pub(super) options: Options,
    /// `isolate_digits`, where it was given.
    pub(super) isolate_digits: Option<bool>,
    /// The integers as the user gave them, for errors.
    given: Vec<(&'static str, Count)>,
}

impl Draft {
    /// Begins with options to change.
    pub(super) fn new(options: Options) -> Self {
        Self { options, isolate_digits: None, given: Vec::new() }
    }

    /// The longest n-gram.
    pub(super) fn order(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        self.options.order = to_usize(self.integer("order", object)?);
        Ok(())
    }

    /// One size or a list of sizes, kept largest first.
    pub(super) fn max_vocab_size(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        let name = "max_vocab_size";
        if !(object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>()) {
            if !object.hasattr("__index__")? {
                let given = type_name(object);
                return Err(PyTypeError::new_err(format!("{name} must be an int or a list of ints, not {given}")));
            }
            self.options.max_vocab_sizes = vec![to_usize(self.integer(name, object)?)];
            return Ok(());
        }
        let size = |size: PyResult<Bound<'_, PyAny>>| Ok(to_usize(self.integer(name, &size?)?));
        let mut sizes: Vec<usize> = object.try_iter()?.map(size).collect::<PyResult<_>>()?;
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        self.options.max_vocab_sizes = sizes;
        Ok(())
    }

    /// The longest piece.
    pub(super) fn max_piece_length(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        self.options.max_piece_length = to_usize(self.integer("max_piece_length", object)?);
        Ok(())
    }

    /// The least count.
    pub(super) fn min_count(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        self.options.min_count = self.integer("min_count", object)?;
        Ok(())
    }

    /// Whether pieces are whole characters.
    pub(super) fn ensure_unicode(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        self.options.ensure_unicode = if object.is_none() { None } else { Some(flag(object, "ensure_unicode")?) };
        Ok(())
    }

    /// Whether to give the bytes of 0.6.3.
    pub(super) fn compat(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        self.options.compat = flag(object, "compat")?;
        Ok(())
    }

    /// The most n-grams kept.
    pub(super) fn max_ngrams(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        self.options.max_ngrams = self.integer("max_ngrams", object)?;
        Ok(())
    }

    /// The memory to work in.
    pub(super) fn memory_limit(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        self.options.memory_limit = memory_limit(object)?;
        Ok(())
    }

    /// Where to put what memory has no room for.
    pub(super) fn temp_dir(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        self.options.temp_dir = if object.is_none() { None } else { Some(path(object, "temp_dir")?) };
        Ok(())
    }

    /// The options, if every one is in its range.
    pub(super) fn finish(self) -> PyResult<Options> {
        match self.options.validate() {
            Ok(()) => Ok(self.options),
            Err(error) => Err(raise(in_words_of(error, &self.given))),
        }
    }

    /// Reads an integer and remembers how it was given.
    pub(super) fn integer(&mut self, name: &'static str, object: &Bound<'_, PyAny>) -> PyResult<u64> {
        let count = Count::extract(object, name)?;
        let nearest = count.nearest;
        self.given.push((name, count));
        Ok(nearest)
    }
}

/// The method of [`Draft`] that reads one argument.
type Read = fn(&mut Draft, &Bound<'_, PyAny>) -> PyResult<()>;

/// Reads the arguments that were given into the defaults.
pub(super) fn options<const N: usize>(arguments: [(Read, Argument<'_>); N]) -> PyResult<Options> {
    let mut draft = Draft::new(Options::new(available_threads()));
    for (read, argument) in &arguments {
        if let Argument::Given(object) = argument {
            read(&mut draft, object)?;
        }
    }
    draft.finish()
}

/// Where to keep what is needed to go on, and how often, in seconds.
pub(super) fn checkpoint(
    dir: Option<&Bound<'_, PyAny>>,
    every: Option<&Bound<'_, PyAny>>,
) -> PyResult<Option<CheckpointOptions>> {
    let seconds = every.map_or(Ok(EVERY), |every| real(every, "checkpoint_every"))?;
    let every = Duration::try_from_secs_f64(seconds).map_err(|_| {
        PyValueError::new_err(format!("checkpoint_every must be a number of seconds, 0 or more, not {seconds}"))
    })?;
    dir.map(|dir| Ok(CheckpointOptions { dir: path(dir, "checkpoint")?, every })).transpose()
}

/// `None`, a number of bytes, words such as `"2GB"`, or a share of all memory.
fn memory_limit(object: &Bound<'_, PyAny>) -> PyResult<MemoryLimit> {
    if object.is_none() {
        return Ok(MemoryLimit::HalfOfFree);
    }
    let refused = || {
        let given = object.repr().map_or_else(|_| type_name(object), |words| words.to_string());
        let expected =
            "a number of bytes, a size such as \"600MB\" or \"2GiB\", or a share of all memory above 0 and up to 1.0";
        PyValueError::new_err(format!("memory_limit must be {expected}, not {given}"))
    };
    if let Ok(words) = object.cast::<PyString>() {
        return MemoryLimit::parse(&words.extract::<String>()?).ok_or_else(refused);
    }
    if object.is_instance_of::<PyFloat>() {
        let share = real(object, "memory_limit")?;
        return if share > 0.0 && share <= 1.0 { Ok(MemoryLimit::Share(share)) } else { Err(refused()) };
    }
    let count = Count::extract(object, "memory_limit")?;
    if count.nearest == 0 { Err(refused()) } else { Ok(MemoryLimit::Bytes(count.nearest)) }
}

/// `batch_size` of 0.6.3: checked, and otherwise without effect.
pub(super) fn check_batch_size(object: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    let Some(object) = object else { return Ok(()) };
    let count = Count::extract(object, "batch_size")?;
    if count.nearest > 0 {
        return Ok(());
    }
    Err(PyValueError::new_err(format!("batch_size must be at least 1, not {}", count.words)))
}
