"""This package."""

from __future__ import annotations

import hashlib
import inspect
import itertools
import os
import pathlib
from typing import Any

import bytepiece
from bench.engines import Engine
from bytepiece import _bytepiece
from bytepiece.corpus import Jsonl


class Implementation(Engine):
    """Options: compat, memory_limit, objective (training); output ("lists" or "numpy"), threads (1), kernel (of the inner
    loop)."""

    library = "bytepiece"

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__(options)
        self.batch = {"output": options.get("output", "lists"), "threads": options.get("threads", 1)}
        # read when a tokenizer is made
        os.environ["BYTEPIECE_KERNEL"] = options.get("kernel", "auto")

    def train(self, corpus: str, model: str, training: dict[str, Any]) -> None:
        trainer = bytepiece.Trainer(
            order=training["order"],
            max_vocab_size=training["vocab_size"],
            compat=self.options.get("compat", False),
            threads=training["threads"],
            memory_limit=self.options.get("memory_limit"),
            **self.objective(),
        )
        trainer.train(Jsonl(corpus))
        trainer.save(model)

    def objective(self) -> dict[str, Any]:
        """What pruning is for; nothing for the default."""
        if "objective" not in self.options:
            return {}
        if "objective" not in inspect.signature(bytepiece.Trainer).parameters:
            raise NotImplementedError("the Trainer of this version has no objective")
        return {"objective": self.options["objective"]}

    def load(self, model: str) -> None:
        self.tokenizer = bytepiece.Tokenizer(model)

    def encode(self, texts: list[str]) -> Any:
        return self.tokenizer.encode_batch(texts, **self.batch)

    def encode_singly(self, texts: list[str]) -> Any:
        encode = self.tokenizer.encode
        return [encode(text) for text in texts]

    def encode_file(self, path: str, times: int) -> int:
        return sum(len(ids) for ids, _ in self.tokenizer.encode_files([Jsonl(path)] * times, **self.batch))

    def decode(self, rows: list[list[int]]) -> list[str]:
        return [self.tokenizer.decode(row) for row in rows]

    def pieces(self) -> int:
        return int(self.tokenizer.vocab_size)

    def build(self) -> str:
        """Development changes models while the version stays."""
        return hashlib.sha256(pathlib.Path(_bytepiece.__file__).read_bytes()).hexdigest()[:16]

    def sample(self, texts: list[str], alpha: float) -> Any:
        return self.tokenizer.encode_batch(texts, alpha=alpha, seed=1, **self.batch)

    def ids(self, encoded: Any) -> list[list[int]]:
        if isinstance(encoded, list):
            return encoded
        ids, ends = encoded
        starts = [0, *ends.tolist()]
        return [ids[start:end].tolist() for start, end in itertools.pairwise(starts)]
