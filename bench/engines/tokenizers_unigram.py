"""HF tokenizers: unigram over bytes, cut as its BPE in tokenizers_bpe is."""

from __future__ import annotations

from typing import Any

import tokenizers

from bench.engines import tokenizers_bpe


class Implementation(tokenizers_bpe.Implementation):
    """Bytes stand as ByteLevel's letters, so nothing is unknown. Over whole lines 1.5 MB took 161 s and 1.2 GB."""

    model = tokenizers.models.Unigram

    def trainer(self, vocab_size: int) -> Any:
        return tokenizers.trainers.UnigramTrainer(
            vocab_size=vocab_size,
            initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
            max_piece_length=128 if self.options.get("split") else 36,
            show_progress=False,
        )
