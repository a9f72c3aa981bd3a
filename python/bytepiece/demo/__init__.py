"""`bytepiece demo`: trains on the bundled text, encodes held-out text, compares with SentencePiece if installed.

Goes in: `train.jsonl` and `heldout.jsonl` beside this file (origin and licences: LICENSES.md); the held-out documents
come from sources that training never saw. Comes out: a table on stdout and, with `--output`, the model. Cost: seconds.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import platform
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Sequence

from bytepiece.demo._engines import BytePiece, Engine, SentencePiece, fastest

FOLDER = pathlib.Path(__file__).parent
TRAIN, HELDOUT = FOLDER / "train.jsonl", FOLDER / "heldout.jsonl"

Documents = dict[str, list[str]]


def read(path: pathlib.Path) -> Documents:
    """The texts of a bundled file by domain."""
    documents: Documents = {}
    with open(path, encoding="utf-8", newline="\n") as stream:
        for line in stream:
            document = json.loads(line)
            documents.setdefault(document["domain"], []).append(document["text"])
    return documents


def size(texts: Sequence[str]) -> int:
    return sum(len(text.encode()) for text in texts)


def main(argv: Sequence[str] | None = None) -> int:
    """The program; 0 when every text survives the round trip."""
    arguments = parse(argv)
    heldout = read(HELDOUT)
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.output or pathlib.Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        engines: list[Engine] = [BytePiece(folder / "demo.model", arguments.vocab_size, arguments.threads)]
        if importlib.util.find_spec("sentencepiece"):
            engines.append(SentencePiece(folder / "sentencepiece", arguments.vocab_size, arguments.threads))
        print(machine(engines), "\n", describe(heldout), "\n", sep="", flush=True)
        for engine in engines:
            engine.train(TRAIN, [text for texts in read(TRAIN).values() for text in texts])
        print(table(engines, heldout))
        lost = losses(engines[0], [text for texts in heldout.values() for text in texts])
    if len(engines) == 1:
        print("\nSentencePiece is not installed: `pip install sentencepiece`, then run this again to compare.")
    if arguments.output:
        print(f"\nModel: {folder / 'demo.model'}")
    if lost:
        print(f"\n{lost} held-out documents did not survive the round trip.", file=sys.stderr)
    return 1 if lost else 0


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bytepiece demo",
        description="Train on the bundled text, encode held-out text, compare with SentencePiece.",
        epilog="example: bytepiece demo --vocab-size 8000 --output demo-out",
    )
    parser.add_argument("--vocab-size", type=int, default=8000, help="size of the vocabulary (default: 8000)")
    parser.add_argument("--threads", type=int, default=None, help="threads for training (default: all cores)")
    parser.add_argument(
        "--output", type=pathlib.Path, default=None, help="folder to keep the model in (default: none kept)"
    )
    return parser.parse_args(argv)


def machine(engines: Sequence[Engine]) -> str:
    versions = [f"{engine.name} {importlib.metadata.version(engine.name.lower())}" for engine in engines]
    versions.append(f"{platform.python_implementation()} {platform.python_version()}")
    return f"{', '.join(versions)}; {platform.system()} {platform.machine()}, {os.cpu_count()} cores"


def describe(heldout: Documents) -> str:
    train = [text for texts in read(TRAIN).values() for text in texts]
    held = [text for texts in heldout.values() for text in texts]
    return (
        f"training text: {len(train)} documents, {size(train) / 1e6:.2f} MB ({', '.join(heldout)} in equal parts)\n"
        f"held-out text: {len(held)} documents, {size(held) / 1e6:.2f} MB, from other sources"
    )


def table(engines: Sequence[Engine], heldout: Documents) -> str:
    """One column an engine."""
    texts = [text for part in heldout.values() for text in part]

    def bytes_per_token(part: Sequence[str]) -> Callable[[Engine], str]:
        return lambda engine: f"{size(part) / engine.count_tokens(part):.3f}"

    rows: list[tuple[str, Callable[[Engine], str]]] = [
        ("pieces in the vocabulary", lambda engine: f"{engine.vocab_size:,}"),
        ("training, seconds", lambda engine: f"{engine.seconds:.2f}"),
        *((f"bytes per token, {domain}", bytes_per_token(part)) for domain, part in heldout.items()),
        ("bytes per token, all", bytes_per_token(texts)),
        ("encoding, MB/s on one thread", lambda engine: f"{speed(engine, texts):.1f}"),
        ("documents that decode to themselves", lambda engine: f"{len(texts) - losses(engine, texts)} of {len(texts)}"),
    ]
    lines = [" " * 36 + "".join(f"{engine.name:>15}" for engine in engines)]
    lines += [f"{label:<36}" + "".join(f"{value(engine):>15}" for engine in engines) for label, value in rows]
    return "\n".join(lines)


def speed(engine: Engine, texts: Sequence[str]) -> float:
    return size(texts) / fastest(lambda: engine.count_tokens(texts)) / 1e6


def losses(engine: Engine, texts: Sequence[str]) -> int:
    """How many texts differ, in NFC, from what their ids decode to."""
    return sum(unicodedata.normalize("NFC", text) != engine.round_trip(text) for text in texts)
