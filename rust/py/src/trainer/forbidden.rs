//! `forbidden=`: a regular expression or a function of the user's, asked in batches.
//!
//! In: what the user gave, which `bytepiece._training.forbids` makes a function of one piece. Out: its answers, by their truth. Whatever it
//! raises ends training and comes out unchanged.

use crate::error::{external, raise};
use crate::progress::log::helper;
use bytepiece_core::Result;
use bytepiece_core::rules::Forbid;
use bytepiece_core::train::{Options, with_compat};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// What is asked; `None` where nothing is forbidden.
pub(super) struct Forbidden(Option<Py<PyAny>>);

impl Forbidden {
    /// Of what the user gave.
    pub(super) fn new(py: Python<'_>, given: Option<&Py<PyAny>>) -> PyResult<Self> {
        let function = |given: &Py<PyAny>| PyResult::Ok(helper(py, "forbids")?.call1((given,))?.unbind());
        given.map(function).transpose().map(Self)
    }
}

impl Forbid for Forbidden {
    fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    fn forbidden(&mut self, pieces: &[&[u8]]) -> Result<Vec<bool>> {
        let Some(function) = &self.0 else { return Ok(vec![false; pieces.len()]) };
        Python::attach(|py| {
            let ask = |piece: &&[u8]| function.bind(py).call1((PyBytes::new(py, piece),))?.is_truthy();
            pieces.iter().map(ask).collect::<PyResult<_>>().map_err(external)
        })
    }
}

/// What the user gave, if it can be asked.
pub(super) fn check(given: Option<&Bound<'_, PyAny>>, options: &Options) -> PyResult<Option<Py<PyAny>>> {
    let given = given.map(|given| given.clone().unbind());
    if let Some(given) = &given {
        Python::attach(|py| Forbidden::new(py, Some(given)))?;
    }
    check_compat(given.is_some(), options)?;
    Ok(given)
}

/// Whether something is forbidden that 0.6.3 would not know of.
pub(super) fn check_compat(given: bool, options: &Options) -> PyResult<()> {
    if given && options.compat { Err(raise(with_compat("forbidden", "a rule"))) } else { Ok(()) }
}
