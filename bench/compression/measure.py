"""What one model makes of one text. Runs in the worker, under 0.6.3's interpreter too.

In: a loaded engine and documents in NFC. Out: bytes, tokens, the empirical entropy of the tokens, and how many documents
do not come back from their tokens as they were, with where the first of them differs.
"""

from __future__ import annotations

import collections
import math
from typing import Any

from bench.engines import Engine

BATCH = 256
"""Documents encoded at a time."""


def measure(engine: Engine, texts: list[str]) -> dict[str, Any]:
    counts: collections.Counter[int] = collections.Counter()
    lost, first = 0, None
    for start in range(0, len(texts), BATCH):
        batch = texts[start : start + BATCH]
        rows = engine.ids(engine.encode(batch))
        for number, (text, row, back) in enumerate(zip(batch, rows, engine.decode(rows), strict=True), start):
            counts.update(row)
            if back != text:
                lost += 1
                first = first or difference(number, text, back)
    size = sum(len(text.encode()) for text in texts)
    return {
        "documents": len(texts),
        "bytes": size,
        "tokens": sum(counts.values()),
        "used": len(counts),
        "entropy": entropy(list(counts.values())),
        "lost": lost,
        "first_lost": first,
    }


def entropy(counts: list[int]) -> float:
    """Bits a token: what an ideal code without context would take."""
    total = sum(counts)
    return math.fsum(count * math.log2(total / count) for count in counts) / total if total else 0.0


def difference(number: int, text: str, back: str) -> str:
    """Where a document and what came back of it part."""
    pairs = zip(text, back, strict=False)
    at = next((place for place, (one, other) in enumerate(pairs) if one != other), min(len(text), len(back)))
    return f"document {number}, character {at}: {text[at : at + 10]!r} came back as {back[at : at + 10]!r}"
