//! The parameters of a `Trainer` as attributes, each of which can be set, with the checks of the constructor.

use super::options::Draft;
use super::{Settings, Trainer, forbidden, lock};
use bytepiece_core::rules::Digits;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use std::collections::BTreeMap;

#[pymethods]
impl Trainer {
    /// The longest n-gram counted, in bytes.
    #[getter]
    fn order(&self, py: Python<'_>) -> PyResult<usize> {
        self.settings(py, |settings| settings.options.order)
    }

    #[setter]
    fn set_order(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.change(value, Draft::order)
    }

    /// The sizes asked for, largest first.
    #[getter]
    fn max_vocab_size(&self, py: Python<'_>) -> PyResult<Vec<usize>> {
        self.settings(py, |settings| settings.options.max_vocab_sizes.clone())
    }

    #[setter]
    fn set_max_vocab_size(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.change(value, Draft::max_vocab_size)
    }

    /// The longest piece kept, in bytes.
    #[getter]
    fn max_piece_length(&self, py: Python<'_>) -> PyResult<usize> {
        self.settings(py, |settings| settings.options.max_piece_length)
    }

    #[setter]
    fn set_max_piece_length(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.change(value, Draft::max_piece_length)
    }

    /// The least count of n-grams and pieces of 2 bytes or more.
    #[getter]
    fn min_count(&self, py: Python<'_>) -> PyResult<u64> {
        self.settings(py, |settings| settings.options.min_count)
    }

    #[setter]
    fn set_min_count(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.change(value, Draft::min_count)
    }

    /// The most n-grams kept.
    #[getter]
    fn max_ngrams(&self, py: Python<'_>) -> PyResult<u64> {
        self.settings(py, |settings| settings.options.max_ngrams)
    }

    #[setter]
    fn set_max_ngrams(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.change(value, Draft::max_ngrams)
    }

    /// Whether each digit is a piece of its own: whether `digits` is "single".
    #[getter]
    fn isolate_digits(&self, py: Python<'_>) -> PyResult<bool> {
        self.settings(py, |settings| settings.options.digits == Digits::Single)
    }

    #[setter]
    fn set_isolate_digits(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.change(value, Draft::isolate_digits)
    }

    /// Whether pieces are whole characters.
    #[getter]
    fn ensure_unicode(&self, py: Python<'_>) -> PyResult<bool> {
        self.settings(py, |settings| settings.options.ensure_unicode())
    }

    #[setter]
    fn set_ensure_unicode(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.change(value, Draft::ensure_unicode)
    }

    /// Whether models are the same bytes as those of 0.6.3.
    #[getter]
    fn compat(&self, py: Python<'_>) -> PyResult<bool> {
        self.settings(py, |settings| settings.options.compat)
    }

    #[setter]
    fn set_compat(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.change(value, Draft::compat)
    }

    /// How digits stand in pieces.
    #[getter]
    fn digits(&self, py: Python<'_>) -> PyResult<&'static str> {
        self.settings(py, |settings| settings.options.digits.name())
    }

    #[setter]
    fn set_digits(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.change(value, Draft::digits)
    }

    /// Whether pieces may go on behind the end of a word.
    #[getter]
    fn cross_words(&self, py: Python<'_>) -> PyResult<bool> {
        self.settings(py, |settings| settings.options.cross_words)
    }

    #[setter]
    fn set_cross_words(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.change(value, Draft::cross_words)
    }

    /// What the vocabulary is to be good at.
    #[getter]
    fn objective(&self, py: Python<'_>) -> PyResult<&'static str> {
        self.settings(py, |settings| settings.options.objective().name())
    }

    #[setter]
    fn set_objective(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.change(value, Draft::objective)
    }

    /// What text of each source counts for.
    #[getter]
    fn domain_weights(&self, py: Python<'_>) -> PyResult<BTreeMap<String, f64>> {
        self.settings(py, |settings| settings.options.domain_weights.iter().cloned().collect())
    }

    #[setter]
    fn set_domain_weights(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.change(value, Draft::domain_weights)
    }

    /// Whether letters of all scripts are counted.
    #[getter]
    fn cover_scripts(&self, py: Python<'_>) -> PyResult<bool> {
        self.settings(py, |settings| settings.options.cover_scripts)
    }

    #[setter]
    fn set_cover_scripts(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.change(value, Draft::cover_scripts)
    }

    /// Whether a vocabulary that is smaller than asked is an error.
    #[getter]
    fn strict(&self, py: Python<'_>) -> PyResult<bool> {
        self.settings(py, |settings| settings.options.strict)
    }

    #[setter]
    fn set_strict(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.change(value, Draft::strict)
    }

    /// How text is normalized.
    #[getter]
    fn normalization(&self, py: Python<'_>) -> PyResult<&'static str> {
        self.settings(py, |settings| settings.options.normalization.name())
    }

    #[setter]
    fn set_normalization(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.change(value, Draft::normalization)
    }

    /// The special tokens, in the order of their ids.
    #[getter]
    fn special_tokens(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        self.settings(py, |settings| settings.options.special_tokens.clone())
    }

    #[setter]
    fn set_special_tokens(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.change(value, Draft::special_tokens)
    }

    /// How many more there are.
    #[getter]
    fn reserved_tokens(&self, py: Python<'_>) -> PyResult<usize> {
        self.settings(py, |settings| settings.options.reserved_tokens)
    }

    #[setter]
    fn set_reserved_tokens(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.change(value, Draft::reserved_tokens)
    }

    /// What the size is a multiple of.
    #[getter]
    fn multiple_of(&self, py: Python<'_>) -> PyResult<usize> {
        self.settings(py, |settings| settings.options.multiple_of)
    }

    #[setter]
    fn set_multiple_of(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.change(value, Draft::multiple_of)
    }

    /// The pieces that are kept whatever their counts, as they were given.
    #[getter]
    fn required_pieces<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let pieces = self.settings(py, |settings| settings.options.required_pieces.clone())?;
        PyList::new(py, pieces.iter().map(|piece| PyBytes::new(py, piece)))
    }

    #[setter]
    fn set_required_pieces(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.change(value, Draft::required_pieces)
    }

    /// What is forbidden, as it was given.
    #[getter]
    fn forbidden(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.settings(py, |settings| settings.forbidden.as_ref().map(|given| given.clone_ref(py)))
    }

    #[setter]
    fn set_forbidden(&self, py: Python<'_>, value: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let options = self.settings(py, |settings| settings.options.clone())?;
        let forbidden = forbidden::check(value, &options)?;
        let replace = |settings: &mut Settings| std::mem::replace(&mut settings.forbidden, forbidden);
        let before = lock(py, &self.settings).as_mut().map(replace);
        drop(before); // unlocked: it may run Python code
        Ok(())
    }
}
