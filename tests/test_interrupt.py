"""Ctrl-C in the middle of everything that takes long: heard, threads joined, temporary files gone."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import time

import pytest


def interrupted(code: str, folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    """Runs code that prints "ready" and then works for minutes, sends SIGINT; how it ended. An error if it works on."""
    # where the tests run in the background of a script, SIGINT is ignored and children inherit that
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    process = subprocess.Popen(
        [sys.executable, "-c", heard + textwrap.dedent(code)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(folder)},
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.4)
        assert process.poll() is None, process.stderr and process.stderr.read()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    return subprocess.CompletedProcess([], process.returncode, out, err)


WORK = {
    "train a list": "bytepiece.Trainer().train(texts)",
    "train bytes on one thread": "bytepiece.Trainer(threads=1).train([text.encode() for text in texts])",
    "train a generator": "bytepiece.Trainer().train(text for text in texts)",
    "train an endless iterator": "bytepiece.Trainer().train(itertools.repeat('天地' * 1000))",
    "encode_batch": "tokenizer.encode_batch(texts)",
    "encode_batch on one line": "tokenizer.encode_batch([''.join(texts[:1000]).replace('\\n', ' ')] * 100, threads=1)",
    "encode a long text": "tokenizer.encode(''.join(texts[:1000]))",
    "sample one line": "tokenizer.encode(''.join(texts[:1000]).replace('\\n', ' '), alpha=0.5)",
    "score": "tokenizer.score(''.join(texts[:1000]))",
    "log_likelihood of one line": "tokenizer.log_likelihood(''.join(texts[:1000]).replace('\\n', ' '))",
    "entropy": "tokenizer.entropy(''.join(texts[:1000]))",
    "nbest": "tokenizer.nbest(''.join(texts[:200]).replace('\\n', ' ')[:2_000_000], 11)",
    "encode what is not normalized": "tokenizer.encode('e\\u0301 ab' * 30_000_000)",
    "push to a stream": "tokenizer.stream_encoder().push(''.join(texts[:1000]))",
    "push what is not normalized": "tokenizer.stream_encoder().push('e\\u0301 ab' * 30_000_000)",
    "encode_files": "list(tokenizer.encode_files(texts))",
    "encode_files of an endless iterator": "[0 for _ in tokenizer.encode_files(itertools.repeat('天地' * 1000))]",
    "encode_files of an endless batch": "next(tokenizer.encode_files(itertools.repeat('天地' * 1000), batch_bytes=2**60))",
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
        texts = random.choices(['\\n'.join(random.choices(words, k=10_000)) for _ in range(50)], k=200_000)
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
    done = interrupted(code, tmp_path)
    assert (done.stdout, done.returncode) == ("interrupted 0\n", 0), done.stderr
    assert list(tmp_path.iterdir()) == []
