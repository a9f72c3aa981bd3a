"""`bytepiece inspect`: what a model is like, and which pieces it has."""

from __future__ import annotations

import argparse
import errno
import hashlib
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

from bytepiece._bytepiece import Tokenizer
from bytepiece.cli import streams
from bytepiece.cli.encode import escape
from bytepiece.cli.options import Formatter, utf8
from bytepiece.cli.pieces import ORDERS, listing

EXAMPLE = """\
With one of --search, --regex, --script, --sort or --limit the pieces that match are listed, in the order of their ids
unless --sort says otherwise. A space is shown as ␣, a newline as ⏎, a tab as →, bytes that are not UTF-8 as \\xNN.

example:
  bytepiece inspect my.model
  bytepiece inspect --json my.model
  bytepiece inspect my.model --search the --sort count
  bytepiece inspect my.model --script Han --regex '^.{4,}$' --sort length --limit 0
"""
SHOWN = 10
"""How many of the longest and of the most frequent pieces are shown."""
LISTED = 50
"""How many pieces are listed unless another number is asked for."""


def add(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "inspect", help="what a model is like", description=__doc__, epilog=EXAMPLE, formatter_class=Formatter
    )
    parser.add_argument("model", metavar="MODEL", help="model file")
    parser.add_argument("--json", action="store_true", help="write JSON")
    parser.add_argument("--search", type=utf8, metavar="TEXT", help="list the pieces that have this text in them")
    parser.add_argument(
        "--regex", type=utf8, metavar="REGEX", help="list the pieces in which this regular expression is found"
    )
    parser.add_argument("--script", help="list the pieces whose first letter is of this script, such as Latin or Han")
    parser.add_argument("--sort", choices=sorted(ORDERS), help="list the pieces in this order")
    parser.add_argument("--limit", type=int, metavar="N", help=f"list so many pieces, 0 for all (default: {LISTED})")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Describe the model."""
    if os.path.exists(options.model) and not os.path.isfile(options.model) and not os.path.isdir(options.model):
        raise OSError(errno.EINVAL, "it is read twice, so it must be a file, not a pipe or a device", options.model)
    if any(value is not None for value in (options.search, options.regex, options.script, options.sort, options.limit)):
        streams.write(listing(options, LISTED).encode())
        return
    report = describe(Path(options.model))
    if options.json:
        streams.write(json.dumps(report, ensure_ascii=False, indent=2).encode() + b"\n")
    else:
        streams.write(table(report).encode())


def describe(path: Path) -> dict[str, Any]:
    """Everything that is shown, in the order it is shown."""
    tokenizer = Tokenizer(path)
    data = path.read_bytes()
    entries = [value for value in json.loads(data).values() if isinstance(value, list)]  # what is none is metadata
    counts = {escape(tokenizer.id_to_piece(entry[0])): entry[-1] for entry in entries}
    pieces = [piece for piece in tokenizer.get_vocab() if isinstance(piece, bytes)]
    longest = sorted(pieces, key=lambda piece: (-len(piece), piece))[:SHOWN]
    frequent = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:SHOWN]
    lengths = Counter(map(len, pieces))
    return {
        "path": os.fsencode(path).decode("utf-8", "replace"),
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "vocab_size": tokenizer.vocab_size,
        "normalization": tokenizer.normalization,
        "special_tokens": {escape(token): id for token, id in tokenizer.special_tokens.items()},
        "total_count": sum(counts.values()),
        "pieces_that_split_characters": sum(map(splits_characters, pieces)),
        "pieces_by_length": {length: lengths[length] for length in sorted(lengths)},
        "longest": {escape(piece): len(piece) for piece in longest},
        "most_frequent": dict(frequent),
    }


def splits_characters(piece: bytes) -> bool:
    """Whether a piece of several bytes is not whole characters."""
    if len(piece) == 1:
        return False
    try:
        piece.decode()
    except UnicodeDecodeError:
        return True
    return False


def table(report: dict[str, Any]) -> str:
    """The report for people."""
    out = []
    for key, value in report.items():
        name = key.replace("_", " ")
        if isinstance(value, dict):
            out.append(f"{name}:")
            width = max(len(str(row)) for row in value)
            out += [f"  {row!s:>{width}}  {number:,}" for row, number in value.items()]
        else:
            out.append(f"{name}: {value:,}" if isinstance(value, int) else f"{name}: {value}")
    return "\n".join(out) + "\n"
