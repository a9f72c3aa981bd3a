"""SentencePiece's BPE with the settings it has by default, which is how most people train it."""

from __future__ import annotations

from typing import Any, ClassVar

from bench.engines import sentencepiece_unigram


class Implementation(sentencepiece_unigram.Implementation):
    """Pieces do not cross words, and text is changed by NFKC: less to count than ours has."""

    settings: ClassVar[dict[str, Any]] = {"model_type": "bpe"}
