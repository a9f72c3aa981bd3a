"""Fixtures of all tests."""

from __future__ import annotations

import pathlib

import pytest
from support import GOLDEN, IM, read_jsonl

import bytepiece


@pytest.fixture(scope="session")
def documents() -> list[str]:
    """A small corpus in many scripts."""
    return list(read_jsonl(GOLDEN / "corpus.jsonl"))


@pytest.fixture(scope="session")
def model(documents: list[str], tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A model of this package's own making."""
    path = tmp_path_factory.mktemp("model") / "small.model"
    trainer = bytepiece.Trainer(order=4, max_vocab_size=900)
    trainer.train(documents)
    trainer.save(path)
    return path


@pytest.fixture
def tokenizer(model: pathlib.Path) -> bytepiece.Tokenizer:
    """A tokenizer nobody has sampled with."""
    return bytepiece.Tokenizer(model)


@pytest.fixture(scope="module")
def plain() -> bytepiece.Tokenizer:
    """The golden model."""
    return bytepiece.Tokenizer(GOLDEN / "small.model")


@pytest.fixture(scope="module")
def special(plain: bytepiece.Tokenizer) -> bytepiece.Tokenizer:
    """The golden model with special tokens."""
    return plain.with_special_tokens(IM)
