"""This package."""

from __future__ import annotations

import itertools
from typing import Any

import bytepiece
from bench.engines import Engine
from bytepiece.corpus import Jsonl


class Implementation(Engine):
    """Options: compat (for training), output ("lists" or "numpy")."""

    library = "bytepiece"

    def train(self, corpus: str, model: str, training: dict[str, Any]) -> None:
        trainer = bytepiece.Trainer(
            order=training["order"],
            max_vocab_size=training["vocab_size"],
            compat=self.options.get("compat", False),
            threads=training["threads"],
        )
        trainer.train(Jsonl(corpus))
        trainer.save(model)

    def load(self, model: str) -> None:
        self.tokenizer = bytepiece.Tokenizer(model)

    def encode(self, texts: list[str]) -> Any:
        return self.tokenizer.encode_batch(texts, threads=1, output=self.options.get("output", "lists"))

    def sample(self, texts: list[str], alpha: float) -> Any:
        output = self.options.get("output", "lists")
        return self.tokenizer.encode_batch(texts, threads=1, alpha=alpha, seed=1, output=output)

    def ids(self, encoded: Any) -> list[list[int]]:
        if isinstance(encoded, list):
            return encoded
        ids, ends = encoded
        starts = [0, *ends.tolist()]
        return [ids[start:end].tolist() for start, end in itertools.pairwise(starts)]
