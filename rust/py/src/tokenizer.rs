//! `bytepiece.Tokenizer`: converts, detaches, calls the core, converts back.

mod call;
mod decode;
mod encode;
mod files;
mod ids;
mod iterator;
mod load;
mod lookup;
mod offsets;
mod options;
pub(crate) mod pickle;
mod score;
mod special;
pub(crate) mod stream;

use crate::array;
use crate::error::raise;
use crate::parameter::{self, Argument, flag, integer, interruptible};
use crate::sampling::Sampler;
use crate::text::Text;
use crate::texts::refuse_one;
use bytepiece_core::formats::model;
use bytepiece_core::num::to_u64;
use bytepiece_core::tokenizer::Tokenizer as Core;
use bytepiece_core::tokenizer::batch::{self, Request};
use bytepiece_core::vocabulary::FIRST_ID;
use iterator::{Item, PieceIterator};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use std::sync::{Arc, OnceLock};

/// Encodes text as ids and back; immutable but for the seed of its samples. See <https://kexue.fm/archives/9768>.
///
/// Args:
///     pieces: The path of a model, or the dict that `json.load` makes of one.
///     seed: Of the samples of `encode` and `tokenize`, 0 to 2**64 - 1; None draws one in each process.
///
/// Raises:
///     ValueError: The model is broken: the error says where and how.
///     OSError: The file cannot be read.
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
    /// The Python ints of the ids, shared with streams.
    ids: Arc<ids::Ids>,
    /// What finds the special tokens that the last calls parsed.
    finders: special::Finders,
}

#[pymethods]
impl Tokenizer {
    /// The id of `<pad>`.
    #[classattr]
    #[pyo3(name = "pad_id")]
    const PAD_ID: u32 = batch::PAD;
    /// The id of `<bos>`.
    #[classattr]
    #[pyo3(name = "bos_id")]
    const BOS_ID: u32 = batch::BOS;
    /// The id of `<eos>`.
    #[classattr]
    #[pyo3(name = "eos_id")]
    const EOS_ID: u32 = batch::EOS;

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

    /// The number of ids, special tokens included.
    #[getter]
    fn vocab_size(&self) -> PyResult<usize> {
        Ok(self.core()?.vocabulary().size())
    }

    /// How text is normalized: "nfc", "nfkc" or "none".
    #[getter]
    fn normalization(&self) -> PyResult<&'static str> {
        Ok(self.core()?.normalization().name())
    }

    fn __len__(&self) -> PyResult<usize> {
        self.vocab_size()
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let name = slf.get_type().qualname()?;
        Ok(slf.get().vocab_size().map_or(format!("<{name}, empty>"), |size| format!("<{name} vocab_size={size}>")))
    }

    /// Starts the samples of single calls again.
    ///
    /// Args:
    ///     seed: 0 to 2**64 - 1; None draws one in each process.
    #[pyo3(signature = (seed))]
    fn set_seed(&self, py: Python<'_>, seed: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let seed = parameter::seed(seed)?;
        self.loaded()?.sampler.set_seed(py, seed);
        Ok(())
    }

    /// The pieces of a text, normalized.
    ///
    /// Args:
    ///     text: `str` or `bytes`.
    ///     alpha: As in `encode`.
    ///     iter: Whether to return an iterator, which cuts line by line.
    ///     allowed_special: As in `encode`; each special token comes out as one `str`.
    ///     disallowed_special: As in `encode`.
    ///
    /// Returns:
    ///     A list of `bytes`, or an iterator.
    ///
    /// Raises:
    ///     ValueError, TypeError: As `encode`.
    #[pyo3(
        signature = (
            text, alpha=Argument::Default, iter=Argument::Default, *, allowed_special=Argument::Default,
            disallowed_special=Argument::Default
        ),
        text_signature = "($self, text, alpha=-1, iter=False, *, allowed_special=(), disallowed_special=())"
    )]
    fn tokenize<'py>(
        &self,
        py: Python<'py>,
        text: &Bound<'py, PyAny>,
        alpha: Argument<'py>,
        iter: Argument<'py>,
        allowed_special: Argument<'py>,
        disallowed_special: Argument<'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let text = Text::extract(text, || "text".to_owned())?;
        let iter = iter.or(false, |given| flag(given, "iter"))?;
        let specials = self.specials(py, &allowed_special, &disallowed_special)?;
        let sampling = self.loaded()?.sampler.next(py, options::alpha(&alpha)?)?;
        let (core, request) = (self.core()?, Request { sampling, specials, ..Request::default() });
        if iter {
            let iterator = PieceIterator::new(py, Arc::clone(core), text, &request, Item::Pieces)?;
            return Ok(Bound::new(py, iterator)?.into_any());
        }
        let ids = call::one(py, core, text, &request)?;
        let pieces = ids.into_iter().map(|id| lookup::piece(py, core, i64::from(id), 0));
        Ok(PyList::new(py, interruptible(py, pieces).collect::<PyResult<Vec<_>>>()?)?.into_any())
    }

    /// The id of a piece.
    ///
    /// Args:
    ///     piece: `bytes` or `str`; a special token as `str`.
    ///
    /// Raises:
    ///     KeyError: There is no such piece.
    fn piece_to_id(&self, piece: &Bound<'_, PyAny>) -> PyResult<u32> {
        lookup::id(self.core()?, piece)
    }

    /// The piece of an id: `bytes`, or `str` for a special token.
    ///
    /// Args:
    ///     id: An integer.
    ///
    /// Raises:
    ///     KeyError: There is no such id.
    ///     ValueError: It is negative.
    fn id_to_piece<'py>(&self, py: Python<'py>, id: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let id = integer(id, "id")?;
        lookup::piece(py, self.core()?, array::one_id(&id, self.largest()?)?, 0)
    }

    /// The ids of pieces.
    ///
    /// Args:
    ///     pieces: An iterable of what `piece_to_id` takes.
    ///
    /// Raises:
    ///     KeyError: There is no such piece.
    fn pieces_to_ids(&self, pieces: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
        refuse_one(pieces, "pieces", "str or bytes", "piece_to_id(piece)")?;
        interruptible(pieces.py(), pieces.try_iter()?).map(|piece| self.piece_to_id(&piece?)).collect()
    }

    /// The pieces of ids.
    ///
    /// Args:
    ///     ids: As in `decode`.
    ///
    /// Raises:
    ///     KeyError, ValueError, TypeError: As `decode`.
    fn ids_to_pieces<'py>(&self, py: Python<'py>, ids: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let (core, ids) = (self.core()?, array::ids(ids, self.largest()?)?);
        let pieces = ids.into_iter().enumerate().map(|(place, id)| lookup::piece(py, core, id, place));
        PyList::new(py, interruptible(py, pieces).collect::<PyResult<Vec<_>>>()?)
    }

    /// All pieces with their ids, in the order of the ids.
    fn get_vocab<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        lookup::vocab(py, self.core()?)
    }

    /// Writes the model file: without added special tokens, the one that 0.6.3 would have written.
    ///
    /// Args:
    ///     path: Where to; the file is replaced when the new one is complete.
    ///
    /// Raises:
    ///     OSError: It cannot be written.
    fn save(&self, py: Python<'_>, path: &Bound<'_, PyAny>) -> PyResult<()> {
        let (core, path) = (self.core()?, parameter::path(path, "path")?);
        py.detach(|| model::save(core.vocabulary(), &path)).map_err(raise)
    }

    /// Writes a SentencePiece model with the same pieces and scores; needs `pip install 'bytepiece[sentencepiece]'`.
    ///
    /// Args:
    ///     path: Where to.
    ///
    /// Raises:
    ///     ValueError: A piece splits a character, or a special token has a name that SentencePiece uses.
    ///     ImportError: sentencepiece or protobuf is missing.
    ///     OSError: It cannot be written.
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
        let (sampler, ids, finders) = (Sampler::new(seed), Arc::default(), special::Finders::default());
        let loaded = Loaded { core: Arc::new(core), sampler, ids, finders };
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
