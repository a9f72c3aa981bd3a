"""What a tokenizer must be able to do to be evaluated, whatever its library.

In: texts in normal form C. Out: ids of all texts in one array with the ends of the rows, and what bytes each id stands for.
`Engine` has what all have in common; `_ours` and `_peers` have the rest, `_load` tells which it is.
"""

from __future__ import annotations

from itertools import chain
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Texts: TypeAlias = "list[bytes] | list[str]"
Rows = tuple[NDArray[Any], NDArray[np.int64]]
"""The ids of all texts, and where each text's end."""
TRIED_BYTES = 1 << 14
"""How much of each batch is decoded although the pieces laid end to end are the text."""


class Engine:
    """A tokenizer to evaluate."""

    kind = ""
    """The library."""
    reads_strings = True
    """Whether texts must be `str`; else UTF-8 will do."""
    name: str
    vocab_size: int
    pieces: list[bytes]
    """The bytes of each id; b"" for those that stand for no text. May have ids behind `vocab_size`."""

    def order(self) -> list[int]:
        """Ids that have pieces, the most important first: as they come, which is the order of merges or of scores."""
        return [id for id, piece in enumerate(self.pieces[: self.vocab_size]) if piece]

    def encode(self, texts: Any, threads: int | None) -> Rows:
        """Give the ids of texts; this is what is timed."""
        raise NotImplementedError

    def decode(self, ids: list[int]) -> str:
        """Give the text of one document's ids."""
        raise NotImplementedError

    def lost(self, texts: list[bytes], rows: Rows, different: list[int]) -> list[int]:
        """The texts that do not come back.

        Decoded are those that are not their pieces laid end to end, and the first ones of all.
        """
        ids, ends = rows
        size = np.cumsum([len(text) for text in texts[:TRIED_BYTES]])
        tried = range(min(len(texts), 1 + int(np.searchsorted(size, TRIED_BYTES))))
        bounds = [0, *ends.tolist()]
        return [
            number
            for number in sorted({*tried, *different})
            if not same(self.decode(ids[bounds[number] : bounds[number + 1]].tolist()), texts[number])
        ]


def same(decoded: str, text: bytes) -> bool:
    """Whether a text came back."""
    try:
        return decoded.encode() == text
    except UnicodeEncodeError:
        return False


def rows_of(lists: list[list[int]]) -> Rows:
    """Arrays of lists of ids."""
    lengths = np.fromiter(map(len, lists), np.int64, len(lists))
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.fromiter(chain.from_iterable(lists), np.uint32, total), ends
