"""One tokenizer in many threads and processes at once, for a long time: the same ids, no lock that a fork inherits, no memory kept.

What has to begin in a fresh interpreter, or could hang, is a function at the top level and runs in a spawned process.
"""

from __future__ import annotations

import gc
import itertools
import multiprocessing
import os
import pathlib
import random
import signal
import sys
import sysconfig
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest

import bytepiece

TEXT = "which segmentation will it be? 天地玄黄 e\u0301 <|end|>\n" * 40
LINUX = sys.platform == "linux"
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
forks_with_threads = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


def special(model: pathlib.Path) -> bytepiece.Tokenizer:
    return bytepiece.Tokenizer(model, seed=4).with_special_tokens(["<|end|>"])


def stream(tokenizer: bytepiece.Tokenizer) -> list[int]:
    encoder = tokenizer.stream_encoder()
    pushed = [encoder.push(TEXT[start : start + 7]) for start in range(0, len(TEXT), 7)]
    return [id for ids in [*pushed, encoder.finish()] for id in ids]


# What threads and processes do; each gives the same wherever and whenever it is called.
WORK: dict[str, Callable[[bytepiece.Tokenizer], Any]] = {
    "encode": lambda tokenizer: tokenizer.encode(TEXT),
    "iterate": lambda tokenizer: list(tokenizer.encode(TEXT, iter=True)),
    "tokenize": lambda tokenizer: tokenizer.tokenize(TEXT),
    "special": lambda tokenizer: tokenizer.encode(TEXT, allowed_special="all"),
    "offsets": lambda tokenizer: [list(part) for part in tokenizer.encode(TEXT, return_offsets=True)],
    "batch": lambda tokenizer: tokenizer.encode_batch([TEXT] * 40, threads=2),
    "pad": lambda tokenizer: tokenizer.encode_batch([TEXT, "a"], threads=2, padding="longest"),
    "sample": lambda tokenizer: tokenizer.encode_batch([TEXT] * 40, threads=2, alpha=0.2, seed=7, first_index=3),
    "count": lambda tokenizer: tokenizer.count_tokens([TEXT] * 40, threads=2).tolist(),
    "stream": stream,
    "decode": lambda tokenizer: tokenizer.decode_batch([tokenizer.encode(TEXT)] * 3),
    "normalize": lambda _: bytepiece.normalize(TEXT, 10, True),
    "vocabulary": lambda tokenizer: len(tokenizer.get_vocab()),
}


def work(tokenizer: bytepiece.Tokenizer) -> list[Any]:
    return [WORK[name](tokenizer) for name in WORK]


def in_a_process(target: Callable[..., None], *arguments: Any) -> None:
    """Runs it in a fresh interpreter; its failures come out on stderr."""
    process = multiprocessing.get_context("spawn").Process(target=target, args=arguments)
    process.start()
    process.join(300)
    hangs = process.is_alive()
    process.kill()
    process.join()
    assert not hangs
    assert process.exitcode == 0


def in_a_child(task: Callable[[], object]) -> bool:
    """Whether a forked child does it without an error or a hang."""
    child = os.fork()
    if child == 0:
        try:
            task()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
        os._exit(1)
    for _ in range(2000):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status == 0
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def equals(actual: object, expected: object) -> None:
    assert actual == expected


def test_threads_do_everything_at_once(model: pathlib.Path) -> None:
    tokenizer = special(model)
    expected = {name: task(special(model)) for name, task in WORK.items()}
    names = list(WORK) * 20
    random.Random(5).shuffle(names)
    start = threading.Barrier(8)

    def share(number: int) -> list[tuple[str, Any]]:
        start.wait()
        return [(name, WORK[name](tokenizer)) for name in names[number::8]]

    with ThreadPoolExecutor(8) as pool:
        for name, result in itertools.chain.from_iterable(pool.map(share, range(8))):
            assert result == expected[name], name


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
@forks_with_threads
def test_processes_do_the_same(model: pathlib.Path, method: str) -> None:
    tokenizer = special(model)
    expected = work(tokenizer)  # buffers, lists of ints and finders are there when a child is forked
    with ProcessPoolExecutor(2, multiprocessing.get_context(method)) as pool:
        assert list(pool.map(work, [tokenizer] * 2)) == [expected] * 2


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
@forks_with_threads
def test_a_sample_is_decided_by_seed_and_index_wherever_it_is_drawn(model: pathlib.Path, method: str) -> None:
    tokenizer, texts = bytepiece.Tokenizer(model), [TEXT[start:] for start in range(40)]
    expected = tokenizer.encode_batch(texts, alpha=0.1, seed=11)
    shares = [range(start, min(start + 7, 40)) for start in range(0, 40, 7)]
    with ProcessPoolExecutor(2, multiprocessing.get_context(method)) as pool:
        drawn = [pool.submit(draw, tokenizer, texts[share.start : share.stop], share.start) for share in shares]
        assert [row for rows in drawn for row in rows.result()] == expected


def draw(tokenizer: bytepiece.Tokenizer, texts: list[str], first_index: int) -> list[list[int]]:
    return tokenizer.encode_batch(texts, alpha=0.1, seed=11, first_index=first_index)


def fork_while_others_encode(model: pathlib.Path) -> None:
    tokenizer = special(model)
    expected = work(tokenizer)
    stop = threading.Event()

    def others(number: int) -> None:
        for name in itertools.islice(itertools.cycle(WORK), number, None):
            WORK[name](tokenizer)
            if stop.is_set():
                return

    threads = [threading.Thread(target=others, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    try:
        assert all(in_a_child(lambda: equals(work(tokenizer), expected)) for _ in range(25))
    finally:
        stop.set()


@needs_fork
def test_a_fork_while_other_threads_encode(model: pathlib.Path) -> None:
    in_a_process(fork_while_others_encode, model)


def fork_during_the_first_call(model: pathlib.Path, name: str, delay: float) -> None:
    tokenizer = special(model)
    thread = threading.Thread(target=WORK[name], args=(tokenizer,))
    thread.start()
    time.sleep(delay)
    assert in_a_child(lambda: WORK[name](tokenizer))


@needs_fork
@pytest.mark.parametrize("name", ["encode", "stream", "normalize"])
def test_a_fork_while_another_thread_makes_what_is_made_once(model: pathlib.Path, name: str) -> None:
    """Unicode's sets are made at their first use, which takes milliseconds: the child must not wait for that thread."""
    for delay in (0, 0.001, 0.003):
        in_a_process(fork_during_the_first_call, model, name, delay)


def fork_while_another_thread_has_an_iterator(model: pathlib.Path) -> None:
    """Its lock is held for as long as a line takes; the child has the lock and not the thread."""
    tokenizer = bytepiece.Tokenizer(model)
    ids = iter(tokenizer.encode("one long line " * 3_000_000, iter=True))
    started = threading.Event()

    def take() -> None:
        started.set()
        next(ids)

    def refused() -> None:
        with pytest.raises(RuntimeError, match="in use by a thread of another process when this one was forked"):
            next(ids)
        assert list(tokenizer.encode(TEXT, iter=True)) == tokenizer.encode(TEXT)

    thread = threading.Thread(target=take)
    thread.start()
    started.wait()
    time.sleep(0.05)
    assert in_a_child(refused)
    thread.join()
    assert in_a_child(lambda: next(ids))


@needs_fork
def test_a_fork_while_another_thread_has_an_iterator(model: pathlib.Path) -> None:
    in_a_process(fork_while_another_thread_has_an_iterator, model)


class InterruptedByTimerError(Exception):
    """What the signal handler raises."""


@pytest.mark.skipif(not LINUX, reason="threads are counted in /proc, signals come from setitimer")
@pytest.mark.parametrize("call", ["encode_batch", "encode_batch sampling", "count_tokens", "decode_batch", "stream"])
def test_after_an_interrupt_no_thread_is_left_and_all_works_on(tokenizer: bytepiece.Tokenizer, call: str) -> None:
    def interrupt(*_: object) -> None:
        raise InterruptedByTimerError

    texts = [TEXT * 1000] * 400
    calls: dict[str, Callable[[], object]] = {
        "encode_batch": lambda: tokenizer.encode_batch(texts, threads=4, output="numpy"),
        "encode_batch sampling": lambda: tokenizer.encode_batch(texts, threads=4, alpha=0.5, output="numpy"),
        "count_tokens": lambda: tokenizer.count_tokens(texts, threads=4),
        "decode_batch": lambda: tokenizer.decode_batch(itertools.repeat([70, 71])),
        "stream": lambda: tokenizer.stream_encoder().push("".join(texts[:40])),
    }
    expected = work(tokenizer_with_end := tokenizer.with_special_tokens(["<|end|>"]))
    before = len(os.listdir("/proc/self/task"))
    previous = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(InterruptedByTimerError):
            calls[call]()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert len(os.listdir("/proc/self/task")) == before
    assert work(tokenizer_with_end) == expected


def varied_texts(number: int) -> Iterator[str | bytes]:
    """About 1 MB in all: many scripts, long lines, runs, ties, text to normalize, bytes that are none."""
    draw = random.Random(number)
    words = [
        "".join(chr(draw.choice((97, 0x430, 0x4E00, 0x1100)) + draw.randrange(26)) for _ in range(4))
        for _ in range(300)
    ]
    yield " ".join(draw.choices(words, k=20_000))
    yield "\n".join(draw.choices(words, k=20_000))
    yield from draw.choices(words, k=2_000)
    yield draw.choice("a= \n天") * draw.randrange(100_000)
    yield "e\u0301\u0323" * draw.randrange(20_000)
    yield draw.randbytes(100_000)


def do_varied_work(tokenizer: bytepiece.Tokenizer, number: int) -> int:
    """Something of each kind with varied texts; the number of bytes it was."""
    texts = list(varied_texts(number))
    ids, ends = tokenizer.encode_batch(texts, threads=2, output="numpy")
    tokenizer.encode_batch(texts, threads=2)
    tokenizer.count_tokens(texts, threads=3)
    tokenizer.encode_batch(texts[-1:], alpha=0.3, return_offsets=True)
    tokenizer.decode_batch(ids, ends)
    tokenizer.encode(texts[0], allowed_special=["<|end|>"] if number % 2 else "all")
    next(iter(tokenizer.encode(texts[1], iter=True)))
    encoder = tokenizer.stream_encoder(output="numpy")
    for text in texts[-400:]:
        encoder.push(text)
    thread = threading.Thread(target=tokenizer.encode, args=(texts[1],))
    thread.start()
    thread.join()
    return 3 * sum(len(text.encode() if isinstance(text, str) else text) for text in texts)


def resident() -> int:
    gc.collect()
    return int(pathlib.Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def memory_stays(model: pathlib.Path, size: int) -> None:
    tokenizer, done, before = special(model), 0, None
    for number in itertools.count():
        done += do_varied_work(tokenizer, number)
        if before is None and done > 40_000_000:
            before = resident()
        if done > size:
            break
    assert before is not None
    grown = resident() - before
    print(f"{done / 1e6:.0f} MB of text, {before / 1e6:.0f} MB resident at first, {grown / 1e6:.1f} MB more later")
    assert grown < 24_000_000, f"{grown / 1e6:.1f} MB more than after the first 40 MB"


@pytest.mark.skipif(not LINUX, reason="the resident memory is read from /proc")
@pytest.mark.parametrize(
    "size", [pytest.param(120_000_000, id="120MB"), pytest.param(2_000_000_000, id="2GB", marks=pytest.mark.full)]
)
def test_memory_does_not_grow(model: pathlib.Path, size: int) -> None:
    in_a_process(memory_stays, model, size)


@pytest.mark.skipif(
    not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this interpreter has a GIL: see make test-free-threaded"
)
def test_the_interpreter_stays_without_a_gil() -> None:
    """A module that does not say it needs none switches it on."""
    assert not sys._is_gil_enabled()  # type: ignore[attr-defined]
