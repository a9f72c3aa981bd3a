"""Which kind of character each code point is: its script, or digit, punctuation, white space.

In: code points. Out: a class a code point, one byte each, by a table of all of Unicode that is made once a process
(some 0.1 s). Scripts are told by the names of the letters (`LATIN SMALL LETTER A`), which Python has, where the property
itself would be another table to keep. Words are runs of letters, marks and digits; each Han or Hiragana character is one by
itself (`kinds`), which the core counts by.
"""

from __future__ import annotations

import functools
import unicodedata
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from bytepiece._bytepiece import _piece_classes

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
PLANES = [range(0x40000), range(0xE0000, 0xE1000)]
"""What holds all characters but those of private use, which are of no class."""
NOTHING = ("Cn", "Co", "Cs")
"""Categories of what is no character."""
ALIKE = [range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0xAC00, 0xD7A4), range(0x17000, 0x18D00)]
ALIKE += [range(0x20000, 0x32400)]
"""Letters whose names begin alike: ideographs, syllables of Hangul, Tangut."""


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
    for some in ALIKE:
        classes[some.start : some.stop] = class_of(some.start)
    alike = frozenset().union(*ALIKE)
    for code in chain(*PLANES):
        if unicodedata.category(chr(code)) in NOTHING:
            classes[code] = OTHER
        elif code not in alike:
            classes[code] = class_of(code)
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


@functools.cache
def weights() -> bytes:
    """Which of its characters a piece counts for: letters over digits, punctuation and white space."""
    of = [min(number, FIRST_OF_LETTERS) for number in range(256)]
    of[MARKS] = PUNCTUATION  # a mark alone is none of a script's letters
    return bytes(of)


def classes_of(pieces: list[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """What each piece counts for, and whether it is not whole characters.

    It counts for the script of its first letter; without one for its digits, punctuation, or white space.
    """
    classes, broken = _piece_classes(pieces, packed(), weights())
    return np.frombuffer(classes, np.uint8), np.frombuffer(broken, np.bool_)


def names_of(pieces: list[bytes]) -> list[str]:
    """What each piece counts for, in words; those that are nothing but parts of characters are `PARTS`."""
    classes, broken = classes_of(pieces)
    return [PARTS if b and c == OTHER else CLASSES[c] for c, b in zip(classes.tolist(), broken.tolist(), strict=True)]
