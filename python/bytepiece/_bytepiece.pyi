"""The compiled half of bytepiece; import its names from `bytepiece` and `bytepiece.corpus`.

Wherever a text is taken, `str` stands for its UTF-8 and `bytes` for the `str` they decode to: each maximal valid stretch is
NFC-normalized, invalid bytes pass untouched. A `str` with a lone surrogate is a ValueError, anything else a TypeError.
All long work is done without the GIL, can be interrupted with Ctrl-C, and gives the same result on any number of threads.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar, Literal, SupportsIndex, TypeAlias, final, overload

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self, disjoint_base

__all__ = [
    "UNICODE_VERSION",
    "Jsonl",
    "Text",
    "Tokenizer",
    "Trainer",
    "__version__",
    "_unpickle",
    "_write_atomically",
    "convert_to_bytepiece",
    "normalize",
]

__version__: str
"""The version of this package."""
UNICODE_VERSION: str
"""The version of the Unicode tables behind NFC and `isolate_digits`, the same on every Python."""

_Path: TypeAlias = str | os.PathLike[str]
_Text: TypeAlias = str | bytes
_Ids: TypeAlias = Iterable[SupportsIndex] | NDArray[np.integer[Any]]
_Documents: TypeAlias = Iterable[str] | Iterable[bytes] | Iterable[_Text] | Text | Jsonl
_Progress: TypeAlias = Callable[[str, int, int, int, int | None], object]

def normalize(text: _Text, maxlen: int = 0, isolate_digits: bool = False) -> list[bytes]:
    r"""Cut the NFC of a text into segments, the units that are encoded and trained on one by one.

    Args:
        text: The text.
        maxlen: The most characters of a segment before its newline run, which is cut at 100 then; 0 for no limit.
        isolate_digits: Whether each decimal digit (Unicode category Nd) is a segment of its own.

    Returns:
        The segments: lines, each with the newline run behind it; joined they are the whole normalized text. Only `\n`
        ends a line.
    """

def convert_to_bytepiece(pieces: Mapping[str, int] | Mapping[bytes, int] | Mapping[_Text, int], path: _Path) -> None:
    """Save pieces that somebody else counted as a model.

    Bytes that are missing are added with count 1; pieces that a segmentation into others beats are dropped.

    Args:
        pieces: A dict of counts, at least 1, by piece.
        path: Where to save; the file is replaced when the new one is complete.

    Raises:
        ValueError: A count is out of range, or a piece is empty, longer than 4,096 bytes or given twice.
        TypeError: `pieces` is no dict, a piece is no text, or a count is no integer.
    """

@disjoint_base
class Trainer:
    """Learns vocabularies by BytePiece's unigram method.

    Counts all n-grams of bytes, cuts the text where the n-gram model wants it cut, counts the pieces, and prunes them by a
    unigram model until the size is reached: https://kexue.fm/archives/9752, https://kexue.fm/archives/3956.

    Args:
        order: The longest n-gram counted, in bytes: 1 to 16. Longer ones give better pieces, and take more memory.
        max_vocab_size: Size of the vocabulary, `<pad> <bos> <eos>` included: 259 to 2**24 + 3; or a list of sizes. The
            vocabulary may come out smaller.
        max_piece_length: The longest piece kept, in bytes: 1 to 4,096.
        min_count: The least count of an n-gram of 2 bytes or more, and of a piece of 2 bytes or more: at least 1.
        isolate_digits: Whether each decimal digit is a piece of its own.
        ensure_unicode: Whether pieces are whole characters (single bytes excepted).
        compat: Whether to give the same bytes as bytepiece 0.6.3, its bug included that one rare character spoils the cuts
            of the rest of its segment.
        threads: Threads to work on, 1 to 1,024; None for `workers` of `train` if that is over 1, else for all cores.
        progress: How to show progress. None: a bar on stderr if that is a terminal. True: as None, and plain lines where
            it is none. False: nothing. A function: called as `progress(stage, number, stages, done, total)` some times a
            second, for example `progress("counting", 1, 4, 1048576, None)`; in stages 1 and 3 `done` is bytes of
            text and `total` about what they will come to. An exception it raises stops the training and comes out
            of `train`.

    Raises:
        ValueError: A number is out of its range.
        TypeError: An argument has the wrong type; `bool` is not taken for `int`.
    """

    order: int
    """The longest n-gram counted, in bytes. This and the other parameters can be set, with the same checks."""
    min_count: int
    """The least count of n-grams and pieces of 2 bytes or more."""
    max_piece_length: int
    """The longest piece kept, in bytes."""
    isolate_digits: bool
    """Whether each decimal digit is a piece of its own."""
    ensure_unicode: bool
    """Whether pieces are whole characters."""
    compat: bool
    """Whether to give the same bytes as bytepiece 0.6.3."""

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self: ...
    def __init__(
        self,
        order: SupportsIndex = 6,
        max_vocab_size: SupportsIndex | list[int] | tuple[int, ...] = 10000,
        max_piece_length: SupportsIndex = 36,
        min_count: SupportsIndex = 2,
        isolate_digits: bool = False,
        ensure_unicode: bool = True,
        *,
        compat: bool = False,
        threads: SupportsIndex | None = None,
        progress: bool | _Progress | None = None,
    ) -> None: ...
    @property
    def max_vocab_size(self) -> list[int]:
        """The sizes asked for, largest first."""

    @max_vocab_size.setter
    def max_vocab_size(self, value: SupportsIndex | list[int] | tuple[int, ...]) -> None: ...
    @property
    def pieces(self) -> list[dict[bytes, int]]:
        """The counts by piece of each vocabulary, largest size first. A RuntimeError before training."""

    def train(
        self, texts: _Documents | Mapping[str, _Documents], workers: SupportsIndex = 1, batch_size: SupportsIndex = 1000
    ) -> None:
        """Learn from texts, which are read twice. Training again begins anew.

        Args:
            texts: An iterable of documents, `str` or `bytes`; a reader of `bytepiece.corpus`; or a dict of those by name. A
                one-shot iterator is kept in a temporary file (without a name, in the system's folder for such files).
            workers: 0.6.3's number of processes: over 1, the number of threads, unless the constructor was told one.
            batch_size: Accepted for 0.6.3's sake, at least 1; without effect.

        Raises:
            TypeError: `texts` is a single text or path, or no iterable; a document is neither `str` nor `bytes`.
            ValueError: There is no text at all; a second iteration gives another number of documents or bytes; a document
                has a lone surrogate; a file is not UTF-8 or not JSON lines.
            OSError: A file cannot be read, or the temporary file not be written.
            KeyboardInterrupt: Ctrl-C, within a second; threads and temporary files are gone.

        Exceptions raised by the iterator of `texts` come out unchanged. Time: linear in the size of the text. Memory: 12
        to 48 bytes for each distinct n-gram of up to `order` bytes.
        """

    def save(self, path: _Path) -> None:
        """Write the model: `path` for one size, `path.<size>` for each of several.

        Each file is replaced only when the new one is complete. An OSError names the file that could not be written; those
        of larger sizes are written by then.

        Raises:
            RuntimeError: Nothing is trained yet.
            OSError: A file cannot be written.
        """

@disjoint_base
class Tokenizer:
    """Turns text into ids and ids into text; immutable, but for the seed of its samples, and safe to share by threads.

    The best segmentation is the one with the largest sum of scores, ln(count of the piece) - ln(sum of all counts); of equal
    ones, the one whose last piece is longest: https://kexue.fm/archives/9752. Sampling draws a segmentation with
    probability proportional to exp(alpha * sum of scores): https://kexue.fm/archives/9768. Time: linear in the text.

    Args:
        pieces: The path of a model, or the dict that `json.load` makes of one: `{base64: [id, text, count]}`, of which the
            first and the last field are used.
        seed: Seed of the samples of `tokenize` and `encode`, 0 to 2**64 - 1; None draws one in each process.

    Raises:
        ValueError: The model is broken: the error says where and how.
        OSError: The file cannot be read.
        TypeError: `pieces` is neither path nor mapping, or the seed no integer.
    """

    pad_id: ClassVar[int]
    """The id of `<pad>`: 0."""
    bos_id: ClassVar[int]
    """The id of `<bos>`: 1."""
    eos_id: ClassVar[int]
    """The id of `<eos>`: 2."""

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self: ...
    def __init__(
        self, pieces: _Path | Mapping[str, list[Any]] | Mapping[str, tuple[Any, ...]], seed: SupportsIndex | None = None
    ) -> None: ...
    @property
    def vocab_size(self) -> int:
        """The number of ids, `<pad> <bos> <eos>` included."""

    def __len__(self) -> int: ...
    def set_seed(self, seed: SupportsIndex | None) -> None:
        """Set the seed of single calls and start their samples again; None draws a seed in each process."""

    @overload
    def tokenize(self, text: _Text, alpha: float = -1, iter: Literal[False] = False) -> list[bytes]: ...
    @overload
    def tokenize(self, text: _Text, alpha: float = -1, *, iter: Literal[True]) -> Iterator[bytes]: ...
    @overload
    def tokenize(self, text: _Text, alpha: float, iter: Literal[True]) -> Iterator[bytes]:
        """Cut the normalized text into pieces.

        Args:
            text: The text.
            alpha: Below 0, the best segmentation. Else one drawn by the seed and the number of samples drawn since it was
                set: 0 is uniform over all segmentations, 1 the model's own distribution, more comes closer to the best.
            iter: Whether to return an iterator, which encodes a line when its first piece is asked for.

        Raises:
            ValueError: `alpha` is not a finite number up to 1e290; the text has a lone surrogate.
        """

    @overload
    def encode(
        self, text: _Text, add_bos: bool = False, add_eos: bool = False, alpha: float = -1, iter: Literal[False] = False
    ) -> list[int]: ...
    @overload
    def encode(
        self, text: _Text, add_bos: bool = False, add_eos: bool = False, alpha: float = -1, *, iter: Literal[True]
    ) -> Iterator[int]: ...
    @overload
    def encode(self, text: _Text, add_bos: bool, add_eos: bool, alpha: float, iter: Literal[True]) -> Iterator[int]:
        """Give the ids of the pieces of a text, as `tokenize` cuts it, with `<bos>` and `<eos>` around them on request."""

    @overload
    def encode_batch(
        self,
        texts: Iterable[str] | Iterable[bytes] | Iterable[_Text],
        *,
        threads: SupportsIndex | None = None,
        output: Literal["lists"] = "lists",
        alpha: float = -1,
        seed: SupportsIndex | None = None,
        first_index: SupportsIndex = 0,
    ) -> list[list[int]]: ...
    @overload
    def encode_batch(
        self,
        texts: Iterable[str] | Iterable[bytes] | Iterable[_Text],
        *,
        threads: SupportsIndex | None = None,
        output: Literal["numpy"],
        alpha: float = -1,
        seed: SupportsIndex | None = None,
        first_index: SupportsIndex = 0,
    ) -> tuple[NDArray[np.uint16] | NDArray[np.uint32], NDArray[np.int64]]:
        """Encode many texts on many threads.

        Args:
            texts: The texts; all are held at once.
            threads: 1 to 1,024; None for all cores.
            output: "lists" for a list of ids for each text. "numpy" for `(ids, row_ends)`: the ids of all texts in one
                array, uint16 where `vocab_size` is at most 65,536, else uint32, and int64 `row_ends`; row i is
                `ids[row_ends[i - 1] : row_ends[i]]`, with 0 for `row_ends[-1]`.
            alpha: As in `tokenize`.
            seed: Seed of the samples; None for the tokenizer's, and if that is None too, one drawn for this call.
            first_index: Text i is drawn by (seed, first_index + i), whatever the thread: `encode_batch(texts, alpha=a,
                seed=s)[i]` is what the i-th `encode(text, alpha=a)` after `set_seed(s)` gives.

        Raises:
            TypeError: `texts` is a single text, or one of them neither `str` nor `bytes`.
            ValueError: A parameter is out of range; a text has a lone surrogate.
            KeyboardInterrupt: Ctrl-C, within a second.
        """

    def score(self, text: _Text) -> float:
        """Give the logarithm of the probability of the best segmentation.

        It is the sum of the scores of `encode(text)`: added from left to right within each line, beginning with 0, and then
        line by line. 0.0 for an empty text. Time as `encode`.

        Raises:
            TypeError, ValueError, KeyboardInterrupt: As `encode`.
        """

    def log_likelihood(self, text: _Text) -> float:
        """Give the logarithm of the summed probability of all segmentations: ln of the sum of exp(sum of scores).

        No less than `score(text)`, but for rounding (a billionth of a nat for a line of a megabyte; `score` itself rounds at
        each addition). 0.0 for an empty text. Time as sampling, linear in the text; memory does not grow with a line.

        Raises:
            TypeError, ValueError, KeyboardInterrupt: As `encode`.
        """

    def entropy(self, text: _Text, *, alpha: float = 1.0) -> float:
        """Give the entropy, in nats, of the distribution of segmentations that sampling with `alpha` draws from.

        Never negative; 0.0 for an empty text, and where there is one segmentation. Small values are right too: they are
        added up from positive terms. Time: linear in the text, a logarithm a match; memory does not grow with a line.

        Args:
            text: The text.
            alpha: The exponent: 0 for the uniform distribution, 1 for the model's own; up to 1e290.

        Raises:
            ValueError: `alpha` is negative, NaN or over 1e290; otherwise as `encode`.
            TypeError, KeyboardInterrupt: As `encode`.
        """

    def nbest(self, text: _Text, n: SupportsIndex) -> list[tuple[list[int], float]]:
        r"""Give the `n` best segmentations of the whole text with their scores, exactly.

        All are distinct, the score never ascends, and the first is `(encode(text), score(text))`; each score is added as in
        `score`. Equal scores of paths of one line: the longest last piece first, then the better path before it, by the same
        rule; of texts: the better path of the last line first, then the better beginning.

        Args:
            text: The text.
            n: 1 to 1,024; `n` times the bytes of the text at most 2**26, for example 5 for 13 megabytes.

        Returns:
            Pairs of ids and score; fewer than `n` where there are fewer segmentations, one of an empty text.

        Raises:
            ValueError: `n` is out of range, or too large for the text (the error says how large it can be); otherwise as
                `encode`.
            TypeError: `n` is no integer; otherwise as `encode`.
            KeyboardInterrupt: Ctrl-C, within a second.

        Time: at most n times the matches, about four a byte. Memory: 8 * n bytes for each byte of the longest line, and the
        ids. A Viterbi search that keeps the n best of each place.
        """

    def decode(self, ids: _Ids) -> str:
        """Give the text of ids: those of `<pad> <bos> <eos>` give nothing, bytes that are not UTF-8 are dropped.

        Args:
            ids: Integers, in any iterable; arrays of numpy (one dimension, integers) without making Python ints.

        Raises:
            KeyError: An id is not in the vocabulary.
            ValueError: An id is negative.
            TypeError: An id is no integer.
        """

    def decode_bytes(self, ids: _Ids) -> bytes:
        """Give the bytes of ids, as `decode` does, but all of them: those of the normalized text."""

    @overload
    def decode_batch(self, ids: Iterable[_Ids], row_ends: None = None) -> list[str]: ...
    @overload
    def decode_batch(self, ids: _Ids, row_ends: _Ids) -> list[str]:
        """Give the text of each row of ids; or of flat ids and the ends of rows, as `encode_batch` gives them for numpy.

        Raises:
            ValueError: `row_ends` does not ascend to the number of ids; else as `decode`.
        """

    def piece_to_id(self, piece: _Text) -> int:
        """Give the id of a piece; "<pad>", "<bos>" and "<eos>" as `str` are the specials. Unknown: KeyError."""

    def id_to_piece(self, id: SupportsIndex) -> bytes | str:
        """Give the piece of an id: `bytes`, or `str` for the specials. Unknown: KeyError; negative: ValueError."""

    def pieces_to_ids(self, pieces: Iterable[_Text]) -> list[int]:
        """Give the ids of pieces, each as `piece_to_id` does."""

    def ids_to_pieces(self, ids: _Ids) -> list[bytes | str]:
        """Give the pieces of ids, each as `id_to_piece` does."""

    def get_vocab(self) -> dict[bytes | str, int]:
        """Give all pieces with their ids, specials included, in the order of the ids."""

    def save(self, path: _Path) -> None:
        """Write the model file, the same bytes as 0.6.3; `path` is replaced only when the new file is complete."""

    def convert_to_sentencepiece(self, path: _Path) -> None:
        """Write a SentencePiece model with the same pieces and scores; needs `pip install 'bytepiece[sentencepiece]'`.

        Raises:
            ValueError: A piece splits a character (the model was trained with `ensure_unicode=False`); nothing is written.
            ImportError: sentencepiece or protobuf is missing.
        """

    def _scores(self) -> list[float]:
        """Give the score of each piece in the order of the ids, from 3 on."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle: small, the same bytes for equal tokenizers; the seed is in it, the number of samples drawn is not."""

@final
class Text:
    r"""Text files in UTF-8 as documents, all newlines kept; for `Trainer.train`, or to iterate as `str`.

    Args:
        paths: A path or a list of paths.
        split: None: a file is one document, streamed. "line": a line with the newline run behind it. "paragraph": the text
            up to a run of two or more newlines, with that run.

    Raises:
        OSError: A file is missing or cannot be read; the subclass says why.
        ValueError: While reading: a file is not UTF-8 (the error has its line and byte).
    """

    def __new__(cls, paths: _Path | Iterable[_Path], split: Literal["line", "paragraph"] | None = None) -> Self: ...
    @property
    def paths(self) -> list[str]:
        """The files, in order."""

    @property
    def split(self) -> Literal["line", "paragraph"] | None:
        """What a document is."""

    def __iter__(self) -> Iterator[str]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class Jsonl:
    """JSON lines files in UTF-8 as documents, one a line; for `Trainer.train`, or to iterate as `str`.

    Args:
        paths: A path or a list of paths.
        field: The key whose string is the document.

    Raises:
        OSError: A file is missing or cannot be read; the subclass says why.
        ValueError: While reading: a line is not JSON in UTF-8, or has no string under the key (the error has the line).
    """

    def __new__(cls, paths: _Path | Iterable[_Path], field: str = "text") -> Self: ...
    @property
    def paths(self) -> list[str]:
        """The files, in order."""

    @property
    def field(self) -> str:
        """The key whose string is the document."""

    def __iter__(self) -> Iterator[str]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

def _write_atomically(path: _Path, data: bytes) -> None:
    """Write a file beside `path`, then rename it."""

def _unpickle(class_: type[Tokenizer], packed: bytes, seed: int | None) -> Tokenizer:
    """Make a pickled tokenizer again."""
