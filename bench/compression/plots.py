"""Plots as SVG, without a library: bars by text, and a line an engine over the sizes.

White ground, so that they read in a dark page too. Ours is orange; each library has a colour, its configurations dashes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from html import escape

from bench.compression.tables import Case, Row, bytes_per_token, done, mean_bytes

COLOURS = {
    "ours": "#d55e00",
    "bytepiece": "#a8763e",
    "sentencepiece": "#0072b2",
    "tokenizers": "#009e73",
    "bpeasy": "#7a68a6",
}
DASHES = ("", "6 3", "2 3", "8 3 2 3")
FONT = 'font-family="system-ui, sans-serif" font-size="12"'
BAR, PANEL, LABEL, TOP = 18, 210, 200, 44


def colour(engine: str) -> str:
    return COLOURS.get(engine.partition("-")[0], "#666666")


def text(x: float, y: float, words: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{escape(words)}</text>'


def svg(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" {FONT} role="img"><title>{escape(title)}</title>'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{text(8, 18, title, "font-weight=" + chr(34) + "600" + chr(34))}'
        + "".join(parts)
        + "</svg>\n"
    )


def bars(case: Case, texts: list[str], title: str) -> str:
    """A panel a text, a bar an engine: bytes per token from 0 on, the most on the mean first."""
    rows = sorted(done(case).items(), key=lambda item: -mean_bytes(item[1], texts))
    parts = [
        text(LABEL - 8, TOP + BAR * at + 13, engine, 'text-anchor="end"' + bold(engine))
        for at, (engine, _) in enumerate(rows)
    ]
    for number, name in enumerate(texts):
        left = LABEL + PANEL * number
        most = max(bytes_per_token(row, name) for _, row in rows)
        parts.append(text(left, TOP - 8, name.rpartition("/")[2], 'fill="#444444"'))
        for at, (engine, row) in enumerate(rows):
            value = bytes_per_token(row, name)
            length = (PANEL - 56) * value / most
            y = TOP + BAR * at
            parts.append(
                f'<rect x="{left}" y="{y + 2}" width="{length:.1f}" height="{BAR - 4}" fill="{colour(engine)}"/>'
            )
            parts.append(text(left + length + 4, y + 13, f"{value:.2f}", 'fill="#444444"'))
    return svg(LABEL + PANEL * len(texts), TOP + BAR * len(rows) + 10, title, parts)


def bold(engine: str) -> str:
    return ' font-weight="600"' if engine.startswith("ours") else ""


def sizes(cases: list[Case], value: Callable[[Row], float], title: str) -> str:
    """A line an engine: `value` over the size, whose axis is logarithmic."""
    engines = list(dict.fromkeys(engine for case in cases for engine in done(case)))
    lines = {
        engine: [(case["size"], value(done(case)[engine])) for case in cases if engine in done(case)]
        for engine in engines
    }
    values = [y for line in lines.values() for _, y in line]
    low, high = min(values), max(values)
    first, last = math.log(cases[0]["size"]), math.log(cases[-1]["size"])
    width, height, left = 520.0, 340.0, 56.0

    def x(size: int) -> float:
        return left + width * (math.log(size) - first) / ((last - first) or 1)

    def y(of: float) -> float:
        return TOP + height * (high - of) / ((high - low) or 1)

    parts = []
    for at in range(5):
        tick = low + (high - low) * at / 4
        parts.append(f'<path d="M{left} {y(tick):.1f}h{width}" stroke="#dddddd"/>')
        parts.append(text(left - 6, y(tick) + 4, f"{tick:.2f}", 'text-anchor="end" fill="#444444"'))
    for case in cases:
        parts.append(
            text(x(case["size"]), TOP + height + 20, f"{case['size']:,}", 'text-anchor="middle" fill="#444444"')
        )
    dashes: dict[str, int] = {}
    ends = []
    for engine, line in lines.items():
        number = dashes[colour(engine)] = dashes.get(colour(engine), -1) + 1
        points = " ".join(f"{x(size):.1f},{y(of):.1f}" for size, of in line)
        dash = f'stroke-dasharray="{DASHES[number % len(DASHES)]}"'
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour(engine)}" stroke-width="2" {dash}/>')
        parts += [f'<circle cx="{x(size):.1f}" cy="{y(of):.1f}" r="3" fill="{colour(engine)}"/>' for size, of in line]
        ends.append((y(line[-1][1]), engine))
    for place, engine in apart(ends):
        parts.append(text(left + width + 10, place + 4, engine, f'fill="{colour(engine)}"' + bold(engine)))
    bottom = max([TOP + height, *(place for place, _ in apart(ends))])
    return svg(left + width + 210, bottom + 34, title, parts)


def apart(labels: list[tuple[float, str]], step: float = 14.0) -> list[tuple[float, str]]:
    """Labels from top to bottom, moved down where they would overlap."""
    moved: list[tuple[float, str]] = []
    for place, label in sorted(labels):
        moved.append((max(place, moved[-1][0] + step) if moved else place, label))
    return moved
