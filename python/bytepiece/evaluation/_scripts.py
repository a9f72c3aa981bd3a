"""Which kind of character each code point is: its script, or digit, punctuation, white space.

In: code points. Out: a class a code point, one byte each, by a table of all of Unicode that is made once a process
(some 0.1 s). Scripts are told by the names of the letters (`LATIN SMALL LETTER A`), which Python has, where the property
itself would be another table to keep. Words are runs of letters, marks and digits; each Han or Hiragana character is one by
itself (`kinds`), which the core counts by.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

OTHER, SPACE, PUNCTUATION, MARKS, DIGITS, HAN, HIRAGANA = range(7)
FIRST_OF_LETTERS = HAN
OUTSIDE, INSIDE, ALONE, MARK = range(4)
"""What a class does to words: ends them, is a part of them, is one by itself, is a part even of those."""
SCRIPTS = [
    "Latin",
    "Greek",
    "Cyrillic",
    "Arabic",
    "Hebrew",
    "Devanagari",
    "Bengali",
    "Tamil",
    "Telugu",
    "Kannada",
    "Malayalam",
    "Gujarati",
    "Gurmukhi",
    "Oriya",
    "Sinhala",
    "Thai",
    "Lao",
    "Khmer",
    "Myanmar",
    "Tibetan",
    "Hangul",
    "Katakana",
    "Bopomofo",
    "Armenian",
    "Georgian",
    "Ethiopic",
    "Mongolian",
    "Cherokee",
    "Syriac",
    "Thaana",
    "Javanese",
    "Balinese",
    "Yi",
    "Tifinagh",
    "Nko",
]
CLASSES = ["other", "white space", "punctuation", "marks", "digits", "Han", "Hiragana", *SCRIPTS, "other letters"]
"""The name of each class; `marks` are those of no script, such as the combining accents."""
PARTS = "parts of characters"
"""What pieces are called that have no whole character that is of a class."""
OTHER_LETTERS = len(CLASSES) - 1
NUMBERS = {name.upper(): number for number, name in enumerate(CLASSES)}
NUMBERS |= {"CJK": HAN, "IDEOGRAPHIC": HAN, "FEMININE": NUMBERS["LATIN"], "MASCULINE": NUMBERS["LATIN"]}
WIDTHS = ("FULLWIDTH", "HALFWIDTH")
EMPTY = range(0x40000, 0xE0000)
"""Planes without characters."""
LENGTHS = np.array([1] * 0xC0 + [2] * 0x20 + [3] * 0x10 + [4] * 0x10, np.int64)
"""Of a character in UTF-8, by its first byte."""
LEAST = np.array([0, 0, 0x80, 0x800, 0x10000])
"""The least code point that needs so many bytes."""


def class_of(code: int) -> int:
    """The class of a code point."""
    character = chr(code)
    category = unicodedata.category(character)
    if character.isspace():
        return SPACE
    if category == "Nd":
        return DIGITS
    if category[0] in "PS":
        return PUNCTUATION
    if category[0] not in "LMN":
        return OTHER
    words = unicodedata.name(character, "").split()
    name = words[1] if len(words) > 1 and words[0] in WIDTHS else "".join(words[:1])
    script = NUMBERS.get(name.partition("-")[0], OTHER_LETTERS)
    if script == OTHER_LETTERS and category[0] != "L":
        return MARKS if category[0] == "M" else DIGITS
    return script


@functools.cache
def table() -> NDArray[np.uint8]:
    """The class of each code point."""
    classes = np.zeros(0x110000, np.uint8)
    codes = [code for code in range(0x110000) if code not in EMPTY and code < 0xF0000]
    classes[codes] = [class_of(code) for code in codes]
    return classes


@functools.cache
def packed() -> bytes:
    """The same as bytes, for the core."""
    return table().tobytes()


@functools.cache
def kinds() -> bytes:
    """What each class does to words, for the core; there may be 256 classes."""
    of = {OTHER: OUTSIDE, SPACE: OUTSIDE, PUNCTUATION: OUTSIDE, MARKS: MARK, HAN: ALONE, HIRAGANA: ALONE}
    return bytes(of.get(number, INSIDE) for number in range(256))


class Characters(NamedTuple):
    """The whole characters in bytes that may hold parts of some."""

    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    codes: NDArray[np.int64]


def characters_of(data: NDArray[np.uint8], ends: NDArray[np.int64]) -> Characters:
    """The characters of strings of UTF-8 laid end to end, each whole in one string; what else there is counts for nothing.

    Args:
        data: The bytes.
        ends: Where the strings end.
    """
    follows = (data & 0xC0) == 0x80
    followers = np.concatenate([[0], np.cumsum(follows)])
    starts = np.flatnonzero(~follows & (data < 0xF8))
    lengths = LENGTHS[data[starts]]
    bounds = np.minimum(starts + lengths, ends[np.searchsorted(ends, starts, side="right")])
    starts, lengths = (some[followers[bounds] - followers[starts] == lengths - 1] for some in (starts, lengths))
    codes = characters_at(data, starts)
    right = (codes >= LEAST[lengths]) & (codes < 0x110000) & ((codes < 0xD800) | (codes > 0xDFFF))
    return Characters(starts[right], lengths[right], codes[right])


def characters_at(data: NDArray[np.uint8], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The code points of the characters of UTF-8 that begin at some places."""
    first = data[starts].astype(np.int64)
    lengths = LENGTHS[first]
    codes = np.where(lengths == 1, first, first & (0x7F >> lengths))
    for more in range(1, 4):
        some = np.flatnonzero(lengths > more)
        codes[some] = codes[some] << 6 | data[starts[some] + more] & 0x3F
    return codes


def classes_of(pieces: Sequence[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """What each piece counts for, and whether it is not whole characters.

    It counts for the script of its first letter; without one for its digits, punctuation, or white space.
    """
    ends = np.cumsum(np.fromiter(map(len, pieces), np.int64, len(pieces)))
    found = np.zeros(len(pieces), np.uint8)
    data = np.frombuffer(b"".join(pieces), np.uint8)
    starts, lengths, codes = characters_of(data, ends)
    of_piece = np.searchsorted(ends, starts, side="right")
    whole = np.bincount(of_piece, weights=lengths, minlength=len(pieces))
    broken = whole != np.diff(ends, prepend=0)
    if len(codes):
        classes = table()[codes]
        weight = np.minimum(classes, FIRST_OF_LETTERS).astype(np.int64)
        weight[classes == MARKS] = PUNCTUATION  # a mark alone is none of a script's letters
        key = weight * len(classes) + np.arange(len(classes))[::-1]  # the heaviest, of these the first
        filled, first = np.unique(of_piece, return_index=True)
        found[filled] = classes[len(classes) - 1 - np.maximum.reduceat(key, first) % len(classes)]
    return found, broken


def names_of(pieces: Sequence[bytes]) -> list[str]:
    """What each piece counts for, in words; those that are nothing but parts of characters are `PARTS`."""
    classes, broken = classes_of(pieces)
    return [PARTS if b and c == OTHER else CLASSES[c] for c, b in zip(classes.tolist(), broken.tolist(), strict=True)]
