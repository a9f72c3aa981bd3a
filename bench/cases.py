"""The cases by name: what is run, by which engines, and where their answers must agree."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bench.texts import DOMAINS


@dataclass(frozen=True)
class Case:
    """One comparison."""

    kind: str
    """train, encode, sample or load; `own` trains each engine first and then encodes with its own model."""
    engines: tuple[str, ...]
    texts: tuple[str, ...]
    what: str
    """One sentence for the table's caption."""
    model: str | None = None
    """A published model; engines named sentencepiece get its conversion."""
    must_agree: tuple[tuple[str, str], ...] = ()
    """Pairs of engines whose answers must be equal, or nothing is timed."""
    report: tuple[tuple[str, str], ...] = ()
    """Pairs whose share of different answers goes into the record."""
    training: dict[str, Any] = field(default_factory=dict)
    alpha: float = 0.0


DOCUMENTS = tuple(f"{domain} documents" for domain in DOMAINS)
LINES = tuple(f"{domain} lines" for domain in DOMAINS)
SMALL = {"order": 6, "vocab_size": 8000, "threads": 2}
LARGE = {"order": 6, "vocab_size": 32000, "threads": 2}
REFERENCE = "bytepiece-0.6.3"

CASES: dict[str, Case] = {
    "train": Case(
        "train",
        ("ours", "ours-compat", REFERENCE, "sentencepiece", "tokenizers"),
        ("bundled",),
        "Training on the bundled text (1.5 MB), order 6, 8,000 pieces, two threads (0.6.3: two processes).",
        must_agree=(("ours-compat", REFERENCE),),
        training=SMALL,
    ),
    "train-slice": Case(
        "train",
        ("ours", "ours-compat", REFERENCE),
        ("shared 2 MB",),
        "Training on 2 MB of the shared corpora, order 6, 32,000 pieces, two threads (0.6.3: two processes).",
        must_agree=(("ours-compat", REFERENCE),),
        training=LARGE,
    ),
    "train-46MB": Case(
        "train",
        ("ours", "ours-compat"),
        ("shared 46 MB",),
        "Training on the four shared corpora (46 MB), order 6, 32,000 pieces, two threads.",
        training=LARGE,
    ),
    "own": Case(
        "own",
        ("ours", "sentencepiece", "tokenizers"),
        ("held-out lines",),
        "Held-out text, line by line, each engine with the 8,000 pieces it learned from the bundled text, one thread.",
        training=SMALL,
    ),
    "encode-80k": Case(
        "encode",
        ("ours", "ours-numpy", REFERENCE),
        DOCUMENTS,
        "Encoding documents with bytepiece_80k on one thread.",
        model="bytepiece_80k",
        must_agree=(("ours", REFERENCE), ("ours-numpy", REFERENCE)),
    ),
    "encode-sentencepiece": Case(
        "encode",
        ("ours", "ours-numpy", "sentencepiece"),
        LINES,
        "Encoding lines with id.eu.plus.80k and its conversion to SentencePiece, one call, one thread.",
        model="bytepiece.id.eu.plus.80k",
        must_agree=(("ours", "ours-numpy"),),
        report=(("ours", "sentencepiece"),),
    ),
    "encode-long": Case(
        "encode",
        ("ours",),
        ("3 MB in one line", "3 MB in lines"),
        "One text of 3 MB without a newline, and the same text in lines: bytepiece_80k, one thread.",
        model="bytepiece_80k",
    ),
    "sample": Case(
        "sample",
        ("ours", "ours-numpy", REFERENCE),
        ("en documents", "zh documents"),
        "Sampling with alpha 0.5, bytepiece_80k, one thread.",
        model="bytepiece_80k",
        must_agree=(("ours", REFERENCE),),
        alpha=0.5,
    ),
    "load": Case(
        "load",
        ("ours", REFERENCE, "sentencepiece"),
        (),
        "Loading id.eu.plus.80k (79,826 pieces).",
        model="bytepiece.id.eu.plus.80k",
    ),
}
