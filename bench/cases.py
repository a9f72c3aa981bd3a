"""The cases by name: what is run, by which engines, and where their answers must agree."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bench.texts import DOMAINS


@dataclass(frozen=True)
class Case:
    """One comparison."""

    kind: str
    """train, encode, single (a call for each text), sample, files or load; `own` trains each engine first and then encodes
    with its own model."""
    engines: tuple[str, ...]
    texts: tuple[str, ...]
    what: str
    """One sentence for the table's caption."""
    model: str | None = None
    """A published model; engines named sentencepiece get its conversion, tiktoken ranks of its own."""
    must_agree: tuple[tuple[str, str], ...] = ()
    """Pairs of engines whose answers must be equal, or nothing is timed."""
    report: tuple[tuple[str, str], ...] = ()
    """Pairs whose share of different answers goes into the record."""
    checked_by: str | None = None
    """An engine that is not timed, whose answers must be those of the first one; where it is missing, that is said."""
    ratio: tuple[str, str] | None = None
    """Two engines: the table has a column with how many times as fast the first one is."""
    training: dict[str, Any] = field(default_factory=dict)
    alpha: float = 0.0
    times: int = 1
    """How many times over the texts are encoded from their file."""
    large: bool = False
    """Takes minutes or much memory: run if it is named, or with --large."""


DOCUMENTS = tuple(f"{domain} documents" for domain in DOMAINS)
LINES = tuple(f"{domain} lines" for domain in DOMAINS)
SMALL = {"order": 6, "vocab_size": 8000, "threads": 2}
LARGE = {"order": 6, "vocab_size": 32000, "threads": 2}
REFERENCE = "bytepiece-0.6.3"
FAST = ("ours-numpy", "sentencepiece")
TIES = ("runs of newlines", "runs of =", "runs of spaces", "runs of a")

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
        ("ours-frequency", "ours-compat", REFERENCE),
        ("shared 2 MB",),
        "Training on 2 MB of the shared corpora, order 6, 32,000 pieces, two threads (0.6.3: two processes).",
        must_agree=(("ours-compat", REFERENCE),),
        training=LARGE,
        large=True,
    ),
    "train-46MB": Case(
        "train",
        ("ours", "ours-frequency", "ours-compat"),
        ("shared 46 MB",),
        "Training on the four shared corpora (46 MB), order 6, 32,000 pieces, two threads.",
        training=LARGE,
        large=True,
    ),
    "train-peers": Case(
        "train",
        ("ours", "ours-frequency", "ours-600MB", "sentencepiece-bpe", "sentencepiece", "tokenizers"),
        ("shared 46 MB",),
        "Training on the four shared corpora (46 MB), 32,000 pieces, two threads: ours at order 6, refined, without "
        "refinement, and that in 600 MB; SentencePiece BPE with its defaults, and unigram; tokenizers BPE over whole lines.",
        must_agree=(("ours-frequency", "ours-600MB"),),
        training=LARGE,
        large=True,
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
        ("ours", "ours-numpy", "ours-portable", REFERENCE),
        DOCUMENTS,
        "Encoding documents with bytepiece_80k on one thread.",
        model="bytepiece_80k",
        must_agree=(("ours", REFERENCE), ("ours-numpy", REFERENCE), ("ours-portable", REFERENCE)),
    ),
    "encode-160k": Case(
        "encode",
        ("ours-numpy", "ours-portable"),
        LINES,
        "Encoding lines with plus.160k, which SentencePiece cannot hold, on one thread.",
        model="bytepiece.plus.160k",
        must_agree=(("ours-numpy", "ours-portable"),),
        checked_by=REFERENCE,
    ),
    "encode-sentencepiece": Case(
        "encode",
        ("ours", "ours-numpy", "ours-portable", "sentencepiece"),
        LINES,
        "Encoding lines with id.eu.plus.80k and its conversion to SentencePiece, one call, one thread.",
        model="bytepiece.id.eu.plus.80k",
        must_agree=(("ours", "ours-numpy"), ("ours", "ours-portable")),
        report=(("ours", "sentencepiece"),),
        checked_by=REFERENCE,
        ratio=FAST,
    ),
    "ties": Case(
        "encode",
        ("ours-numpy", "ours-portable", "sentencepiece"),
        TIES,
        "Runs of 1 to 1,400 of one character, each a text: many paths of the same score. id.eu.plus.80k, one thread.",
        model="bytepiece.id.eu.plus.80k",
        must_agree=(("ours-numpy", "ours-portable"),),
        checked_by=REFERENCE,
        ratio=FAST,
    ),
    "single": Case(
        "single",
        ("ours", "sentencepiece", "tiktoken"),
        ("50 characters",),
        "A call for each 50 characters of English: id.eu.plus.80k; tiktoken with the pattern of GPT-2 and 50,000 ranks "
        "that bpeasy learned from the shared corpora.",
        model="bytepiece.id.eu.plus.80k",
        checked_by=REFERENCE,
    ),
    "document-sizes": Case(
        "encode",
        ("ours-numpy", "ours-2-threads", "sentencepiece"),
        ("100-byte documents", "10 KB documents"),
        "The same text in documents of 100 bytes and of 10,000: id.eu.plus.80k, one call, one thread but where it is said.",
        model="bytepiece.id.eu.plus.80k",
        must_agree=(("ours-numpy", "ours-2-threads"),),
        checked_by=REFERENCE,
        ratio=FAST,
    ),
    "threads": Case(
        "encode",
        ("ours-numpy", "ours-2-threads", "ours-all-threads"),
        ("shared 46 MB",),
        "The four shared corpora (46 MB) with id.eu.plus.80k on one, two and all threads.",
        model="bytepiece.id.eu.plus.80k",
        must_agree=(("ours-numpy", "ours-2-threads"), ("ours-numpy", "ours-all-threads")),
        ratio=("ours-2-threads", "ours-numpy"),
        large=True,
    ),
    "files": Case(
        "files",
        ("ours-numpy", "ours-2-threads"),
        ("shared 46 MB",),
        "From a JSONL file (`encode_files`) and from memory (`encode_batch`): the four shared corpora, id.eu.plus.80k.",
        model="bytepiece.id.eu.plus.80k",
        large=True,
    ),
    "files-2GB": Case(
        "files",
        ("ours-2-threads",),
        ("shared 46 MB",),
        "The same, 44 times over: 2 GB.",
        model="bytepiece.id.eu.plus.80k",
        times=44,
        large=True,
    ),
    "encode-long": Case(
        "encode",
        ("ours", "ours-numpy"),
        ("3 MB in one line", "3 MB in lines"),
        "One text of 3 MB without a newline, and the same text in lines: bytepiece_80k, one thread.",
        model="bytepiece_80k",
        must_agree=(("ours", "ours-numpy"),),
    ),
    **{
        f"sample-{alpha}": Case(
            "sample",
            ("ours", "ours-numpy", REFERENCE, "sentencepiece"),
            ("en lines", "zh lines"),
            f"Sampling with alpha {alpha}, id.eu.plus.80k, one thread; SentencePiece with nbest_size=-1.",
            model="bytepiece.id.eu.plus.80k",
            must_agree=(("ours", REFERENCE), ("ours", "ours-numpy")),
            alpha=alpha,
            ratio=FAST,
        )
        for alpha in (0.1, 0.5)
    },
    **{
        f"load-{size}": Case(
            "load",
            ("ours", REFERENCE, *others),
            (),
            f"Loading {model} ({pieces} pieces).",
            model=model,
        )
        for size, model, pieces, others in (
            ("80k", "bytepiece.id.eu.plus.80k", "79,826", ("sentencepiece",)),
            ("160k", "bytepiece.plus.160k", "159,843", ()),
        )
    },
}
