"""The compiled half of bytepiece; import its names from `bytepiece` and `bytepiece.corpus`.

Wherever a text is taken, `str` stands for its UTF-8 and `bytes` for the `str` they decode to: each maximal valid stretch is
normalized (NFC unless the model says otherwise), invalid bytes pass untouched. A `str` with a lone surrogate is a
ValueError, anything else a TypeError. All long work is done without the GIL, can be interrupted with Ctrl-C, and gives the
same result on any number of threads.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import GenericAlias
from typing import (
    Any,
    ClassVar,
    Generic,
    Literal,
    NoReturn,
    Protocol,
    SupportsIndex,
    TypeAlias,
    TypedDict,
    TypeVar,
    final,
    overload,
)

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self, disjoint_base

from bytepiece.corpus import Reader

__all__ = [
    "UNICODE_VERSION",
    "Jsonl",
    "StreamDecoder",
    "StreamEncoder",
    "Text",
    "Tokenizer",
    "Trainer",
    "_CountedTexts",
    "_Tally",
    "_TokenCounts",
    "__version__",
    "_documents",
    "_drain",
    "_field_path",
    "_find",
    "_piece_classes",
    "_unpickle",
    "_write_atomically",
    "convert_to_bytepiece",
    "normalize",
]

__version__: str
"""The version of this package."""
UNICODE_VERSION: str
"""The version of the Unicode tables behind NFC and `isolate_digits`, the same on every Python."""

class _ArrowArray(Protocol):
    """An array of pyarrow, arro3, nanoarrow or any library with Arrow's PyCapsule interface."""

    def __arrow_c_array__(self, requested_schema: object | None = None, /) -> tuple[object, object]: ...

class _ArrowStream(Protocol):
    """A chunked array or a series: of pyarrow, polars, pandas, or any library with Arrow's PyCapsule interface."""

    def __arrow_c_stream__(self, requested_schema: object | None = None, /) -> object: ...

_Errors: TypeAlias = Literal["raise", "replace", "skip"]
_Path: TypeAlias = str | os.PathLike[str]
_Text: TypeAlias = str | bytes
_Iterable: TypeAlias = Iterable[str] | Iterable[bytes] | Iterable[_Text]
_Texts: TypeAlias = _Iterable | NDArray[Any] | _ArrowArray | _ArrowStream
_IdArray: TypeAlias = NDArray[np.uint16] | NDArray[np.uint32]
_Spans: TypeAlias = list[tuple[int, int]]
_Allowed: TypeAlias = Iterable[str] | Literal["all"]
_Disallowed: TypeAlias = Iterable[str] | Literal["raise", "all"]
_Ids: TypeAlias = Iterable[SupportsIndex] | NDArray[np.integer[Any]]
_Documents: TypeAlias = _Iterable | Text | Jsonl | Reader | _ArrowArray | _ArrowStream

class _Details(TypedDict):
    """How a training is doing, for a progress function with a parameter `details`. Sizes are in bytes, times in seconds."""

    seconds: float
    """Since the stage began."""
    elapsed: float
    """Since training began."""
    left: float | None
    """Until the stage is over; None where that cannot be told."""
    left_in_all: float | None
    """Until training is over, roughly: later stages are taken to last as long as they did when they were measured."""
    documents: int
    """Documents that this pass has read; 0 in stages 2, 4 and 6."""
    bytes: int
    """Text that this pass has read, whatever the files are compressed with; 0 in stages 2, 4 and 6."""
    resumed: int
    """How much of `bytes` was worked on before, by the training that this one goes on with."""
    mb_per_second: float | None
    """Megabytes of text a second in this stage, without what was resumed."""
    memory: int
    """Anonymous memory above that before training; 0 where the system does not tell."""
    memory_limit: int
    """The memory limit."""
    spilled: int
    """What was written to the disk so far."""
    disk_needed: int
    """What will be on the disk at a time, as far as can be told now: see `Trainer.report`, `disk`."""
    disk_free: int | None
    """What is free there; None where the system does not tell."""

class _DetailedProgress(Protocol):
    """A progress function that wants to know more."""

    def __call__(
        self, stage: str, number: int, stages: int, done: int, total: int | None, /, *, details: _Details
    ) -> object: ...

_Progress: TypeAlias = Callable[[str, int, int, int, int | None], object] | _DetailedProgress

_Forbidden: TypeAlias = str | bytes | re.Pattern[str] | re.Pattern[bytes] | Callable[[bytes], object]

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
    unigram model: https://kexue.fm/archives/9752, https://kexue.fm/archives/3956. What is left are candidates, of which
    *refinement* makes the vocabulary that needs the fewest tokens: it encodes the text again and again, drops what saves
    least, and joins pieces that stand side by side. What only one document can use is worth nothing there.

    Args:
        order: The longest n-gram counted, in bytes: 1 to 16. Longer ones give better pieces, and take more memory.
        max_vocab_size: Size of the vocabulary, 259 to 2**24 + 3, or a list of sizes. It counts everything: `<pad> <bos>
            <eos>`, pieces, `special_tokens` and `reserved_tokens`. The vocabulary has exactly that size if the text has
            enough pieces; with `objective="frequency"` it may come out smaller anyway.
        max_piece_length: The longest piece kept, in bytes: 1 to 4,096.
        min_count: The least count of an n-gram of 2 bytes or more, and of a piece of 2 bytes or more: at least 1.
        isolate_digits: Whether each decimal digit is a piece of its own: 0.6.3's name for `digits="single"`.
        ensure_unicode: Whether pieces are whole characters (single bytes excepted). None: with `objective="frequency"` only,
            as in 0.6.3. Parts of characters make rare characters two tokens instead of three or four. A model of whole
            characters is what `convert_to_sentencepiece` needs.
        compat: Whether to give the same bytes as bytepiece 0.6.3, its bug included that one rare character spoils the cuts
            of the rest of its segment.
        threads: Threads to work on, 1 to 1,024; None for `workers` of `train` if that is over 1, else for all cores.
        progress: How to show progress. None: a bar a stage on stderr if that is a terminal, with bytes, MB/s, memory, what
            is written to the disk and the time left, and at the end a summary. True: as None, and plain lines where it is
            none, one each 10 seconds and one a stage. False: nothing. A function: called as
            `progress(stage, number, stages, done, total)` some times a second, for example
            `progress("counting", 1, 6, 1048576, None)`; in stages 1, 3 and 5 `done` is bytes of text, or of files as they
            are stored, and `total` what they will come to; in stage 2 they are steps of about the same length, in stages 4
            and 6 `done` is the rounds that are over, of which nobody knows how many come. With `objective="frequency"`
            there are 4 stages. A function with a parameter `details`
            is given that too, a dict (`_Details`: memory, time left, ...). An exception it raises stops the training and
            comes out of `train`.
        max_ngrams: The most n-grams kept, at least 256: about 10 bytes of memory each while text is cut (20 at orders over
            8). Where more have `min_count`, one least count a length is raised, never falling with the length, and the
            shortest n-grams are kept first. Part of what decides on the model; without effect with `compat`.
        memory_limit: How much memory `train` may take, above what the process has then: a number of bytes, a size such as
            "600MB" (powers of 1,000) or "2GiB" (of 1,024), or a share of the memory of the machine or its control group,
            a float up to 1.0. None: half of what is free. What does not fit goes to `temp_dir`, compressed; the model is
            the same. A single document of many megabytes, a line of JSON or a `str`, comes on top of that, some three times.
        temp_dir: The folder for that, and for the documents of a one-shot iterator; None for the system's folder for
            temporary files. What is there is gone when `train` ends, however it ends. A folder that is given must be one
            that can be written to.
        checkpoint: A folder to keep what is needed to go on, made if it is not there. After a crash, a full disk or Ctrl-C
            the same call goes on from the last save, and gives the same model. The corpus must be the same: files are
            known by their paths, sizes and times, other documents are read again up to where it stopped, and compared.
            `max_vocab_size`, `max_piece_length`, `threads` and `memory_limit` may be others. What memory has no room for
            goes there too, not to `temp_dir`. The folder stays when training is over: the same call then repeats only
            what comes behind the passes over the corpus. One training at a time may use it: it is locked, and the lock
            is gone with the process.
        checkpoint_every: Seconds between two saves. Saving writes what was counted since the last one.
        digits: How decimal digits (Unicode category Nd) stand in pieces. "free": like any other character. "single": each is
            a piece of its own. "groups": a piece has at most three, and nothing else then; text is cut into threes from the
            left of a number.
        cross_words: Whether a piece may go on behind the end of a word. False: no piece has a word border of UAX #29
            inside, but behind spaces (U+0020) that it begins with; runs of Han and kana are one word, and so are runs of
            Thai, Lao, Khmer, Myanmar and the Tai scripts. Each line feed, tab and punctuation mark is a piece of its own
            then. Encoding is the same: it prefers what the vocabulary has.
        special_tokens: Special tokens of the vocabulary, a list of str, with the ids behind the pieces': see
            `Tokenizer.with_special_tokens`.
        reserved_tokens: How many more there are behind those, for later: `<reserved_0>` and so on; names that
            `special_tokens` has are passed over.
        multiple_of: What the size is a multiple of, 1 to 4,096: the largest one that is not over `max_vocab_size`, or a
            smaller one where the text has too few pieces; more reserved tokens fill that up.
        required_pieces: Pieces, str or bytes, that every vocabulary has whatever their counts (with count 1 where no text
            needs them). They are normalized as text is.
        forbidden: What no piece of 2 bytes or more may be: a regular expression (str, bytes or `re.Pattern`), or a function
            of a piece (bytes) that says whether it is forbidden. An expression is searched for in the piece, a str one in
            its text, in which U+FFFD stands for what is not UTF-8. Asked about each candidate, in refinement in every
            round, on the thread that trains.
            Text is not cut there: pieces that are forbidden give their counts to their parts.
        normalization: How text is normalized, in training and by the tokenizer wherever it takes text: "nfc" (Unicode's form
            C, as in 0.6.3), "nfkc" (form KC: wide letters, ligatures, circled digits and the like become the plain ones, so
            that decoding does not give them back) or "none". The model keeps it; only with "nfc" is it one that 0.6.3 can
            read.
        objective: What the vocabulary is to be good at. "tokens": few tokens. "entropy": a short code, where each token
            takes -log2 of its probability: pieces are kept by what the code of the text grows by without them. "frequency":
            0.6.3's most frequent pieces, without refinement. None: "tokens", and "frequency" with `compat`. With "tokens"
            the counts in the model are 1,024 times the square roots of the counts in the text: encoding then prefers few
            tokens, then frequent ones. Of more than 128 MiB of text a sample of that size is refined on; what is in it
            depends on the text alone, and every source keeps its share.
        domain_weights: What text of a source counts for in refinement: numbers over 0 by the names that `texts` has, 1 for
            the others. With 2, a token saved there is worth two elsewhere.
        cover_scripts: Whether refinement counts some letters of every script in modern use (UAX #31, recommended), as a
            fortieth of the text. Scripts that the text has not would else cost a token a byte.
        strict: Whether it is an error, and no warning in the log, that the text has too few pieces for `max_vocab_size`.

    Raises:
        ValueError: A number is out of its range, `memory_limit` is no size, or `forbidden` no regular expression; a required
            piece is empty, too long, against `digits`, `cross_words` or `ensure_unicode`, or goes on behind a line feed; a
            special token is refused; there is no room in `max_vocab_size` for all of them and the single bytes; `digits`
            and `isolate_digits` contradict each other; `compat` and any of these that 0.6.3 has not; `domain_weights`
            with `objective="frequency"`.
        TypeError: An argument has the wrong type; `bool` is not taken for `int`.
    """

    order: int
    """The longest n-gram counted, in bytes. This and the other parameters can be set, with the same checks."""
    min_count: int
    """The least count of n-grams and pieces of 2 bytes or more."""
    max_piece_length: int
    """The longest piece kept, in bytes."""
    max_ngrams: int
    """The most n-grams kept."""
    isolate_digits: bool
    """Whether `digits` is "single"; False makes that "free"."""
    digits: Literal["free", "single", "groups"]
    """How digits stand in pieces."""
    cross_words: bool
    """Whether pieces may go on behind the end of a word."""
    reserved_tokens: int
    """How many special tokens there are behind `special_tokens`."""
    multiple_of: int
    """What the size is a multiple of."""
    forbidden: _Forbidden | None
    """What no piece may be, as it was given."""
    normalization: Literal["nfc", "nfkc", "none"]
    """How text is normalized."""
    objective: Literal["tokens", "entropy", "frequency"]
    """What the vocabulary is to be good at."""
    cover_scripts: bool
    """Whether refinement counts some letters of every script in modern use."""
    strict: bool
    """Whether a vocabulary that is smaller than asked is an error."""
    ensure_unicode: bool
    """Whether pieces are whole characters; None can be set, and leaves it to `objective`."""
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
        ensure_unicode: bool | None = None,
        *,
        compat: bool = False,
        threads: SupportsIndex | None = None,
        progress: bool | _Progress | None = None,
        max_ngrams: SupportsIndex = 100_000_000,
        memory_limit: SupportsIndex | float | str | None = None,
        temp_dir: _Path | None = None,
        checkpoint: _Path | None = None,
        checkpoint_every: float = 60.0,
        digits: Literal["free", "single", "groups"] = "free",
        cross_words: bool = True,
        special_tokens: Iterable[str] = (),
        reserved_tokens: SupportsIndex = 0,
        multiple_of: SupportsIndex = 1,
        required_pieces: Iterable[_Text] = (),
        forbidden: _Forbidden | None = None,
        normalization: Literal["nfc", "nfkc", "none"] = "nfc",
        objective: Literal["tokens", "entropy", "frequency"] | None = None,
        domain_weights: dict[str, float] | None = None,
        cover_scripts: bool = True,
        strict: bool = False,
    ) -> None: ...
    @property
    def domain_weights(self) -> dict[str, float]:
        """What text of each source counts for in refinement."""

    @domain_weights.setter
    def domain_weights(self, value: dict[str, float] | None) -> None: ...
    @property
    def special_tokens(self) -> list[str]:
        """The special tokens, in the order of their ids."""

    @special_tokens.setter
    def special_tokens(self, value: Iterable[str]) -> None: ...
    @property
    def required_pieces(self) -> list[bytes]:
        """The pieces that are kept whatever their counts, as they were given."""

    @required_pieces.setter
    def required_pieces(self, value: Iterable[_Text]) -> None: ...
    @property
    def report(self) -> dict[str, Any]:
        """What the last training did, as a new dict of what JSON has. A RuntimeError before training.

        Sizes are in bytes, times in seconds.

        - `version` of this package, and `algorithm`, a number that changes when models do.
        - `settings`: those that decide on the model, by the names of the constructor's arguments (`digits` for
          `isolate_digits`, too; `forbidden` as the expression or the function's name).
        - `documents` and `bytes` of text, `seconds`, `threads`.
        - `memory_limit`; `peak_memory`: anonymous memory above that before training, sampled; 0 where the system does not
          tell.
        - `spilled`: what was written to the disk, because memory had no room or for the checkpoint. `disk`: the `folder`,
          what was `free` there when training began (None where the system does not tell), what counting was `expected` to
          write (0 where the size of the corpus was not known) and what there was at `most` at a time.
        - `saves`: how often the checkpoint was saved.
        - `distinct_ngrams` by length from 1 on; `kept_ngrams` by length from 2 on, each with its `threshold`, the least
          count, and the number of `ngrams`.
        - `pieces`: how many pruning began with; `vocabulary_sizes`: what came out, specials included, largest first.
        - `refinement`: None without, else its `version`, a number that changes when the same text gives other
          vocabularies; the `blocks` (documents, or 256 KiB of long ones) and `bytes` of text that it worked on, which
          `share` of all text that is, and whether there were enough blocks (32) for `cross_document` values.
        - `stages`, in order: `name`, `seconds`, `bytes` of text (0 in stages 2, 4 and 6), how many of these were `resumed`,
          `mb_per_second` (of those that were not; or None), `peak_memory`, `spilled`.
        - `readers`: for each source that is a reader of `bytepiece.corpus`, by name ("" for a single one), how many
          documents were `skipped` by reason, how many invalid sequences `replaced`, the words of the `first` flaws, and the
          peak memory of each of its `workers`.
        - `reader_processes`: these peaks of all readers; they are not part of `peak_memory`.
        """

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
        """Learn from texts, which are read three times, or twice with `objective="frequency"`. Training again begins anew.

        Args:
            texts: An iterable of documents, `str` or `bytes`; a reader of `bytepiece.corpus`; Arrow data (an array or a
                series, a table or a frame with a column `text`); or a dict of those by name. A one-shot iterator is kept in
                a temporary file (without a name, in the system's folder for such files).
            workers: 0.6.3's number of processes: over 1, the number of threads, unless the constructor was told one.
            batch_size: Accepted for 0.6.3's sake, at least 1; without effect.

        Raises:
            TypeError: `texts` is a single text or path, or no iterable; a document is neither `str` nor `bytes`.
            ValueError: There is no text at all; a required piece is forbidden; a second iteration gives other documents; a
                document has a lone surrogate; a file is not UTF-8 or not JSON lines, or changed between two passes;
                `memory_limit` is too small (the smallest that works, or the settings that would fit, are named); the
                checkpoint is damaged, or that of another training.
            OSError: A file cannot be read or is damaged, or a temporary file or the checkpoint not be written, on a full
                disk say; a BlockingIOError: another training has the checkpoint.
            KeyboardInterrupt: Ctrl-C, within a second; threads and temporary files are gone, a checkpoint is kept.
            RecursionError: A progress function or an iterator of `texts` trains, too, and so on, eight levels deep.

        Where the same call can go on from the checkpoint, the exception has a note that says so.

        The standard `logging` has lines under `bytepiece.train` (INFO: stages, what is written to the disk, saves,
        thresholds; WARNING: a disk that may be too small, how to go on after an error) and `bytepiece.corpus` (WARNING:
        documents left out). Nothing is shown unless the program asks for it. Handlers that raise do not stop training.

        Exceptions raised by the iterator of `texts` or by `forbidden` come out unchanged. Time: linear in the size of the
        text. Memory: `memory_limit`; without spilling, 11 to 16 bytes for each distinct n-gram of `order` bytes (over 8: 22
        to 32).
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
        """The number of ids, special tokens included."""

    @property
    def normalization(self) -> Literal["nfc", "nfkc", "none"]:
        """How text is normalized before it is cut: as it was in training."""

    @property
    def special_tokens(self) -> dict[str, int]:
        """All special tokens with their ids, in the order of the ids: `<pad> <bos> <eos>`, then those that were added."""

    def with_special_tokens(self, tokens: Iterable[str]) -> Self:
        """Give a tokenizer that has more special tokens; this one stays as it is.

        The first gets the id `vocab_size`, each of the others the next: no other id changes. A special token never comes
        out of a text by itself, whatever the text says: only where `allowed_special` of a call names it. It may be equal to
        a piece, which keeps its own id: looked up as `str` it is the special token, as `bytes` the piece.
        The two tokenizers share everything but the list; the new one is of the same class, with the same attributes and
        the same seed (as `copy.copy` would make it), and has drawn no samples.

        Args:
            tokens: Distinct strings of 1 to 256 bytes of UTF-8, none of which is a special token of this tokenizer already;
                at the most 65,536 in all, with 2 MB.

        Raises:
            ValueError: A string breaks these rules: the error names it by its place.
            TypeError: `tokens` is a single `str`, no iterable, a set or a mapping (ids go by the order of the tokens, and
                cannot be chosen), or has something else than `str`.

        Time: linear in the number of special tokens.
        """

    def __len__(self) -> int: ...
    def set_seed(self, seed: SupportsIndex | None) -> None:
        """Set the seed of single calls and start their samples again; None draws a seed in each process."""

    @overload
    def tokenize(
        self, text: _Text, alpha: float = -1, iter: Literal[False] = False, *, disallowed_special: _Disallowed = ()
    ) -> list[bytes]: ...
    @overload
    def tokenize(
        self, text: _Text, alpha: float = -1, *, iter: Literal[True], disallowed_special: _Disallowed = ()
    ) -> Iterator[bytes]: ...
    @overload
    def tokenize(
        self, text: _Text, alpha: float, iter: Literal[True], *, disallowed_special: _Disallowed = ()
    ) -> Iterator[bytes]: ...
    @overload
    def tokenize(
        self,
        text: _Text,
        alpha: float = -1,
        iter: Literal[False] = False,
        *,
        allowed_special: _Allowed,
        disallowed_special: _Disallowed = (),
    ) -> list[bytes | str]: ...
    @overload
    def tokenize(
        self,
        text: _Text,
        alpha: float = -1,
        *,
        iter: Literal[True],
        allowed_special: _Allowed,
        disallowed_special: _Disallowed = (),
    ) -> Iterator[bytes | str]: ...
    @overload
    def tokenize(
        self,
        text: _Text,
        alpha: float,
        iter: Literal[True],
        *,
        allowed_special: _Allowed,
        disallowed_special: _Disallowed = (),
    ) -> Iterator[bytes | str]:
        """Cut the normalized text into pieces.

        Args:
            text: The text.
            alpha: Below 0, the best segmentation. Else one drawn by the seed and the number of samples drawn since it was
                set: 0 is uniform over all segmentations, 1 the model's own distribution, more comes closer to the best.
            iter: Whether to return an iterator, which encodes a line when its first piece is asked for.
            allowed_special: Special tokens that are parsed, "all" or any of `special_tokens`; each comes out as one `str`.
                They are sought in the text as given, before it is normalized, from left to right, the longest first. What is
                between two is a text of its own: nothing is normalized or made a piece across a special token. All others,
                and by default all, are ordinary text wherever they stand.
            disallowed_special: Special tokens that are refused; "raise" (or "all") for each that is not allowed. The two are
                sought together: a refused token inside a longer allowed one is part of that. All of the text is searched,
                with an iterator too, and with `max_length` behind the limit.

        Raises:
            ValueError: `alpha` is not a finite number up to 1e290; the text has a lone surrogate; it has a refused special
                token: the error says which and where; an option names what is no special token, or both name the same.
            TypeError: One of the two is neither of those words nor an iterable of `str`.

        Time: linear in the text whatever the special tokens; the search is faster than the rest. What it needs is built once
        for each of the last 8 pairs of sets.
        """

    @overload
    def encode(
        self,
        text: _Text,
        add_bos: bool = False,
        add_eos: bool = False,
        alpha: float = -1,
        iter: Literal[False] = False,
        *,
        max_length: SupportsIndex | None = None,
        allowed_special: _Allowed = (),
        disallowed_special: _Disallowed = (),
        return_offsets: Literal[False] = False,
    ) -> list[int]: ...
    @overload
    def encode(
        self,
        text: _Text,
        add_bos: bool = False,
        add_eos: bool = False,
        alpha: float = -1,
        *,
        iter: Literal[True],
        max_length: SupportsIndex | None = None,
        allowed_special: _Allowed = (),
        disallowed_special: _Disallowed = (),
        return_offsets: Literal[False] = False,
    ) -> Iterator[int]: ...
    @overload
    def encode(
        self,
        text: str,
        add_bos: bool = False,
        add_eos: bool = False,
        alpha: float = -1,
        iter: Literal[False] = False,
        *,
        max_length: SupportsIndex | None = None,
        allowed_special: _Allowed = (),
        disallowed_special: _Disallowed = (),
        return_offsets: Literal[True],
    ) -> tuple[list[int], _Spans, _Spans]: ...
    @overload
    def encode(
        self,
        text: bytes,
        add_bos: bool = False,
        add_eos: bool = False,
        alpha: float = -1,
        iter: Literal[False] = False,
        *,
        max_length: SupportsIndex | None = None,
        allowed_special: _Allowed = (),
        disallowed_special: _Disallowed = (),
        return_offsets: Literal[True],
    ) -> tuple[list[int], _Spans, None]: ...
    @overload
    def encode(
        self,
        text: _Text,
        add_bos: bool,
        add_eos: bool,
        alpha: float,
        iter: Literal[True],
        *,
        max_length: SupportsIndex | None = None,
        allowed_special: _Allowed = (),
        disallowed_special: _Disallowed = (),
        return_offsets: Literal[False] = False,
    ) -> Iterator[int]:
        """Give the ids of the pieces of a text, as `tokenize` cuts it, with `<bos>` and `<eos>` around them on request.

        Args:
            text: The text.
            add_bos: Whether to begin with `<bos>`.
            add_eos: Whether to end with `<eos>`.
            alpha: As in `tokenize`.
            iter: Whether to return an iterator, which encodes a line when its first id is asked for.
            max_length: The most ids, `<bos>` and `<eos>` included: the last ids of a longer text are dropped, `<eos>` stays.
                Lines behind the limit are not encoded, but for a few.
            allowed_special: As in `tokenize`.
            disallowed_special: As in `tokenize`.
            return_offsets: Whether to return `(ids, byte_spans, char_spans)`: for each id where in `text` as given, before
                normalization, it comes from, as `(start, end)` in its UTF-8 and in its characters; None for the characters
                of `bytes`. Where that changed nothing, the bytes are exactly those of the piece, and the characters all that
                these touch, so pieces that divide a character share it. Where it did (composed, reordered or took apart),
                each byte of the piece comes from the whole cluster: all between one place and the next where it can be cut
                (before a character that begins with a starter and composes with nothing before it, behind a newline, around
                an invalid byte). Starts never go back, nor do ends; together the spans are all of the text. A special token
                in the text has its own place; `<bos>` by `add_bos` has (0, 0), and `<eos>` by `add_eos` (n, n), n the length
                of the text, also where `max_length` cut it short. Time: that of normalizing once more.

        Raises:
            TypeError: As in `tokenize`.
            ValueError: As in `tokenize`; `max_length` is under 1, or leaves no room for both `<bos>` and `<eos>`;
                `return_offsets` with `iter`.
            KeyboardInterrupt: Ctrl-C, within a second.
        """

    @overload
    def encode_batch(
        self,
        texts: _Texts,
        *,
        add_bos: bool = False,
        add_eos: bool = False,
        max_length: SupportsIndex | None = None,
        padding: Literal[False] = False,
        padding_side: Literal["left", "right"] = "right",
        pad_to_multiple_of: SupportsIndex | None = None,
        threads: SupportsIndex | None = None,
        output: Literal["lists"] = "lists",
        alpha: float = -1,
        seed: SupportsIndex | None = None,
        first_index: SupportsIndex = 0,
        allowed_special: _Allowed = (),
        disallowed_special: _Disallowed = (),
        return_offsets: Literal[False] = False,
    ) -> list[list[int]]: ...
    @overload
    def encode_batch(
        self,
        texts: _Texts,
        *,
        add_bos: bool = False,
        add_eos: bool = False,
        max_length: SupportsIndex | None = None,
        padding: Literal["longest", "max_length"],
        padding_side: Literal["left", "right"] = "right",
        pad_to_multiple_of: SupportsIndex | None = None,
        threads: SupportsIndex | None = None,
        output: Literal["lists"] = "lists",
        alpha: float = -1,
        seed: SupportsIndex | None = None,
        first_index: SupportsIndex = 0,
        allowed_special: _Allowed = (),
        disallowed_special: _Disallowed = (),
        return_offsets: Literal[False] = False,
    ) -> tuple[list[list[int]], list[list[bool]]]: ...
    @overload
    def encode_batch(
        self,
        texts: _Texts,
        *,
        add_bos: bool = False,
        add_eos: bool = False,
        max_length: SupportsIndex | None = None,
        padding: Literal[False] = False,
        padding_side: Literal["left", "right"] = "right",
        pad_to_multiple_of: SupportsIndex | None = None,
        threads: SupportsIndex | None = None,
        output: Literal["numpy"],
        alpha: float = -1,
        seed: SupportsIndex | None = None,
        first_index: SupportsIndex = 0,
        allowed_special: _Allowed = (),
        disallowed_special: _Disallowed = (),
        return_offsets: Literal[False] = False,
    ) -> tuple[_IdArray, NDArray[np.int64]]: ...
    @overload
    def encode_batch(
        self,
        texts: _Texts,
        *,
        add_bos: bool = False,
        add_eos: bool = False,
        max_length: SupportsIndex | None = None,
        padding: Literal["longest", "max_length"],
        padding_side: Literal["left", "right"] = "right",
        pad_to_multiple_of: SupportsIndex | None = None,
        threads: SupportsIndex | None = None,
        output: Literal["numpy"],
        alpha: float = -1,
        seed: SupportsIndex | None = None,
        first_index: SupportsIndex = 0,
        allowed_special: _Allowed = (),
        disallowed_special: _Disallowed = (),
        return_offsets: Literal[False] = False,
    ) -> tuple[_IdArray, NDArray[np.bool_]]: ...
    @overload
    def encode_batch(
        self,
        texts: _Texts,
        *,
        add_bos: bool = False,
        add_eos: bool = False,
        max_length: SupportsIndex | None = None,
        padding: Literal[False] = False,
        padding_side: Literal["left", "right"] = "right",
        pad_to_multiple_of: SupportsIndex | None = None,
        threads: SupportsIndex | None = None,
        output: Literal["lists"] = "lists",
        alpha: float = -1,
        seed: SupportsIndex | None = None,
        first_index: SupportsIndex = 0,
        allowed_special: _Allowed = (),
        disallowed_special: _Disallowed = (),
        return_offsets: Literal[True],
    ) -> tuple[list[list[int]], list[_Spans], list[_Spans | Any]]: ...
    @overload
    def encode_batch(
        self,
        texts: _Texts,
        *,
        add_bos: bool = False,
        add_eos: bool = False,
        max_length: SupportsIndex | None = None,
        padding: Literal["longest", "max_length"],
        padding_side: Literal["left", "right"] = "right",
        pad_to_multiple_of: SupportsIndex | None = None,
        threads: SupportsIndex | None = None,
        output: Literal["lists"] = "lists",
        alpha: float = -1,
        seed: SupportsIndex | None = None,
        first_index: SupportsIndex = 0,
        allowed_special: _Allowed = (),
        disallowed_special: _Disallowed = (),
        return_offsets: Literal[True],
    ) -> tuple[list[list[int]], list[list[bool]], list[_Spans], list[_Spans | Any]]: ...
    @overload
    def encode_batch(
        self,
        texts: _Texts,
        *,
        add_bos: bool = False,
        add_eos: bool = False,
        max_length: SupportsIndex | None = None,
        padding: Literal[False] = False,
        padding_side: Literal["left", "right"] = "right",
        pad_to_multiple_of: SupportsIndex | None = None,
        threads: SupportsIndex | None = None,
        output: Literal["numpy"],
        alpha: float = -1,
        seed: SupportsIndex | None = None,
        first_index: SupportsIndex = 0,
        allowed_special: _Allowed = (),
        disallowed_special: _Disallowed = (),
        return_offsets: Literal[True],
    ) -> tuple[_IdArray, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64] | Any]: ...
    @overload
    def encode_batch(
        self,
        texts: _Texts,
        *,
        add_bos: bool = False,
        add_eos: bool = False,
        max_length: SupportsIndex | None = None,
        padding: Literal["longest", "max_length"],
        padding_side: Literal["left", "right"] = "right",
        pad_to_multiple_of: SupportsIndex | None = None,
        threads: SupportsIndex | None = None,
        output: Literal["numpy"],
        alpha: float = -1,
        seed: SupportsIndex | None = None,
        first_index: SupportsIndex = 0,
        allowed_special: _Allowed = (),
        disallowed_special: _Disallowed = (),
        return_offsets: Literal[True],
    ) -> tuple[_IdArray, NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64] | Any]:
        """Encode many texts on many threads.

        Work is divided by bytes, inside of long texts too, so one huge text keeps all threads as busy as a million small
        ones. Time: linear in the text that is encoded. Memory: the texts, the result, and less than 2 MB a thread, more only
        where a line is longer than 256 KB.

        Args:
            texts: The texts, all held at once: any iterable of `str` and `bytes`; a numpy array of one dimension and dtype
                object, `U`, `S` or `T` (of `U` and `S` numpy drops NULs at the end); an Arrow array or a chunked one, by
                its PyCapsule interface, of the types utf8, large_utf8, utf8_view, binary, large_binary, binary_view, or a
                dictionary of these: read where it lies, without Python objects.
            add_bos: Whether each row begins with `<bos>`.
            add_eos: Whether each row ends with `<eos>`.
            max_length: The most ids of a row, as in `encode`.
            padding: False for rows as long as they are. "longest" to fill them up with `<pad>`, id 0, to the length of the
                longest of this call; "max_length" to fill them up to `max_length`.
            padding_side: "right" for `<pad>` behind the row, "left" for before it. Without effect where nothing is padded.
            pad_to_multiple_of: With `padding`, rows are so much longer that this divides their length, `max_length` or not.
            threads: 1 to 1,024; None for all cores.
            output: "lists" for a list of ids for each text. "numpy" for `(ids, row_ends)`: the ids of all texts in one
                array, uint16 where `vocab_size` is at most 65,536, else uint32, and int64 `row_ends`; row i is
                `ids[row_ends[i - 1] : row_ends[i]]`, with 0 for `row_ends[-1]`. With `padding` either gives `(ids, mask)`:
                rows of one length, as lists or an array of shape (texts, length), and as many bools, False where the id is
                padding. So `ids[mask]` is all ids without padding, and the mask is what attention wants.
            alpha: As in `tokenize`.
            seed: Seed of the samples; None for the tokenizer's, and if that is None too, one drawn for this call.
            first_index: Text i is drawn by (seed, first_index + i), whatever the thread: `encode_batch(texts, alpha=a,
                seed=s)[i]` is what the i-th `encode(text, alpha=a)` after `set_seed(s)` gives.
                So a second pass with the same seed draws the same samples again; for others, give each epoch another seed,
                or go on counting: `first_index=epoch * number_of_texts + index of the batch's first text`.
            allowed_special: As in `tokenize`.
            disallowed_special: As in `tokenize`. The first refused token of the first text that has one is reported.
            return_offsets: Whether two more come at the end of the tuple, `byte_spans` and `char_spans`, as `encode` gives
                them for each text. As lists, `(ids, byte_spans, char_spans)`, with None for the characters of a text that is
                `bytes`. As int64 arrays of shape (number of ids, 2), `(ids, row_ends, byte_spans, char_spans)`, with None
                for `char_spans` where one of the texts is `bytes`. With `padding` behind `(ids, mask)`, of shape
                (texts, length, 2) as arrays, (0, 0) for `<pad>`. 16 bytes an id and kind in arrays.

        Raises:
            TypeError: `texts` is a single text, or one of them neither `str` nor `bytes` (the error has its index), or an
                array of another type.
            ValueError: A parameter is out of range; a text has a lone surrogate or a refused special token, or is null in an
                Arrow array (the error has its index); an array has several dimensions; an Arrow capsule was used before;
                `padding="max_length"` without `max_length`; `pad_to_multiple_of` without `padding`.
            MemoryError: There is no room for the padded rows. A length over 2**31 - 1 asked for by `max_length` or
                `pad_to_multiple_of` is a ValueError.
            KeyboardInterrupt: Ctrl-C, within a second.
        """

    @overload
    def count_tokens(  # type: ignore[overload-overlap]  # a str is an iterable of str, but one text here
        self,
        texts: _Text,
        *,
        add_bos: bool = False,
        add_eos: bool = False,
        threads: SupportsIndex | None = None,
        allowed_special: _Allowed = (),
        disallowed_special: _Disallowed = (),
    ) -> int: ...
    @overload
    def count_tokens(
        self,
        texts: _Texts,
        *,
        add_bos: bool = False,
        add_eos: bool = False,
        threads: SupportsIndex | None = None,
        allowed_special: _Allowed = (),
        disallowed_special: _Disallowed = (),
    ) -> NDArray[np.int64]:
        """Count the ids of each text, as `encode_batch` gives them, without keeping any.

        Args:
            texts: As in `encode_batch`; or a single text.
            add_bos: Whether `<bos>` counts.
            add_eos: Whether `<eos>` counts.
            threads: 1 to 1,024; None for all cores.
            allowed_special: As in `tokenize`.
            disallowed_special: As in `tokenize`.

        Returns:
            An array of shape (texts,); an int for a single text.

        Raises:
            TypeError, ValueError, KeyboardInterrupt: As `encode_batch`.
        """

    @overload
    def encode_files(
        self,
        readers: _Documents | list[Text | Jsonl | Reader] | tuple[Text | Jsonl | Reader, ...],
        *,
        batch_bytes: SupportsIndex = 4194304,
        add_bos: bool = False,
        add_eos: bool = False,
        max_length: SupportsIndex | None = None,
        threads: SupportsIndex | None = None,
        output: Literal["numpy"] = "numpy",
        allowed_special: _Allowed = (),
        disallowed_special: _Disallowed = (),
    ) -> Iterator[tuple[_IdArray, NDArray[np.int64]]]: ...
    @overload
    def encode_files(
        self,
        readers: _Documents | list[Text | Jsonl | Reader] | tuple[Text | Jsonl | Reader, ...],
        *,
        batch_bytes: SupportsIndex = 4194304,
        add_bos: bool = False,
        add_eos: bool = False,
        max_length: SupportsIndex | None = None,
        threads: SupportsIndex | None = None,
        output: Literal["lists"],
        allowed_special: _Allowed = (),
        disallowed_special: _Disallowed = (),
    ) -> Iterator[list[list[int]]]:
        """Encode documents that need not fit into memory, batch by batch, in order.

        Laid end to end the batches are what `encode_batch` gives for all documents, whatever `batch_bytes` and `threads`:

            for ids, row_ends in tokenizer.encode_files(bytepiece.corpus.Jsonl("corpus.jsonl"), add_eos=True):
                file.write(ids)

        Each call of `next` reads a batch, encodes what it has while it reads on, and leaves no thread behind. The iterator
        may be shared by threads; each batch goes to one of them. It goes on only in the process in which it began. Time:
        the larger of reading (some hundred MB/s, on one thread) and encoding. Memory: the ids of two batches, 1 MB a
        thread, and some times the longest line; not the files.

        Args:
            readers: A reader of `bytepiece.corpus`, a list of them, Arrow data, or any iterable of documents, `str` or
                `bytes`, which is read once, and no further than the batch at hand needs (by a megabyte at the most, behind a
                document that is longer than a batch).
            batch_bytes: About how many bytes of text make a batch, at least 1; each document counts 16 more. Larger ones
                keep many threads busier. A batch ends behind the document that makes it large enough.
            add_bos: Whether each row begins with `<bos>`.
            add_eos: Whether each row ends with `<eos>`.
            max_length: As in `encode`.
            threads: 1 to 1,024, beside the one that calls and reads; None for all cores.
            output: "numpy" for `(ids, row_ends)` as `encode_batch` gives them. A document of more than `batch_bytes` bytes
                may be divided: ids behind the last row end begin a row that goes on in the next batch. So who joins the ids
                of all batches, and adds to the ends the number of ids before them, has whole rows. "lists" for a list of
                ids for each document, always whole: the longest one has to fit into memory.
            allowed_special: As in `tokenize`. Documents are not divided, but held whole in memory, where one of the tokens
                allowed or disallowed goes on behind a newline.
            disallowed_special: As in `tokenize`; reported by `next`.

        Raises:
            TypeError: `readers` is a single text or path; a document is neither `str` nor `bytes` (from `next`).
            OSError: A file is missing (at once), or cannot be read (from `next`).
            ValueError: A parameter is out of range; from `next`: a file is not UTF-8 or not JSON lines, a document has a
                lone surrogate or a refused special token (the error has its index among all documents).
            RuntimeError: From `next` in another process than that of the first call.
            KeyboardInterrupt: Ctrl-C, within a second.

        Errors of reading come behind a last batch with what was read before them, whole documents if "lists", those of an
        iterator of documents unchanged. Errors of other kinds, and exceptions that are no `Exception`, come at once. After
        any error there are no more batches.
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

    def decode(self, ids: _Ids, *, skip_special_tokens: bool | None = None) -> str:
        """Give the text of ids; bytes that are not UTF-8 are dropped.

        Args:
            ids: Integers, in any iterable; arrays of numpy (one dimension, integers) without making Python ints.
            skip_special_tokens: None: `<pad> <bos> <eos>` give nothing, as in 0.6.3, and special tokens that were added
                their text, so that what was encoded with `allowed_special` comes back. True: none gives anything. False:
                all give their text.

        Raises:
            KeyError: An id is not in the vocabulary.
            ValueError: An id is negative.
            TypeError: An id is no integer.
            KeyboardInterrupt: Ctrl-C, within a second.
        """

    def decode_bytes(self, ids: _Ids, *, skip_special_tokens: bool | None = None) -> bytes:
        """Give the bytes of ids, as `decode` does, but all of them: those of the normalized text."""

    @overload
    def decode_batch(
        self, ids: Iterable[_Ids], row_ends: None = None, *, skip_special_tokens: bool | None = None
    ) -> list[str]: ...
    @overload
    def decode_batch(self, ids: _Ids, row_ends: _Ids, *, skip_special_tokens: bool | None = None) -> list[str]:
        """Give the text of each row of ids; or of flat ids and the ends of rows, as `encode_batch` gives them for numpy.

        Raises:
            ValueError: `row_ends` does not ascend to the number of ids; else as `decode`.
        """

    @overload
    def stream_encoder(
        self, *, add_bos: bool = False, add_eos: bool = False, output: Literal["lists"] = "lists"
    ) -> StreamEncoder[list[int]]: ...
    @overload
    def stream_encoder(
        self, *, add_bos: bool = False, add_eos: bool = False, output: Literal["numpy"]
    ) -> StreamEncoder[_IdArray]:
        """Begin to encode a text that comes in pieces; special tokens in it are ordinary text.

        Args:
            add_bos: Whether the first call gives the id of `<bos>` first.
            add_eos: Whether `finish` gives the id of `<eos>` last.
            output: "lists": each call gives a list. "numpy": each gives an array, of the type that `encode_batch` gives.
        """

    def stream_decoder(
        self, *, errors: Literal["ignore", "replace"] = "ignore", skip_special_tokens: bool | None = None
    ) -> StreamDecoder:
        """Begin to decode ids that come one by one, as a language model gives them.

        Args:
            errors: What becomes of bytes that are not UTF-8. "ignore": they are dropped, as by `decode`. "replace": as by
                `decode_bytes(ids).decode(errors="replace")`.
            skip_special_tokens: As in `decode`.
        """

    def piece_to_id(self, piece: _Text) -> int:
        """Give the id of a piece; special tokens as `str`, such as "<bos>", have theirs. Unknown: KeyError."""

    def id_to_piece(self, id: SupportsIndex) -> bytes | str:
        """Give the piece of an id: `bytes`, or `str` for special tokens. Unknown: KeyError; negative: ValueError."""

    def pieces_to_ids(self, pieces: Iterable[_Text]) -> list[int]:
        """Give the ids of pieces, each as `piece_to_id` does."""

    def ids_to_pieces(self, ids: _Ids) -> list[bytes | str]:
        """Give the pieces of ids, each as `id_to_piece` does."""

    def get_vocab(self) -> dict[bytes | str, int]:
        """Give all pieces (`bytes`) and special tokens (`str`) with their ids, in the order of the ids."""

    def save(self, path: _Path) -> None:
        """Write the model file, the same bytes as 0.6.3; `path` is replaced only when the new file is complete.

        With added special tokens the file holds them too, and 0.6.3 refuses it.
        """

    def convert_to_sentencepiece(self, path: _Path) -> None:
        """Write a SentencePiece model with the same pieces and scores; needs `pip install 'bytepiece[sentencepiece]'`.

        Added special tokens keep their ids, as control symbols: SentencePiece does not find them in text either.

        Raises:
            ValueError: A piece splits a character (the model was trained with `ensure_unicode=False`), or a special token is
                a name that SentencePiece uses already; nothing is written.
            ImportError: sentencepiece or protobuf is missing.
        """

    def _scores(self) -> list[float]:
        """Give the score of each piece in the order of the ids, from 3 on."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle: small, the same bytes for equal tokenizers; the seed is in it, the number of samples drawn is not."""

_Output = TypeVar("_Output", list[int], _IdArray)

@final
class StreamEncoder(Generic[_Output]):
    """Encodes one text that comes in pieces; made by `Tokenizer.stream_encoder`.

    The ids that all calls give, joined, are those of `encode` of the whole text, wherever it was cut. Each comes as soon as
    it can no longer change: when no piece that has begun can lead to another segmentation, and no combining mark to another
    character. On ordinary text some bytes wait, seldom over a hundred. Of a run of combining marks all wait until it ends;
    a stretch with two cuts that are equally good (`aaaa...`) can wait until the line ends.

    Time: linear in the text, whatever the pieces are. Memory: constant, and some 20 bytes a byte that waits. Takes one call
    at a time; a second one meanwhile, from another thread or a signal handler, is a RuntimeError. Cannot be pickled or
    copied.
    """

    def push(self, text: _Text) -> _Output:
        """Take the next piece of the text.

        Args:
            text: `str` or `bytes`, in any mixture: what is encoded is their bytes, joined. `bytes` may be cut inside a
                character. May be empty.

        Returns:
            The ids that can no longer change and were not given before; often none.

        Raises:
            ValueError: The text has ended, or a call was interrupted: `reset()` begins another. A piece has a lone
                surrogate: it is not taken, and the next may come.
            TypeError: The piece is neither `str` nor `bytes`: it is not taken.
            RuntimeError: Another call is running.
            KeyboardInterrupt: Ctrl-C, within a second; part of the text is lost, and `reset()` is the only way on.
        """

    def finish(self) -> _Output:
        """End the text and give the rest of its ids. Raises what `push` raises, once more too."""

    def reset(self) -> None:
        """Begin another text, whatever became of the one before; what still waits is dropped."""

    def __class_getitem__(cls, item: Any, /) -> GenericAlias: ...
    def __reduce__(self) -> NoReturn: ...

@final
class StreamDecoder:
    """Decodes the ids of one text as they come; made by `Tokenizer.stream_decoder`.

    The text that all calls give, joined, is that of `decode` of all ids, and no call cuts a character: the bytes of one that
    is not complete wait, 3 at most. Takes one call at a time, as `StreamEncoder` does. Cannot be pickled or copied.
    """

    def push(self, ids: SupportsIndex | _Ids) -> str:
        """Take the next id, or several of them.

        Returns:
            The text that they complete; often none.

        Raises:
            KeyError: An id is not in the vocabulary. None of `ids` is taken, and others may come; so for the next two.
            ValueError: An id is negative.
            TypeError: An id is no integer.
            ValueError: The text has ended: `reset()` begins another.
            RuntimeError: Another call is running.
            KeyboardInterrupt: Ctrl-C, within a second: none is taken.
        """

    def finish(self) -> str:
        """End the text and give the rest: nothing, or with "replace" a U+FFFD for a character that is not complete."""

    def reset(self) -> None:
        """Begin another text; a character that is not complete is dropped."""

    def __reduce__(self) -> NoReturn: ...

@final
class Text:
    r"""Text files in UTF-8 as documents, all newlines kept; for `train` and `encode_files`, or to iterate as `str`.

    Files may be compressed: gzip, Zstandard, bzip2 and xz are told by their first bytes, and decompressed by a thread
    of their own. A name that ends in .gz, .zst, .bz2 or .xz must say the truth.

    Args:
        paths: A path or a list of paths. Of a directory all files in it and below are taken, but hidden ones, in an
            order that is the same on every machine; a path with `*`, `?` or `[` that is no file is a glob pattern (`**`
            for any depth).
        split: None: a file is one document, streamed. "line": a line with the newline run behind it. "paragraph": the
            text up to a run of two or more newlines, with that run.
        errors: What to do where a file is not UTF-8. "raise": an error with the line and the byte. "replace": U+FFFD
            for each maximal beginning of a character that is none, as Python's `errors="replace"`. "skip": the document
            is left out, which reads a file that is one document twice, and holds a line or paragraph in memory.

    Raises:
        OSError: A file is missing, cannot be read, is damaged or has the wrong name; a directory leads back to itself
            by a link.
        ValueError: While reading: a file is not UTF-8 (the error has its line and byte), or changed between two passes
            of `train`.
    """

    def __new__(
        cls,
        paths: _Path | Iterable[_Path],
        split: Literal["line", "paragraph"] | None = None,
        *,
        errors: _Errors = "raise",
    ) -> Self: ...
    @property
    def paths(self) -> list[str]:
        """The files, in order."""

    @property
    def split(self) -> Literal["line", "paragraph"] | None:
        """What a document is."""

    @property
    def errors(self) -> _Errors:
        """What to do where a file is not UTF-8."""

    @property
    def report(self) -> dict[str, Any]:
        """What could not be read in the pass begun last.

        `skipped` has the number of documents left out by reason, `replaced` that of the characters U+FFFD put in,
        `first` the words of the first ten flaws.
        """

    def __iter__(self) -> Iterator[str]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...
    def _split(self) -> list[tuple[str, Text]]: ...

@final
class Jsonl:
    """JSON lines files in UTF-8 as documents, one a line; for `train` and `encode_files`, or to iterate as `str`.

    Args:
        paths: As in `Text`; of a directory files named .jsonl, .ndjson or .json are taken, compressed or not.
        field: The key whose string is the document; `"a.b.c"` for objects in objects, a list of keys where keys have
            dots.
        source_field: The key, or the path of keys, with the name of the document's source.
        errors: What to do with a line that cannot be read. "raise": an error with the file and the line. "replace":
            what is not UTF-8, and half of a surrogate pair, becomes U+FFFD; everything else is an error. "skip": the
            line is left out: not UTF-8, no JSON, no such key, null, no string, too long; counted in `report`.
        max_line: The longest line in bytes, which is about how much memory a line takes twice; a longer one cannot be
            read.

    Raises:
        OSError: As in `Text`.
        ValueError: While reading: a line is not JSON in UTF-8, has no string under the key, or is too long (the error
            has the line); a file changed between two passes of `train`.
    """

    def __new__(
        cls,
        paths: _Path | Iterable[_Path],
        field: str | Iterable[str] = "text",
        *,
        source_field: str | Iterable[str] | None = None,
        errors: _Errors = "raise",
        max_line: SupportsIndex = 268435456,
    ) -> Self: ...
    @property
    def paths(self) -> list[str]:
        """The files, in order."""

    @property
    def field(self) -> str | tuple[str, ...]:
        """The keys that lead to the document."""

    @property
    def source_field(self) -> str | tuple[str, ...] | None:
        """The keys that lead to the name of its source."""

    @property
    def errors(self) -> _Errors:
        """What to do with a line that cannot be read."""

    @property
    def max_line(self) -> int:
        """The longest line, in bytes."""

    @property
    def report(self) -> dict[str, Any]:
        """What could not be read in the pass begun last; see `Text.report`."""

    def __iter__(self) -> Iterator[str]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...
    def _split(self) -> list[tuple[str, Jsonl]]: ...

@final
class _Tally:
    """Counts what a reader written in Python could not read."""

    def __new__(cls) -> Self: ...
    def report(self) -> dict[str, Any]:
        """The counts of the pass begun last."""

    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class _TokenCounts:
    """Counts what a tokenizer of any library made of one corpus.

    Args:
        pieces: The bytes of each id.
        parts: A byte an id: whether it is counted by the class of the character that it is a part of.
        classes: The class of each code point, a byte each.
    """

    def __new__(cls, pieces: list[bytes], parts: bytes, classes: bytes) -> Self: ...
    def add(self, texts: list[bytes] | list[str], ids: _IdArray, ends: NDArray[np.int64]) -> list[int]:
        """Count the ids of texts; give the places of the texts that are not their pieces laid end to end.

        Raises:
            KeyError: An id is unknown.
        """

    def result(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Give how often each id occurs, in how many texts it is (0, 1 or 2 for more), and the parts a class."""

@final
class _CountedTexts:
    """The documents of a corpus, batch by batch, in normal form C, with what they are made of.

    Args:
        documents: What `train` takes, read once.
        name: What an error calls the corpus.
        classes: The class of each code point, a byte each.
        kinds: What each of 256 classes does to words: 0 ends them, 1 goes on, 2 is one by itself, 3 goes on with any.
    """

    def __new__(cls, documents: Any, name: str, classes: bytes, kinds: bytes) -> Self: ...
    def next(
        self, bytes: int, documents: int
    ) -> tuple[
        list[bytes],
        NDArray[np.int64],
        NDArray[np.int64],
        NDArray[np.int64],
        NDArray[np.int64],
        NDArray[np.int64],
    ]:
        """Read on, to the document that makes the batch as long as `bytes`, or to as many as `documents`.

        Gives the texts in UTF-8, none at the end; bytes, characters and words of each; characters and words of each of
        256 classes.

        Raises:
            ValueError: A document is not UTF-8.
        """

def _piece_classes(pieces: list[bytes], classes: bytes, weights: bytes) -> tuple[bytes, bytes]:
    """Give of each piece the class of the heaviest of its characters, and whether it has parts of some."""

def _documents(texts: Any, with_sources: bool = False) -> Iterator[Any]:
    """Iterate what `train` takes: `str`, or pairs of it and the name of its source or None."""

def _drain(texts: Any) -> tuple[int, int]:
    """Read what `train` takes to its end; give the numbers of documents and of their bytes."""

def _field_path(field: str | Iterable[str], name: str) -> list[str]:
    """Read `field=`."""

def _find(paths: _Path | Iterable[_Path], kind: str) -> list[str]:
    """Find the files that paths, directories and patterns stand for; of directories those that end in `kind`."""

def _write_atomically(path: _Path, data: bytes) -> None:
    """Write a file beside `path`, then rename it."""

def _unpickle(class_: type[Tokenizer], packed: bytes, seed: int | None) -> Tokenizer:
    """Make a pickled tokenizer again."""
