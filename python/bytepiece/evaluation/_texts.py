"""The documents of a corpus, batch by batch, and what is true of them whatever the tokenizer.

In: a reader, or any iterable of documents. Out: `Batch`es of some megabytes, in order, of text in normal form C, with
counts a document. A document is never divided, so a batch is as large as the longest. The corpus is read once:
one-shot iterators will do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bytepiece._bytepiece import _composed, _documents, _text_counts
from bytepiece.evaluation import _scripts

BATCH_CHARACTERS = 1 << 22
"""A batch ends with the document that makes it at least this long."""
BATCH_DOCUMENTS = 50_000


class Batch(NamedTuple):
    """Some documents, in normal form C."""

    texts: list[str]
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
        texts.append(text)
        size += len(text)
        if size >= BATCH_CHARACTERS or len(texts) >= BATCH_DOCUMENTS:
            yield measured(texts, first)
            first += len(texts)
            texts, size = [], 0
    if texts:
        yield measured(texts, first)


def measured(texts: list[str], first: int) -> Batch:
    """A batch with its counts."""
    texts = _composed(texts)
    bytes, characters, words, *of_classes = _text_counts(texts, _scripts.packed(), _scripts.kinds())
    class_characters, class_words = (of[: len(_scripts.CLASSES)] for of in of_classes)
    return Batch(texts, bytes, characters, words, class_characters, class_words, first)
