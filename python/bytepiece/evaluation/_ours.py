"""Our own tokenizers."""

from __future__ import annotations

from typing import Any

from bytepiece._bytepiece import Tokenizer
from bytepiece.evaluation._engine import Engine, Rows, Texts


class Ours(Engine):
    """A `bytepiece.Tokenizer`; special tokens in texts are text."""

    kind = "bytepiece"
    reads_strings = False

    def __init__(self, tokenizer: Tokenizer, name: str) -> None:
        self.tokenizer = tokenizer
        self.name = name
        self.vocab_size = tokenizer.vocab_size
        pieces: list[Any] = tokenizer.ids_to_pieces(range(tokenizer.vocab_size))
        for id in tokenizer.special_tokens.values():
            pieces[id] = b""
        self.pieces = pieces

    def order(self) -> list[int]:
        """By score, which is by count; equal ones by id."""
        scores = self.tokenizer._scores()
        return sorted(range(3, 3 + len(scores)), key=lambda id: -scores[id - 3])

    def encode(self, texts: Texts, threads: int | None) -> Rows:
        return self.tokenizer.encode_batch(texts, threads=threads, output="numpy")

    def decode(self, ids: list[int]) -> str:
        return self.tokenizer.decode(ids)
