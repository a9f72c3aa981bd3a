"""Ctrl-C in the middle of everything that takes long: heard, threads joined, temporary files gone."""

from __future__ import annotations

import base64
import json
import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bytepiece


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


def times_heard(work: Callable[[], object]) -> int:
    """How often a handler of a signal that comes a hundred times a second ran while `work` did. A call that does not listen gives
    one when it ends, and at most another one after that."""
    heard = 0

    def hear(number: int, frame: object) -> None:
        nonlocal heard
        heard += 1

    before = signal.signal(signal.SIGALRM, hear)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
        work()
        return heard
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def nested(tmp_path_factory: pytest.TempPathFactory) -> bytepiece.Tokenizer:
    """4,096 pieces match at each byte of a run of a; written as they are, since pruning them takes a minute."""
    pieces = [bytes([byte]) for byte in range(256)] + [b"a" * length for length in range(2, 4097)]
    entries = {base64.b64encode(piece).decode(): [id, "", len(piece)] for id, piece in enumerate(pieces, 3)}
    path = tmp_path_factory.mktemp("nested") / "model"
    path.write_text(json.dumps(entries), "utf-8")
    return bytepiece.Tokenizer(path)


NESTED: dict[str, Callable[[bytepiece.Tokenizer, str], object]] = {
    "encode": lambda tokenizer, text: tokenizer.encode(text),
    "encode_batch": lambda tokenizer, text: tokenizer.encode_batch([text], threads=1),
    "count_tokens": lambda tokenizer, text: tokenizer.count_tokens(text, threads=1),
    "sample": lambda tokenizer, text: tokenizer.encode(text, alpha=0.5),
    "log_likelihood": lambda tokenizer, text: tokenizer.log_likelihood(text),
}


@pytest.mark.skipif(sys.platform == "win32", reason="no interval timers on Windows")
@pytest.mark.parametrize("name", NESTED)
def test_signals_are_heard_where_a_byte_takes_thousands_of_steps(name: str, nested: bytepiece.Tokenizer) -> None:
    assert times_heard(lambda: NESTED[name](nested, "a" * 50_000)) > 2


def flat(row: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Two million times this row, as arrays."""
    return np.array(row * 2_000_000, np.uint16), np.arange(1, 2_000_001) * len(row)


DECODING: dict[str, tuple[Callable[[], Any], Callable[[bytepiece.Tokenizer, Any], object]]] = {
    "decode": (lambda: flat([100] * 10)[0], lambda tokenizer, ids: tokenizer.decode(ids)),
    "decode a list": (lambda: [100] * 10_000_000, lambda tokenizer, ids: tokenizer.decode(ids)),
    "decode what is no text": (lambda: flat([258] * 10)[0], lambda tokenizer, ids: tokenizer.decode(ids)),
    "decode_bytes": (lambda: flat([100] * 10)[0], lambda tokenizer, ids: tokenizer.decode_bytes(ids)),
    "decode_batch": (lambda: flat([100] * 5), lambda tokenizer, rows: tokenizer.decode_batch(*rows)),
    "ids_to_pieces": (lambda: [100] * 5_000_000, lambda tokenizer, ids: tokenizer.ids_to_pieces(ids)),
    "stream_decoder": (
        lambda: flat([258] * 10)[0],
        lambda tokenizer, ids: tokenizer.stream_decoder(errors="replace").push(ids),
    ),
    "encode what is no text": (lambda: b"\xff" * 10_000_000, lambda tokenizer, text: tokenizer.encode(text)),
    "iterate over one line": (
        lambda: "ab " * 5_000_000,
        lambda tokenizer, text: next(tokenizer.encode(text, iter=True)),
    ),
    "lists of ids": (lambda: ["ab " * 10] * 1_000_000, lambda tokenizer, texts: tokenizer.encode_batch(texts)),
    "offsets": (lambda: "ab\n" * 2_000_000, lambda tokenizer, text: tokenizer.encode(text, return_offsets=True)),
}


@pytest.mark.skipif(sys.platform == "win32", reason="no interval timers on Windows")
@pytest.mark.parametrize("name", DECODING)
def test_signals_are_heard_in_much_decoding_and_many_objects(name: str, model: pathlib.Path) -> None:
    make, work = DECODING[name]
    tokenizer, given = bytepiece.Tokenizer(model), make()
    assert times_heard(lambda: work(tokenizer, given)) > 2


@pytest.mark.skipif(sys.platform == "win32", reason="no interval timers on Windows")
def test_a_stream_decoder_goes_on_after_ctrl_c(model: pathlib.Path) -> None:
    """A push that is interrupted takes nothing."""
    tokenizer = bytepiece.Tokenizer(model)
    start, *end = (tokenizer.piece_to_id(bytes([byte])) for byte in "天".encode())
    decoder = tokenizer.stream_decoder()
    assert decoder.push(start) == ""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(KeyboardInterrupt):
            decoder.push(flat([258] * 10)[0])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert decoder.push(end) == "天"


@pytest.mark.skipif(sys.platform == "win32", reason="no interval timers on Windows")
def test_an_iterator_goes_on_after_ctrl_c(model: pathlib.Path) -> None:
    """And a handler that asks it for more gets an error where a lock would wait for ever."""
    tokenizer = bytepiece.Tokenizer(model)
    text = "ab\n" + "天地 " * 2_000_000
    iterator, expected = tokenizer.encode(text, iter=True), tokenizer.encode(text)
    got = [next(iterator) for _ in tokenizer.encode("ab\n")]
    said = []

    def hear(number: int, frame: object) -> None:
        try:
            next(iterator)
        except RuntimeError as error:
            said.append(str(error))
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, hear)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(KeyboardInterrupt):
            next(iterator)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert said and said[0].startswith("this iterator is in the middle of a step that a signal handler has interrupted")
    assert got + list(iterator) == expected


def test_ctrl_c_while_numpy_is_imported(model: pathlib.Path) -> None:
    # what the import system does when a signal comes in, made certain
    code = f"""
        import sys, bytepiece

        class Pressed:
            def find_spec(self, name, path=None, target=None):
                if name == "numpy":
                    raise KeyboardInterrupt

        tokenizer = bytepiece.Tokenizer({str(model)!r})
        sys.meta_path.insert(0, Pressed())
        for call in (
            lambda: tokenizer.encode_batch(["a"], output="numpy"),
            lambda: tokenizer.encode_batch(("a" for _ in range(2)), output="numpy"),
            lambda: tokenizer.decode(iter([100])),
        ):
            try:
                call()
            except KeyboardInterrupt:
                print("interrupted")
        del sys.meta_path[0]
        print(len(tokenizer.encode_batch(["a"], output="numpy")[1]))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("interrupted\n" * 3 + "1\n", 0), done.stderr
