"""SentencePiece's BPE with the settings it has by default, which is how most people train it."""

from __future__ import annotations

import os
from typing import Any

import sentencepiece

from bench.engines import Engine
from bench.engines.sentencepiece_unigram import lines


class Implementation(Engine):
    """Pieces do not cross words, and text is changed by NFKC: less to count than ours has."""

    library = "sentencepiece"

    def train(self, corpus: str, model: str, training: dict[str, Any]) -> None:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=lines(corpus),
            model_prefix=model.removesuffix(".model"),
            vocab_size=training["vocab_size"],
            model_type="bpe",
            num_threads=training["threads"] or os.cpu_count(),
            minloglevel=2,
        )
