"""Readers around other readers: with a policy, cut short, changed, and mixed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bytepiece._bytepiece import _documents
from bytepiece.corpus._reader import AnyReader, Batch, Errors, Reader, check_count, check_errors, check_reader

BATCH_DOCUMENTS = 1000
BATCH_CHARACTERS = 1 << 20


class Documents(Reader):
    """Any iterable of `str` and `bytes`, or Arrow data, with a policy for what is not UTF-8.

    Without it any `bytes` are text, and train and encode as they are; a `str` with a lone surrogate is an error.

    Args:
        documents: An iterable of documents; for training one that can be iterated again, else it is spooled to a
            temporary file.
        errors: "raise": an error names the document. "replace": U+FFFD for each maximal beginning of a character that
            is none. "skip": the document is left out. What was replaced or left out is counted in `report`.

    Raises:
        TypeError: `documents` is no iterable.
    """

    def __init__(self, documents: AnyReader, *, errors: Errors = "raise") -> None:
        super().__init__(check_reader(documents, "documents"), check_errors(errors))

    def _plan(self) -> tuple[Any, ...]:
        documents, errors = self._key
        return ("documents", documents, errors, self._tally)

    def __repr__(self) -> str:
        return f"bytepiece.corpus.Documents({self._key[0]!r}, errors={self._key[1]!r})"


class Limit(Reader):
    """The first documents of a reader; made in Rust.

    Args:
        reader: A reader, or what `train` takes.
        documents: How many documents are enough.
        bytes: How many bytes of text are enough: the document that reaches them is the last, and whole.

    Raises:
        ValueError: Neither limit is given, or one is below 0.
    """

    def __init__(self, reader: AnyReader, documents: int | None = None, *, bytes: int | None = None) -> None:
        if documents is None and bytes is None:
            raise ValueError("Limit needs documents= or bytes=")
        limits = ((documents, "documents"), (bytes, "bytes"))
        counts = [None if value is None else check_count(value, name, 0) for value, name in limits]
        super().__init__(check_reader(reader, "reader"), *counts)

    def _plan(self) -> tuple[Any, ...]:
        return ("limit", *self._key)

    @property
    def report(self) -> dict[str, Any]:
        """That of the reader inside."""
        return report_of(self._key[0])

    def __repr__(self) -> str:
        reader, documents, size = self._key
        return f"bytepiece.corpus.Limit({reader!r}, documents={documents}, bytes={size})"


class Changed(Reader):
    """What `Map` and `Filter` have in common: Python is called for each document, so they are as fast as that."""

    def __init__(self, function: Callable[[Any], Any], reader: AnyReader) -> None:
        if not callable(function):
            raise TypeError(f"function must be callable, not {type(function).__name__}")
        super().__init__(function, check_reader(reader, "reader"))

    def _plan(self) -> tuple[Any, ...]:
        return ("batches", None, self._tally, self)

    def _apply(self, text: str) -> Any:
        """The document instead of this one, or None."""
        raise NotImplementedError

    @property
    def _keeps_order(self) -> bool:  # type: ignore[override]
        return getattr(self._key[1], "_keeps_order", True)

    def _batches(self) -> Iterator[Batch]:
        texts: list[Any] = []
        sources: list[str | None] = []
        size = first = 0
        try:
            for text, source in _documents(self._key[1], True):
                text = self._apply(text)
                if text is None:
                    continue
                texts.append(text)
                sources.append(source)
                size += len(text)
                if size >= BATCH_CHARACTERS or len(texts) >= BATCH_DOCUMENTS:
                    yield Batch(texts, first=first, source=named(sources))
                    first += len(texts)
                    texts, sources, size = [], [], 0
        except Exception:
            if texts:
                yield Batch(texts, first=first, source=named(sources))  # those before it come first
            raise
        if texts:
            yield Batch(texts, first=first, source=named(sources))

    def _split(self) -> list[tuple[str, Reader]]:
        """The same around each file of the reader inside."""
        function, reader = self._key
        return [(name, type(self)(function, part)) for name, part in split(reader)]

    @property
    def report(self) -> dict[str, Any]:
        """That of the reader inside."""
        return report_of(self._key[1])


class Map(Changed):
    """A reader's documents, each changed by a function.

    Args:
        function: Called with each document; gives the `str` or `bytes` to take instead. An exception of its comes out
            of `train`.
        reader: A reader, or what `train` takes.
    """

    def _apply(self, text: str) -> Any:
        changed = self._key[0](text)
        if not isinstance(changed, (str, bytes)):
            given = type(changed).__name__
            raise TypeError(
                f"the function of Map gave {given} for a document, where str or bytes are expected; see Filter"
            )
        return changed


class Filter(Changed):
    """A reader's documents for which a function says yes.

    Args:
        function: Called with each document; the document is taken where the answer is true.
        reader: A reader, or what `train` takes.
    """

    def _apply(self, text: str) -> Any:
        return text if self._key[0](text) else None


class Mix(Reader):
    """Several named readers, each so many times; made in Rust.

    The readers come one behind the other. A weight of 2.5 is two passes over the reader, and a third one in which each
    document is taken with probability 0.5. Which those are depends on the seed, the name and the document's number, not
    on the other readers.

    Args:
        readers: A dict of `(reader, weight)` by name; a weight is 0 to 1,000,000.
        seed: 0 to 2**64 - 1.

    Raises:
        ValueError: A weight is out of range, or there is no reader, or a reader that does not keep its order has a
            weight with a fraction (when it is read).
        TypeError: `readers` is no dict of pairs.
    """

    def __init__(self, readers: Mapping[str, tuple[AnyReader, float]], *, seed: int = 0) -> None:
        if not isinstance(readers, Mapping):
            raise TypeError(f"readers must be a dict of (reader, weight) by name, not {type(readers).__name__}")
        if not readers:
            raise ValueError("readers is an empty dict: pass at least one reader with its weight")
        parts = tuple(share(name, pair) for name, pair in readers.items())
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise TypeError(f"seed must be an int, not {type(seed).__name__}")
        if not 0 <= seed < 2**64:
            raise ValueError(f"seed must be 0 to 2**64 - 1, not {seed}")
        super().__init__(parts, seed)

    def _plan(self) -> tuple[Any, ...]:
        return ("mix", *self._key)

    @property
    def report(self) -> dict[str, Any]:
        """Those of the readers inside, by name."""
        return {name: report_of(reader) for name, reader, _ in self._key[0]}

    def __repr__(self) -> str:
        parts, seed = self._key
        return f"bytepiece.corpus.Mix({ {name: (reader, weight) for name, reader, weight in parts}!r}, seed={seed})"


def share(name: object, pair: object) -> tuple[str, Any, float]:
    """A reader of a mix with its weight."""
    if not isinstance(name, str):
        raise TypeError(f"the name of a reader must be a str, not {type(name).__name__}")
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise TypeError(f"readers[{name!r}] must be a pair (reader, weight), not {pair!r}")
    reader, weight = pair
    if isinstance(weight, bool) or not isinstance(weight, (int, float)):
        raise TypeError(f"the weight of {name!r} must be a number, not {type(weight).__name__}")
    if not (math.isfinite(weight) and 0 <= weight <= 1_000_000):
        raise ValueError(f"weight must be 0 to 1000000 for each source, not {weight} for {name!r}")
    return name, check_reader(reader, f"readers[{name!r}]"), float(weight)


def named(sources: list[str | None]) -> list[str] | None:
    """The names of a batch's sources, if there are any."""
    return [source or "" for source in sources] if any(source is not None for source in sources) else None


def report_of(reader: object) -> dict[str, Any]:
    """What a reader says of documents that could not be read; nothing for what is no reader."""
    empty: dict[str, Any] = {"skipped": {}, "replaced": 0, "first": []}
    return getattr(reader, "report", empty)


def split(reader: object) -> list[tuple[str, Any]]:
    """A reader for each file of a reader, with its name."""
    method = getattr(reader, "_split", None)
    if method is None:
        raise TypeError(
            f"a {type(reader).__name__} cannot be divided among workers: Parallel takes a function and its paths, "
            "or a reader of files (Text, Jsonl, Parquet, or Map and Filter around one)"
        )
    parts: list[tuple[str, Any]] = method()
    return parts
