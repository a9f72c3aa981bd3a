"""What several test files share: where things lie, the grid of training parameters, the strings built to hurt."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
import os
import pathlib
import random
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import bytepiece

ROOT = pathlib.Path(__file__).resolve().parents[1]
TIGHT = 110_000_000
"""A memory limit: enough for two threads at any order, and not for all n-grams of some megabytes of text."""
GOLDEN = ROOT / "tests" / "golden"
DEMO = ROOT / "python" / "bytepiece" / "demo"
SHARED = pathlib.Path(os.environ.get("BYTEPIECE_SHARED", ROOT.parent / "shared"))
NO_SHARED = f"no shared corpora at {SHARED}: set BYTEPIECE_SHARED to their folder"

IM = ["<|im_start|>", "<|im_end|>"]
"""The special tokens of the fixture `special`."""
CHAT = "<|im_start|>user\n天 e\u0301<|im_end|>\n<|im_start|>"
"""A text with them."""

MAX_VOCAB_SIZES: tuple[int | tuple[int, ...], ...] = (600, (1200, 400))


class Case(NamedTuple):
    """One way to train: the arguments of the constructor in which 0.6.3 and ours agree."""

    order: int
    ensure_unicode: bool
    isolate_digits: bool
    min_count: int
    max_piece_length: int
    max_vocab_size: int | tuple[int, ...]

    @property
    def name(self) -> str:
        """The key under which the goldens keep it."""
        sizes = ",".join(str(size) for size in self.sizes)
        flags = ("unicode" if self.ensure_unicode else "bytes") + ("-digits" if self.isolate_digits else "")
        return f"order{self.order}-{flags}-min{self.min_count}-len{self.max_piece_length}-{sizes}"

    @property
    def sizes(self) -> tuple[int, ...]:
        return self.max_vocab_size if isinstance(self.max_vocab_size, tuple) else (self.max_vocab_size,)

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of `bytepiece.Trainer`."""
        size = self.max_vocab_size
        return self._asdict() | {"max_vocab_size": list(size) if isinstance(size, tuple) else size}

    def flags(self) -> list[str]:
        """Command line of the driver of 0.6.3."""
        flags = ["--order", str(self.order), "--vocab", ",".join(map(str, self.sizes))]
        flags += ["--min-count", str(self.min_count), "--max-piece-length", str(self.max_piece_length)]
        flags += ["--isolate-digits"] * self.isolate_digits + ["--no-ensure-unicode"] * (not self.ensure_unicode)
        return flags

    def files(self, path: pathlib.Path) -> list[pathlib.Path]:
        """What `save(path)` writes: `path`, or `path.<size>` from the largest size down."""
        if len(self.sizes) == 1:
            return [path]
        return [path.with_name(f"{path.name}.{size}") for size in sorted(self.sizes, reverse=True)]


GRID = [
    Case(*values)
    for values in itertools.product((2, 3, 6, 8), (True, False), (False, True), (1, 2, 8), (3, 36), MAX_VOCAB_SIZES)
]


def pairwise(rows: Sequence[tuple[Any, ...]], seed: int = 0) -> list[Any]:
    """Few of `rows` in which every pair of values that occurs in two columns of `rows` occurs (greedy, seeded)."""
    rows = list(rows)
    random.Random(seed).shuffle(rows)

    def pairs(row: tuple[Any, ...]) -> set[Any]:
        return set(itertools.combinations(enumerate(row), 2))

    missing = set().union(*(pairs(row) for row in rows))
    chosen = []
    while missing:
        best = max(rows, key=lambda row: len(pairs(row) & missing))
        chosen.append(best)
        missing -= pairs(best)
    return chosen


def read_jsonl(path: pathlib.Path) -> Iterator[str]:
    """The texts of a JSONL file, gzipped or not."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)["text"]


def write_jsonl(path: pathlib.Path, texts: Sequence[str]) -> None:
    with open(path, "w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)


def sha256(data: bytes | pathlib.Path) -> str:
    return hashlib.sha256(data.read_bytes() if isinstance(data, pathlib.Path) else data).hexdigest()


def take(texts: Sequence[str], size: int, longest: int) -> list[str]:
    """Whole documents of at most `longest` bytes, in their order, until `size` bytes are reached."""
    chosen, total = [], 0
    for text in texts:
        if len(text.encode()) <= longest and total < size:
            chosen.append(text)
            total += len(text.encode())
    return chosen


def awkward_documents(prose: str) -> list[str]:
    """Documents with everything that the cutting of segments and the training treat specially, once each."""
    line = " ".join(prose.split())
    marks = "e\u0301te\u0301 na\u0308chste A\u030a \u1112\u1161\u11ab\u1100\u1173\u11af "
    marks += "\u0915\u093c \u0958 \u2126 \ufb01 x\u0323\u0307\u0323\n"
    return [
        marks * 4,
        "one\r\ntwo\r\n\r\nthree\r four\x0bfive\x85six\u2028seven\u2029eight\n",
        "NUL \0 and \0\0 and \x01\x7f\n" * 3,
        "😀👩\u200d🚀🇨🇳 𝄞𝕏𠀀𠮷 😀👩\u200d🚀 𠮷野家\n" * 3,
        "before" + "\n" * 250 + "after" + "\n" * 101 + "\n \n\n \n\n\n",
        "2024-01-31 3.14159 ١٢٣٤ １２３４ ৩৪ 1234567890" * 3,
        "=" * 64 + "\n" + "==== ===\n======\n" + "-" * 33 + "\n\n\n",
        (line * (1 + 10_400 // len(line)))[:10_400],
        (line * (1 + 10_000 // len(line)))[:10_000] + "\n\nx",
        "ababababab" * 20 + "aaaaaaaaa" * 30,
        "",
        "\n",
    ]


def adversarial_texts() -> dict[str, bytes]:
    """Texts for encoding, by name: UTF-8, except those whose name begins with "cut" or "invalid"."""
    texts: dict[str, str] = {
        "empty": "",
        "specials are text": "<pad><bos><eos>",
        "combining": "e\u0301 A\u030a \u1112\u1161\u11ab x\u0323\u0307 \u0915\u093c\n\u0301\u0301",
        "NFC shrinks and grows": "\u0958\u2126\ufb2c\U0001d15e\u0344\u1e9b\u0323",
        "NUL": "\0\0a\0\n\0",
        "other line ends": "a\r\nb\rc\x0bd\x0ce\x85f\u2028g\u2029h\r\n\r\n",
        "four bytes": "😀👩\u200d🚀🇨🇳𝄞𠀀𠮷\U0010ffff",
        "digits": "3.14159 ١٢٣ １２３ 20240131 1,000,000",
        "prose": "Hello, world! 今天天气不错。 Привет, мир! नमस्ते สวัสดี 안녕 def f(x):\n    return x == 1\n",
        "tabs and spaces": "\t\t  x\n    \n\t\n      y  ",
        "one letter 5,000 times": "a" * 5000,
        "one sign 5,000 times": "=" * 5000,
        "one ideograph 5,000 times": "今" * 5000,
        "two letters in turn": "ab" * 2500,
    }
    texts |= {f"newlines {n}": "\n" * n for n in (1, 2, 3, 4, 5, 6, 7, 8, 99, 100, 101, 202)}
    texts |= {f"newlines {n} inside": "a" + "\n" * n + "b" for n in (1, 2, 3, 4, 5, 101)}
    texts |= {f"equals {n}": "=" * n for n in range(1, 20)}
    texts |= {
        f"{name} {n}": sign * n
        for name, sign in (("dashes", "-"), ("blanks", " "), ("stars", "*"))
        for n in (3, 5, 7, 17)
    }
    encoded = {name: text.encode() for name, text in texts.items()}
    sample = "今天é😀x".encode()
    encoded |= {f"cut at {end}": sample[:end] for end in range(1, len(sample))}
    encoded |= {f"cut from {start}": sample[start:] for start in range(1, len(sample))}
    encoded |= {
        "invalid between marks": b"e\xff\xcc\x81e\xcc\x81\xff\n\xfe\n\n",
        "invalid surrogate": b"a\xed\xa0\x80b\xed\xbf\xbf",
        "invalid overlong": b"\xc0\x80\xe0\x80\xaf\xf0\x80\x80\x80\xf5\x90",
        "invalid bytes all": bytes(range(256)) * 2,
    }
    return encoded


def same(one: bytepiece.Tokenizer, other: bytepiece.Tokenizer) -> bool:
    """Whether two tokenizers have the same pieces and special tokens, in the same order."""
    return list(one.get_vocab().items()) == list(other.get_vocab().items())
