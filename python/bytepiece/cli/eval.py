"""`bytepiece eval`: how good tokenizers are on texts."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from itertools import chain
from typing import Any

from bytepiece.cli import streams, train
from bytepiece.cli.options import Formatter, add_field

EXAMPLE = """\
MODEL is a model of bytepiece or SentencePiece, a tokenizer.json, or a rank file of tiktoken, with NAME= before it if
it should have a name of its own. The first one is what the others' gain is over. Other libraries: pip install
"bytepiece[eval]".
Figures are of the text in Unicode's normal form C; intervals are of 95 %, by bootstrap over documents. dead: pieces of
two bytes or more that do not occur; one doc: those that occur in one document only. SentencePiece pays one token for
each newline.

example:
  bytepiece eval my.model --corpus zh=zh.jsonl en=en.jsonl.gz
  bytepiece eval my.model peer=tokenizer.json sp.model --corpus all=folder --html report.html --json report.json
"""


def add(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "eval", help="compare tokenizers on texts", description=__doc__, epilog=EXAMPLE, formatter_class=Formatter
    )
    parser.add_argument("models", nargs="+", metavar="MODEL", help="a tokenizer's file, or NAME=FILE")
    parser.add_argument(
        "--corpus",
        nargs="+",
        action="extend",
        required=True,
        metavar="NAME=PATH",
        help="text file; .jsonl or .parquet; folder or pattern; .gz, .zst, .bz2 or .xz may follow",
    )
    parser.add_argument(
        "--format", choices=["text", "jsonl", "parquet"], help="of all corpora (default: by their names)"
    )
    add_field(parser)
    parser.add_argument(
        "--split",
        choices=["line", "paragraph"],
        help="documents in text files (default: the file is one, without interval)",
    )
    parser.add_argument(
        "--errors",
        choices=["raise", "replace", "skip"],
        default="raise",
        help="what to do with broken documents (default: raise)",
    )
    parser.add_argument("--json", metavar="FILE", help="write everything as JSON; - is stdout, instead of the table")
    parser.add_argument(
        "--html", metavar="FILE", help="write a report with plots and texts, one page that needs nothing else"
    )
    parser.add_argument("--documents", type=int, metavar="N", help="take the first N of each corpus (default: all)")
    parser.add_argument(
        "--sample", type=int, default=2, metavar="N", help="texts of each corpus in the report (default: 2)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the intervals (default: 0)")
    parser.add_argument("--threads", type=int, help="(default: all cores)")
    parser.add_argument("--pattern", metavar="REGEX", help="how text is cut for rank files (default: as cl100k_base)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Measure and write."""
    from bytepiece.evaluation import evaluate

    for path in (options.json, options.html):
        if path and path != "-":
            streams.writable(path)
    sources = {name: sources_of(path, options) for name, path in named(options.corpus, "--corpus")}
    result = evaluate(
        models(options.models),
        {name: joined(parts) for name, parts in sources.items()},
        documents=options.documents,
        samples=options.sample,
        seed=options.seed,
        threads=options.threads,
        pattern=options.pattern,
    )
    for parts in sources.values():
        train.unread(parts)
    if options.html:
        result.save_html(options.html)
    if options.json and options.json != "-":
        result.save_json(options.json)
    streams.write((result.to_json() if options.json == "-" else str(result)).encode() + b"\n")


def named(arguments: list[str], option: str) -> list[tuple[str, str]]:
    """Pairs of a name and a path; without a name it is the last part of the path."""
    pairs: list[tuple[str, str]] = []
    for argument in arguments:
        name, _, path = (
            ("", "", argument) if os.path.exists(argument) or "=" not in argument else argument.partition("=")
        )
        name = name or os.path.basename(os.path.normpath(path))
        if name in dict(pairs):
            raise ValueError(f"{option}: {name!r} is there twice: put another name before one of them, NAME={path}")
        pairs.append((os.fsencode(name).decode("utf-8", "replace"), path))
    return pairs


def models(arguments: list[str]) -> dict[str, str]:
    """The tokenizers by name, each file looked at before the work starts."""
    found = dict(named(arguments, "MODEL"))
    streams.readable(found.values())
    return found


def sources_of(path: str, options: argparse.Namespace) -> dict[str, Any]:
    """The readers of a corpus by format, as `bytepiece train` makes them."""
    return dict(train.corpus(argparse.Namespace(**vars(options) | {"inputs": [path]})))


def joined(parts: dict[str, Any]) -> Iterable[Any]:
    """One reader for all of them."""
    readers = list(parts.values())
    return readers[0] if len(readers) == 1 else chain.from_iterable(readers)
