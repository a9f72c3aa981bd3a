//! Streams: text in pieces to ids, ids one by one to text. What both have in common is here.
//!
//! A stream has a state that one call at a time may work on. A call takes it out, works without any lock, and puts it back: so a
//! signal handler that runs in the middle of a long call and uses the same stream gets an error where a lock would stand still
//! for ever, and so does another thread, whose turn would have no defined place in the text anyway.

pub(crate) mod decoder;
pub(crate) mod encoder;

use super::Tokenizer;
use crate::parameter::{Argument, flag, type_name, word};
use bytepiece_core::tokenizer::stream::decoder::Invalid;
use decoder::StreamDecoder;
use encoder::{Options, StreamEncoder};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[pymethods]
impl Tokenizer {
    /// An encoder for one text that comes in pieces, cut anywhere.
    ///
    /// Args:
    ///     add_bos: Whether the first call gives `<bos>` first.
    ///     add_eos: Whether `finish` gives `<eos>` last.
    ///     output: "lists" or "numpy".
    ///
    /// Raises:
    ///     ValueError, TypeError: An argument has another value or type.
    #[pyo3(
        signature = (*, add_bos=Argument::Default, add_eos=Argument::Default, output=Argument::Default),
        text_signature = "($self, *, add_bos=False, add_eos=False, output='lists')"
    )]
    fn stream_encoder(
        &self,
        add_bos: Argument<'_>,
        add_eos: Argument<'_>,
        output: Argument<'_>,
    ) -> PyResult<StreamEncoder> {
        let options = Options {
            add_bos: add_bos.or(false, |given| flag(given, "add_bos"))?,
            add_eos: add_eos.or(false, |given| flag(given, "add_eos"))?,
            numpy: super::options::as_numpy(&output)?,
        };
        let loaded = self.loaded()?;
        Ok(StreamEncoder::new(Arc::clone(&loaded.core), Arc::clone(&loaded.ids), options))
    }

    /// A decoder for ids that come one by one, which never cuts a character.
    ///
    /// Args:
    ///     errors: "ignore" or "replace": what becomes of bytes that are not UTF-8.
    ///     skip_special_tokens: As in `decode`.
    ///
    /// Raises:
    ///     ValueError, TypeError: An argument has another value or type.
    #[pyo3(
        signature = (*, errors=Argument::Default, skip_special_tokens=Argument::Default),
        text_signature = "($self, *, errors='ignore', skip_special_tokens=None)"
    )]
    fn stream_decoder(&self, errors: Argument<'_>, skip_special_tokens: Argument<'_>) -> PyResult<StreamDecoder> {
        let invalid = errors.or(Invalid::Ignore, |errors| match word(errors, "errors")?.as_str() {
            "ignore" => Ok(Invalid::Ignore),
            "replace" => Ok(Invalid::Replace),
            other => Err(PyValueError::new_err(format!("errors must be 'ignore' or 'replace', not '{other}'"))),
        })?;
        let shown = super::decode::shown(&skip_special_tokens)?;
        Ok(StreamDecoder::new(Arc::clone(self.core()?), invalid, shown))
    }
}

/// A state that one call at a time works on.
struct Turns<S>(Mutex<Turn<S>>);

/// Whose turn it is.
enum Turn<S> {
    /// Nobody's: the state waits for the next piece.
    Waiting(S),
    /// A call's, which has the state.
    Taken,
    /// Nobody's any more: the text has ended.
    Ended,
    /// Nobody's any more: a call was interrupted and has lost part of the text.
    Lost,
}

/// Puts the turn back when it goes out of scope, after a panic too.
struct Back<'a, S> {
    /// Where to.
    turns: &'a Turns<S>,
    /// What it is then.
    turn: Turn<S>,
}

impl<S> Drop for Back<'_, S> {
    fn drop(&mut self) {
        *self.turns.lock() = std::mem::replace(&mut self.turn, Turn::Taken);
    }
}

impl<S> Turns<S> {
    /// Before the first call.
    fn new(state: S) -> Self {
        Self(Mutex::new(Turn::Waiting(state)))
    }

    /// One piece: afterwards the next may come. `call` is what errors call it.
    fn push<R>(&self, call: &str, work: impl FnOnce(&mut S) -> PyResult<R>) -> PyResult<R> {
        let mut state = self.take(call)?;
        let mut back = Back { turns: self, turn: Turn::Lost };
        let result = work(&mut state)?;
        back.turn = Turn::Waiting(state);
        Ok(result)
    }

    /// The end: afterwards no call is possible but a reset.
    fn finish<R>(&self, call: &str, work: impl FnOnce(&mut S) -> PyResult<R>) -> PyResult<R> {
        let mut state = self.take(call)?;
        let mut back = Back { turns: self, turn: Turn::Lost };
        let result = work(&mut state)?;
        back.turn = Turn::Ended;
        Ok(result)
    }

    /// The beginning of another text, whatever was before.
    fn reset(&self, state: S) -> PyResult<()> {
        let mut turn = self.lock();
        if matches!(*turn, Turn::Taken) {
            return Err(taken("reset()"));
        }
        *turn = Turn::Waiting(state);
        Ok(())
    }

    /// Takes the state out.
    fn take(&self, call: &str) -> PyResult<S> {
        let mut turn = self.lock();
        match std::mem::replace(&mut *turn, Turn::Taken) {
            Turn::Waiting(state) => Ok(state),
            Turn::Taken => Err(taken(call)),
            Turn::Ended => {
                *turn = Turn::Ended;
                Err(PyValueError::new_err(format!("{call} after finish(): the text has ended; reset() begins another")))
            }
            Turn::Lost => {
                *turn = Turn::Lost;
                Err(PyValueError::new_err(format!(
                    "{call} after a call that was interrupted: part of the text is lost; reset() begins another"
                )))
            }
        }
    }

    /// Held for a few instructions, none of which can panic or let go of the interpreter: poison means nothing.
    fn lock(&self) -> MutexGuard<'_, Turn<S>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The error for two calls at once.
fn taken(call: &str) -> PyErr {
    PyRuntimeError::new_err(format!(
        "{call} while another call on the same stream is running, in another thread or below a signal handler; \
         a stream takes one call at a time"
    ))
}

/// The error for a pickle or a copy.
fn refuse_pickle(object: &Bound<'_, PyAny>) -> PyErr {
    PyTypeError::new_err(format!(
        "{} objects cannot be pickled or copied: they are in the middle of a text; pickle the Tokenizer and make another there",
        type_name(object)
    ))
}
