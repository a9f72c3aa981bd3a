"""Functions that `Parallel` runs in its processes; they are in a module because "spawn" sends them by name."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator


def lines(path: str) -> Iterator[str]:
    with open(path, encoding="utf-8") as file:
        yield from file


def fails(path: str) -> Iterator[str]:
    yield from lines(path)
    if path.endswith("2.txt"):
        raise LookupError("no such thing")


def fails_oddly(path: str) -> Iterator[str]:
    class Local(Exception):
        """Cannot be pickled."""

    yield "one"
    raise Local("odd")


def exits(path: str) -> Iterator[str]:
    yield from lines(path)
    if path.endswith("2.txt"):
        os._exit(7)


def is_killed(path: str) -> Iterator[str]:
    yield from lines(path)
    if path.endswith("2.txt"):
        os.kill(os.getpid(), signal.SIGKILL)


def endless(path: str) -> Iterator[str]:
    with open(f"{path}.{os.getpid()}.pid", "w"):
        pass
    while True:
        yield "x" * 100_000


def slow(path: str) -> Iterator[str]:
    with open(f"{path}.{os.getpid()}.pid", "w"):
        pass
    while True:
        time.sleep(0.05)
        yield "x"


def upper(text: str) -> str:
    return text.upper()
