//! `encode`, `encode_batch` and `count_tokens`.

use super::iterator::{Item, PieceIterator};
use super::offsets::{self, Spans};
use super::{Tokenizer, call, ids, options};
use crate::array;
use crate::error::raise;
use crate::parameter::{self, Argument, flag, threads_or_all};
use crate::text::Text;
use crate::texts::{Texts, is_one};
use bytepiece_core::tokenizer::batch::{Id, Padding, Request};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::Arc;

#[pymethods]
impl Tokenizer {
    /// The ids of a text.
    ///
    /// Args:
    ///     text: `str`, or `bytes` for the `str` that they decode to.
    ///     add_bos: Whether to begin with `<bos>`.
    ///     add_eos: Whether to end with `<eos>`.
    ///     alpha: Below 0, the best segmentation; from 0 on, one is drawn, with more weight on the best the larger it is.
    ///     iter: Whether to return an iterator, which encodes line by line.
    ///     max_length: The most ids, `<bos>` and `<eos>` included.
    ///     allowed_special: Special tokens that are parsed: "all", or any of `special_tokens`. Others are ordinary text.
    ///     disallowed_special: Special tokens that are refused: "raise" for each that is not allowed, or any of them.
    ///     return_offsets: Whether to return `(ids, byte_spans, char_spans)`: where in `text` each id comes from.
    ///
    /// Returns:
    ///     A list of ids, an iterator, or the tuple with offsets.
    ///
    /// Raises:
    ///     ValueError: A value is out of its range, the text has a lone surrogate or a refused special token.
    ///     TypeError: An argument has another type.
    #[expect(clippy::too_many_arguments, reason = "keywords of one Python function")]
    #[pyo3(
        signature = (
            text, add_bos=Argument::Default, add_eos=Argument::Default, alpha=Argument::Default, iter=Argument::Default, *,
            max_length=None, allowed_special=Argument::Default, disallowed_special=Argument::Default,
            return_offsets=Argument::Default
        ),
        text_signature = "($self, text, add_bos=False, add_eos=False, alpha=-1, iter=False, *, max_length=None, \
            allowed_special=(), disallowed_special=(), return_offsets=False)"
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
        allowed_special: Argument<'py>,
        disallowed_special: Argument<'py>,
        return_offsets: Argument<'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let text = Text::extract(text, || "text".to_owned())?;
        let mut request = options::request(&add_bos, &add_eos, max_length)?;
        let iter = iter.or(false, |given| flag(given, "iter"))?;
        request.specials = self.specials(py, &allowed_special, &disallowed_special)?;
        let spans = offsets::wanted(&return_offsets)?;
        offsets::refuse_iterator(spans, iter)?;
        request.sampling = self.loaded()?.sampler.next(py, options::alpha(&alpha)?)?;
        let core = self.core()?;
        if iter {
            let iterator = PieceIterator::new(py, Arc::clone(core), text, &request, Item::Ids)?;
            return Ok(Bound::new(py, iterator)?.into_any());
        }
        if spans {
            let is_str = text.is_str();
            let (ids, found) = call::one_with_spans(py, core, text, &request, Spans { chars: is_str })?;
            let [in_bytes, in_chars] = offsets::row(py, &found, 0..ids.len(), is_str)?;
            return Ok((self.list(py, &ids)?, in_bytes, in_chars).into_pyobject(py)?.into_any());
        }
        Ok(self.list(py, &call::one(py, core, text, &request)?)?.into_any())
    }

    /// The ids of many texts, on many threads.
    ///
    /// Args:
    ///     texts: Any iterable of `str` and `bytes`, a numpy array or an Arrow array of them.
    ///     add_bos: Whether each row begins with `<bos>`.
    ///     add_eos: Whether each row ends with `<eos>`.
    ///     max_length: The most ids of a row, `<bos>` and `<eos>` included.
    ///     padding: False, "longest" or "max_length": how far rows are filled up with `<pad>`.
    ///     padding_side: "right" or "left".
    ///     pad_to_multiple_of: What divides the length of padded rows.
    ///     threads: 1 to 1,024; None for all cores.
    ///     output: "lists" or "numpy".
    ///     alpha: As in `encode`.
    ///     seed: Of the samples; None for the tokenizer's.
    ///     first_index: Text i is drawn by (seed, first_index + i): go on counting, or each epoch draws the same.
    ///     allowed_special: As in `encode`.
    ///     disallowed_special: As in `encode`.
    ///     return_offsets: Whether `byte_spans` and `char_spans` come at the end of the tuple.
    ///
    /// Returns:
    ///     A list of lists; with "numpy" `(ids, row_ends)`; with padding `(ids, mask)`.
    ///
    /// Raises:
    ///     ValueError: A value is out of its range, or a text is bad: the error has its index.
    ///     TypeError: A text is neither `str` nor `bytes`, or an argument has another type.
    ///     MemoryError: There is no room for the padded rows.
    #[expect(clippy::too_many_arguments, reason = "keywords of one Python function")]
    #[pyo3(
        signature = (
            texts, *, add_bos=Argument::Default, add_eos=Argument::Default, max_length=None, padding=Argument::Default,
            padding_side=Argument::Default, pad_to_multiple_of=None, threads=None, output=Argument::Default,
            alpha=Argument::Default, seed=None, first_index=Argument::Default, allowed_special=Argument::Default,
            disallowed_special=Argument::Default, return_offsets=Argument::Default
        ),
        text_signature = "($self, texts, *, add_bos=False, add_eos=False, max_length=None, padding=False, padding_side='right', \
            pad_to_multiple_of=None, threads=None, output='lists', alpha=-1, seed=None, first_index=0, \
            allowed_special=(), disallowed_special=(), return_offsets=False)"
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
        allowed_special: Argument<'py>,
        disallowed_special: Argument<'py>,
        return_offsets: Argument<'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut request = options::request(&add_bos, &add_eos, max_length)?;
        request.specials = self.specials(py, &allowed_special, &disallowed_special)?;
        let padding = options::padding(&padding, &padding_side, pad_to_multiple_of, max_length)?;
        let (numpy, alpha) = (options::as_numpy(&output)?, options::alpha(&alpha)?);
        let (threads, seed) = (threads_or_all(threads)?, parameter::seed(seed)?);
        let first_index = first_index.or(0, |index| parameter::unsigned(index, "first_index"))?;
        let spans = offsets::wanted(&return_offsets)?;
        let texts = Texts::extract(texts)?;
        request.sampling = self.loaded()?.sampler.batch(py, alpha, (seed, first_index), texts.len())?;
        let batch = Batch { texts, request, padding, threads, spans };
        match numpy {
            false => self.lists(py, batch),
            true if u16::holds(self.vocab_size()?).is_ok() => self.arrays::<u16>(py, batch),
            true => self.arrays::<u32>(py, batch),
        }
    }

    /// The number of ids of each text, or of a single one, without keeping any.
    ///
    /// Args:
    ///     texts: As in `encode_batch`; or one text.
    ///     add_bos: Whether `<bos>` counts.
    ///     add_eos: Whether `<eos>` counts.
    ///     threads: 1 to 1,024; None for all cores.
    ///     allowed_special: As in `encode`.
    ///     disallowed_special: As in `encode`.
    ///
    /// Returns:
    ///     An array of int64; of one text, an `int`.
    ///
    /// Raises:
    ///     ValueError, TypeError: As `encode_batch`.
    #[expect(clippy::too_many_arguments, reason = "keywords of one Python function")]
    #[pyo3(
        signature = (
            texts, *, add_bos=Argument::Default, add_eos=Argument::Default, threads=None, allowed_special=Argument::Default,
            disallowed_special=Argument::Default
        ),
        text_signature = "($self, texts, *, add_bos=False, add_eos=False, threads=None, allowed_special=(), disallowed_special=())"
    )]
    fn count_tokens<'py>(
        &self,
        py: Python<'py>,
        texts: &Bound<'py, PyAny>,
        add_bos: Argument<'py>,
        add_eos: Argument<'py>,
        threads: Option<&Bound<'py, PyAny>>,
        allowed_special: Argument<'py>,
        disallowed_special: Argument<'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut request = options::request(&add_bos, &add_eos, None)?;
        request.specials = self.specials(py, &allowed_special, &disallowed_special)?;
        let (core, threads) = (self.core()?, threads_or_all(threads)?);
        if is_one(texts) {
            let text = Text::extract(texts, || "texts".to_owned())?;
            let count = call::count(py, core, text, &request, threads)?;
            return Ok(count.into_pyobject(py)?.into_any());
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
    /// Whether to say where ids come from.
    spans: bool,
}

impl Tokenizer {
    /// Rows as lists; with padding also the lists of what is no padding; with spans also these.
    fn lists<'py>(&self, py: Python<'py>, batch: Batch) -> PyResult<Bound<'py, PyAny>> {
        let Batch { texts, request, padding, threads, spans } = batch;
        let are_str = offsets::are_str(&texts);
        let spans = spans.then(|| Spans { chars: are_str.contains(&true) });
        let (rows, mut offsets) =
            call::many::<u32>(py, self.core()?, texts, &request, threads, spans).map_err(raise)?;
        let (ids, mask, rows) = match padding {
            None => {
                let places = (0..rows.ends.len()).map(|row| rows.range(row)).collect();
                (rows.ids, None, places)
            }
            Some(padding) => {
                let padded = call::padded(py, rows, offsets.as_mut(), padding)?;
                let places = (0..padded.rows).map(|row| row * padded.width..(row + 1) * padded.width).collect();
                (padded.ids, Some(padded.mask), places)
            }
        };
        let rows: Vec<Range<usize>> = rows;
        let mut lists =
            vec![ids::list_of_lists(py, rows.iter().map(|row| self.list(py, &ids[row.clone()])))?.into_any()];
        if let Some(mask) = mask {
            lists.push(ids::list_of_lists(py, rows.iter().map(|row| PyList::new(py, &mask[row.clone()])))?.into_any());
        }
        if let Some(offsets) = offsets {
            lists.extend(offsets::lists(py, &offsets, &rows, &are_str)?);
        }
        if lists.len() == 1 { Ok(lists.remove(0)) } else { Ok(PyTuple::new(py, lists)?.into_any()) }
    }

    /// Rows in arrays: one behind another, or with padding below each other; with spans also these.
    fn arrays<'py, I: array::Element>(&self, py: Python<'py>, batch: Batch) -> PyResult<Bound<'py, PyAny>> {
        let Batch { texts, request, padding, threads, spans } = batch;
        let spans = spans.then(|| Spans { chars: !offsets::are_str(&texts).contains(&false) });
        let (rows, mut offsets) = call::many::<I>(py, self.core()?, texts, &request, threads, spans).map_err(raise)?;
        let (arrays, shape) = match padding {
            None => (array::rows(py, rows)?, None),
            Some(padding) => {
                let padded = call::padded(py, rows, offsets.as_mut(), padding)?;
                let shape = [padded.rows, padded.width];
                (array::padded(py, padded)?, Some(shape))
            }
        };
        match offsets {
            None => Ok(arrays.into_any()),
            Some(offsets) => arrays.add(offsets::arrays(py, offsets, shape)?),
        }
    }
}
