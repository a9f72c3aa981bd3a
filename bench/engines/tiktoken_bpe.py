"""tiktoken with GPT-2's pattern; the ranks are trained by bpeasy, since the published ones are a download."""

from __future__ import annotations

import json
from typing import Any

import bpeasy
import tiktoken
import tiktoken.load

from bench.engines import Engine

PATTERN = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""


class Implementation(Engine):
    """Byte-level BPE inside of words."""

    library = "tiktoken"

    def train(self, corpus: str, model: str, training: dict[str, Any]) -> None:
        with open(corpus, encoding="utf-8") as stream:
            texts = (json.loads(line)["text"] for line in stream)
            ranks = bpeasy.train_bpe(texts, PATTERN, 128, training["vocab_size"])
        bpeasy.save_vocab_to_tiktoken(ranks, model)

    def load(self, model: str) -> None:
        ranks = tiktoken.load.load_tiktoken_bpe(model)
        self.encoding = tiktoken.Encoding("trained", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={})

    def encode(self, texts: list[str]) -> Any:
        return self.encoding.encode_ordinary_batch(texts, num_threads=1)

    def encode_singly(self, texts: list[str]) -> Any:
        encode = self.encoding.encode_ordinary
        return [encode(text) for text in texts]
