"""From ids to figures.

In: the batches of a corpus, encoded. `Counts` adds up integers, a batch at a time: how often each id occurs, in how many
documents (0, 1, more), how many tokens each document has. Out: `Measures`, computed once from these. What depends on the
position of a token, the script of a character that tokens divide, the core looks up for such tokens only.
"""

from __future__ import annotations

import math
import time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bytepiece._bytepiece import _TokenCounts
from bytepiece.evaluation import _scripts
from bytepiece.evaluation._bootstrap import percentiles
from bytepiece.evaluation._engine import Engine
from bytepiece.evaluation._result import Estimate, RoundTrip, ScriptCounts
from bytepiece.evaluation._texts import Batch

ALPHA = 2.5
"""Of the Rényi entropy: the value for which Zouhar et al. (2023) found it to tell most of translation's quality."""
LONGEST = 48
"""Token lengths from this on are counted together."""
RANKS = 80
"""How many points of the curve of ranks are kept."""


class Vocabulary:
    """What is true of an engine's ids whatever the text."""

    def __init__(self, engine: Engine) -> None:
        pieces = engine.pieces
        self.size = len(pieces)
        self.lengths = np.fromiter(map(len, pieces), np.int32, self.size)
        self.classes, self.broken = _scripts.classes_of(pieces)
        """What each counts for, and whether it is not whole characters."""
        self.parts = self.broken & (self.classes < _scripts.FIRST_OF_LETTERS)
        """Of these, those whose own characters do not tell the script."""
        self.several = self.lengths > 1
        """Pieces of two bytes or more: those that may be dead."""


class Counts:
    """What one tokenizer made of one corpus so far; the core counts."""

    def __init__(self, engine: Engine, vocabulary: Vocabulary) -> None:
        self.engine = engine
        self.vocabulary = vocabulary
        self.core = _TokenCounts(engine.pieces, vocabulary.parts.tobytes(), _scripts.packed())
        self.tokens: list[NDArray[np.int64]] = []
        """Of each document, by batch."""
        self.lost: list[int] = []
        self.seconds = 0.0
        """Of processor time, in `encode`."""

    def add(self, batch: Batch, threads: int | None) -> None:
        """Encode a batch and count."""
        texts = batch.strings if self.engine.reads_strings else batch.texts
        before = time.process_time()
        ids, ends = self.engine.encode(texts, threads)
        self.seconds += time.process_time() - before
        different = self.core.add(batch.texts, ids, ends)
        self.tokens.append(np.diff(ends, prepend=0))
        self.lost += [batch.first + number for number in self.engine.lost(batch.texts, (ids, ends), different)]

    def totals(self) -> Totals:
        """What was counted."""
        ids, spread, parts = self.core.result()
        tokens = np.concatenate(self.tokens)
        trip = RoundTrip(not self.lost, len(self.lost), self.lost[0] if self.lost else None)
        return Totals(
            self.engine, self.vocabulary, ids, spread, parts[: len(_scripts.CLASSES)], tokens, trip, self.seconds
        )


class Totals(NamedTuple):
    """What one tokenizer made of one corpus."""

    engine: Engine
    vocabulary: Vocabulary
    ids: NDArray[np.int64]
    """How often each id occurs."""
    spread: NDArray[np.int64]
    """In how many documents: 0, 1, or 2 for more."""
    parts: NDArray[np.int64]
    """Tokens by the class of the character that they are a part of; `other` where pieces are not the text."""
    tokens: NDArray[np.int64]
    """Of each document."""
    round_trip: RoundTrip
    seconds: float


def estimate(value: float, resampled: NDArray[np.float64], documents: int) -> Estimate:
    """A figure with its interval."""
    interval = percentiles(resampled) if documents > 1 else None
    return Estimate(value, *(interval or (None, None)))


def quotient(
    value: tuple[int, NDArray[np.float64]], tokens: tuple[int, NDArray[np.float64]], documents: int
) -> tuple[Estimate, NDArray[np.float64]]:
    """A sum a token, and the same of each resample."""
    with np.errstate(divide="ignore", invalid="ignore"):
        resampled = value[1] / tokens[1]
    return estimate(value[0] / max(tokens[0], 1), resampled, documents), resampled


def entropy(counts: NDArray[np.int64]) -> float:
    """Shannon's, in bits, of the shares of counts."""
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log2(shares)).sum())


def renyi_efficiency(counts: NDArray[np.int64], vocab_size: int) -> float:
    """Rényi's entropy over that of equal shares of the whole vocabulary."""
    shares = counts[counts > 0] / counts.sum()
    return float(np.log2((shares**ALPHA).sum()) / (1 - ALPHA) / math.log2(max(vocab_size, 2)))


def scripts(counts: Totals, characters: NDArray[np.int64], words: NDArray[np.int64]) -> dict[str, ScriptCounts]:
    """What each script comes to, the most characters first."""
    whole = np.where(counts.vocabulary.parts, 0, counts.ids)
    tokens = np.bincount(counts.vocabulary.classes, weights=whole, minlength=len(characters)).astype(np.int64)
    tokens += counts.parts
    found = {}
    for number in np.argsort(-characters, kind="stable").tolist():
        c, w, t = int(characters[number]), int(words[number]), int(tokens[number])
        if c or t:
            found[_scripts.CLASSES[number]] = ScriptCounts(c, w, t, t / c if c else None, t / w if w else None)
    return found


def rank_frequency(counts: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Some points of the curve of counts by rank."""
    ordered = np.sort(counts[counts > 0])[::-1]
    ranks = np.unique(np.geomspace(1, len(ordered), RANKS).round().astype(np.int64))
    return [(int(rank), int(ordered[rank - 1])) for rank in ranks]


def token_lengths(counts: Totals) -> list[int]:
    """How many tokens have how many bytes."""
    lengths = np.minimum(counts.vocabulary.lengths, LONGEST)
    found = np.bincount(lengths, weights=counts.ids, minlength=LONGEST + 1).astype(np.int64)
    return [int(number) for number in found]
