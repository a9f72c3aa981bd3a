"""SentencePiece's unigram model: either one converted from ours, or its own trained to keep the text as it is."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any, ClassVar

import sentencepiece

from bench.engines import Engine


def lines(path: str) -> Iterator[str]:
    """It reads lines and can't hold a newline."""
    with open(path, encoding="utf-8") as stream:
        for row in stream:
            yield from (line for line in json.loads(row)["text"].split("\n") if line)


class Implementation(Engine):
    """Texts reach a converted model as they are, newlines included; its own training sees lines."""

    library = "sentencepiece"
    settings: ClassVar[dict[str, Any]] = {
        "model_type": "unigram",
        "byte_fallback": True,
        "normalization_rule_name": "identity",
        "add_dummy_prefix": False,
        "remove_extra_whitespaces": False,
        "max_sentence_length": 1 << 20,
    }

    def train(self, corpus: str, model: str, training: dict[str, Any]) -> None:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=self.sentences(corpus),
            model_prefix=model.removesuffix(".model"),
            vocab_size=training["vocab_size"],
            **self.settings,
            num_threads=training["threads"] or os.cpu_count(),
            minloglevel=2,
        )

    def sentences(self, corpus: str) -> Iterator[str]:
        """What is trained on."""
        return lines(corpus)

    def load(self, model: str) -> None:
        self.processor = sentencepiece.SentencePieceProcessor(model_file=model)

    def encode(self, texts: list[str]) -> Any:
        return self.processor.encode(texts, num_threads=1)

    def encode_singly(self, texts: list[str]) -> Any:
        encode = self.processor.encode
        return [encode(text) for text in texts]

    def sample(self, texts: list[str], alpha: float) -> Any:
        return self.processor.encode(texts, num_threads=1, enable_sampling=True, alpha=alpha, nbest_size=-1)

    def ids(self, encoded: Any) -> list[list[int]]:
        """A conversion has a second id for each printable byte: both stand for our id of that byte, 3 + its value."""
        own = {
            i: 3 + int(self.processor.id_to_piece(i)[1:-1], 16)
            for i in range(self.processor.vocab_size())
            if self.processor.is_byte(i)
        }
        return [[own.get(i, i) for i in row] for row in encoded]
