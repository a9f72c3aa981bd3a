"""Asks bytepiece 0.6.3, in an environment of its own, and remembers its answers in the user's cache folder.

0.6.3 trains at 0.1 MB/s and encodes at 1 MB/s; an answer depends only on the request and on the two files that ask, so
it is kept under a hash of them all and a second run of the tests costs next to nothing.
"""

from __future__ import annotations

import base64
import functools
import gzip
import json
import os
import pathlib
import subprocess
import tempfile
from collections.abc import Sequence
from typing import Any

from support import SHARED, Case, sha256, write_jsonl

WORKER = pathlib.Path(__file__).with_name("reference_worker.py")
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "bytepiece-tests"


@functools.cache
def python() -> str:
    """The interpreter that has 0.6.3; built at the first call."""
    built = subprocess.run([SHARED / "tools" / "reference-env"], check=True, text=True, stdout=subprocess.PIPE)
    return built.stdout.strip()


@functools.cache
def worker() -> subprocess.Popen[str]:
    return subprocess.Popen([python(), str(WORKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ask(request: dict[str, Any]) -> Any:
    process = worker()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(request) + "\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def remembered(key: Any, compute: Any) -> Any:
    """`compute()`, or what it gave last time for the same key, the same worker and the same driver."""
    versions = [sha256(WORKER), sha256(SHARED / "tools" / "reference.py")]
    path = CACHE / (sha256(json.dumps([key, versions]).encode()) + ".json.gz")
    if path.exists():
        return json.loads(gzip.decompress(path.read_bytes()))
    answer = compute()
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=CACHE, delete=False) as stream:
        stream.write(gzip.compress(json.dumps(answer).encode(), 1))
    os.replace(stream.name, path)
    return answer


def clean(texts: Sequence[str]) -> list[str]:
    """The texts without characters that are newer than the Unicode of 0.6.3's interpreter: NFC may differ."""
    key = ["clean", sha256("\0".join(texts).encode("utf-8", "surrogatepass"))]
    cleaned: list[str] = remembered(key, lambda: ask({"clean": list(texts)}))
    return cleaned


def encode(model: pathlib.Path, texts: Sequence[bytes]) -> list[list[int]]:
    """The ids that 0.6.3 gives for each text."""
    packed = [base64.b64encode(text).decode() for text in texts]
    key = ["encode", sha256(model), sha256(json.dumps(packed).encode())]
    ids: list[list[int]] = remembered(key, lambda: ask({"encode": str(model), "texts": packed}))
    return ids


def run_driver(*arguments: object) -> None:
    command = [python(), str(SHARED / "tools" / "reference.py"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def train(case: Case, texts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Per file that `save("model")` writes: its sha256 and its number of pieces."""

    def compute() -> dict[str, dict[str, Any]]:
        with tempfile.TemporaryDirectory() as folder:
            corpus, model = pathlib.Path(folder, "corpus.jsonl"), pathlib.Path(folder, "model")
            write_jsonl(corpus, texts)
            run_driver("train", corpus, model, *case.flags())
            return {
                path.name: {"sha256": sha256(path), "pieces": len(json.loads(path.read_bytes()))}
                for path in case.files(model)
            }

    key = ["train", case.name, sha256(json.dumps(list(texts)).encode())]
    files: dict[str, dict[str, Any]] = remembered(key, compute)
    return files
