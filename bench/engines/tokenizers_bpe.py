"""HF tokenizers: byte-level BPE over whole lines, its strongest setting for compression (docs: bench/README.md)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from bench.engines import Engine

os.environ["TOKENIZERS_PARALLELISM"] = "false"  # for encoding; training sets it from its threads
os.environ.setdefault("RAYON_NUM_THREADS", "1")

import tokenizers


def texts_of(path: str) -> Iterator[str]:
    with open(path, encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)["text"]


class Implementation(Engine):
    """Cut at `.*\\n+|.+` as ours is, then ByteLevel without its regex."""

    library = "tokenizers"

    def train(self, corpus: str, model: str, training: dict[str, Any]) -> None:
        os.environ["TOKENIZERS_PARALLELISM"] = "true"
        os.environ["RAYON_NUM_THREADS"] = str(training["threads"] or os.cpu_count())
        pre = tokenizers.pre_tokenizers
        tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
        tokenizer.pre_tokenizer = pre.Sequence(
            [
                pre.Split(tokenizers.Regex(".*\n+|.+"), "isolated"),
                pre.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
        tokenizer.normalizer = tokenizers.normalizers.NFC()
        trainer = tokenizers.trainers.BpeTrainer(
            vocab_size=training["vocab_size"],
            initial_alphabet=pre.ByteLevel.alphabet(),
            max_token_length=36,
            show_progress=False,
        )
        tokenizer.train_from_iterator(texts_of(corpus), trainer)
        tokenizer.save(model)

    def load(self, model: str) -> None:
        self.tokenizer = tokenizers.Tokenizer.from_file(model)

    def encode(self, texts: list[str]) -> Any:
        return self.tokenizer.encode_batch_fast(texts, add_special_tokens=False)

    def ids(self, encoded: Any) -> list[list[int]]:
        return [row.ids for row in encoded]
