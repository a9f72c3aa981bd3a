//! Ids to text and bytes, detached from the interpreter.

use super::Tokenizer;
use crate::array;
use crate::error::raise;
use crate::interrupt::Signals;
use crate::parameter::{Argument, flag};
use bytepiece_core::Result;
use bytepiece_core::tokenizer::decode::{Shown, valid_text};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

/// `skip_special_tokens=`: `None` is 0.6.3's way with `<pad>`, `<bos>` and `<eos>`, and shows those that were added.
pub(super) fn shown(skip: &Argument<'_>) -> PyResult<Shown> {
    skip.or(Shown::Added, |skip| match skip.is_none() {
        true => Ok(Shown::Added),
        false => Ok(if flag(skip, "skip_special_tokens")? { Shown::Nothing } else { Shown::All }),
    })
}

#[pymethods]
impl Tokenizer {
    /// The text of ids; bytes that are not UTF-8 are dropped.
    ///
    /// Args:
    ///     ids: Integers, in any iterable or an array of numpy.
    ///     skip_special_tokens: None for the text of added special tokens only, False for that of all, True for none.
    ///
    /// Raises:
    ///     KeyError: An id is not in the vocabulary.
    ///     ValueError: An id is negative.
    ///     TypeError: An id is no integer.
    #[pyo3(
        signature = (ids, *, skip_special_tokens=Argument::Default),
        text_signature = "($self, ids, *, skip_special_tokens=None)"
    )]
    fn decode(&self, py: Python<'_>, ids: &Bound<'_, PyAny>, skip_special_tokens: Argument<'_>) -> PyResult<String> {
        let (core, shown) = (self.core()?, shown(&skip_special_tokens)?);
        let ids = array::ids(ids, self.largest()?)?;
        listening(py, |check| valid_text(core.decode(&ids, shown, check)?, check))
    }

    /// The bytes of ids: those of the normalized text.
    ///
    /// Args:
    ///     ids: As in `decode`.
    ///     skip_special_tokens: As in `decode`.
    ///
    /// Raises:
    ///     KeyError, ValueError, TypeError: As `decode`.
    #[pyo3(
        signature = (ids, *, skip_special_tokens=Argument::Default),
        text_signature = "($self, ids, *, skip_special_tokens=None)"
    )]
    fn decode_bytes<'py>(
        &self,
        py: Python<'py>,
        ids: &Bound<'py, PyAny>,
        skip_special_tokens: Argument<'py>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let (core, shown) = (self.core()?, shown(&skip_special_tokens)?);
        let ids = array::ids(ids, self.largest()?)?;
        let bytes = listening(py, |check| core.decode(&ids, shown, check))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// The text of each row of ids.
    ///
    /// Args:
    ///     ids: Rows of ids; or with `row_ends` all ids, one row behind another.
    ///     row_ends: Where each row ends, as `encode_batch` gives it for numpy.
    ///     skip_special_tokens: As in `decode`.
    ///
    /// Raises:
    ///     ValueError: `row_ends` does not ascend to the number of ids; otherwise as `decode`.
    ///     KeyError, TypeError: As `decode`.
    #[pyo3(
        signature = (ids, row_ends=None, *, skip_special_tokens=Argument::Default),
        text_signature = "($self, ids, row_ends=None, *, skip_special_tokens=None)"
    )]
    fn decode_batch<'py>(
        &self,
        py: Python<'py>,
        ids: &Bound<'py, PyAny>,
        row_ends: Option<&Bound<'py, PyAny>>,
        skip_special_tokens: Argument<'py>,
    ) -> PyResult<Bound<'py, PyList>> {
        let (core, shown) = (self.core()?, shown(&skip_special_tokens)?);
        let (ids, ends) = array::rows_of_ids(ids, row_ends, self.largest()?)?;
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let texts = listening(py, |check| {
            let text = |(row, (start, &end)): (usize, (usize, &usize))| {
                if row % ROWS == ROWS - 1 {
                    check()?;
                }
                let bytes = core.decode(&ids[start..end], shown, check).map_err(|error| error.in_row(row))?;
                valid_text(bytes, check)
            };
            starts.zip(&ends).enumerate().map(text).collect::<Result<Vec<_>>>()
        })?;
        PyList::new(py, texts)
    }
}

/// After so many rows it is asked whether to stop; in long ones, too.
const ROWS: usize = 1 << 10;

/// Calls `work` detached from the interpreter, with what asks that whether to stop.
fn listening<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&mut dyn FnMut() -> Result<()>) -> Result<T> + Send,
) -> PyResult<T> {
    let mut signals = Signals::new();
    py.detach(|| work(&mut || signals.check())).map_err(raise)
}
