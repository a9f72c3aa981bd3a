"""SentencePiece as it compresses best without losing anything: documents are lines, each newline one more id."""

from __future__ import annotations

import collections
from collections.abc import Iterator
from typing import Any

from bench.engines import sentencepiece_unigram

LONGEST = 10_000
"""Lines are cut at so many characters for training: it drops what is over a limit, and its BPE ends the process where a
sentence has 65,536."""


COVERAGE = 0.9995
"""Its default: the rarest characters, so many of all in the text, are spelled in bytes."""
LEAST_COVERAGE = 0.98
"""It takes none below that."""
SHARE = 4
"""Characters are pieces, come what may: they get one piece in so many at most, or a small size has few others."""


class Implementation(sentencepiece_unigram.Implementation):
    """Options: model_type; split: whether pieces stay within words, as they do by default."""

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__(options)
        self.settings = {
            **sentencepiece_unigram.Implementation.settings,
            "model_type": options["model_type"],
            "hard_vocab_limit": False,  # of little text as many pieces as there can be
        }
        if not options["split"]:
            self.settings |= {
                "split_by_whitespace": False,
                "split_by_unicode_script": False,
                "split_by_number": False,
                "max_sentencepiece_length": 36,
            }

    def prepare(self, corpus: str, training: dict[str, Any]) -> None:
        counts: collections.Counter[str] = collections.Counter()
        for line in sentencepiece_unigram.lines(corpus):
            counts.update(line)
        self.settings["character_coverage"] = coverage(counts, training["vocab_size"] // SHARE)

    def sentences(self, corpus: str) -> Iterator[str]:
        for line in sentencepiece_unigram.lines(corpus):
            for start in range(0, len(line), LONGEST):
                yield line[start : start + LONGEST]

    def encode(self, texts: list[str]) -> Any:
        newline = self.processor.vocab_size()
        documents = []
        for text in texts:
            first, *others = self.processor.encode(text.split("\n"), num_threads=1)
            for row in others:
                first.append(newline)
                first.extend(row)
            documents.append(first)
        return documents

    def ids(self, encoded: Any) -> list[list[int]]:
        return encoded  # type: ignore[no-any-return]

    def decode(self, rows: list[list[int]]) -> list[str]:
        newline = self.processor.vocab_size()
        return ["\n".join(self.processor.decode(line) for line in divided(row, newline)) for row in rows]

    def pieces(self) -> int:
        """The newline is not one of them."""
        return int(self.processor.vocab_size())


def divided(row: list[int], at: int) -> Iterator[list[int]]:
    """What is between the ids `at`."""
    line: list[int] = []
    for piece in row:
        if piece == at:
            yield line
            line = []
        else:
            line.append(piece)
    yield line


def coverage(counts: collections.Counter[str], most: int) -> float:
    """The default, or less: as much as the `most` most frequent characters cover."""
    covered = sum(count for _, count in counts.most_common(most))
    # a little less, since it takes characters until they cover that much
    return max(LEAST_COVERAGE, min(COVERAGE, (covered - 0.5) / max(1, counts.total())))
