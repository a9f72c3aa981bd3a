"""What an engine is. One file an engine; each runs in a process (bench/worker.py) and under an interpreter of its own.

`encode` is timed and returns whatever its library returns; `ids` turns that into lists of ids that can be compared with
those of the other engines, and is not timed.
"""

from __future__ import annotations

import importlib
from typing import Any


class Engine:
    """The interface; an engine that lacks an ability leaves the method out."""

    library: str
    """The distribution whose version goes into the record."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options

    def prepare(self, corpus: str, training: dict[str, Any]) -> None:
        """Chooses settings by a look at the corpus; not timed."""

    def train(self, corpus: str, model: str, training: dict[str, Any]) -> None:
        """Trains on a JSONL file, with the keys order, vocab_size and threads, and saves."""
        raise NotImplementedError

    def load(self, model: str) -> None:
        """Builds the tokenizer from a file."""
        raise NotImplementedError

    def encode(self, texts: list[str]) -> Any:
        """Encodes all texts on one thread, the fastest way the library offers for a list of texts."""
        raise NotImplementedError

    def encode_singly(self, texts: list[str]) -> Any:
        """Encodes each text by a call of its own."""
        raise NotImplementedError

    def encode_file(self, path: str, times: int) -> int:
        """Encodes the texts of a JSONL file, `times` times over, without keeping anything; the number of ids."""
        raise NotImplementedError

    def sample(self, texts: list[str], alpha: float) -> Any:
        """Draws one segmentation of each text, on one thread."""
        raise NotImplementedError

    def ids(self, encoded: Any) -> list[list[int]]:
        """What `encode` gave, as lists."""
        return encoded  # type: ignore[no-any-return]

    def decode(self, rows: list[list[int]]) -> list[str]:
        """The texts that ids stand for."""
        raise NotImplementedError

    def pieces(self) -> int:
        """How many ids there are."""
        raise NotImplementedError

    def build(self) -> str:
        """What tells two builds of one version of the library apart."""
        return ""


# name: module, options of the constructor; those behind "tokenizers" are for bench/compression
ENGINES: dict[str, tuple[str, dict[str, Any]]] = {
    "ours": ("ours", {}),
    "ours-compat": ("ours", {"compat": True}),
    "ours-600MB": ("ours", {"memory_limit": "600MB", "objective": "frequency"}),
    "ours-numpy": ("ours", {"output": "numpy"}),
    "ours-portable": ("ours", {"output": "numpy", "kernel": "portable"}),
    "ours-2-threads": ("ours", {"output": "numpy", "threads": 2}),
    "ours-all-threads": ("ours", {"output": "numpy", "threads": None}),
    "bytepiece-0.6.3": ("bytepiece063", {}),
    "sentencepiece": ("sentencepiece_unigram", {}),
    "sentencepiece-bpe": ("sentencepiece_bpe", {}),
    "tiktoken": ("tiktoken_bpe", {}),
    "tokenizers": ("tokenizers_bpe", {}),
    "ours-entropy": ("ours", {"objective": "entropy"}),
    "ours-frequency": ("ours", {"objective": "frequency"}),
    "bytepiece-0.6.3-min2": ("bytepiece063", {"min_count": 2}),
    "bytepiece-0.6.3-min8": ("bytepiece063", {"min_count": 8}),
    "sentencepiece-unigram-words": ("sentencepiece_lines", {"model_type": "unigram", "split": True}),
    "sentencepiece-unigram-lines": ("sentencepiece_lines", {"model_type": "unigram", "split": False}),
    "sentencepiece-bpe-words": ("sentencepiece_lines", {"model_type": "bpe", "split": True}),
    "sentencepiece-bpe-lines": ("sentencepiece_lines", {"model_type": "bpe", "split": False}),
    "tokenizers-bpe-words": ("tokenizers_bpe", {"split": True}),
    "tokenizers-bpe-lines": ("tokenizers_bpe", {}),
    "tokenizers-unigram-words": ("tokenizers_unigram", {"split": True}),
    "tokenizers-unigram-lines": ("tokenizers_unigram", {}),
    "bpeasy-words": ("tiktoken_bpe", {}),
    "bpeasy-lines": ("tiktoken_bpe", {"split": False}),
}


def make(name: str) -> Engine:
    module, options = ENGINES[name]
    return importlib.import_module(f"bench.engines.{module}").Implementation(options)  # type: ignore[no-any-return]
