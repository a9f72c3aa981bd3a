"""Bytes in and out, streamed: the locale has no say, and nothing is held longer than a batch."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from typing import IO

CHUNK = 1 << 20
"""How much is read at a time, in bytes."""
BATCH_BYTES = 1 << 22
"""A batch ends with the text that makes it at least this long."""
BATCH_TEXTS = 100_000
LINE = re.compile(rb"[^\n]*\n+|[^\n]+")
"""A line with the newline run that ends it: what the tokenizer encodes on its own."""


def readable(paths: Iterable[str]) -> list[str]:
    """The paths, after a look at each: a file that is missing is named before the work starts."""
    paths = list(paths)
    for path in paths:
        if path != "-":
            with open(path, "rb"):
                if os.path.isdir(path):
                    raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    return paths


@contextlib.contextmanager
def opened(path: str) -> Iterator[IO[bytes]]:
    """A file, or stdin."""
    if path == "-":
        yield sys.stdin.buffer
        return
    with open(path, "rb") as stream:
        yield stream


def chunks(stream: IO[bytes]) -> Iterator[bytes]:
    """What a stream holds; from a terminal or a pipe, as it comes."""
    read = getattr(stream, "read1", stream.read)
    while chunk := read(CHUNK):
        yield chunk


def lines(path: str) -> Iterator[bytes]:
    """The lines of a file, each with the newline run behind it."""
    waiting: list[bytes] = []
    with opened(path) as stream:
        for chunk in chunks(stream):
            waiting.append(chunk)
            if b"\n" not in chunk:
                continue  # joined once, when the line ends
            *complete, last = LINE.findall(b"".join(waiting))
            yield from complete
            waiting = [last]  # its newline run may go on
    yield from LINE.findall(b"".join(waiting))


def documents(path: str, field: str) -> Iterator[str]:
    """The strings under `field` of the objects of a JSONL file."""
    name = "stdin" if path == "-" else path
    with opened(path) as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise ValueError(f"{name}: line {number}: not JSON in UTF-8: {error}") from None
            if not isinstance(row, dict) or not isinstance(row.get(field), str):
                raise ValueError(f"{name}: line {number}: not an object with a string under {field!r}")
            yield row[field]


def batches(texts: Iterable[str | bytes]) -> Iterator[list[str | bytes]]:
    """The texts in lists of bounded size."""
    batch: list[str | bytes] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += len(text)
        if size >= BATCH_BYTES or len(batch) >= BATCH_TEXTS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def write(data: bytes) -> None:
    """Bytes to stdout."""
    sys.stdout.buffer.write(data)
