"""The documents of a corpus, batch by batch, and what is true of them whatever the tokenizer.

In: a reader, or any iterable of documents. Out: `Batch`es of some megabytes, in order, of text in normal form C, with
counts a document. A document is never divided, so a batch is as large as the longest. The corpus is read once:
one-shot iterators will do.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bytepiece._bytepiece import _documents, normalize
from bytepiece.evaluation import _scripts

BATCH_CHARACTERS = 1 << 22
"""A batch ends with the document that makes it at least this long."""
BATCH_DOCUMENTS = 50_000


class Batch(NamedTuple):
    """Some documents, in normal form C."""

    texts: list[str]
    joined: bytes
    """Their UTF-8, laid end to end."""
    bytes: NDArray[np.int64]
    """Of each document; so are the next two."""
    characters: NDArray[np.int64]
    words: NDArray[np.int64]
    class_characters: NDArray[np.int64]
    """Characters of each class."""
    class_words: NDArray[np.int64]
    """Words by the class they begin with."""
    first: int
    """The number of the first document in the corpus."""


def batches(name: str, documents: Any, most: int | None) -> Iterator[Batch]:
    """Read a corpus, or its first `most` documents."""
    texts: list[str] = []
    size = first = 0
    for number, text in enumerate(_documents(documents)):
        if number == most:
            break
        if isinstance(text, bytes):
            raise ValueError(
                f"corpus {name!r}: document {number} is not UTF-8: only text can be compared; "
                'bytepiece.corpus.Documents(..., errors="replace") makes it text'
            )
        texts.append(composed(text))
        size += len(text)
        if size >= BATCH_CHARACTERS or len(texts) >= BATCH_DOCUMENTS:
            yield measured(texts, first)
            first += len(texts)
            texts, size = [], 0
    if texts:
        yield measured(texts, first)


def composed(text: str) -> str:
    """The text in normal form C; by our own tables where they may matter."""
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text
    return b"".join(normalize(text)).decode()


def measured(texts: list[str], first: int) -> Batch:
    """A batch with its counts."""
    joined = "".join(texts)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    ends = np.cumsum(lengths)
    classes = _scripts.table()[_scripts.code_points(joined)]
    starts = np.flatnonzero(_scripts.word_starts(classes, ends - lengths))
    words = np.diff(np.searchsorted(starts, ends), prepend=0)
    count = len(_scripts.CLASSES)
    encoded = joined.encode()
    return Batch(
        texts,
        encoded,
        lengths if len(encoded) == len(joined) else np.array([len(text.encode()) for text in texts], np.int64),
        lengths,
        words.astype(np.int64),
        occurrences(classes, count),
        np.bincount(classes[starts], minlength=count),
        first,
    )


def occurrences(classes: NDArray[np.uint8], count: int) -> NDArray[np.int64]:
    """How often each class occurs; two at a time, since there are more characters than pairs of classes."""
    even = len(classes) // 2 * 2
    pairs = np.bincount(classes[:even].view(np.uint16), minlength=1 << 16).reshape(256, 256)
    both: NDArray[np.int64] = (pairs.sum(axis=0) + pairs.sum(axis=1))[:count]
    both[classes[even:]] += 1
    return both
