"""Equality with bytepiece 0.6.3 as recorded in tests/golden, so that a clone that stands alone proves it."""

from __future__ import annotations

import base64
import json
import pathlib

import pytest
from support import GOLDEN, GRID, Case, pairwise, read_jsonl, sha256

import bytepiece

CORPUS = GOLDEN / "corpus.jsonl"
REFERENCE = json.loads((GOLDEN / "reference.json").read_text("utf-8"))
DEFAULT = json.loads((GOLDEN / "default.json").read_text("utf-8"))
IDS = json.loads((GOLDEN / "ids.json").read_text("utf-8"))
QUICK = {case.name for case in pairwise(GRID)}


def train(case: Case, folder: pathlib.Path, *, compat: bool, threads: int) -> dict[str, str]:
    """The sha256 of each file written, by name."""
    trainer = bytepiece.Trainer(**case.arguments(), compat=compat, objective="frequency", threads=threads)
    trainer.train(list(read_jsonl(CORPUS)))
    trainer.save(folder / "model")
    assert sorted(folder.iterdir()) == sorted(case.files(folder / "model"))
    return {path.name: sha256(path) for path in case.files(folder / "model")}


def test_the_corpus_is_the_one_recorded() -> None:
    assert REFERENCE["corpus"] == DEFAULT["corpus"] == sha256(CORPUS)
    assert len(REFERENCE["cases"]) == len(GRID) == 192
    assert set(DEFAULT["cases"]) == QUICK


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize(
    "case", [pytest.param(c, id=c.name, marks=[] if c.name in QUICK else [pytest.mark.full]) for c in GRID]
)
def test_compat_training_gives_the_bytes_of_0_6_3(case: Case, threads: int, tmp_path: pathlib.Path) -> None:
    recorded = {name: file["sha256"] for name, file in REFERENCE["cases"][case.name].items()}
    assert train(case, tmp_path, compat=True, threads=threads) == recorded


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("case", [pytest.param(c, id=c.name) for c in GRID if c.name in DEFAULT["cases"]])
def test_default_training_gives_the_bytes_recorded(case: Case, threads: int, tmp_path: pathlib.Path) -> None:
    assert train(case, tmp_path, compat=False, threads=threads) == DEFAULT["cases"][case.name]


@pytest.fixture(scope="module")
def tokenizer() -> bytepiece.Tokenizer:
    return bytepiece.Tokenizer(GOLDEN / "small.model")


def test_the_small_model_is_the_one_recorded() -> None:
    assert sha256(GOLDEN / "small.model") == IDS["model"]


@pytest.mark.parametrize("row", [pytest.param(row, id=row["name"]) for row in IDS["texts"]])
def test_ids_of_0_6_3(row: dict[str, str], tokenizer: bytepiece.Tokenizer) -> None:
    data = base64.b64decode(row["base64"])
    ids = [int(i) for i in row["ids"].split()]
    assert tokenizer.encode(data) == ids
    assert [tokenizer.piece_to_id(piece) for piece in tokenizer.tokenize(data)] == ids
    if not row["name"].startswith(("cut", "invalid")):
        assert tokenizer.encode(data.decode()) == ids


@pytest.mark.parametrize("threads", [1, 3])
def test_a_batch_gives_the_same_ids(threads: int, tokenizer: bytepiece.Tokenizer) -> None:
    texts = [base64.b64decode(row["base64"]) for row in IDS["texts"]]
    ids = [[int(i) for i in row["ids"].split()] for row in IDS["texts"]]
    assert tokenizer.encode_batch(texts, threads=threads) == ids


def test_saving_a_loaded_model_gives_its_bytes(tokenizer: bytepiece.Tokenizer, tmp_path: pathlib.Path) -> None:
    tokenizer.save(tmp_path / "again.model")
    assert (tmp_path / "again.model").read_bytes() == (GOLDEN / "small.model").read_bytes()
