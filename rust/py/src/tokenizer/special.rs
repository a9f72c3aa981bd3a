//! Special tokens: adding them, and what there is.

use super::{Tokenizer, pickle, texts};
use crate::error::raise;
use crate::parameter::{interruptible, word};
use pyo3::prelude::*;
use pyo3::types::PyDict;

#[pymethods]
impl Tokenizer {
    /// A tokenizer with more special tokens behind the ids there are.
    fn with_special_tokens<'py>(slf: &Bound<'py, Self>, tokens: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Self>> {
        let loaded = slf.get().loaded()?;
        let tokens = strings(tokens, "tokens", "with_special_tokens([token])")?;
        let core = loaded.core.with_special_tokens(tokens).map_err(raise)?;
        let object = pickle::object(&slf.get_type(), core, loaded.sampler.seed(slf.py()))?;
        pickle::give_state(slf, &object)?;
        Ok(object)
    }

    /// All special tokens with their ids.
    #[getter]
    fn special_tokens<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let tokens = PyDict::new(py);
        for (token, id) in self.core()?.vocabulary().specials() {
            tokens.set_item(token, id)?;
        }
        Ok(tokens)
    }
}

/// An iterable of `str`; `call` says what to write instead of a single one.
fn strings(object: &Bound<'_, PyAny>, name: &str, call: &str) -> PyResult<Vec<String>> {
    texts::refuse_one(object, name, call)?;
    let string = |(place, token): (usize, PyResult<Bound<'_, PyAny>>)| word(&token?, &format!("{name}[{place}]"));
    interruptible(object.py(), object.try_iter()?).enumerate().map(string).collect()
}
