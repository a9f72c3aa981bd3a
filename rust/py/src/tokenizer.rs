//! `bytepiece.Tokenizer`: converts, detaches, calls the core, converts back.

mod encode;
mod ids;
mod iterator;
mod load;
mod lookup;
pub(crate) mod pickle;
mod score;

use crate::array;
use crate::error::raise;
use crate::parameter::{self, Argument, flag, integer, threads_or_all};
use crate::sampling::Sampler;
use crate::text::Text;
use bytepiece_core::formats::model;
use bytepiece_core::num::to_u64;
use bytepiece_core::tokenizer::Tokenizer as Core;
use bytepiece_core::tokenizer::decode::valid_text;
use bytepiece_core::vocabulary::FIRST_ID;
use iterator::{Item, PieceIterator};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyTuple};
use std::sync::{Arc, OnceLock};

/// Encodes text as ids and back; immutable but for the seed of its samples. See <https://kexue.fm/archives/9768>.
#[pyclass(frozen, subclass, module = "bytepiece", weakref)]
pub(crate) struct Tokenizer {
    /// Empty until `__init__` has run, which a subclass may do late.
    loaded: OnceLock<Loaded>,
}

/// What `__init__` or a pickle gives.
struct Loaded {
    /// The core's tokenizer, shared with iterators.
    core: Arc<Core>,
    /// The seed and the call counter.
    sampler: Sampler,
    /// The Python ints of the ids.
    ids: ids::Ids,
}

#[pymethods]
impl Tokenizer {
    /// The id of `<pad>`.
    #[classattr]
    #[pyo3(name = "pad_id")]
    const PAD_ID: u32 = 0;
    /// The id of `<bos>`.
    #[classattr]
    #[pyo3(name = "bos_id")]
    const BOS_ID: u32 = 1;
    /// The id of `<eos>`.
    #[classattr]
    #[pyo3(name = "eos_id")]
    const EOS_ID: u32 = 2;

    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(pieces, seed=None)")]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self { loaded: OnceLock::new() }
    }

    #[pyo3(signature = (pieces, seed=None))]
    fn __init__(&self, py: Python<'_>, pieces: &Bound<'_, PyAny>, seed: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let seed = parameter::seed(seed)?;
        let core = load::load(py, pieces)?;
        self.fill(core, seed)
    }

    /// The number of ids, `<pad> <bos> <eos>` included.
    #[getter]
    fn vocab_size(&self) -> PyResult<usize> {
        Ok(self.core()?.vocabulary().size())
    }

    fn __len__(&self) -> PyResult<usize> {
        self.vocab_size()
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let name = slf.get_type().qualname()?;
        Ok(slf.get().vocab_size().map_or(format!("<{name}, empty>"), |size| format!("<{name} vocab_size={size}>")))
    }

    /// Starts the samples of single calls again, from this seed; `None` draws one.
    #[pyo3(signature = (seed))]
    fn set_seed(&self, py: Python<'_>, seed: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let seed = parameter::seed(seed)?;
        self.loaded()?.sampler.set_seed(py, seed);
        Ok(())
    }

    /// The pieces of a text, normalized.
    #[pyo3(
        signature = (text, alpha=Argument::Default, iter=Argument::Default),
        text_signature = "($self, text, alpha=-1, iter=False)"
    )]
    fn tokenize<'py>(
        &self,
        py: Python<'py>,
        text: &Bound<'py, PyAny>,
        alpha: Argument<'py>,
        iter: Argument<'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let text = Text::extract(text, || "text".to_owned())?;
        let iter = iter.or(false, |given| flag(given, "iter"))?;
        let draw = self.loaded()?.sampler.next(py, encode::alpha(&alpha)?)?;
        if iter {
            let iterator = PieceIterator::new(Arc::clone(self.core()?), text, encode::mode(draw), Item::Pieces);
            return Ok(Bound::new(py, iterator)?.into_any());
        }
        let core = self.core()?;
        let mut ids = Vec::new();
        encode::one(py, core, &text, draw, &mut ids)?;
        let pieces = ids.iter().filter_map(|&id| core.vocabulary().piece(id)).map(|piece| PyBytes::new(py, piece));
        Ok(PyList::new(py, pieces)?.into_any())
    }

    /// The ids of a text.
    #[pyo3(
        signature = (
            text, add_bos=Argument::Default, add_eos=Argument::Default, alpha=Argument::Default, iter=Argument::Default
        ),
        text_signature = "($self, text, add_bos=False, add_eos=False, alpha=-1, iter=False)"
    )]
    fn encode<'py>(
        &self,
        py: Python<'py>,
        text: &Bound<'py, PyAny>,
        add_bos: Argument<'py>,
        add_eos: Argument<'py>,
        alpha: Argument<'py>,
        iter: Argument<'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let text = Text::extract(text, || "text".to_owned())?;
        let add_bos = add_bos.or(false, |given| flag(given, "add_bos"))?;
        let add_eos = add_eos.or(false, |given| flag(given, "add_eos"))?;
        let iter = iter.or(false, |given| flag(given, "iter"))?;
        let draw = self.loaded()?.sampler.next(py, encode::alpha(&alpha)?)?;
        let core = self.core()?;
        if iter {
            let iterator =
                PieceIterator::new(Arc::clone(core), text, encode::mode(draw), Item::Ids { add_bos, add_eos });
            return Ok(Bound::new(py, iterator)?.into_any());
        }
        let mut ids = Vec::from_iter(add_bos.then_some(Self::BOS_ID));
        encode::one(py, core, &text, draw, &mut ids)?;
        ids.extend(add_eos.then_some(Self::EOS_ID));
        Ok(self.list(py, &ids)?.into_any())
    }

    /// The ids of many texts, on many threads.
    #[expect(clippy::too_many_arguments, reason = "keywords of one Python function")]
    #[pyo3(
        signature = (
            texts, *, threads=None, output=Argument::Default, alpha=Argument::Default, seed=None, first_index=Argument::Default
        ),
        text_signature = "($self, texts, *, threads=None, output='lists', alpha=-1, seed=None, first_index=0)"
    )]
    fn encode_batch<'py>(
        &self,
        py: Python<'py>,
        texts: &Bound<'py, PyAny>,
        threads: Option<&Bound<'py, PyAny>>,
        output: Argument<'py>,
        alpha: Argument<'py>,
        seed: Option<&Bound<'py, PyAny>>,
        first_index: Argument<'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (numpy, alpha) = (encode::as_numpy(&output)?, encode::alpha(&alpha)?);
        let (threads, seed) = (threads_or_all(threads)?, parameter::seed(seed)?);
        let first_index = first_index.or(0, |index| parameter::unsigned(index, "first_index"))?;
        let texts = encode::texts(texts)?;
        let draw = self.loaded()?.sampler.batch(py, alpha, (seed, first_index), texts.len())?;
        let rows = encode::many(py, self.core()?, &texts, draw, threads)?;
        drop(texts);
        if numpy {
            return Ok(array::rows(py, rows, self.vocab_size()?)?.into_any());
        }
        Ok(ids::list_of_lists(py, rows.iter().map(|row| self.list(py, row)))?.into_any())
    }

    /// The text of ids; what is not UTF-8 is dropped.
    fn decode(&self, py: Python<'_>, ids: &Bound<'_, PyAny>) -> PyResult<String> {
        let (core, ids) = (self.core()?, array::ids(ids, self.largest()?)?);
        py.detach(|| core.decode(&ids).map(valid_text)).map_err(raise)
    }

    /// The bytes of ids.
    fn decode_bytes<'py>(&self, py: Python<'py>, ids: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        let (core, ids) = (self.core()?, array::ids(ids, self.largest()?)?);
        let bytes = py.detach(|| core.decode(&ids)).map_err(raise)?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// The texts of many rows of ids.
    #[pyo3(signature = (ids, row_ends=None))]
    fn decode_batch<'py>(
        &self,
        py: Python<'py>,
        ids: &Bound<'py, PyAny>,
        row_ends: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let core = self.core()?;
        let (ids, ends) = array::rows_of_ids(ids, row_ends, self.largest()?)?;
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let texts = py.detach(|| {
            let text = |(row, (start, &end)): (usize, (usize, &usize))| match core.decode(&ids[start..end]) {
                Ok(bytes) => Ok(valid_text(bytes)),
                Err(error) => Err(error.in_row(row)),
            };
            starts.zip(&ends).enumerate().map(text).collect::<Result<Vec<_>, _>>()
        });
        PyList::new(py, texts.map_err(raise)?)
    }

    /// The id of a piece.
    fn piece_to_id(&self, piece: &Bound<'_, PyAny>) -> PyResult<u32> {
        lookup::id(self.core()?, piece)
    }

    /// The piece of an id.
    fn id_to_piece<'py>(&self, py: Python<'py>, id: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let id = integer(id, "id")?;
        lookup::piece(py, self.core()?, array::one_id(&id, self.largest()?)?, 0)
    }

    /// The ids of pieces.
    fn pieces_to_ids(&self, pieces: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
        encode::refuse_one(pieces, "pieces", "piece_to_id(piece)")?;
        pieces.try_iter()?.map(|piece| self.piece_to_id(&piece?)).collect()
    }

    /// The pieces of ids.
    fn ids_to_pieces<'py>(&self, py: Python<'py>, ids: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let (core, ids) = (self.core()?, array::ids(ids, self.largest()?)?);
        let pieces = ids.into_iter().enumerate().map(|(place, id)| lookup::piece(py, core, id, place));
        PyList::new(py, pieces.collect::<PyResult<Vec<_>>>()?)
    }

    /// All pieces with their ids, in the order of the ids.
    fn get_vocab<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        lookup::vocab(py, self.core()?)
    }

    /// Writes the model file that 0.6.3 would have written.
    fn save(&self, py: Python<'_>, path: &Bound<'_, PyAny>) -> PyResult<()> {
        let (core, path) = (self.core()?, parameter::path(path, "path")?);
        py.detach(|| model::save(core.vocabulary(), &path)).map_err(raise)
    }

    /// Writes a SentencePiece model with the same pieces and scores.
    fn convert_to_sentencepiece(slf: &Bound<'_, Self>, path: &Bound<'_, PyAny>) -> PyResult<()> {
        let module = slf.py().import("bytepiece._sentencepiece_export")?;
        parameter::path(path, "path")?; // for its errors; as a `Path` of Python's, "" would become "."
        module.call_method1("convert", (slf, path)).map(drop)
    }

    /// The score of each piece, in the order of the ids: ln(count) - ln(total).
    fn _scores(&self) -> PyResult<Vec<f64>> {
        let core = self.core()?;
        Ok((FIRST_ID..).map_while(|id| core.score(id)).collect())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        pickle::reduce(slf)
    }
}

impl Tokenizer {
    /// Gives the object its vocabulary, once.
    fn fill(&self, core: Core, seed: Option<u64>) -> PyResult<()> {
        let loaded = Loaded { core: Arc::new(core), sampler: Sampler::new(seed), ids: ids::Ids::default() };
        let twice = |_| PyRuntimeError::new_err("a Tokenizer is immutable: __init__ cannot be called twice");
        self.loaded.set(loaded).map_err(twice)
    }

    /// What `__init__` gave.
    fn loaded(&self) -> PyResult<&Loaded> {
        let empty = || PyRuntimeError::new_err("Tokenizer.__init__ was not called; a subclass must call it");
        self.loaded.get().ok_or_else(empty)
    }

    /// The core's tokenizer.
    fn core(&self) -> PyResult<&Arc<Core>> {
        Ok(&self.loaded()?.core)
    }

    /// A list of ids.
    fn list<'py>(&self, py: Python<'py>, ids: &[u32]) -> PyResult<Bound<'py, PyList>> {
        self.loaded()?.ids.list(py, self.vocab_size()?, ids)
    }

    /// The largest id.
    fn largest(&self) -> PyResult<u64> {
        Ok(to_u64(self.vocab_size()?) - 1)
    }
}
