"""What an evaluation gives: plain dataclasses, which JSON, the terminal and the report are made from."""

from __future__ import annotations

import dataclasses
import json
import os
from typing import Any

from bytepiece._bytepiece import _write_atomically


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A figure with its interval of 95 % by bootstrap over documents."""

    value: float
    low: float | None
    """None, as `high`, where there is a single document, or a resample has no tokens."""
    high: float | None


@dataclasses.dataclass(frozen=True)
class ScriptCounts:
    """What one script, or one other kind of characters, comes to."""

    characters: int
    words: int
    """Those that begin with it."""
    tokens: int
    """Those whose first letter is of it; without a letter their digit, punctuation or white space counts, in this order."""
    tokens_per_character: float | None
    tokens_per_word: float | None
    """Fertility; None where there are no words."""


@dataclasses.dataclass(frozen=True)
class RoundTrip:
    """Whether decoding gives the text back, in normal form C."""

    lossless: bool
    failed: int
    """How many documents do not come back."""
    first: int | None
    """The number of the first of these."""


@dataclasses.dataclass(frozen=True)
class Corpus:
    """What is true of a corpus whatever the tokenizer; the text is in normal form C."""

    name: str
    documents: int
    bytes: int
    characters: int
    words: int
    """Runs of letters, marks and digits; each Han or Hiragana character is one by itself."""


@dataclasses.dataclass(frozen=True)
class Measures:
    """One tokenizer on one corpus."""

    tokenizer: str
    corpus: str
    tokens: int
    bytes_per_token: Estimate
    characters_per_token: Estimate
    words_per_token: Estimate
    gain: Estimate
    """Bytes per token over those of the first tokenizer, less 1."""
    byte_fallback: float
    """The share of tokens that are not whole characters: single bytes of one, or parts."""
    dead_pieces: int
    """Pieces of two bytes or more that never occur here."""
    single_document_pieces: int
    """Those that occur in one document only."""
    renyi_efficiency: float
    """Rényi entropy of the tokens at alpha 2.5 over the logarithm of the vocabulary's size (Zouhar et al. 2023)."""
    code_length: float
    """Bits a byte: tokens, times the empirical entropy of the tokens here, over bytes."""
    mb_per_second: float
    """Encoding: megabytes of text a second of processor time, of all threads."""
    round_trip: RoundTrip
    scripts: dict[str, ScriptCounts]
    """By script, the most characters first."""
    token_lengths: list[int]
    """How many tokens have 0, 1, 2 ... bytes; the last stands for all longer ones, too."""
    rank_frequency: list[tuple[int, int]]
    """Counts of the tokens at some ranks, from 1 on, evenly spaced in logarithm."""


@dataclasses.dataclass(frozen=True)
class TokenizerSummary:
    """One tokenizer on all corpora."""

    name: str
    kind: str
    """bytepiece, sentencepiece, tokenizers or tiktoken."""
    vocab_size: int
    pieces: int
    """Those of two bytes or more, which may be dead."""
    bytes_per_token: Estimate
    """The geometric mean over corpora; so is the next."""
    gain: Estimate
    dead_pieces: int
    """Pieces that occur in no corpus."""
    single_document_pieces: int
    """Pieces that occur in one document of all corpora."""


@dataclasses.dataclass(frozen=True)
class Sample:
    """A text, and how each tokenizer cuts it."""

    corpus: str
    text: str
    pieces: dict[str, list[bytes]]
    """The bytes of each token, by tokenizer; b"" for what stands for no text."""


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """Any number of tokenizers on any number of corpora; `str` is a table for the terminal."""

    version: str
    seed: int
    corpora: list[Corpus]
    tokenizers: list[TokenizerSummary]
    results: list[Measures]
    """For each corpus those of all tokenizers, in the order in which both were given."""
    samples: list[Sample]

    def to_dict(self) -> dict[str, Any]:
        """Everything, as what JSON has; the bytes of samples as text, in hexadecimal where they are not UTF-8."""
        content = dataclasses.asdict(self)
        for sample in content["samples"]:
            sample["pieces"] = {name: [plain(piece) for piece in row] for name, row in sample["pieces"].items()}
        return content

    def to_json(self) -> str:
        """The same as a string."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1)

    def to_html(self) -> str:
        """One HTML page with tables and plots that needs nothing else, and no network."""
        from bytepiece.evaluation.report import page

        return page(self)

    def save_json(self, path: str | os.PathLike[str]) -> None:
        """Write the JSON; a file there is replaced when the new one is complete."""
        _write_atomically(path, self.to_json().encode() + b"\n")

    def save_html(self, path: str | os.PathLike[str]) -> None:
        """Write the page; a file there is replaced when the new one is complete."""
        _write_atomically(path, self.to_html().encode())

    def __str__(self) -> str:
        from bytepiece.evaluation._table import table

        return table(self)


def plain(piece: bytes) -> str | dict[str, str]:
    """A piece as text, or its bytes under `hex`."""
    try:
        return piece.decode()
    except UnicodeDecodeError:
        return {"hex": piece.hex()}
