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
    """Cut at `.*\\n+|.+` as ours is, then ByteLevel without its regex. Options: split: with that regex, GPT-2's, instead."""

    library = "tokenizers"
    model: Any = tokenizers.models.BPE

    def train(self, corpus: str, model: str, training: dict[str, Any]) -> None:
        os.environ["TOKENIZERS_PARALLELISM"] = "true"
        os.environ["RAYON_NUM_THREADS"] = str(training["threads"] or os.cpu_count())
        pre = tokenizers.pre_tokenizers
        tokenizer = tokenizers.Tokenizer(self.model())
        words = pre.ByteLevel(add_prefix_space=False, use_regex=True)
        lines = pre.Sequence(
            [
                pre.Split(tokenizers.Regex(".*\n+|.+"), "isolated"),
                pre.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
        tokenizer.pre_tokenizer = words if self.options.get("split") else lines
        tokenizer.normalizer = tokenizers.normalizers.NFC()
        tokenizer.decoder = tokenizers.decoders.ByteLevel()
        tokenizer.train_from_iterator(texts_of(corpus), self.trainer(training["vocab_size"]))
        tokenizer.save(model)

    def trainer(self, vocab_size: int) -> Any:
        return tokenizers.trainers.BpeTrainer(
            vocab_size=vocab_size,
            initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
            max_token_length=None if self.options.get("split") else 36,
            show_progress=False,
        )

    def load(self, model: str) -> None:
        self.tokenizer = tokenizers.Tokenizer.from_file(model)

    def encode(self, texts: list[str]) -> Any:
        return self.tokenizer.encode_batch_fast(texts, add_special_tokens=False)

    def ids(self, encoded: Any) -> list[list[int]]:
        return [row.ids for row in encoded]

    def decode(self, rows: list[list[int]]) -> list[str]:
        return self.tokenizer.decode_batch(rows, skip_special_tokens=False)  # type: ignore[no-any-return]

    def pieces(self) -> int:
        return int(self.tokenizer.get_vocab_size())
