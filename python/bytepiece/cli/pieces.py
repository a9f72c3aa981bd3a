"""Pieces as people read them, and lists of those that are searched for."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bytepiece._bytepiece import Tokenizer
from bytepiece.cli.encode import ESCAPES, escape

SIGNS = ESCAPES | {ord(" "): "␣", ord("\n"): "⏎", ord("\t"): "→", ord("\\"): "\\"}
"""What stands for white space; other characters that cannot be seen are escaped as `encode --format pieces` does."""


def readable(piece: bytes) -> str:
    r"""A piece on one line; bytes that are not UTF-8 as `\\xNN`."""
    return piece.decode("utf-8", "backslashreplace").translate(SIGNS)


def columns(rows: Sequence[tuple[str, ...]], last_left: bool = True) -> str:
    """Rows of cells, to the right, but the last column, which may be of any width."""
    if not rows:
        return ""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        if last_left:
            cells[-1] = row[-1]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"


class Piece(NamedTuple):
    """A piece of a model."""

    id: int
    number: int
    """How often training met it."""
    script: str
    piece: bytes


ORDERS: dict[str, Callable[[Piece], Any]] = {
    "count": lambda one: (-one.number, one.id),
    "id": lambda one: one.id,
    "length": lambda one: (-len(one.piece), one.id),
    "piece": lambda one: one.piece,
    "script": lambda one: (one.script, -one.number, one.id),
}
"""What pieces are sorted by."""


def listing(options: argparse.Namespace, most: int) -> str:
    """The pieces that are asked for, as a table or JSON."""
    limit = most if options.limit is None else options.limit
    if limit < 0:
        raise ValueError(f"--limit must be 0 or more, not {limit}")
    found = sorted(filter(wanted(options), pieces_of(Path(options.model))), key=ORDERS[options.sort or "id"])
    shown = found[:limit] if limit else found
    if options.json:
        rows = [
            {
                "id": one.id,
                "count": one.number,
                "bytes": len(one.piece),
                "script": one.script,
                "piece": escape(one.piece),
            }
            for one in shown
        ]
        return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
    table = [(str(one.id), f"{one.number:,}", str(len(one.piece)), one.script, readable(one.piece)) for one in shown]
    rest = f"{len(found):,} pieces" + (f", {len(shown):,} of them shown" if len(shown) < len(found) else "")
    return columns([("id", "count", "bytes", "script", "piece"), *table]) + rest + "\n"


def pieces_of(path: Path) -> list[Piece]:
    """All pieces of a model."""
    from bytepiece.evaluation import _scripts

    tokenizer = Tokenizer(path)
    entries = [value for value in json.loads(path.read_bytes()).values() if isinstance(value, list)]
    pieces: Any = tokenizer.ids_to_pieces([entry[0] for entry in entries])
    scripts = _scripts.names_of(pieces)
    return [
        Piece(entry[0], entry[-1], script, piece) for entry, script, piece in zip(entries, scripts, pieces, strict=True)
    ]


def wanted(options: argparse.Namespace) -> Callable[[Piece], bool]:
    """Whether a piece is what was asked for."""
    from bytepiece.evaluation import _scripts

    text = (options.search or "").encode()
    try:
        pattern = re.compile(options.regex or "")
    except re.error as error:
        raise ValueError(f"--regex {options.regex!r} is no regular expression: {error}") from None
    script = options.script and options.script.lower()
    names = [*_scripts.CLASSES, _scripts.PARTS]
    known = [name.lower() for name in names]
    if script is not None and script not in known:
        raise ValueError(f"--script {options.script!r} is not known: there are {', '.join(names)}")

    def is_wanted(one: Piece) -> bool:
        if text not in one.piece or script not in (None, one.script.lower()):
            return False
        return not options.regex or bool(pattern.search(one.piece.decode("utf-8", "surrogateescape")))

    return is_wanted
