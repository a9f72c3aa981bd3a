"""One engine in a process of its own: `python -m bench.worker ENGINE`.

A request is a line of JSON on stdin, `{"do": NAME, ...}`; the answer a line on stdout, `{"seconds": ..., ...}` or
`{"error": ...}`. Only the call into the library is timed: reading the texts, turning answers into lists and hashing are
not. What libraries print goes to stderr.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import resource
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

from bench.compression.measure import measure
from bench.engines import Engine, make

Request = dict[str, Any]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def peak_bytes() -> int:
    """The most memory that was resident in this process, and the most in any one child of it.

    Linux: VmHWM, because ru_maxrss of a child begins with what its parent had before exec. Elsewhere ru_maxrss.
    """
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    try:
        with open("/proc/self/status", encoding="ascii") as stream:
            own = next(int(line.split()[1]) * 1024 for line in stream if line.startswith("VmHWM"))
    except OSError:
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return own + children


def resident_bytes() -> int:
    """What is resident now; 0 where there is no /proc."""
    try:
        with open("/proc/self/statm", encoding="ascii") as stream:
            return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def processor_seconds() -> float:
    """Of this process, all its threads, and the children that it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


class Session:
    """An engine and the texts it has been given."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.texts: dict[str, list[str]] = {}

    def about(self, _: Request) -> Request:
        python = f"{platform.python_implementation()} {platform.python_version()}"
        return {
            "library": self.engine.library,
            "version": importlib.metadata.version(self.engine.library),
            "build": self.engine.build(),
            "python": python,
        }

    def read(self, request: Request) -> Request:
        with open(request["path"], encoding="utf-8") as stream:
            self.texts[request["name"]] = [json.loads(line)["text"] for line in stream]
        return {}

    def train(self, request: Request) -> Request:
        self.engine.prepare(request["corpus"], request["training"])
        before = processor_seconds()
        seconds, _ = timed(lambda: self.engine.train(request["corpus"], request["model"], request["training"]))
        return {"seconds": seconds, "processor_seconds": processor_seconds() - before, "peak_bytes": peak_bytes()}

    def load(self, request: Request) -> Request:
        before = resident_bytes()
        seconds, _ = timed(lambda: self.engine.load(request["model"]))
        return {"seconds": seconds, "resident_bytes": resident_bytes() - before}

    def check(self, request: Request) -> Request:
        encode = self.engine.encode_singly if request["singly"] else self.engine.encode
        rows = self.engine.ids(encode(self.texts[request["name"]]))
        hashes = [hashlib.sha256(json.dumps(row).encode()).hexdigest()[:16] for row in rows]
        return {"hashes": hashes, "tokens": sum(map(len, rows))}

    def encode(self, request: Request) -> Request:
        texts = self.texts[request["name"]]
        return {"seconds": timed(lambda: self.engine.encode(texts))[0]}

    def encode_singly(self, request: Request) -> Request:
        texts = self.texts[request["name"]]
        return {"seconds": timed(lambda: self.engine.encode_singly(texts))[0]}

    def encode_file(self, request: Request) -> Request:
        before = resident_bytes()
        seconds, tokens = timed(lambda: self.engine.encode_file(request["path"], request["times"]))
        return {"seconds": seconds, "tokens": tokens, "before_bytes": before, "peak_bytes": peak_bytes()}

    def compress(self, request: Request) -> Request:
        """How the loaded model compresses a text, and whether all of it comes back."""
        with open(request["path"], encoding="utf-8") as stream:
            texts = [json.loads(line)["text"] for line in stream]
        seconds, measured = timed(lambda: measure(self.engine, texts))
        return {"seconds": seconds, **measured, "pieces": self.engine.pieces()}

    def sample(self, request: Request) -> Request:
        texts = self.texts[request["name"]]
        return {"seconds": timed(lambda: self.engine.sample(texts, request["alpha"]))[0]}


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    session = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            session = session or Session(make(sys.argv[1]))
            answer = getattr(session, request["do"])(request)
        except Exception:
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
