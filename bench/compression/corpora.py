"""The texts: documents in NFC, each with a newline at its end, as JSON lines that every engine reads alike.

A name of a held-out text may have a group before a slash (`unseen/zh`): means are taken over a group.
"""

from __future__ import annotations

import hashlib
import json
import pathlib
import unicodedata
from collections.abc import Iterable, Iterator

from bench.texts import DEMO, DOMAINS, OUT, SHARED, MissingError, documents, shared_train

FOLDER = OUT / "compression"
GROUPS = {"other sources": "unseen.{}.dev", "same sources": "{}.dev"}
"""The shared held-out corpora: from sources that no training text has, and from those that have been trained on."""


class Corpus:
    """A text as all engines read it."""

    def __init__(self, name: str, texts: Iterable[str]) -> None:
        self.name = name
        beside = FOLDER / "text" / "part.jsonl"
        beside.parent.mkdir(parents=True, exist_ok=True)
        self.documents = self.bytes = 0
        digest = hashlib.sha256()
        with open(beside, "wb") as stream:
            for text in map(prepared, texts):
                line = (json.dumps({"text": text}, ensure_ascii=False) + "\n").encode()
                stream.write(line)
                digest.update(line)
                self.documents += 1
                self.bytes += len(text.encode())
        if not self.bytes:
            raise MissingError(f"{name}: not one byte of text")
        self.sha256 = digest.hexdigest()
        self.path = beside.rename(beside.with_name(f"{self.sha256[:16]}.jsonl"))

    def describe(self) -> dict[str, object]:
        return {"documents": self.documents, "bytes": self.bytes, "sha256": self.sha256}


def prepared(text: str) -> str:
    """In NFC, with a newline at the end: what any tokenizer here gives back."""
    text = unicodedata.normalize("NFC", text)
    return text if text.endswith("\n") else text + "\n"


def of_file(path: pathlib.Path) -> Iterator[str]:
    """The documents of a file: JSON lines with the field `text`, else one document."""
    from bytepiece.corpus import Jsonl, Text

    if not path.exists():
        raise MissingError(f"no {path}")
    yield from Jsonl(path) if ".jsonl" in path.suffixes else Text(path)


def training(files: list[pathlib.Path]) -> Corpus:
    """The files, or the shared corpora, or the bundled text."""
    if files:
        return Corpus("training", (text for path in files for text in of_file(path)))
    if (SHARED / "corpus").exists():
        return Corpus("training", shared_train(None))
    return Corpus("training", of_file(DEMO / "train.jsonl"))


def held_out(given: dict[str, pathlib.Path]) -> list[Corpus]:
    """The files by name, or the shared corpora, or the bundled text by domain."""
    if given:
        return [Corpus(name, of_file(path)) for name, path in given.items()]
    if (SHARED / "corpus").exists():
        names = {f"{group}/{d}": pattern.format(d) for group, pattern in GROUPS.items() for d in DOMAINS}
        return [Corpus(name, documents(corpus)) for name, corpus in names.items()]
    rows = [json.loads(line) for line in (DEMO / "heldout.jsonl").read_text("utf-8").splitlines()]
    domains = dict.fromkeys(row["domain"] for row in rows)
    return [Corpus(domain, [row["text"] for row in rows if row["domain"] == domain]) for domain in domains]
