"""The texts of the cases, written as JSONL files under bench/out so that every engine reads the same bytes."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import pathlib
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator

ROOT = pathlib.Path(__file__).resolve().parents[1]
OUT = ROOT / "bench" / "out"
DEMO = ROOT / "python" / "bytepiece" / "demo"
SHARED = pathlib.Path(os.environ.get("BYTEPIECE_SHARED", ROOT.parent / "shared"))
DOMAINS = ("zh", "en", "multi", "code")


class MissingError(Exception):
    """A text or model that this machine has not; the case is skipped and says so."""


def documents(corpus: str) -> Iterator[str]:
    path = SHARED / "corpus" / f"{corpus}.jsonl.gz"
    if not path.exists():
        raise MissingError(f"no {path}: set BYTEPIECE_SHARED")
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)["text"]


def lines(texts: Iterable[str]) -> list[str]:
    """NFC, then each line with the newlines after it: what every engine can be given alike."""
    return [line for text in texts for line in re.findall(".*\n+|.+", unicodedata.normalize("NFC", text))]


def bundled(name: str) -> list[str]:
    with open(DEMO / f"{name}.jsonl", encoding="utf-8") as stream:
        return [json.loads(line)["text"] for line in stream]


def long_text() -> str:
    """3 MB of English and Chinese, NFC."""
    text = "".join(text + "\n" for corpus in ("en.dev", "zh.dev", "unseen.en.dev") for text in documents(corpus))
    return unicodedata.normalize("NFC", text)


def shared_train(limit: int | None) -> list[str]:
    """The four training corpora, document by document in turn; the first `limit` bytes of that."""
    queues = [list(documents(f"{domain}.train")) for domain in DOMAINS]
    mixed = [queue[i] for i in range(max(map(len, queues))) for queue in queues if i < len(queue)]
    if limit is None:
        return mixed
    size, taken = 0, []
    for text in mixed:
        if size < limit:
            taken.append(text)
            size += len(text.encode())
    return taken


def pieces(texts: Iterable[str], size: int) -> list[str]:
    """The texts in NFC, laid end to end and cut into documents of `size` bytes, or a little less, at a character's end."""
    encoded = unicodedata.normalize("NFC", "".join(texts)).encode()
    cut, at = [], 0
    while at < len(encoded):
        end = min(at + size, len(encoded))
        while end < len(encoded) and encoded[end] & 0xC0 == 0x80:
            end -= 1
        cut.append(encoded[at:end].decode())
        at = end
    return cut


def in_turn(count: int) -> list[str]:
    """The first documents of each domain."""
    return [text for domain in DOMAINS for text in list(documents(f"unseen.{domain}.dev"))[:count]]


def characters(corpus: str, length: int, most: int) -> list[str]:
    """The beginning of a corpus in NFC, in texts of `length` characters."""
    text = unicodedata.normalize("NFC", "".join(documents(corpus)))
    return [text[start : start + length] for start in range(0, length * most, length)]


TEXTS: dict[str, Callable[[], list[str]]] = {
    "bundled": lambda: bundled("train"),
    "held-out": lambda: bundled("heldout"),
    "held-out lines": lambda: lines(bundled("heldout")),
    "shared 46 MB": lambda: shared_train(None),
    "shared 2 MB": lambda: shared_train(2_000_000),
    "50 characters": lambda: characters("unseen.en.dev", 50, 20_000),
    "100-byte documents": lambda: pieces(in_turn(40), 100),
    "10 KB documents": lambda: pieces(in_turn(40), 10_000),
    **{
        f"runs of {name}": lambda sign=sign: [sign * length for length in range(1, 1401)]  # type: ignore[misc]
        for name, sign in (("newlines", "\n"), ("=", "="), ("spaces", " "), ("a", "a"))
    },
    "3 MB in one line": lambda: [long_text().replace("\n", " ")],
    "3 MB in lines": lambda: [long_text()],
    **{f"{d} documents": lambda d=d: list(documents(f"unseen.{d}.dev")) for d in DOMAINS},  # type: ignore[misc]
    **{f"{d} lines": lambda d=d: lines(documents(f"unseen.{d}.dev")) for d in DOMAINS},  # type: ignore[misc]
}


class Text:
    """A named text on disk."""

    def __init__(self, name: str) -> None:
        self.name = name
        texts = TEXTS[name]()
        self.path = OUT / "text" / f"{name.replace(' ', '-')}.jsonl"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path, "w", encoding="utf-8", newline="\n") as stream:
            stream.writelines(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)
        self.texts = len(texts)
        self.bytes = sum(len(text.encode()) for text in texts)

    def describe(self) -> dict[str, object]:
        digest = hashlib.sha256(self.path.read_bytes()).hexdigest()
        return {"texts": self.texts, "bytes": self.bytes, "sha256": digest}


def published_model(name: str) -> pathlib.Path:
    """A model published with bytepiece, unpacked."""
    archive_path = SHARED / "models" / f"{name}.zip"
    if not archive_path.exists():
        raise MissingError(f"no {archive_path}: set BYTEPIECE_SHARED")
    with zipfile.ZipFile(archive_path) as archive:
        member = next(n for n in archive.namelist() if n.endswith(".model") and not n.startswith("__"))
        return pathlib.Path(archive.extract(member, OUT / "models"))
