"""`encode_files` of an iterator of documents: how far it is pulled from, and what becomes of its exceptions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import bytepiece


def test_documents_are_pulled_when_a_batch_asks_for_them(tokenizer: bytepiece.Tokenizer) -> None:
    for length, batch_bytes, documents in [(984, 20_000, 20), (0, 160, 10), (984, 3_000_000, 3000), (10, 1, 1)]:
        pulled = itertools.count(1)
        iterator = tokenizer.encode_files(("a" * length for _ in iter(pulled.__next__, 0)), batch_bytes=batch_bytes)
        assert next(pulled) == 1, "nothing before the first batch"
        for batch in range(1, 4):
            assert len(next(iterator)[1]) == documents
            assert next(pulled) == batch * documents + batch + 1, (
                "a slow iterator is waited for no longer than a batch needs"
            )


def test_memory_of_an_iterator_is_bounded_by_bytes(tokenizer: bytepiece.Tokenizer) -> None:
    """However large documents are, no more than two are there at once."""
    alive = 0

    class Document(bytes):
        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def documents() -> Iterator[bytes]:
        nonlocal alive
        for _ in range(20):
            alive += 1
            most.append(alive)
            yield Document(b"a b\n" * 200_000)

    most: list[int] = []
    assert sum(len(ends) for _, ends in tokenizer.encode_files(documents(), batch_bytes=1000)) == 20
    assert max(most) <= 2


def test_documents_before_a_broken_one_come_out(tokenizer: bytepiece.Tokenizer) -> None:
    texts = ["abc " * 100] * 50

    def broken(how: BaseException) -> Iterator[str]:
        yield from texts
        raise how

    for batch_bytes in (1, 1000, 10_000, 2**40):
        for output in ("lists", "numpy"):
            for documents, kind, words in [
                (iter([*texts, None]), TypeError, r"document 50 \(counted from 0\) must be str or bytes, not NoneType"),
                (broken(OSError("the disk is gone")), OSError, "the disk is gone"),
            ]:
                options: Any = {"batch_bytes": batch_bytes, "output": output}
                iterator, rows = tokenizer.encode_files(documents, **options), []  # type: ignore[arg-type]
                with pytest.raises(kind, match=f"^{words}$"):
                    for batch in iterator:
                        rows += (
                            batch if output == "lists" else [row.tolist() for row in np.split(batch[0], batch[1])[:-1]]
                        )
                assert rows == tokenizer.encode_batch(texts)
                assert list(iterator) == []
    iterator = tokenizer.encode_files(broken(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):  # at once: the loop around it may take long
        next(iterator)
    assert list(iterator) == []


def test_errors_of_an_iterator_come_out_unchanged(tokenizer: bytepiece.Tokenizer) -> None:
    def broken() -> Iterator[str]:
        yield "a"
        raise OSError("the disk is gone")

    iterator = tokenizer.encode_files(broken())
    assert len(next(iterator)[0]) == 1, "what came before is not lost"
    with pytest.raises(OSError, match="^the disk is gone$"):
        next(iterator)
    assert list(iterator) == []
    for wrong, kind, words in [
        (None, TypeError, r"document 1 \(counted from 0\) must be str or bytes, not NoneType"),
        (["a"], TypeError, r"document 1 \(counted from 0\) must be str or bytes, not list"),
        ("\ud800", ValueError, r"document 1 \(counted from 0\) has the lone surrogate U\+D800 at character 0"),
    ]:
        with pytest.raises(kind, match=f"^{words}"):
            list(tokenizer.encode_files(iter(["a", wrong])))


def test_documents_may_not_ask_for_their_own_batch(tokenizer: bytepiece.Tokenizer) -> None:
    def documents() -> Iterator[str]:
        yield "a"
        next(batches)

    batches = tokenizer.encode_files(documents())
    with pytest.raises(ValueError, match="^the documents of encode_files ask for the batch they are read for$"):
        list(batches)
    assert list(batches) == []
