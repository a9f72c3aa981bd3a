//! What readers say of documents that could not be read.

use bytepiece_core::corpus::tally::{LastTally, Report};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

/// The counts of the pass that was begun last; what readers written in Python keep them in.
#[pyclass(frozen, name = "_Tally", module = "bytepiece._bytepiece")]
pub(crate) struct TallyOfReader {
    /// The core's.
    core: LastTally,
}

impl TallyOfReader {
    /// The core's.
    pub(super) fn core(&self) -> &LastTally {
        &self.core
    }
}

#[pymethods]
impl TallyOfReader {
    #[new]
    fn new() -> Self {
        Self { core: LastTally::default() }
    }

    /// The counts.
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        as_dict(py, &self.core.report())
    }

    /// A copy begins to count anew.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyType>, Bound<'py, PyTuple>) {
        (slf.get_type(), PyTuple::empty(slf.py()))
    }
}

/// Counts as Python's.
pub(super) fn as_dict<'py>(py: Python<'py>, report: &Report) -> PyResult<Bound<'py, PyDict>> {
    let (counts, skipped) = (PyDict::new(py), PyDict::new(py));
    for (flaw, count) in &report.skipped {
        skipped.set_item(flaw.to_string(), count)?;
    }
    counts.set_item("skipped", skipped)?;
    counts.set_item("replaced", report.replaced)?;
    counts.set_item("first", &report.first)?;
    Ok(counts)
}
