"""Ctrl-C in the middle of everything that takes long: heard within a second, threads joined, temporary files gone."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import time

import pytest


def interrupted(code: str, folder: pathlib.Path) -> tuple[float, subprocess.CompletedProcess[str]]:
    """Runs code that prints "ready" and then works for long, sends SIGINT; the seconds it went on for, and how it ended.

    Those are seconds of processors, on Linux, so that they do not depend on what else the machine does.
    """
    # where the tests run in the background of a script, SIGINT is ignored and children inherit that
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    program = heard + textwrap.dedent(code)
    environment = os.environ | {"TMPDIR": str(folder)}
    before = children()
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.4)
    assert process.poll() is None, process.stderr and process.stderr.read()
    before += used(process.pid)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    return children() - before, subprocess.CompletedProcess([], process.returncode, out, err)


def children() -> float:
    """Seconds of processors that the children which have ended used."""
    times = os.times()
    return times.children_user + times.children_system


def used(process: int) -> float:
    """Seconds of processors that a process has used; where the system does not say, as if it were infinitely many."""
    stat = pathlib.Path(f"/proc/{process}/stat")
    if not stat.exists():
        return float("inf")
    fields = stat.read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


WORK = {
    "train a list": "bytepiece.Trainer().train(texts)",
    "train bytes on one thread": "bytepiece.Trainer(threads=1).train([text.encode() for text in texts])",
    "train a generator": "bytepiece.Trainer().train(text for text in texts)",
    "train an endless iterator": "bytepiece.Trainer().train(itertools.repeat('天地' * 1000))",
    "encode_batch": "tokenizer.encode_batch(texts)",
    "encode_batch on one line": "tokenizer.encode_batch([''.join(texts[:100_000]).replace('\\n', ' ')], threads=1)",
    "encode a long text": "tokenizer.encode(''.join(texts[:100_000]))",
    "sample one line": "tokenizer.encode(''.join(texts).replace('\\n', ' '), alpha=0.5)",
    "encode what is not normalized": "tokenizer.encode('e\\u0301 ab' * 30_000_000)",
    "encode_batch of an endless iterator": "tokenizer.encode_batch(itertools.repeat('a'))",
    "decode an endless iterator": "tokenizer.decode(itertools.repeat(100))",
    "sample": "tokenizer.encode_batch(texts, alpha=0.5)",
}


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for a child on Windows")
@pytest.mark.parametrize("name", WORK)
def test_ctrl_c_is_heard(name: str, model: pathlib.Path, tmp_path: pathlib.Path) -> None:
    code = f"""
        import itertools, os, random, bytepiece, numpy  # numpy has threads of its own
        tokenizer = bytepiece.Tokenizer({str(model)!r})
        words = [''.join(random.choices('abcdefghij天地玄黄宇宙', k=5)) for _ in range(100_000)]
        texts = random.choices([' '.join(random.choices(words, k=100)) + '\\n' for _ in range(5000)], k=1_000_000)
        def threads():
            return len(os.listdir('/proc/self/task')) if os.path.exists('/proc/self/task') else 1

        before = threads()
        print('ready', flush=True)
        try:
            {WORK[name]}
        except KeyboardInterrupt:
            print('interrupted', threads() - before, flush=True)
            os._exit(0)  # the list of texts takes its time to go
    """
    seconds, done = interrupted(code, tmp_path)
    assert (done.stdout, done.returncode) == ("interrupted 0\n", 0), done.stderr
    assert seconds < 1 + (os.cpu_count() or 1)  # a second on all of them, and the end of the program
    assert list(tmp_path.iterdir()) == []
