//! `encode`, `encode_batch` and `count_tokens`.

use super::iterator::{Item, PieceIterator};
use super::{Tokenizer, call, ids, options};
use crate::array;
use crate::parameter::{self, Argument, flag, threads_or_all};
use crate::text::Text;
use crate::texts::{Texts, is_one};
use bytepiece_core::tokenizer::batch::{Id, Padding, Request};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use std::num::NonZeroUsize;
use std::sync::Arc;

#[pymethods]
impl Tokenizer {
    /// The ids of a text.
    #[expect(clippy::too_many_arguments, reason = "keywords of one Python function")]
    #[pyo3(
        signature = (
            text, add_bos=Argument::Default, add_eos=Argument::Default, alpha=Argument::Default, iter=Argument::Default, *,
            max_length=None
        ),
        text_signature = "($self, text, add_bos=False, add_eos=False, alpha=-1, iter=False, *, max_length=None)"
    )]
    fn encode<'py>(
        &self,
        py: Python<'py>,
        text: &Bound<'py, PyAny>,
        add_bos: Argument<'py>,
        add_eos: Argument<'py>,
        alpha: Argument<'py>,
        iter: Argument<'py>,
        max_length: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let text = Text::extract(text, || "text".to_owned())?;
        let mut request = options::request(&add_bos, &add_eos, max_length)?;
        let iter = iter.or(false, |given| flag(given, "iter"))?;
        request.sampling = self.loaded()?.sampler.next(py, options::alpha(&alpha)?)?;
        let core = self.core()?;
        if iter {
            let iterator = PieceIterator::new(Arc::clone(core), text, &request, Item::Ids)?;
            return Ok(Bound::new(py, iterator)?.into_any());
        }
        Ok(self.list(py, &call::one(py, core, text, &request)?)?.into_any())
    }

    /// The ids of many texts, on many threads.
    #[expect(clippy::too_many_arguments, reason = "keywords of one Python function")]
    #[pyo3(
        signature = (
            texts, *, add_bos=Argument::Default, add_eos=Argument::Default, max_length=None, padding=Argument::Default,
            padding_side=Argument::Default, pad_to_multiple_of=None, threads=None, output=Argument::Default,
            alpha=Argument::Default, seed=None, first_index=Argument::Default
        ),
        text_signature = "($self, texts, *, add_bos=False, add_eos=False, max_length=None, padding=False, padding_side='right', \
            pad_to_multiple_of=None, threads=None, output='lists', alpha=-1, seed=None, first_index=0)"
    )]
    fn encode_batch<'py>(
        &self,
        py: Python<'py>,
        texts: &Bound<'py, PyAny>,
        add_bos: Argument<'py>,
        add_eos: Argument<'py>,
        max_length: Option<&Bound<'py, PyAny>>,
        padding: Argument<'py>,
        padding_side: Argument<'py>,
        pad_to_multiple_of: Option<&Bound<'py, PyAny>>,
        threads: Option<&Bound<'py, PyAny>>,
        output: Argument<'py>,
        alpha: Argument<'py>,
        seed: Option<&Bound<'py, PyAny>>,
        first_index: Argument<'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut request = options::request(&add_bos, &add_eos, max_length)?;
        let padding = options::padding(&padding, &padding_side, pad_to_multiple_of, request.max_length)?;
        let (numpy, alpha) = (options::as_numpy(&output)?, options::alpha(&alpha)?);
        let (threads, seed) = (threads_or_all(threads)?, parameter::seed(seed)?);
        let first_index = first_index.or(0, |index| parameter::unsigned(index, "first_index"))?;
        let texts = Texts::extract(texts)?;
        request.sampling = self.loaded()?.sampler.batch(py, alpha, (seed, first_index), texts.len())?;
        let batch = Batch { texts, request, padding, threads };
        match numpy {
            false => self.lists(py, batch),
            true if u16::holds(self.vocab_size()?).is_ok() => self.arrays::<u16>(py, batch),
            true => self.arrays::<u32>(py, batch),
        }
    }

    /// The number of ids of each text, or of a single one.
    #[pyo3(
        signature = (texts, *, add_bos=Argument::Default, add_eos=Argument::Default, threads=None),
        text_signature = "($self, texts, *, add_bos=False, add_eos=False, threads=None)"
    )]
    fn count_tokens<'py>(
        &self,
        py: Python<'py>,
        texts: &Bound<'py, PyAny>,
        add_bos: Argument<'py>,
        add_eos: Argument<'py>,
        threads: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let request = options::request(&add_bos, &add_eos, None)?;
        let (core, threads) = (self.core()?, threads_or_all(threads)?);
        if is_one(texts) {
            let text = Text::extract(texts, || "texts".to_owned())?;
            let counts = call::counts(py, core, &Texts::one(text), &request, threads)?;
            return Ok(counts.iter().sum::<u64>().into_pyobject(py)?.into_any());
        }
        let counts = call::counts(py, core, &Texts::extract(texts)?, &request, threads)?;
        Ok(array::signed(py, counts)?.into_any())
    }
}

/// A call of `encode_batch`.
struct Batch {
    /// The texts.
    texts: Texts,
    /// What is wanted of them.
    request: Request,
    /// How to make rows equally long, if at all.
    padding: Option<Padding>,
    /// How many threads to use.
    threads: NonZeroUsize,
}

impl Tokenizer {
    /// Rows as lists; with padding also the lists of what is no padding.
    fn lists<'py>(&self, py: Python<'py>, batch: Batch) -> PyResult<Bound<'py, PyAny>> {
        let Batch { texts, request, padding, threads } = batch;
        let rows = call::many::<u32>(py, self.core()?, texts, &request, threads)?;
        let Some(padding) = padding else {
            return Ok(ids::list_of_lists(py, rows.iter().map(|row| self.list(py, row)))?.into_any());
        };
        let padded = call::padded(py, rows, padding)?;
        let row = |row: usize| row * padded.width..(row + 1) * padded.width;
        let ids = ids::list_of_lists(py, (0..padded.rows).map(|at| self.list(py, &padded.ids[row(at)])))?;
        let mask = ids::list_of_lists(py, (0..padded.rows).map(|at| PyList::new(py, &padded.mask[row(at)])))?;
        Ok(PyTuple::new(py, [ids, mask])?.into_any())
    }

    /// Rows in arrays: one behind another, or with padding below each other.
    fn arrays<'py, I: array::Element>(&self, py: Python<'py>, batch: Batch) -> PyResult<Bound<'py, PyAny>> {
        let Batch { texts, request, padding, threads } = batch;
        let rows = call::many::<I>(py, self.core()?, texts, &request, threads)?;
        let arrays = match padding {
            None => array::rows(py, rows)?,
            Some(padding) => array::padded(py, call::padded(py, rows, padding)?)?,
        };
        Ok(arrays.into_any())
    }
}
