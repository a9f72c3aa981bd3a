"""`bytepiece diff`: what two vocabularies have in common, and what not."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from bytepiece.cli import streams
from bytepiece.cli.options import Formatter
from bytepiece.cli.pieces import columns, readable

if TYPE_CHECKING:
    from bytepiece.evaluation._compare import Comparison, Side

EXAMPLE = """\
A and B are models of bytepiece or SentencePiece, a tokenizer.json, or ranks of tiktoken; pieces are compared as bytes.
A rank is by count for bytepiece's models, by id for others. A space is shown as ␣, a newline as ⏎, a tab as →.

example:
  bytepiece diff old.model new.model
  bytepiece diff --json my.model tokenizer.json
"""


def add(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "diff", help="compare two vocabularies", description=__doc__, epilog=EXAMPLE, formatter_class=Formatter
    )
    parser.add_argument("a", metavar="A", help="a tokenizer's file")
    parser.add_argument("b", metavar="B", help="another one")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="pieces shown of each kind (default: 20)")
    parser.add_argument("--json", action="store_true", help="write JSON, with all pieces")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Compare and write."""
    from bytepiece.evaluation._compare import compare
    from bytepiece.evaluation._load import load

    if options.limit < 0:
        raise ValueError(f"--limit must be 0 or more, not {options.limit}")
    found = compare(load(options.a, None), load(options.b, None))
    if options.json:
        streams.write(json.dumps(found.to_dict(), ensure_ascii=False, indent=1).encode() + b"\n")
    else:
        streams.write(words(found, options.limit).encode())


def words(found: Comparison, limit: int) -> str:
    """The comparison for people."""
    a, b = found.a, found.b
    rho = "–" if found.rank_correlation is None else f"{found.rank_correlation:.3f}"
    parts = [
        f"A: {a.name} ({a.kind}), {a.pieces:,} pieces of {a.mean_bytes:.2f} bytes on average\n"
        f"B: {b.name} ({b.kind}), {b.pieces:,} pieces of {b.mean_bytes:.2f} bytes on average\n"
        f"shared: {found.shared:,} ({share(found.shared, a)} of A, {share(found.shared, b)} of B, "
        f"{100 * found.jaccard:.1f} % of all); correlation of their ranks {rho}\n"
    ]
    for name, side in (("A", a), ("B", b)):
        shown = "  ".join(map(readable, side.only[:limit]))
        parts.append(
            f"only in {name}: {len(side.only):,} ({share(len(side.only), side)})"
            + (f"\n  {shown}\n" if shown else "\n")
        )
    if moved := [row for row in found.moved if row[1] != row[2]][:limit]:
        rows = [("A", "B", "moved most"), *((f"{x:,}", f"{y:,}", readable(piece)) for piece, x, y in moved)]
        parts.append(columns(rows))
    parts.append(both("bytes", {str(n): c for n, c in a.lengths.items()}, {str(n): c for n, c in b.lengths.items()}))
    parts.append(both("script", a.scripts, b.scripts))
    return "\n".join(parts)


def share(count: int, side: Side) -> str:
    """A share of a vocabulary."""
    return f"{100 * count / max(side.pieces, 1):.1f} %"


def both(title: str, a: dict[str, int], b: dict[str, int]) -> str:
    """Counts of both side by side: numbers in their order, names by what there is most of."""
    keys = [*dict.fromkeys([*a, *b])]
    keys.sort(key=lambda key: int(key) if key.isdigit() else -max(a.get(key, 0), b.get(key, 0)))
    rows = [("A", "B", title), *((f"{a.get(key, 0):,}", f"{b.get(key, 0):,}", key) for key in keys)]
    return columns(rows)
