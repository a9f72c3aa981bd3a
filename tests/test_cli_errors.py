"""The program `bytepiece` when something is wrong: one line that says what, on stderr, and an exit code that says how."""

from __future__ import annotations

import pathlib
import shlex
import subprocess
import sys
from typing import Any

import pytest
from test_cli import PROGRAM, TEXT, run


@pytest.mark.parametrize(
    "arguments",
    [[], ["fly"], ["train"], ["encode"], ["train", "a", "-o", "m", "--vocab-size", "x"], ["inspect", "a", "b"]],
)
def test_wrong_command_lines_are_2(arguments: list[str]) -> None:
    out, err = run(*arguments, code=2)
    assert out == b""
    assert err.startswith("usage: bytepiece")


def failures(model: pathlib.Path, tmp_path: pathlib.Path) -> list[tuple[list[Any], bytes, str]]:
    """Command lines, what is on stdin, and words of the error."""
    missing = tmp_path / "missing"
    return [
        (["encode", "-m", missing], b"", f"{missing}: No such file or directory"),
        (["encode", "-m", model, missing], b"", f"{missing}: No such file or directory"),
        (["encode", "-m", model, f"{missing}*"], b"", "missing*"),
        (["encode", "-m", model, "--alpha", "nan"], b"a", "alpha must be a number"),
        (["encode", "-m", model, "--alpha", "nan"], b"", "alpha must be a number"),
        (["encode", "-m", model, "--alpha", "1e300"], b"", "alpha must be a number"),
        (["encode", "-m", model, "--threads", 0], b"", "threads must be 1 to 1024, not 0"),
        (["encode", "-m", model, "--seed", -1], b"", "seed must be 0 to 2**64 - 1, not -1"),
        (
            ["encode", "-m", model, "--jsonl", tmp_path / "bad.jsonl"],
            b"",
            "bad.jsonl: line 2: not an object with a string",
        ),
        (["decode", "-m", model], b"100 101\n7 x\n", "stdin: line 2: ids are whole numbers"),
        (["decode", "-m", model], b"100\n\n-1\n", "stdin: line 3: id -1 is not in the vocabulary"),
        (["inspect", tmp_path / "bad.model"], b"", "bad.model: not a BytePiece model: EOF"),
        (["train", missing, "-o", tmp_path / "m"], b"", f"{missing}: No such file or directory"),
        (["train", tmp_path / "bad.jsonl", "-o", tmp_path / "m"], b"", "bad.jsonl: line 2: "),
        (["train", __file__, "-o", tmp_path / "m", "--order", 99], b"", "order must be 1 to 16, not 99"),
        (["train", tmp_path / "bad.jsonl", "-o", missing / "m"], b"", f"{missing / 'm'}: No such file or directory"),
        (["train", tmp_path / "bad.jsonl", "-o", tmp_path], b"", f"{tmp_path}: Is a directory"),
        (["train", tmp_path / "bad.jsonl", "-o", ""], b"", "error: '': No such file or directory"),
        (
            ["encode", "-m", model, "--jsonl"],
            b'{"text": "a"}\n{"text": "\\ud800"}',
            "stdin: line 2: half of a surrogate pair",
        ),
        (["encode", "-m", model, "--jsonl"], b"[" * 10**6, "stdin: line 1: not JSON"),
        (
            ["decode", "-m", model],
            b"100\n1_0\n",
            "stdin: line 2: ids are whole numbers separated by blanks: '1_0' is none",
        ),
        (["decode", "-m", model], b"+5", "stdin: line 1: ids are whole numbers"),
    ]


def test_failed_work_is_1_and_one_line(model: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "bad.model").write_text("{", "utf-8")
    (tmp_path / "bad.jsonl").write_text('{"text": "a"}\n{}\n', "utf-8")
    for arguments, stdin, words in failures(model, tmp_path):
        out, err = run(*arguments, stdin=stdin, code=1)
        assert out == b""
        assert err.startswith("bytepiece: error: ")
        assert words in err
        assert err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.jsonl", "bad.model"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX shell")
def test_streams_that_are_closed_and_pipes_that_have_names(model: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "text").write_bytes(TEXT)
    ids = run("encode", "-m", model, stdin=TEXT)[0]
    program = shlex.join(PROGRAM)
    for command, code, out, err in (
        (f"{program} encode -m {model} <(cat text)", 0, ids, b""),
        (f"mkfifo pipe; (cat text >pipe &); {program} encode -m {model} pipe", 0, ids, b""),
        (f"{program} encode -m <(cat {model}) text", 0, ids, b""),
        (
            f"{program} inspect <(cat {model})",
            1,
            b"",
            b"it is read twice, so it must be a file, not a pipe or a device\n",
        ),
        (f"{program} encode -m {model} <&-", 1, b"", b"bytepiece: error: stdin: it is closed\n"),
        (f"{program} encode -m {model} text >&-", 1, b"", b"bytepiece: error: stdout: it is closed\n"),
        (f"{program} encode -m missing text 2>&-", 1, b"", b""),
        (f"{program} encode -m {model} text >/dev/full", 1, b"", b"bytepiece: error: No space left on device\n"),
    ):
        done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, timeout=60)
        assert (done.returncode, done.stdout) == (code, out), (command, done.stderr)
        assert done.stderr.endswith(err) and done.stderr.count(b"\n") == bool(err), (command, done.stderr)
