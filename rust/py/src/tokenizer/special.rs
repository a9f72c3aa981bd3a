//! Special tokens: adding them, what there is, and which of them a call parses or refuses.

use super::{Tokenizer, pickle};
use crate::error::raise;
use crate::parameter::{self, Argument, strings, type_name, word};
use bytepiece_core::tokenizer::special::Finder;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyDict, PyString};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// How many finders a tokenizer keeps: calls in a loop have the same sets, or take turns with a few.
const KEPT: usize = 8;

/// The finders of a tokenizer's last calls. A lock is held for some instructions and never detached from the interpreter, so
/// `fork` finds it open.
#[derive(Default)]
pub(super) struct Finders(Mutex<Vec<(Wanted, Option<Arc<Finder>>)>>);

/// What a call parses and what it refuses.
type Wanted = (Names, Names);

/// Which special tokens are meant.
#[derive(Clone, PartialEq, Eq)]
enum Names {
    /// All; of those that are refused, all that are not allowed.
    All,
    /// Those with these ids.
    These(BTreeSet<u32>),
}

#[pymethods]
impl Tokenizer {
    /// A tokenizer with more special tokens, behind the ids there are; this one stays as it is.
    ///
    /// Args:
    ///     tokens: Distinct strings of 1 to 256 bytes of UTF-8.
    ///
    /// Raises:
    ///     ValueError: One is empty, too long, too many or there already: the error names it by its place.
    ///     TypeError: One is no `str`.
    fn with_special_tokens<'py>(slf: &Bound<'py, Self>, tokens: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Self>> {
        let loaded = slf.get().loaded()?;
        let tokens = parameter::tokens(tokens, "tokens", "with_special_tokens([token])")?;
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

impl Tokenizer {
    /// `allowed_special=` and `disallowed_special=`: what finds these, `None` where there is nothing to find.
    pub(super) fn specials(
        &self,
        py: Python<'_>,
        allowed: &Argument<'_>,
        disallowed: &Argument<'_>,
    ) -> PyResult<Option<Arc<Finder>>> {
        if let (Argument::Default, Argument::Default) = (allowed, disallowed) {
            return Ok(None);
        }
        let wanted = (
            self.names(allowed, "allowed_special", &["all"])?,
            self.names(disallowed, "disallowed_special", &["raise", "all"])?,
        );
        if let (Names::These(allowed), Names::These(disallowed)) = &wanted
            && let Some(&both) = allowed.intersection(disallowed).next()
        {
            let token = self.core()?.vocabulary().special(both).unwrap_or_default();
            let problem =
                format!("{token:?} is both in allowed_special and in disallowed_special; it can be one of the two");
            return Err(PyValueError::new_err(problem));
        }
        let finders = &self.loaded()?.finders.0;
        let lock = || finders.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        if let Some((_, finder)) = lock().iter().find(|(kept, _)| *kept == wanted) {
            return Ok(finder.clone());
        }
        let finder = self.finder(py, &wanted)?.map(Arc::new);
        let mut kept = lock();
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push((wanted, finder.clone()));
        Ok(finder)
    }

    /// Builds what finds the tokens that are `wanted`.
    fn finder(&self, py: Python<'_>, (allowed, refused): &Wanted) -> PyResult<Option<Finder>> {
        let core = self.core()?;
        let ids = |names: &Names| match names {
            Names::All => core.vocabulary().specials().map(|(_, id)| id).collect(),
            Names::These(ids) => ids.clone(),
        };
        py.detach(|| core.finder(&ids(allowed), &ids(refused))).map_err(raise)
    }

    /// One of the two options: a word for all, or an iterable of special tokens.
    fn names(&self, given: &Argument<'_>, name: &str, all: &[&str]) -> PyResult<Names> {
        let Argument::Given(given) = given else { return Ok(Names::These(BTreeSet::new())) };
        let words = all.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ");
        if given.is_instance_of::<PyString>() {
            let token = word(given, name)?;
            let problem = || {
                format!(
                    "{name} must be {words} or an iterable of str, not the str {token:?}; for one token, pass a list"
                )
            };
            return all.contains(&&*token).then_some(Names::All).ok_or_else(|| PyValueError::new_err(problem()));
        }
        if !given.hasattr("__iter__")? {
            let problem = format!("{name} must be {words} or an iterable of str, not {}", type_name(given));
            return Err(PyTypeError::new_err(problem));
        }
        let vocabulary = self.core()?.vocabulary();
        let id = |token: String| {
            let problem =
                || format!("{name} has {token:?}, which is no special token of this tokenizer: see its special_tokens");
            vocabulary.special_id(&token).ok_or_else(|| PyValueError::new_err(problem()))
        };
        strings(given, name)?.map(|token| id(token?)).collect::<PyResult<_>>().map(Names::These)
    }
}
