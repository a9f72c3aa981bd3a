"""bytepiece 0.6.3, the reference. Runs under an interpreter of its own: its import name is ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import bytepiece
from bench.engines import Engine


class Corpus:
    """The texts of a JSONL file, read again at each pass as 0.6.3 asks."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __iter__(self) -> Iterator[str]:
        with open(self.path, encoding="utf-8") as stream:
            for line in stream:
                yield json.loads(line)["text"]


class Implementation(Engine):
    """Its `threads` are worker processes. Options: min_count."""

    library = "bytepiece"

    def train(self, corpus: str, model: str, training: dict[str, Any]) -> None:
        trainer = bytepiece.Trainer(order=training["order"], max_vocab_size=training["vocab_size"], **self.options)
        trainer.train(Corpus(corpus), workers=training["threads"])
        trainer.save(model)

    def load(self, model: str) -> None:
        self.tokenizer = bytepiece.Tokenizer(model)

    def encode(self, texts: list[str]) -> Any:
        return [self.tokenizer.encode(text) for text in texts]

    def encode_singly(self, texts: list[str]) -> Any:
        return self.encode(texts)

    def decode(self, rows: list[list[int]]) -> list[str]:
        return [self.tokenizer.decode(row) for row in rows]

    def pieces(self) -> int:
        return int(self.tokenizer.vocab_size)

    def sample(self, texts: list[str], alpha: float) -> Any:
        return [self.tokenizer.encode(text, alpha=alpha) for text in texts]
