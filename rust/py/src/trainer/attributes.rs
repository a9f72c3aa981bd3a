//! The parameters of a `Trainer` as attributes, each of which can be set, with the checks of the constructor.

use super::Trainer;
use super::options::Draft;
use pyo3::prelude::*;

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

    /// Whether each digit is a segment of its own.
    #[getter]
    fn isolate_digits(&self, py: Python<'_>) -> PyResult<bool> {
        self.settings(py, |settings| settings.options.isolate_digits)
    }

    #[setter]
    fn set_isolate_digits(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.change(value, Draft::isolate_digits)
    }

    /// Whether pieces are whole characters.
    #[getter]
    fn ensure_unicode(&self, py: Python<'_>) -> PyResult<bool> {
        self.settings(py, |settings| settings.options.ensure_unicode)
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
}
