"""tiktoken with GPT-2's pattern, or whole lines; the ranks are trained by bpeasy, as the published ones are a download."""

from __future__ import annotations

import json
from typing import Any

import bpeasy
import tiktoken
import tiktoken.load

from bench.engines import Engine

PATTERN = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""

LINES = r".*\n+|.+"


class Implementation(Engine):
    """Byte-level BPE inside of words. Options: split: False for whole lines."""

    library = "tiktoken"

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__(options)
        self.pattern, self.longest = (PATTERN, 128) if options.get("split", True) else (LINES, 36)

    def train(self, corpus: str, model: str, training: dict[str, Any]) -> None:
        with open(corpus, encoding="utf-8") as stream:
            texts = (json.loads(line)["text"] for line in stream)
            ranks = bpeasy.train_bpe(texts, self.pattern, self.longest, training["vocab_size"])
        bpeasy.save_vocab_to_tiktoken(ranks, model)

    def load(self, model: str) -> None:
        ranks = tiktoken.load.load_tiktoken_bpe(model)
        self.encoding = tiktoken.Encoding("trained", pat_str=self.pattern, mergeable_ranks=ranks, special_tokens={})

    def encode(self, texts: list[str]) -> Any:
        return self.encoding.encode_ordinary_batch(texts, num_threads=1)

    def decode(self, rows: list[list[int]]) -> list[str]:
        return [self.encoding.decode(row, errors="strict") for row in rows]

    def pieces(self) -> int:
        return int(self.encoding.n_vocab)

    def encode_singly(self, texts: list[str]) -> Any:
        encode = self.encoding.encode_ordinary
        return [encode(text) for text in texts]
