"""How good tokenizers are on texts: `bytepiece.evaluate` and what it gives.

In: tokenizers of any library, corpora by name. Out: an `Evaluation`: figures with intervals, as a table, JSON or one
HTML page. Each corpus is read once, a batch at a time; every tokenizer encodes the batch, and integers are added up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bytepiece.evaluation._result import (
    Corpus,
    Estimate,
    Evaluation,
    Measures,
    RoundTrip,
    Sample,
    ScriptCounts,
    TokenizerSummary,
)

__all__ = [
    "Corpus",
    "Estimate",
    "Evaluation",
    "Measures",
    "RoundTrip",
    "Sample",
    "ScriptCounts",
    "TokenizerSummary",
    "evaluate",
]


def evaluate(
    tokenizers: Iterable[Any] | Mapping[str, Any],
    corpora: Mapping[str, Any],
    *,
    documents: int | None = None,
    samples: int = 2,
    seed: int = 0,
    threads: int | None = None,
    pattern: str | None = None,
) -> Evaluation:
    """Measure tokenizers on texts: compression with intervals, use of the vocabulary, fertility, speed, losslessness.

    All texts are put into normal form C first, for every tokenizer, and bytes and characters are those of that.
    SentencePiece encodes lines; each newline costs it one token. Special tokens in texts are text.

    Args:
        tokenizers: Any number of them, in a list or in a dict by name: a `bytepiece.Tokenizer`, a
            `SentencePieceProcessor`, a `tokenizers.Tokenizer`, a `tiktoken.Encoding`; or paths of a model of ours or of
            SentencePiece, a tokenizer.json, a rank file of tiktoken. The first is what the others' gain is over. Other
            libraries than ours come with `pip install "bytepiece[eval]"`.
        corpora: By name: a reader of `bytepiece.corpus`, or an iterable of documents, each of which is read once.
        documents: The most documents taken of each corpus; None for all.
        samples: How many documents of each corpus are kept, with their tokens, to be looked at: their first 300
        characters
            or so.
        seed: Of the bootstrap, 0 or more.
        threads: For encoding, 1 to 1,024; None for all cores. Figures are the same for any number; tokenizers knows only
            one or all.
        pattern: The regular expression by which a rank file's text is cut; None for that of tiktoken's `cl100k_base`.

    Returns:
        An `Evaluation`.

    Raises:
        ValueError: There are no tokenizers or no corpora; a corpus has no text; a document is not UTF-8; a file is no
            tokenizer; a number is out of range.
        TypeError: An argument is of the wrong type.
        ImportError: The library of a tokenizer is missing.
        OSError: A file cannot be read.

    Time: the encoding; once for each text about half as much as our own encoding takes, and for each tokenizer a tenth;
    the resampling some 10 ms a corpus. Memory: a batch of some megabytes, the longest document, and 8 bytes a document
    and tokenizer.
    """
    from bytepiece.evaluation._run import run

    return run(tokenizers, corpora, documents, samples, seed, threads, pattern)
