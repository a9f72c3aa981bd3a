"""Where Python's world touches Rust's: threads, processes, signals, pickles, exceptions that pass through."""

from __future__ import annotations

import collections
import copy
import multiprocessing
import os
import pathlib
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest

import bytepiece
from bytepiece.corpus import Limit, Mix, Text

TEXT = "which segmentation will it be this time? 天地玄黄\n" * 3


class Named(bytepiece.Tokenizer):
    """A subclass with a constructor and a state of its own; at the top level, so that it can be pickled."""

    def __init__(self, path: pathlib.Path, name: str) -> None:
        super().__init__(path, seed=3)
        self.name = name


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_the_same_tokenizer(tokenizer: bytepiece.Tokenizer, protocol: int) -> None:
    again = pickle.loads(pickle.dumps(tokenizer, protocol))
    assert type(again) is bytepiece.Tokenizer
    assert again.get_vocab() == tokenizer.get_vocab()
    assert again.encode(TEXT) == tokenizer.encode(TEXT)


def test_a_pickle_is_small_and_the_same_bytes(model: pathlib.Path) -> None:
    tokenizer = bytepiece.Tokenizer(model, seed=5)
    before = pickle.dumps(tokenizer)
    assert len(before) < model.stat().st_size / 5
    tokenizer.encode(TEXT, alpha=0.1)
    assert pickle.dumps(tokenizer) == before == pickle.dumps(bytepiece.Tokenizer(model, seed=5))
    assert pickle.dumps(pickle.loads(before)) == before
    assert pickle.dumps(bytepiece.Tokenizer(model)) != before


def test_a_pickle_keeps_the_seed_and_forgets_the_calls(model: pathlib.Path) -> None:
    tokenizer = bytepiece.Tokenizer(model, seed=5)
    first = [tokenizer.encode(TEXT, alpha=0) for _ in range(3)]
    assert [pickle.loads(pickle.dumps(tokenizer)).encode(TEXT, alpha=0) for _ in range(3)] == first[:1] * 3
    unseeded = pickle.dumps(bytepiece.Tokenizer(model))
    assert len({tuple(pickle.loads(unseeded).encode(TEXT, alpha=0)) for _ in range(3)}) == 3


def test_copies_and_subclasses_keep_what_they_are(model: pathlib.Path) -> None:
    named = Named(model, "zh")
    named.more = [1]  # type: ignore[attr-defined]
    for again in (copy.copy(named), copy.deepcopy(named), pickle.loads(pickle.dumps(named))):
        assert (type(again), again.name, again.more) == (Named, "zh", [1])
        assert again.encode(TEXT, alpha=0) == Named(model, "x").encode(TEXT, alpha=0)
    assert copy.copy(named).more is named.more  # type: ignore[attr-defined]
    assert copy.deepcopy(named).more is not named.more  # type: ignore[attr-defined]


def test_a_broken_pickle_is_a_value_error(tokenizer: bytepiece.Tokenizer) -> None:
    function, (kind, packed, seed) = tokenizer.__reduce__()
    for broken in (b"", packed[:-9], b"\xff" + packed[1:], packed[:5] + b"??" + packed[7:]):
        with pytest.raises(ValueError, match="pickle"):
            function(kind, broken, seed)


def test_threads_may_share_a_tokenizer(tokenizer: bytepiece.Tokenizer, documents: list[str]) -> None:
    expected = [tokenizer.encode(text) for text in documents]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(tokenizer.encode, documents)) == expected
        assert all(rows == expected for rows in pool.map(tokenizer.encode_batch, [documents] * 8))


def test_threads_that_sample_share_one_count(tokenizer: bytepiece.Tokenizer) -> None:
    tokenizer.set_seed(1)
    expected = [tuple(tokenizer.encode(TEXT, alpha=0)) for _ in range(400)]
    tokenizer.set_seed(1)
    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(lambda _: tuple(tokenizer.encode(TEXT, alpha=0)), range(400)))
    assert collections.Counter(drawn) == collections.Counter(expected)


def test_threads_may_share_an_iterator(tokenizer: bytepiece.Tokenizer) -> None:
    ids = tokenizer.encode(TEXT * 2000, iter=True)
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(list, [ids] * 4))
    assert collections.Counter(id for part in parts for id in part) == collections.Counter(
        tokenizer.encode(TEXT * 2000)
    )


def encode(tokenizer: bytepiece.Tokenizer) -> tuple[list[int], list[list[int]], list[int]]:
    """The work of a process: the best path, a batch on threads, a sample."""
    return tokenizer.encode(TEXT), tokenizer.encode_batch([TEXT] * 3000, threads=2), tokenizer.encode(TEXT, alpha=0)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_processes_encode_alike_and_sample_apart(tokenizer: bytepiece.Tokenizer, method: str) -> None:
    expected = encode(tokenizer)  # after this the parent has entropy that a forked child inherits
    with ProcessPoolExecutor(2, multiprocessing.get_context(method)) as pool:
        results = list(pool.map(encode, [tokenizer] * 2))
    assert all(result[:2] == expected[:2] for result in results)
    assert len({tuple(sample) for *_, sample in [*results, expected]}) == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_draws_other_samples(tokenizer: bytepiece.Tokenizer) -> None:
    tokenizer.encode(TEXT, alpha=0)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, repr(tokenizer.encode(TEXT, alpha=0)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 100_000).decode() != repr(tokenizer.encode(TEXT, alpha=0))
    os.close(reader)
    os.close(writer)


@pytest.mark.parametrize("work", ["encode_batch", "encode", "train"])
def test_other_threads_run_meanwhile(tokenizer: bytepiece.Tokenizer, work: str) -> None:
    """With the GIL held, the counting thread would stand still for the whole call."""
    text = TEXT * 60_000
    ticks, stop = 0, threading.Event()

    def count() -> None:
        nonlocal ticks
        while not stop.wait(0.005):
            ticks += 1

    thread = threading.Thread(target=count)
    thread.start()
    if work == "train":
        bytepiece.Trainer(threads=1).train([text[:2_000_000]])
    else:
        getattr(tokenizer, work)([text] if work == "encode_batch" else text)
    stop.set()
    thread.join()
    assert ticks >= 5  # with the GIL held it would be one before and one after


FEW_THREADS = """
import os, resource, bytepiece
tokenizer = bytepiece.Tokenizer({model!r})
texts = ["hello world " * 1000] * 50
expected = tokenizer.encode_batch(texts, threads=1)
bytepiece.Trainer(order=1).train(texts)  # imports what it needs, which nobody may read
if os.getuid() == 0:
    os.setuid(65534)  # root has no limit; nobody has no other processes
    resource.setrlimit(resource.RLIMIT_NPROC, (3, 3))
    assert tokenizer.encode_batch(texts, threads=64) == expected
    bytepiece.Trainer(order=2, threads=64).train(texts)
resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
for work in (lambda: tokenizer.encode_batch(texts, threads=64), lambda: bytepiece.Trainer().train(texts)):
    try:
        work()
    except RuntimeError as error:
        print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a limit that counts threads")
def test_threads_that_the_system_refuses_are_no_panic(model: pathlib.Path) -> None:
    code = FEW_THREADS.format(model=str(model))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.count("cannot start a thread: ") == 2, done.stderr
    assert done.stderr == ""


def test_exceptions_of_the_iterator_pass_through(tokenizer: bytepiece.Tokenizer, documents: list[str]) -> None:
    class Strange(Exception):
        pass

    class Failing:
        def __init__(self, passes: int) -> None:
            self.passes = passes

        def __iter__(self) -> Any:
            self.passes -= 1
            yield from documents
            if self.passes < 0:
                raise Strange("this one")

    for texts in (Failing(0), Failing(1), iter(Failing(0)), {"a": Failing(1)}):
        with pytest.raises(Strange, match="this one"):
            bytepiece.Trainer().train(texts)  # type: ignore[arg-type]
    with pytest.raises(Strange, match="this one"):
        tokenizer.encode_batch(Failing(0))  # type: ignore[call-overload]


def test_a_corpus_that_changes_between_the_passes_is_an_error() -> None:
    class Changing:
        def __init__(self, *passes: list[str]) -> None:
            self.passes = list(passes)

        def __iter__(self) -> Any:
            return iter(self.passes.pop(0))

    for second in ([], ["aaaa bbb"], ["aaaa", "bbbb", "c"]):
        with pytest.raises(ValueError, match=r"changed between .* 2 documents with 8 bytes, then"):
            bytepiece.Trainer().train(Changing(["aaaa", "bbbb"], second))


def test_a_spooled_corpus_leaves_no_file(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    seen = []

    def texts() -> Any:
        for _ in range(5000):
            yield "a text that is long enough to leave the buffer " * 30
        seen.append(list(tmp_path.iterdir()))

    bytepiece.Trainer(order=2).train(texts())
    assert seen == [[]]
    assert list(tmp_path.iterdir()) == []


def test_a_corpus_is_spooled_to_temp_dir(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where that cannot be written to it is named, whatever the reader around the iterator is."""
    gone = tmp_path / "gone"
    trainer = bytepiece.Trainer(order=2, temp_dir=gone)
    texts = ["abab\n"] * 9
    for corpus in (iter(texts), {"a": iter(texts)}, Limit(iter(texts), documents=5), Mix({"a": (iter(texts), 1.0)})):
        with pytest.raises(
            FileNotFoundError, match=f"temp_dir {gone} cannot be written to: .*; pass a folder that can"
        ):
            trainer.train(corpus)
    monkeypatch.setenv("TMPDIR", str(gone))
    bytepiece.Trainer(order=2, temp_dir=tmp_path).train(iter(texts))
    with pytest.raises(FileNotFoundError, match=str(gone)):
        bytepiece.Trainer(order=2).train(iter(texts))


def test_texts_are_not_kept_in_the_users_strings(tokenizer: bytepiece.Tokenizer) -> None:
    """Training must not leave the UTF-8 of every document behind in the documents."""
    texts = ["天地玄黄" * 1000 for _ in range(3)]
    before = [sys.getsizeof(text) for text in texts]
    bytepiece.Trainer(order=2).train(texts)
    assert [sys.getsizeof(text) for text in texts] == before


def test_readers_travel_to_processes(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.txt").write_text("one\ntwo\n", "utf-8")
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(list, Text(tmp_path / "a.txt", split="line")).result() == ["one\n", "two\n"]
