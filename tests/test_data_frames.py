"""Data of the libraries people have, read where it lies: any of them may be missing."""

from __future__ import annotations

import pathlib
import pickle
from typing import Any

import numpy as np
import pytest

import bytepiece
from bytepiece import Trainer, corpus

TEXTS = [f"which way to cut 天地 {number % 7}\n" * 3 for number in range(300)]


def polars() -> Any:
    return pytest.importorskip("polars").DataFrame({"id": range(len(TEXTS)), "text": TEXTS})


def duckdb() -> Any:
    """A reader of record batches, from a connection of its own: one that has an open result takes no query."""
    return pytest.importorskip("duckdb").connect().sql("select unnest($1) as text", params=[TEXTS]).arrow()


def datasets() -> Any:
    return (
        pytest.importorskip("datasets").Dataset.from_dict({"text": TEXTS[::-1]}).select(range(len(TEXTS) - 1, -1, -1))
    )


def streamed() -> Any:
    return datasets().to_iterable_dataset()


def arrow() -> Any:
    return pytest.importorskip("pyarrow").table({"text": TEXTS})


def trained(texts: Any, path: pathlib.Path) -> bytes:
    trainer = Trainer(max_vocab_size=300, progress=False)
    trainer.train(texts)
    trainer.save(path)
    return path.read_bytes()


@pytest.mark.parametrize("make", [polars, duckdb, datasets, streamed, arrow])
def test_the_model_is_that_of_a_list(make: Any, tmp_path: pathlib.Path) -> None:
    expected = trained(TEXTS, tmp_path / "b")
    assert trained(make(), tmp_path / "a") == expected
    assert trained(corpus.Arrow(make(), field="text"), tmp_path / "c") == expected
    assert trained({"one": make(), "two": corpus.Arrow(make(), field="text")}, tmp_path / "d") == trained(
        TEXTS * 2, tmp_path / "e"
    )
    tokenizer = bytepiece.Tokenizer(tmp_path / "b")
    ids = np.concatenate([ids for ids, _ in tokenizer.encode_files(make())])
    assert ids.tolist() == tokenizer.encode_batch(TEXTS, output="numpy")[0].tolist()


def test_a_data_set_without_rows_is_no_text(tmp_path: pathlib.Path) -> None:
    empty = pytest.importorskip("datasets").Dataset.from_dict({"text": []})
    with pytest.raises(ValueError, match="the corpus is empty"):
        trained(empty, tmp_path / "a")
    assert list(corpus.Arrow(datasets())) == TEXTS
    assert pickle.loads(pickle.dumps(corpus.Arrow(datasets()))).report == corpus.Arrow(datasets()).report
