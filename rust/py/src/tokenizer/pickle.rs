//! Pickling: a tokenizer is its class, its packed vocabulary with its special tokens, its seed, and whatever a subclass keeps in
//! the object. The same parts make a tokenizer that differs in the vocabulary only.
//!
//! The call counter is not in it, nor entropy that was drawn: equal tokenizers have equal pickles, and an unseeded one
//! draws anew where it arrives.

use super::{Tokenizer, load};
use crate::error::raise;
use bytepiece_core::formats::packed;
use bytepiece_core::tokenizer::Tokenizer as Core;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple, PyType};

/// `(_unpickle, (class, packed, seed))`, with the state of a subclass behind it where there is one.
pub(super) fn reduce<'py>(tokenizer: &Bound<'py, Tokenizer>) -> PyResult<Bound<'py, PyTuple>> {
    let py = tokenizer.py();
    let loaded = tokenizer.get().loaded()?;
    let packed = py.detach(|| packed::pack(loaded.core.vocabulary())).map_err(raise)?;
    let function = py.import("bytepiece._bytepiece")?.getattr("_unpickle")?;
    let arguments = (tokenizer.get_type(), PyBytes::new(py, &packed), loaded.sampler.seed(py)).into_pyobject(py)?;
    let state = state(tokenizer)?;
    let parts: Vec<_> = [function, arguments.into_any()].into_iter().chain(state).collect();
    PyTuple::new(py, parts)
}

/// What `copyreg` would save besides: `__getstate__()` where there is one (always from Python 3.11 on), else `__dict__`.
fn state<'py>(tokenizer: &Bound<'py, Tokenizer>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let state = match tokenizer.getattr_opt("__getstate__")? {
        Some(method) => Some(method.call0()?),
        None => tokenizer.getattr_opt("__dict__")?,
    };
    Ok(state.filter(|state| !state.is_none() && !state.is_empty().unwrap_or(false)))
}

/// Gives `to` what a subclass keeps in `from`, as `copy.copy` would: by `__setstate__`, or each attribute.
pub(super) fn give_state<'py>(from: &Bound<'py, Tokenizer>, to: &Bound<'py, Tokenizer>) -> PyResult<()> {
    let Some(state) = state(from)? else { return Ok(()) };
    if let Some(method) = to.getattr_opt("__setstate__")? {
        return method.call1((state,)).map(drop);
    }
    // the attributes of `__dict__`, or a pair of these and of those in slots
    let parts =
        if state.is_instance_of::<PyTuple>() { state.try_iter()?.collect::<PyResult<_>>()? } else { vec![state] };
    for part in parts.into_iter().filter(|part| !part.is_none()) {
        for (name, value) in part.cast::<PyDict>()? {
            to.setattr(name.cast::<PyString>()?, value)?;
        }
    }
    Ok(())
}

/// An object of `class`, without calling its `__init__`.
pub(super) fn object<'py>(
    class: &Bound<'py, PyType>,
    core: Core,
    seed: Option<u64>,
) -> PyResult<Bound<'py, Tokenizer>> {
    let base = class.py().get_type::<Tokenizer>();
    let object = base.call_method1("__new__", (class,))?.cast_into::<Tokenizer>()?;
    object.get().fill(core, seed)?;
    Ok(object)
}

/// Makes the object again.
#[pyfunction(name = "_unpickle")]
#[pyo3(signature = (class, packed, seed))]
pub(crate) fn unpickle<'py>(
    class: &Bound<'py, PyType>,
    packed: &[u8],
    seed: Option<u64>,
) -> PyResult<Bound<'py, Tokenizer>> {
    object(class, load::unpack(class.py(), packed)?, seed)
}
