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


class Axes:
    """A logarithmic axis of sizes and one of values, and where a point of them is."""

    width, height, left = 520.0, 340.0, 56.0

    def __init__(self, xs: list[int], ys: list[float]) -> None:
        self.xs = xs
        self.low, self.high = min(ys), max(ys)

    def x(self, size: int) -> float:
        first, last = math.log(self.xs[0]), math.log(self.xs[-1])
        return self.left + self.width * (math.log(size) - first) / ((last - first) or 1)

    def y(self, value: float) -> float:
        return TOP + self.height * (self.high - value) / ((self.high - self.low) or 1)

    def draw(self) -> Iterable[str]:
        grey = 'fill="#444444"'
        for at in range(5):
            tick = self.low + (self.high - self.low) * at / 4
            yield f'<path d="M{self.left} {self.y(tick):.1f}h{self.width}" stroke="#dddddd"/>'
            yield text(self.left - 6, self.y(tick) + 4, f"{tick:.2f}", f'text-anchor="end" {grey}')
        for size in self.xs:
            anchor = "end" if size == self.xs[-1] else "middle"  # labels may come down beside the last one
            yield text(self.x(size), TOP + self.height + 20, f"{size:,}", f'text-anchor="{anchor}" {grey}')


def sizes(cases: list[Case], value: Callable[[Row], float], title: str) -> str:
    """A line an engine: `value` over the size."""
    lines: dict[str, list[tuple[int, float]]] = {}
    for case in cases:
        for engine, row in done(case).items():
            lines.setdefault(engine, []).append((case["size"], value(row)))
    axes = Axes([case["size"] for case in cases], [of for line in lines.values() for _, of in line])
    parts, dashes, ends = list(axes.draw()), dict.fromkeys(map(colour, lines), 0), []
    for engine, line in sorted(lines.items(), key=lambda item: item[0] == "ours"):  # ours above the others
        of_engine, number = colour(engine), dashes[colour(engine)]
        dashes[of_engine] += 1
        points = [(axes.x(size), axes.y(of)) for size, of in line]
        style = f'stroke-width="{3.5 if engine == "ours" else 2}" stroke-dasharray="{DASHES[number % len(DASHES)]}"'
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{of_engine}" {style}/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{of_engine}"/>' for x, y in points]
        ends.append((points[-1][1], engine))
    labels = apart(ends)
    for place, engine in labels:
        right = axes.left + axes.width + 10
        parts.append(text(right, place + 4, engine, f'fill="{colour(engine)}"' + bold(engine)))
    bottom = max([TOP + axes.height, *(place for place, _ in labels)])
    return svg(axes.left + axes.width + 210, bottom + 34, title, parts)


def apart(labels: list[tuple[float, str]], step: float = 14.0) -> list[tuple[float, str]]:
    """Labels from top to bottom, moved down where they would overlap."""
    moved: list[tuple[float, str]] = []
    for place, label in sorted(labels):
        moved.append((max(place, moved[-1][0] + step) if moved else place, label))
    return moved
