//! Scores, sums over all segmentations, entropies and n-best lists of one text.

use super::{Tokenizer, call};
use crate::error::raise;
use crate::parameter::{Argument, Count, in_words_of, real};
use crate::text::Text;
use bytepiece_core::num::to_usize;
use bytepiece_core::parallel::Stop;
use bytepiece_core::tokenizer::{Alpha, Tokenizer as Core, Worker};
use bytepiece_core::{Error, Result};
use pyo3::prelude::*;
use pyo3::types::PyList;

/// Work on more bytes than this is done by a thread of its own, so that Ctrl-C is heard meanwhile.
const INTERRUPTIBLE: usize = 1 << 18;

#[pymethods]
impl Tokenizer {
    /// The logarithm of the probability of the best segmentation: the sum of its scores.
    ///
    /// Args:
    ///     text: `str` or `bytes`.
    ///
    /// Raises:
    ///     ValueError, TypeError: As `encode`.
    fn score(&self, py: Python<'_>, text: &Bound<'_, PyAny>) -> PyResult<f64> {
        let (core, text) = (self.core()?, Text::extract(text, || "text".to_owned())?);
        detached(py, core, text.len(), |stop| Ok(core.best_score(&text, &mut Worker::default(), stop))).map_err(raise)
    }

    /// The logarithm of the summed probability of all segmentations.
    ///
    /// Args:
    ///     text: `str` or `bytes`.
    ///
    /// Raises:
    ///     ValueError, TypeError: As `encode`.
    fn log_likelihood(&self, py: Python<'_>, text: &Bound<'_, PyAny>) -> PyResult<f64> {
        let (core, text) = (self.core()?, Text::extract(text, || "text".to_owned())?);
        let alpha = exponent(1.0)?;
        detached(py, core, text.len(), |stop| Ok(core.log_likelihood(&text, alpha, &mut Worker::default(), stop)))
            .map_err(raise)
    }

    /// The entropy, in nats, of the distribution of segmentations that sampling draws from.
    ///
    /// Args:
    ///     text: `str` or `bytes`.
    ///     alpha: The exponent: 0 for the uniform distribution, 1 for the model's own.
    ///
    /// Raises:
    ///     ValueError: `alpha` is negative or not finite; otherwise as `encode`.
    ///     TypeError: As `encode`.
    #[pyo3(signature = (text, *, alpha=Argument::Default), text_signature = "($self, text, *, alpha=1.0)")]
    fn entropy<'py>(&self, py: Python<'py>, text: &Bound<'py, PyAny>, alpha: Argument<'py>) -> PyResult<f64> {
        let (core, text) = (self.core()?, Text::extract(text, || "text".to_owned())?);
        let alpha = exponent(alpha.or(1.0, |alpha| real(alpha, "alpha"))?)?;
        detached(py, core, text.len(), |stop| Ok(core.entropy(&text, alpha, &mut Worker::default(), stop)))
            .map_err(raise)
    }

    /// The n best segmentations with their scores, exactly, best first.
    ///
    /// Args:
    ///     text: `str` or `bytes`.
    ///     n: 1 to 1,024; times the bytes of the text at most 2**26.
    ///
    /// Returns:
    ///     Pairs of ids and score; fewer where there are fewer segmentations.
    ///
    /// Raises:
    ///     ValueError: `n` is out of its range; otherwise as `encode`.
    ///     TypeError: As `encode`.
    fn nbest<'py>(
        &self,
        py: Python<'py>,
        text: &Bound<'py, PyAny>,
        n: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyList>> {
        let (core, text) = (self.core()?, Text::extract(text, || "text".to_owned())?);
        let given = Count::extract(n, "n")?;
        let n = to_usize(given.nearest);
        let best = detached(py, core, text.len().saturating_mul(n), |stop| core.nbest(&text, n, stop));
        let best = best.map_err(|error| raise(in_words_of(error, &[("n", given)])))?;
        let pairs = best.iter().map(|(ids, score)| Ok((self.list(py, ids)?, *score)));
        PyList::new(py, pairs.collect::<PyResult<Vec<_>>>()?)
    }
}

/// An exponent of a distribution: no negative number, which stands for the best path.
fn exponent(alpha: f64) -> PyResult<Alpha> {
    let none = || Error::parameter("alpha", format!("{alpha:?}"), "a number from 0 to 1e290");
    Alpha::new(alpha).ok().flatten().ok_or_else(none).map_err(raise)
}

/// Calls `work` detached from the interpreter: on this thread where there are few bytes to work on.
fn detached<R: Send>(py: Python<'_>, core: &Core, bytes: usize, work: impl Fn(&Stop) -> Result<R> + Sync) -> Result<R> {
    py.detach(|| {
        if bytes <= core.quick_bytes(INTERRUPTIBLE) {
            return work(&Stop::default());
        }
        call::apart(&work)
    })
}
