//! The parameters of training from Python objects: types here, ranges in the core, one error that names the parameter.

use crate::error::raise;
use crate::parameter::{Argument, Count, flag, in_words_of, type_name};
use bytepiece_core::num::to_usize;
use bytepiece_core::parallel::available_threads;
use bytepiece_core::train::Options;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

/// What 0.6.3 takes when nothing is said.
pub(super) fn defaults() -> Options {
    Options {
        order: 6,
        max_vocab_sizes: vec![10_000],
        max_piece_length: 36,
        min_count: 2,
        isolate_digits: false,
        ensure_unicode: true,
        compat: false,
        threads: available_threads(),
    }
}

/// Options that may be out of range still.
pub(super) struct Draft {
    /// Numbers beyond 64 bits and negative ones are replaced by the nearest, which are out of range just the same.
    options: Options,
    /// The integers as the user gave them, for errors.
    given: Vec<(&'static str, Count)>,
}

impl Draft {
    /// Begins with options to change.
    pub(super) fn new(options: Options) -> Self {
        Self { options, given: Vec::new() }
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

    /// Whether each digit stands alone.
    pub(super) fn isolate_digits(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        self.options.isolate_digits = flag(object, "isolate_digits")?;
        Ok(())
    }

    /// Whether pieces are whole characters.
    pub(super) fn ensure_unicode(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        self.options.ensure_unicode = flag(object, "ensure_unicode")?;
        Ok(())
    }

    /// Whether to give the bytes of 0.6.3.
    pub(super) fn compat(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        self.options.compat = flag(object, "compat")?;
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
    fn integer(&mut self, name: &'static str, object: &Bound<'_, PyAny>) -> PyResult<u64> {
        let count = Count::extract(object, name)?;
        let nearest = count.nearest;
        self.given.push((name, count));
        Ok(nearest)
    }
}

/// The method of [`Draft`] that reads one argument.
type Read = fn(&mut Draft, &Bound<'_, PyAny>) -> PyResult<()>;

/// Reads the arguments that were given into the defaults.
pub(super) fn options(arguments: [(Read, Argument<'_>); 7]) -> PyResult<Options> {
    let mut draft = Draft::new(defaults());
    for (read, argument) in &arguments {
        if let Argument::Given(object) = argument {
            read(&mut draft, object)?;
        }
    }
    draft.finish()
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
