"""Texts cut by each tokenizer, side by side, so that one can read where the cuts are."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from bytepiece.evaluation._result import Sample
from bytepiece.evaluation.report._html import JOINERS, element, escape, swatch, visible

MOST_CHARACTERS = 700_000
"""Of markup of all samples: in UTF-8 at the most some 1.2 MB."""
MARKS = {" ": "·", "\t": "→", "\r": "␍", "\u3000": "□", "\u00a0": "⍽"}
"""White space as one sees it."""
LEAD = {"\n": "⏎\n", "\t": "→\t"}


def samples(given: Sequence[Sample], names: list[str]) -> str:
    """All of them, or the first ones, so that the page keeps its size."""
    numbers: dict[str, int] = {}
    parts: list[str] = []
    for one in given:
        numbers[one.corpus] = numbers.get(one.corpus, 0) + 1
        part = sample(numbers[one.corpus], one, names)
        if sum(map(len, parts)) + len(part) > MOST_CHARACTERS and parts:
            parts.append(
                element("p", escape(f"{len(given) - len(parts)} more texts are left out, to keep the page small."))
            )
            break
        parts.append(part)
    return "".join(parts)


def sample(number: int, one: Sample, names: list[str]) -> str:
    """A text: a card a tokenizer. Neighbouring tokens differ in colour by their place, which the style knows."""
    cards = []
    size = len(one.text.encode())
    for colour, name in enumerate(names):
        pieces = one.pieces[name]
        count = f"{len(pieces)} tokens, {size / max(len(pieces), 1):.2f} bytes each"
        text = element("div", "<wbr>".join(map(token, pieces)), class_="sample", dir="auto")
        title = element("h3", swatch(colour, name), element("span", escape(count), class_="count"))
        cards.append(element("section", title, text, class_="card"))
    return element("h3", escape(f"{one.corpus}, text {number}"), class_="text") + element("div", *cards, class_="grid")


def token(piece: bytes) -> str:
    """A token; line breaks at its end are behind it, so that its colour is not on the next line."""
    body = piece.rstrip(b"\n")
    breaks = len(piece) - len(body)
    signs = element("i", "⏎") * breaks
    return element("span", shown(body) + signs if body or not breaks else signs) + "\n" * breaks


def shown(piece: bytes) -> str:
    """The markup of a piece: what has no look of its own gets one, bytes that are no characters are in hexadecimal."""
    if not piece:
        return element("b", "no text")
    text = piece.decode("utf-8", "surrogateescape")
    if unicodedata.category(text[0])[0] == "M":
        text = "\u25cc" + text  # a mark has to stand on something
    if text.strip(JOINERS) == "":
        return "".join(element("b", f"U+{ord(char):04X}") for char in text)
    return "".join(map(character, text))


def character(char: str) -> str:
    """The markup of a character."""
    if "\udc80" <= char <= "\udcff":
        return element("b", f"{ord(char) - 0xDC00:02X}")
    if char in LEAD:
        return element("i", LEAD[char][0]) + LEAD[char][1]
    if char in MARKS:
        return element("i", MARKS[char])
    return escape(char) if visible(char) else element("b", f"U+{ord(char):04X}")
