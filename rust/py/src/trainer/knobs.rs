//! The parameters of training that say which pieces there are, and what the size counts beside them.

use super::options::Draft;
use crate::parameter::{choice, flag, integer, interruptible, real, tokens, type_name};
use crate::text::Text;
use crate::texts::refuse_one;
use bytepiece_core::corpus::normalize::Normalization;
use bytepiece_core::num::to_usize;
use bytepiece_core::refine::Objective;
use bytepiece_core::rules::Digits;
use bytepiece_core::vocabulary::special::MAX_SPECIAL_TOKENS;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

impl Draft {
    /// Whether each digit stands alone: 0.6.3's name for one of [`Digits`].
    pub(super) fn isolate_digits(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        let isolate = flag(object, "isolate_digits")?;
        self.isolate_digits = Some(isolate);
        if isolate {
            self.options.digits = Digits::Single;
        } else if self.options.digits == Digits::Single {
            self.options.digits = Digits::Free;
        }
        Ok(())
    }

    /// How digits stand in pieces. Read behind `isolate_digits`.
    pub(super) fn digits(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        let digits = choice(object, "digits", &Digits::NAMES)?;
        if let Some(isolate) = self.isolate_digits.filter(|isolate| *isolate != (digits == Digits::Single)) {
            let (name, isolate) = (digits.name(), if isolate { "True" } else { "False" });
            return Err(PyValueError::new_err(format!(
                "digits=\"{name}\" and isolate_digits={isolate} contradict each other: isolate_digits=True is digits=\"single\"; leave \
                 isolate_digits out"
            )));
        }
        self.options.digits = digits;
        Ok(())
    }

    /// Whether pieces may go on behind the end of a word.
    pub(super) fn cross_words(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        self.options.cross_words = flag(object, "cross_words")?;
        Ok(())
    }

    /// How text is normalized.
    pub(super) fn normalization(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        self.options.normalization = choice(object, "normalization", &Normalization::NAMES)?;
        Ok(())
    }

    /// What the vocabulary is to be good at.
    pub(super) fn objective(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        self.options.objective =
            if object.is_none() { None } else { Some(choice(object, "objective", &Objective::NAMES)?) };
        Ok(())
    }

    /// What text of each source counts for.
    pub(super) fn domain_weights(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        let refused = || {
            let given = type_name(object);
            PyTypeError::new_err(format!(
                "domain_weights must be a dict of numbers by the names of sources, not {given}"
            ))
        };
        self.options.domain_weights.clear();
        if object.is_none() {
            return Ok(());
        }
        for (name, weight) in object.cast::<PyDict>().map_err(|_| refused())?.iter() {
            let name: String = name.extract().map_err(|_| refused())?;
            let weight = real(&weight, &format!("domain_weights[{name:?}]"))?;
            self.options.domain_weights.push((name, weight));
        }
        Ok(())
    }

    /// Whether letters of all scripts are counted.
    pub(super) fn cover_scripts(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        self.options.cover_scripts = flag(object, "cover_scripts")?;
        Ok(())
    }

    /// Whether a vocabulary that is smaller than asked is an error.
    pub(super) fn strict(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        self.options.strict = flag(object, "strict")?;
        Ok(())
    }

    /// The special tokens.
    pub(super) fn special_tokens(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        self.options.special_tokens = tokens(object, "special_tokens", "Trainer(special_tokens=[token])")?;
        Ok(())
    }

    /// How many more there are.
    pub(super) fn reserved_tokens(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        // a negative number is not the nearest in range, as it is of those that begin at 1
        let (name, count) = ("reserved_tokens", self.integer("reserved_tokens", object)?);
        if count == 0 && integer(object, name)?.lt(0)? {
            let problem = format!("{name} must be 0 to {MAX_SPECIAL_TOKENS}, not {}", object.str()?);
            return Err(PyValueError::new_err(problem));
        }
        self.options.reserved_tokens = to_usize(count);
        Ok(())
    }

    /// What the size is a multiple of.
    pub(super) fn multiple_of(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        self.options.multiple_of = to_usize(self.integer("multiple_of", object)?);
        Ok(())
    }

    /// The pieces that are kept.
    pub(super) fn required_pieces(&mut self, object: &Bound<'_, PyAny>) -> PyResult<()> {
        refuse_one(object, "required_pieces", "str or bytes", "Trainer(required_pieces=[piece])")?;
        let mut pieces = Vec::new();
        for (place, piece) in interruptible(object.py(), object.try_iter()?).enumerate() {
            pieces.push(Text::extract(&piece?, || format!("required_pieces[{place}]"))?.to_vec());
        }
        self.options.required_pieces = pieces;
        Ok(())
    }
}
