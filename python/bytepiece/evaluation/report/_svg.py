"""Plots as inline SVG: scales, axes, curves and bars. Colours come from the page's style, so both themes fit.

A plot is a string; its coordinates are pixels of a view box that grows and shrinks with the page.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from bytepiece.evaluation.report._html import element, escape

WIDTH, HEIGHT = 460.0, 256.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 12.0, 24.0, 38.0
MOST_TICKS = 7


@dataclasses.dataclass(frozen=True)
class Scale:
    """From values to pixels."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        low, high = self.low, self.high
        if self.logarithmic:
            low, high, value = math.log(low), math.log(high), math.log(value)
        share = (value - low) / (high - low) if high > low else 0.5
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Round numbers between the ends, seven or so at the most."""
        return decades(self.low, self.high) if self.logarithmic else steps(self.low, self.high)


def steps(low: float, high: float) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten."""
    if high <= low:
        return [low]
    rough = (high - low) / MOST_TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first = math.ceil(low / step - 1e-9)
    return [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]


def decades(low: float, high: float) -> list[float]:
    """Powers of ten; where there are few of them, 2 and 5 times these as well."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    inside = [10.0**exponent for exponent in exponents if low <= 10.0**exponent <= high]
    if len(inside) < 3:
        inside = [
            factor * 10.0**exponent
            for exponent in exponents
            for factor in (1, 2, 5)
            if low <= factor * 10.0**exponent <= high
        ]
    skip = -(-len(inside) // MOST_TICKS) or 1
    return inside[::skip]


def number(value: float) -> str:
    """A number for an axis."""
    if value >= 1e6:
        return f"{value / 1e6:g} M"
    if value >= 1e3:
        return f"{value / 1e3:g} k"
    return f"{value:g}" if value >= 0.01 or value == 0 else f"{value:.0e}"


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def text(x: float, y: float, words: str, anchor: str = "start", kind: str | None = None) -> str:
    """A text that begins, ends or is centred at a point."""
    return element("text", escape(words), x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor, class_=kind)


def curve(points: Sequence[tuple[float, float]], kind: str, title: str) -> str:
    """A line through points, with its name for who points at it."""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return element(
        "polyline",
        element("title", escape(title)),
        points=path,
        class_=f"{kind} curve",
        style="background:none;fill:none",
    )


def dot(x: float, y: float, kind: str, title: str) -> str:
    """A point with its name."""
    return element("circle", element("title", escape(title)), cx=f"{x:.1f}", cy=f"{y:.1f}", r="4", class_=kind)


def frame(x: Scale, y: Scale, x_name: str, y_name: str) -> list[str]:
    """Rules, ticks and names of both axes."""
    parts = []
    for tick in y.ticks():
        parts += [line(x.start, y(tick), x.end, y(tick), "rule"), text(x.start - 8, y(tick) + 4, number(tick), "end")]
    for tick in x.ticks():
        parts += [
            line(x(tick), y.start, x(tick), y.start + 4, "axis"),
            text(x(tick), y.start + 17, number(tick), "middle"),
        ]
    parts += [line(x.start, y.start, x.end, y.start, "axis")]
    parts += [
        text((x.start + x.end) / 2, y.start + 33, x_name, "middle", "faint"),
        text(0, 10, y_name, "start", "faint"),
    ]
    return parts


def picture(label: str, parts: Sequence[str], width: float = WIDTH, height: float = HEIGHT) -> str:
    """The parts of a plot as one picture."""
    return element("svg", *parts, viewBox=f"0 0 {width:g} {height:g}", role="img", aria_label=label)


def scales(
    xs: Sequence[float], ys: Sequence[float], logarithmic: tuple[bool, bool], from_zero: bool
) -> tuple[Scale, Scale]:
    """Scales that hold all values, with some room above."""
    low, high = min(ys), max(ys)
    if logarithmic[1]:
        high *= 1.6
    else:
        room = (high - low) * 0.12 or abs(high) * 0.1 or 1.0
        low, high = (0.0 if from_zero else max(low - room, 0.0)), high + room
    return (
        Scale(min(xs), max(xs), LEFT, WIDTH - RIGHT, logarithmic[0]),
        Scale(low, high, HEIGHT - BOTTOM, TOP, logarithmic[1]),
    )
