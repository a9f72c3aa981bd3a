"""Bytes in and out, streamed: the locale has no say, and nothing is held longer than a batch."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, TextIO

CHUNK = 1 << 20
"""How much is read at a time, in bytes."""
BATCH_BYTES = 1 << 22
"""A batch ends with the text that makes it at least this long."""
BATCH_TEXTS = 100_000
LINE = re.compile(rb"[^\n]*\n+|[^\n]+")
"""A line with the newline run that ends it: what the tokenizer encodes on its own."""


def readable(paths: Iterable[str]) -> list[str]:
    """The paths, after a look at each: a file that is missing is named before the work starts.

    Pipes are only looked at: to open one and close it again would end its writer.
    """
    paths = list(paths)
    for path in paths:
        if path == "-":
            standard(sys.stdin, "stdin")
        elif not stat.S_ISFIFO(os.stat(path).st_mode):
            open(path, "rb").close()
    return paths


def writable(path: str) -> None:
    """Fails where no file can be put at this path, so that the work behind it is not done for nothing; changes nothing."""
    folder = os.path.dirname(os.path.realpath(path)) if path else path
    if not os.path.isdir(folder):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if os.path.exists(path) and not os.path.isfile(path):
        return  # a pipe or /dev/stdout
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from None


def standard(stream: TextIO | None, name: str) -> IO[bytes]:
    """The bytes of stdin or stdout, which the caller of the program may have closed."""
    if stream is None:
        raise OSError(errno.EBADF, "it is closed", name)
    return stream.buffer


@contextlib.contextmanager
def opened(path: str) -> Iterator[IO[bytes]]:
    """A file, or stdin."""
    if path == "-":
        yield standard(sys.stdin, "stdin")
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


def documents(path: str, field: str) -> Iterator[bytes]:
    """The strings under `field`, keys with points between, of the objects of a JSONL file, in UTF-8."""
    name = "stdin" if path == "-" else path
    with opened(path) as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise ValueError(f"{name}: line {number}: not JSON in UTF-8: {error}") from None
            for key in field.split("."):
                row = row.get(key) if isinstance(row, dict) else None
            if not isinstance(row, str):
                raise ValueError(f"{name}: line {number}: not an object with a string under {field!r}")
            try:
                yield row.encode()
            except UnicodeEncodeError as error:
                raise ValueError(f"{name}: line {number}: half of a surrogate pair under {field!r}: {error}") from None


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
    standard(sys.stdout, "stdout").write(data)
