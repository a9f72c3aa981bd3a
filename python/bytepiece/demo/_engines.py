"""The two tokenizers of the demo behind one interface."""

from __future__ import annotations

import importlib
import os
import pathlib
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import bytepiece
from bytepiece.corpus import Jsonl


class Engine(Protocol):
    """Something that can be trained on texts and then counts tokens."""

    name: str
    seconds: float
    """What training took."""
    vocab_size: int

    def train(self, path: pathlib.Path, texts: Sequence[str]) -> None:
        """Trains on the texts, which are those of the JSONL file `path`."""

    def count_tokens(self, texts: Sequence[str]) -> int:
        """The number of tokens of all texts, encoded on one thread."""

    def round_trip(self, text: str) -> str:
        """What the tokens of a text decode to."""


def fastest(work: Callable[[], object], rounds: int = 5) -> float:
    """Seconds of the fastest of several runs."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


class BytePiece:
    """This package, trained with its defaults."""

    name = "bytepiece"

    def __init__(self, path: pathlib.Path, vocab_size: int, threads: int | None) -> None:
        self.path = path
        self.vocab_size = vocab_size
        self.threads = threads
        self.seconds = 0.0

    def train(self, path: pathlib.Path, texts: Sequence[str]) -> None:
        trainer = bytepiece.Trainer(max_vocab_size=self.vocab_size, threads=self.threads)
        start = time.perf_counter()
        trainer.train(Jsonl(path))
        trainer.save(self.path)
        self.seconds = time.perf_counter() - start
        self.tokenizer = bytepiece.Tokenizer(self.path)
        self.vocab_size = self.tokenizer.vocab_size

    def count_tokens(self, texts: Sequence[str]) -> int:
        ids, _ = self.tokenizer.encode_batch(texts, threads=1, output="numpy")
        return len(ids)

    def round_trip(self, text: str) -> str:
        return self.tokenizer.decode(self.tokenizer.encode(text))


class SentencePiece:
    """SentencePiece's unigram model, told to keep the text as it is.

    It reads lines and can't hold a newline, so a text is encoded line by line and each newline costs one token.
    """

    name = "SentencePiece"

    def __init__(self, prefix: pathlib.Path, vocab_size: int, threads: int | None) -> None:
        self.prefix = prefix
        self.vocab_size = vocab_size
        self.threads = threads or 0
        self.seconds = 0.0
        self.module: Any = importlib.import_module("sentencepiece")

    def train(self, path: pathlib.Path, texts: Sequence[str]) -> None:
        start = time.perf_counter()
        self.module.SentencePieceTrainer.train(
            sentence_iterator=(line for text in texts for line in text.split("\n") if line),
            model_prefix=str(self.prefix),
            vocab_size=self.vocab_size,
            model_type="unigram",
            byte_fallback=True,
            normalization_rule_name="identity",
            add_dummy_prefix=False,
            remove_extra_whitespaces=False,
            max_sentence_length=1 << 20,
            num_threads=self.threads or os.cpu_count(),
            minloglevel=2,
        )
        self.seconds = time.perf_counter() - start
        self.processor = self.module.SentencePieceProcessor(model_file=f"{self.prefix}.model")
        self.vocab_size = self.processor.vocab_size()

    def count_tokens(self, texts: Sequence[str]) -> int:
        lines = [line for text in texts for line in text.split("\n")]
        newlines = len(lines) - len(texts)
        return newlines + sum(map(len, self.processor.encode(lines, num_threads=1)))

    def round_trip(self, text: str) -> str:
        return "\n".join(self.processor.decode(self.processor.encode(text.split("\n"))))
