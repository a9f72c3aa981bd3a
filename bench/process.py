"""Starts engines (bench/worker.py) under their interpreters and talks to them."""

from __future__ import annotations

import functools
import json
import os
import pathlib
import subprocess
import sys
from types import TracebackType
from typing import Any

from bench.texts import ROOT, SHARED, MissingError


@functools.cache
def reference_python() -> str:
    """The interpreter that has bytepiece 0.6.3: BYTEPIECE_REFERENCE_PYTHON, or built by the shared tools."""
    given = os.environ.get("BYTEPIECE_REFERENCE_PYTHON")
    tool = SHARED / "tools" / "reference-env"
    if given:
        return given
    if not tool.exists():
        raise MissingError("no interpreter with bytepiece 0.6.3: set BYTEPIECE_REFERENCE_PYTHON or BYTEPIECE_SHARED")
    return subprocess.run([tool], check=True, text=True, stdout=subprocess.PIPE).stdout.strip()


@functools.cache
def reference_environment() -> dict[str, str]:
    """numpy's AVX-512 logarithm differs from libm's by an ulp on some counts, which moves exact ties: switched off."""
    test = "import math, numpy; v = range(1, 200_000); assert all(numpy.log(x) == math.log(x) for x in v)"
    for features in ("", "X86_V4", "AVX512_SKX"):
        env = dict(os.environ, NPY_DISABLE_CPU_FEATURES=features)
        if subprocess.run([reference_python(), "-c", test], env=env, capture_output=True).returncode == 0:
            return env
    raise MissingError("no setting makes the log of 0.6.3's numpy equal libm's")


class Worker:
    """One engine; ends with the `with` block."""

    def __init__(self, engine: str) -> None:
        theirs = engine.startswith("bytepiece-0.6.3")
        command = [reference_python() if theirs else sys.executable, "-m", "bench.worker", engine]
        self.engine = engine
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=reference_environment() if theirs else None,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        packed = {k: str(v) if isinstance(v, pathlib.Path) else v for k, v in arguments.items()}
        self.process.stdin.write(json.dumps({"do": do, **packed}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        answer: dict[str, Any] = json.loads(line) if line else {"error": f"{self.engine} ended"}
        if "error" in answer:
            raise RuntimeError(f"{self.engine}, {do}: {answer['error']}")
        return answer

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()
