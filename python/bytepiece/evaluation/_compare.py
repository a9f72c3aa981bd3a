"""What two vocabularies have in common, and what not.

In: two engines of any library. Out: a `Comparison`. Pieces are compared as bytes, so a piece is the same whatever a
library calls it. A rank is the place of a piece in its vocabulary's own order: by count for ours, by id for others.
Cost: linear, but for sorting.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from typing import Any

import numpy as np

from bytepiece.evaluation import _scripts
from bytepiece.evaluation._engine import Engine
from bytepiece.evaluation._result import plain


@dataclasses.dataclass(frozen=True)
class Side:
    """One of the two."""

    name: str
    kind: str
    pieces: int
    """Distinct ones that stand for text."""
    only: list[bytes]
    """Those that the other has not, by rank."""
    mean_bytes: float
    lengths: dict[int, int]
    """Pieces by their bytes."""
    scripts: dict[str, int]
    """Pieces by script, as `ScriptCounts` has them, the most first."""


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Two vocabularies beside each other."""

    a: Side
    b: Side
    shared: int
    """Pieces that both have."""
    jaccard: float
    """These over the pieces that at least one has."""
    rank_correlation: float | None
    """Spearman's, of the ranks of these; None for fewer than two."""
    moved: list[tuple[bytes, int, int]]
    """Those of these with two bytes or more, with their ranks in both, from 1 on: the largest quotient first."""

    def to_dict(self) -> dict[str, Any]:
        """Everything, as what JSON has; bytes that are not UTF-8 in hexadecimal under `hex`."""
        content = dataclasses.asdict(self)
        for side in ("a", "b"):
            content[side]["only"] = [plain(piece) for piece in content[side]["only"]]
        content["moved"] = [[plain(piece), *ranks] for piece, *ranks in content["moved"]]
        return content


def compare(a: Engine, b: Engine) -> Comparison:
    """Compare two vocabularies."""
    ranks = [ranked(engine) for engine in (a, b)]
    shared = [piece for piece in ranks[0] if piece in ranks[1]]
    both = [(piece, ranks[0][piece], ranks[1][piece]) for piece in shared]
    moved = [row for row in both if len(row[0]) > 1]
    moved.sort(key=lambda row: (-abs(math.log(row[1] / row[2])), min(row[1], row[2])))
    return Comparison(
        side(a, *ranks),
        side(b, *reversed(ranks)),
        len(shared),
        len(shared) / max(len(ranks[0] | ranks[1]), 1),
        correlation([row[1] for row in both], [row[2] for row in both]),
        moved,
    )


def ranked(engine: Engine) -> dict[bytes, int]:
    """The rank of each piece, from 1 on; the first of equal ones."""
    pieces = dict.fromkeys(engine.pieces[id] for id in engine.order())
    return {piece: rank for rank, piece in enumerate(pieces, 1)}


def side(engine: Engine, mine: dict[bytes, int], other: dict[bytes, int]) -> Side:
    """What is true of one of the two."""
    pieces = list(mine)
    lengths = np.bincount([len(piece) for piece in pieces] or [0])
    scripts = Counter(_scripts.names_of(pieces))
    return Side(
        engine.name,
        engine.kind,
        len(pieces),
        [piece for piece in pieces if piece not in other],
        sum(map(len, pieces)) / max(len(pieces), 1),
        {length: int(count) for length, count in enumerate(lengths) if count and length},
        dict(scripts.most_common()),
    )


def correlation(a: list[int], b: list[int]) -> float | None:
    """Spearman's: that of the places among themselves; ranks are distinct."""
    if len(a) < 2:
        return None
    places = [np.argsort(np.argsort(values)) for values in (a, b)]
    return float(np.corrcoef(places[0], places[1])[0, 1])
