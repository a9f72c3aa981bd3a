"""`bytepiece train`: files to a model."""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

from bytepiece._bytepiece import Jsonl, Text, Trainer, _find, _write_atomically
from bytepiece.cli import streams
from bytepiece.cli.options import Formatter, add_field, format_of
from bytepiece.corpus import Parquet

EXAMPLE = """\
example:
  bytepiece train corpus.txt more.jsonl.gz folder '*.parquet' --vocab-size 8000,32000 --output my.model
  writes my.model.32000 and my.model.8000 (with one size: my.model)
"""


def add(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "train", help="train a vocabulary on files", description=__doc__, epilog=EXAMPLE, formatter_class=Formatter
    )
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="text file; .jsonl or .parquet; folder or pattern; .gz, .zst, .bz2 or .xz may follow",
    )
    parser.add_argument(
        "-o", "--output", required=True, metavar="MODEL", help="file to write; with several sizes, MODEL.SIZE"
    )
    parser.add_argument(
        "--vocab-size",
        type=sizes,
        default=[10000],
        metavar="N[,N...]",
        help="sizes wanted, special tokens included (default: 10000)",
    )
    parser.add_argument("--order", type=int, default=6, help="longest n-gram counted, in bytes (default: 6)")
    parser.add_argument("--min-count", type=int, default=2, help="least count of n-grams and pieces (default: 2)")
    parser.add_argument("--max-piece-length", type=int, default=36, help="longest piece, in bytes (default: 36)")
    add_knobs(parser)
    add_objective(parser)
    parser.add_argument("--compat", action="store_true", help="the same bytes as bytepiece 0.6.3")
    parser.add_argument(
        "--format", choices=["text", "jsonl", "parquet"], help="of all inputs (default: by their names)"
    )
    add_field(parser)
    parser.add_argument(
        "--errors",
        choices=["raise", "replace", "skip"],
        default="raise",
        help="what to do with documents that are not UTF-8, or broken (default: raise)",
    )
    parser.add_argument(
        "--split", choices=["line", "paragraph"], help="documents in text files (default: the file is one)"
    )
    parser.add_argument("--threads", type=int, help="(default: all cores)")
    parser.add_argument("--max-ngrams", type=int, default=100_000_000, help="most n-grams kept (default: 100000000)")
    parser.add_argument(
        "--memory-limit",
        type=memory,
        metavar="SIZE",
        help="such as 2GB, or a share such as 0.5 (default: half of what is free)",
    )
    parser.add_argument("--temp-dir", metavar="DIR", help="for what memory has no room for (default: the system's)")
    parser.add_argument(
        "--checkpoint", metavar="DIR", help="keep what is needed to go on after a crash, by the same command"
    )
    parser.add_argument(
        "--checkpoint-every", type=float, default=60.0, metavar="SECONDS", help="time between two saves (default: 60)"
    )
    parser.add_argument("--report", metavar="FILE", help="write what the training did there, as JSON")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    parser.set_defaults(run=run)


def add_objective(parser: argparse.ArgumentParser) -> None:
    """What the vocabulary is to be good at."""
    parser.add_argument(
        "--objective",
        choices=["tokens", "entropy", "frequency"],
        help="few tokens, a short code, or 0.6.3's most frequent pieces (default: tokens; with --compat frequency)",
    )
    parser.add_argument(
        "--ensure-unicode",
        action=argparse.BooleanOptionalAction,
        help="pieces are whole characters (default: with --objective frequency only)",
    )
    parser.add_argument(
        "--no-cover-scripts", action="store_true", help="do not count letters of scripts the text has not"
    )
    parser.add_argument("--strict", action="store_true", help="too little text for the size is an error")


def add_knobs(parser: argparse.ArgumentParser) -> None:
    """What pieces there are, and what the size counts beside them."""
    parser.add_argument(
        "--digits",
        choices=["free", "single", "groups"],
        default="free",
        help="in pieces: like other characters, each alone, or up to three and nothing else (default: free)",
    )
    parser.add_argument(
        "--isolate-digits", dest="digits", action="store_const", const="single", help="the same as --digits single"
    )
    parser.add_argument(
        "--no-cross-words", action="store_true", help="no piece goes on behind the end of a word (UAX #29)"
    )
    parser.add_argument(
        "--normalization",
        choices=["nfc", "nfkc", "none"],
        default="nfc",
        help="of text, here and wherever the model is used (default: nfc)",
    )
    parser.add_argument(
        "--required-piece",
        action="append",
        default=[],
        metavar="PIECE",
        help="kept whatever its count; may be repeated",
    )
    parser.add_argument("--forbidden", metavar="REGEX", help="no piece has text that matches")
    parser.add_argument(
        "--special-token", action="append", default=[], metavar="TOKEN", help="such as <|user|>; may be repeated"
    )
    parser.add_argument(
        "--reserved-tokens",
        type=int,
        default=0,
        metavar="N",
        help="more special tokens: <reserved_0>, ... (default: 0)",
    )
    parser.add_argument(
        "--multiple-of", type=int, default=1, metavar="N", help="what the size is a multiple of (default: 1)"
    )


def sizes(text: str) -> list[int]:
    """Sizes separated by commas."""
    return [int(size) for size in text.split(",")]


def memory(text: str) -> str | float:
    """A size in words; a number with a point and no unit is a share."""
    try:
        return float(text) if "." in text else text
    except ValueError:
        return text


def run(options: argparse.Namespace) -> None:
    """Train and save."""
    trainer = Trainer(
        order=options.order,
        max_vocab_size=options.vocab_size,
        max_piece_length=options.max_piece_length,
        min_count=options.min_count,
        digits=options.digits,
        cross_words=not options.no_cross_words,
        normalization=options.normalization,
        required_pieces=options.required_piece,
        forbidden=options.forbidden,
        special_tokens=options.special_token,
        reserved_tokens=options.reserved_tokens,
        multiple_of=options.multiple_of,
        ensure_unicode=options.ensure_unicode,
        objective=options.objective,
        cover_scripts=not options.no_cover_scripts,
        strict=options.strict,
        compat=options.compat,
        threads=options.threads,
        max_ngrams=options.max_ngrams,
        memory_limit=options.memory_limit,
        temp_dir=options.temp_dir,
        checkpoint=options.checkpoint,
        checkpoint_every=options.checkpoint_every,
        progress=False if options.quiet else None,
    )
    texts = corpus(options)
    for path in (
        [options.output] if len(options.vocab_size) == 1 else [f"{options.output}.{n}" for n in options.vocab_size]
    ):
        streams.writable(path)
    if options.report:
        streams.writable(options.report)
    with warnings_shown():
        trainer.train(texts)
    unread(texts)
    trainer.save(options.output)
    if options.report:
        _write_atomically(options.report, json.dumps(trainer.report, indent=2).encode() + b"\n")


@contextlib.contextmanager
def warnings_shown() -> Iterator[None]:
    """Warnings of the training go to stderr: of a small disk, and of how to go on after an error."""
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter("bytepiece: %(message)s"))
    logger = logging.getLogger("bytepiece.train")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def corpus(options: argparse.Namespace) -> dict[str, Text | Jsonl | Parquet]:
    """The inputs as a source for each format: counts do not depend on the order of documents."""
    paths: dict[str, list[str]] = {"text": [], "jsonl": [], "parquet": []}
    for path in _find(options.inputs, ""):
        paths[options.format or format_of(path)[0]].append(path)
    errors = options.errors
    sources: dict[str, Text | Jsonl | Parquet] = {}
    if paths["text"]:
        sources["text"] = Text(paths["text"], split=options.split, errors=errors)
    if paths["jsonl"]:
        sources["jsonl"] = Jsonl(paths["jsonl"], field=options.field, errors=errors)
    if paths["parquet"]:
        sources["parquet"] = Parquet(paths["parquet"], field=options.field, errors=errors)
    return sources


def unread(sources: dict[str, Text | Jsonl | Parquet]) -> None:
    """Says what could not be read."""
    for name, reader in sources.items():
        report = reader.report
        for reason, count in report["skipped"].items():
            print(f"{name}: {count} documents left out: {reason}", file=sys.stderr)
        if report["replaced"]:
            print(f"{name}: {report['replaced']} invalid sequences replaced by U+FFFD", file=sys.stderr)
        for words in report["first"][:3]:
            print(f"  {words}", file=sys.stderr)
