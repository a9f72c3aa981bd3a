"""Fixtures of all tests."""

from __future__ import annotations

import pathlib
import random

import pytest
from support import DEMO, GOLDEN, IM, read_jsonl

import bytepiece


@pytest.fixture(scope="session")
def documents() -> list[str]:
    """A small corpus in many scripts."""
    return list(read_jsonl(GOLDEN / "corpus.jsonl"))


@pytest.fixture(scope="session")
def many(documents: list[str]) -> list[str]:
    """Some megabytes of words in random order: n-grams enough to fill the smallest tables at high orders."""
    words = [word for text in documents for word in text.split()]
    chance = random.Random(5)
    letters = [chr(chance.randrange(0x4E00, 0x6000)) for _ in range(600)]
    return [
        " ".join(chance.choices(words, k=200)) + "".join(chance.choices(letters, k=700)) + "\n" for _ in range(1200)
    ]


@pytest.fixture(scope="session")
def demo() -> list[str]:
    """What the demo trains on: 1.5 MB in many languages."""
    return list(read_jsonl(DEMO / "train.jsonl"))


@pytest.fixture(scope="session")
def some(demo: list[str]) -> list[str]:
    """Some hundred KB of it."""
    return demo[::5]


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
