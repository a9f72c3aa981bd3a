"""The documents of a corpus, batch by batch, and what is true of them whatever the tokenizer.

In: a reader, or any iterable of documents. Out: `Batch`es of some megabytes, in order, of text in normal form C, with
counts a document, which the core makes while it reads. A document is never divided, so a batch is as large as the
longest. The corpus is read once: one-shot iterators will do. Texts are UTF-8, which is what is counted and what our own
tokenizers read; a `str` is made for those who want one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bytepiece._bytepiece import _CountedTexts
from bytepiece.evaluation import _scripts

BATCH_BYTES = 1 << 22
"""A batch ends with the document that makes it at least this long."""
BATCH_DOCUMENTS = 50_000


class Batch(NamedTuple):
    """Some documents, in normal form C."""

    texts: list[bytes]
    strings: list[str]
    """The same, if they are wanted."""
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


def batches(name: str, documents: Any, most: int | None, strings: bool) -> Iterator[Batch]:
    """Read a corpus, or its first `most` documents."""
    counted = _CountedTexts(documents, repr(name), _scripts.packed(), _scripts.kinds())
    first = 0
    while wanted := BATCH_DOCUMENTS if most is None else min(most - first, BATCH_DOCUMENTS):
        texts, bytes, characters, words, *of_classes = counted.next(BATCH_BYTES, wanted)
        if not texts:
            break
        class_characters, class_words = (of[: len(_scripts.CLASSES)] for of in of_classes)
        as_strings = [text.decode() for text in texts] if strings else []
        yield Batch(texts, as_strings, bytes, characters, words, class_characters, class_words, first)
        first += len(texts)
