"""What `bytepiece.evaluate` computes, in plain Python: slow and obvious."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from bytepiece.evaluation import _scripts


def class_of(char: str) -> str:
    return _scripts.CLASSES[_scripts.class_of(ord(char))]


def is_letter(name: str) -> bool:
    return name not in ("other", "white space", "punctuation", "marks", "digits")


def words(text: str) -> list[str]:
    """The class of the first character of each word."""
    found: list[str] = []
    before = ""
    for char in text:
        name = class_of(char)
        in_word = is_letter(name) or name in ("marks", "digits")
        alone = name in ("Han", "Hiragana")
        joined = before and not alone and (before not in ("Han", "Hiragana") or name == "marks")
        if in_word and not joined:
            found.append(name)
        before = name if in_word else ""
        if name == "marks" and joined and not in_word:
            raise AssertionError
    return found


def is_whole(piece: bytes) -> bool:
    try:
        piece.decode()
    except UnicodeDecodeError:
        return False
    return True


def class_of_piece(piece: bytes) -> str:
    names = [class_of(char) for char in piece.decode("utf-8", "ignore")]
    for wanted in (
        is_letter,
        lambda name: name == "digits",
        lambda name: name in ("punctuation", "marks"),
        lambda name: name == "white space",
    ):
        for name in names:
            if wanted(name):
                return name
    return "other"


def measure(
    texts: Sequence[str], tokenize: Callable[[str], list[bytes]], pieces: set[bytes], size: int
) -> dict[str, Any]:
    """All figures that are not of time or chance; `tokenize` gives the bytes of each token, which joined are the text."""
    texts = [unicodedata.normalize("NFC", text) for text in texts]
    counts: Counter[bytes] = Counter()
    documents: defaultdict[bytes, set[int]] = defaultdict(set)
    scripts: Counter[str] = Counter()
    for number, text in enumerate(texts):
        place = 0
        data = text.encode()
        for token in tokenize(text):
            counts[token] += 1
            documents[token].add(number)
            name = class_of_piece(token)
            if not is_whole(token) and not is_letter(name):
                start = place
                while data[start] & 0xC0 == 0x80:
                    start -= 1
                name = class_of(data[start:].decode()[0])
            scripts[name] += 1
            place += len(token)
        assert place == len(data)
    total = sum(counts.values())
    shares = [count / total for count in counts.values()]
    joined = "".join(texts)
    found_words = [word for text in texts for word in words(text)]
    several = {piece for piece in pieces if len(piece) > 1}
    return {
        "tokens": total,
        "bytes": len(joined.encode()),
        "characters": len(joined),
        "words": len(found_words),
        "byte_fallback": sum(count for token, count in counts.items() if not is_whole(token)) / total,
        "dead_pieces": len(several - set(counts)),
        "single_document_pieces": sum(len(documents[piece]) == 1 for piece in several),
        "entropy": -sum(share * math.log2(share) for share in shares),
        "renyi": math.log2(sum(share**2.5 for share in shares)) / (1 - 2.5) / math.log2(size),
        "lengths": Counter(min(len(token), 48) for token in counts.elements()),
        "scripts": scripts,
        "script_characters": Counter(map(class_of, joined)),
        "script_words": Counter(found_words),
        "ranks": sorted(counts.values(), reverse=True),
    }
