"""Which kind of character each code point is: its script, or digit, punctuation, white space.

In: code points. Out: a class a code point, one byte each, by a table of all of Unicode that is made once a process (some 0.1 s).
Scripts are told by the names of the letters (`LATIN SMALL LETTER A`), which Python has, where the property itself would be
another table to keep. Classes are in an order in which comparing is enough: from `MARKS` on characters make words, the two
behind `DIGITS` are words by themselves.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

OTHER, SPACE, PUNCTUATION, MARKS, DIGITS, HAN, HIRAGANA = range(7)
FIRST_OF_WORDS, FIRST_OF_LETTERS = MARKS, HAN
SCRIPTS = (
    "Latin Greek Cyrillic Arabic Hebrew Devanagari Bengali Tamil Telugu Kannada Malayalam Gujarati Gurmukhi Oriya Sinhala "
    "Thai Lao Khmer Myanmar Tibetan Hangul Katakana Bopomofo Armenian Georgian Ethiopic Mongolian Cherokee Syriac Thaana "
    "Javanese Balinese Yi Tifinagh Nko"
).split()
CLASSES = ["other", "white space", "punctuation", "marks", "digits", "Han", "Hiragana", *SCRIPTS, "other letters"]
"""The name of each class; `marks` are those of no script, such as the combining accents."""
OTHER_LETTERS = len(CLASSES) - 1
NUMBERS = {name.upper(): number for number, name in enumerate(CLASSES)}
NUMBERS |= {"CJK": HAN, "IDEOGRAPHIC": HAN, "FEMININE": NUMBERS["LATIN"], "MASCULINE": NUMBERS["LATIN"]}
WIDTHS = ("FULLWIDTH", "HALFWIDTH")
EMPTY = range(0x40000, 0xE0000)
"""Planes without characters."""


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


def code_points(text: str) -> NDArray[np.uint32]:
    """The characters of a text."""
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


def word_starts(classes: NDArray[np.uint8], borders: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where words begin: runs of letters, marks and digits; each Han or Hiragana character is one by itself.

    Args:
        classes: Those of the characters of texts laid end to end.
        borders: Where texts begin; no word goes on across one.
    """
    starts: NDArray[np.bool_] = classes >= FIRST_OF_WORDS
    if not len(classes):
        return starts
    in_word, alone = starts.copy(), (classes == HAN) | (classes == HIRAGANA)
    goes_on = in_word[:-1] & ~alone[1:] & (~alone[:-1] | (classes[1:] == MARKS))
    starts[1:] &= ~goes_on
    borders = borders[borders < len(classes)]
    starts[borders] = in_word[borders]
    return starts


def classes_of_pieces(pieces: Sequence[bytes]) -> NDArray[np.uint8]:
    """What each piece counts for: the script of its first letter; without one its digits, punctuation, or white space."""
    texts = [piece.decode("utf-8", "ignore") for piece in pieces]
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    found = np.zeros(len(texts), np.uint8)
    classes = table()[code_points("".join(texts))]
    if not len(classes):
        return found
    weight = np.minimum(classes, FIRST_OF_LETTERS).astype(np.int64)
    weight[classes == MARKS] = PUNCTUATION  # a mark alone is none of a script's letters
    key = weight * len(classes) + np.arange(len(classes))[::-1]  # the heaviest, of these the first
    filled = np.flatnonzero(lengths)
    starts = (np.cumsum(lengths) - lengths)[filled]
    best = len(classes) - 1 - np.maximum.reduceat(key, starts) % len(classes)
    found[filled] = classes[best]
    return found
