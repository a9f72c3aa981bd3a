"""`encode_files`: the ids of `encode_batch`, batch by batch, in memory that does not grow with the files."""

from __future__ import annotations

import gc
import itertools
import json
import multiprocessing
import os
import pathlib
import re
import subprocess
import sys
import textwrap
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import bytepiece
from bytepiece.corpus import Jsonl, Text


def write_jsonl(path: pathlib.Path, texts: list[str]) -> pathlib.Path:
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
    return path


def joined(batches: Iterator[Any]) -> tuple[list[int], list[int]]:
    """All ids, and where each row ends among them, as the documentation tells to join batches."""
    ids: list[int] = []
    ends: list[int] = []
    for batch_ids, row_ends in batches:
        ends += (row_ends + len(ids)).tolist()
        ids += batch_ids.tolist()
    return ids, ends


def expected(tokenizer: bytepiece.Tokenizer, texts: list[str], **options: Any) -> tuple[list[int], list[int]]:
    ids, ends = tokenizer.encode_batch(texts, output="numpy", **options)
    return ids.tolist(), ends.tolist()


texts_of_lines = st.lists(st.text(st.sampled_from("ab \n\u0301e天"), max_size=60), max_size=10)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=texts_of_lines,
    batch_bytes=st.integers(1, 400),
    threads=st.integers(1, 3),
    around=st.fixed_dictionaries(
        {"add_bos": st.booleans(), "add_eos": st.booleans()},
        optional={"max_length": st.integers(2, 20), "allowed_special": st.sampled_from([["a"], ["天", "b\n"], "all"])},
    ),
)
def test_batches_end_to_end_are_encode_batch(
    tokenizer: bytepiece.Tokenizer,
    tmp_path: pathlib.Path,
    texts: list[str],
    batch_bytes: int,
    threads: int,
    around: dict[str, Any],
) -> None:
    tokenizer = tokenizer.with_special_tokens(["a", "天", "b\n", "\nb"])
    reader = Jsonl(write_jsonl(tmp_path / "texts.jsonl", texts))
    options: dict[str, Any] = {"batch_bytes": batch_bytes, "threads": threads, **around}
    rows = expected(tokenizer, texts, **around)
    assert joined(tokenizer.encode_files(reader, **options)) == rows
    assert joined(tokenizer.encode_files(iter(texts), **options)) == rows
    lists = itertools.chain.from_iterable(tokenizer.encode_files(reader, output="lists", **options))
    assert list(lists) == tokenizer.encode_batch(texts, **around)


@pytest.mark.parametrize("split", [None, "line", "paragraph"])
def test_text_files(tokenizer: bytepiece.Tokenizer, documents: list[str], tmp_path: pathlib.Path, split: Any) -> None:
    paths = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for path in paths:
        path.write_text("\n".join(documents), encoding="utf-8", newline="")
    reader = Text(paths, split=split)
    for batch_bytes in (1000, 30_000, 2**70):
        assert joined(tokenizer.encode_files(reader, batch_bytes=batch_bytes)) == expected(tokenizer, list(reader))


def test_several_readers_come_one_after_the_other(
    tokenizer: bytepiece.Tokenizer, documents: list[str], tmp_path: pathlib.Path
) -> None:
    jsonl = Jsonl(write_jsonl(tmp_path / "a.jsonl", documents))
    (tmp_path / "b.txt").write_text("one\ntwo\n", encoding="utf-8")
    lines = Text(tmp_path / "b.txt", split="line")
    rows = expected(tokenizer, [*documents, "one\n", "two\n", *documents])
    for readers in ([jsonl, lines, jsonl], (jsonl, lines, jsonl)):
        assert joined(tokenizer.encode_files(readers, batch_bytes=5000)) == rows


def test_batches_do_not_depend_on_threads(tokenizer: bytepiece.Tokenizer, documents: list[str]) -> None:
    def batches(threads: int | None) -> list[tuple[list[int], list[int]]]:
        iterator = tokenizer.encode_files(documents, batch_bytes=3000, threads=threads)
        return [(ids.tolist(), ends.tolist()) for ids, ends in iterator]

    assert len(batches(1)) > 3
    assert batches(1) == batches(2) == batches(7) == batches(None)


def test_types_are_those_of_encode_batch(tokenizer: bytepiece.Tokenizer, documents: list[str]) -> None:
    ids, ends = next(tokenizer.encode_files(documents))
    assert (ids.dtype, ends.dtype) == (np.uint16, np.int64)
    iterator = tokenizer.encode_files([])
    assert iter(iterator) is iterator
    assert list(iterator) == list(iterator) == []


def test_only_documents_longer_than_a_batch_are_divided(tokenizer: bytepiece.Tokenizer) -> None:
    texts = ["short", "a line\n" * 200, "another\n" * 3]
    batches = list(tokenizer.encode_files(texts, batch_bytes=100))
    rows = [ends.tolist() for _, ends in batches]
    assert len(rows) > 4
    assert all(not row for row in rows[2:-1]), "inside of the long one no row ends"
    with pytest.raises(ValueError, match="the last row ends at 0, but there are"):
        tokenizer.decode_batch(*batches[2])  # who takes a part for a row is told
    ids, ends = joined(iter(batches))
    assert tokenizer.decode_batch(ids, ends) == texts
    lists = tokenizer.encode_files(texts, batch_bytes=100, output="lists")
    assert [text for batch in lists for text in tokenizer.decode_batch(batch)] == texts


def test_a_limit_is_for_documents_divided_or_not(tokenizer: bytepiece.Tokenizer) -> None:
    texts = ["short", "a line\n" * 20_000, "another\n" * 3]
    cases: list[dict[str, Any]] = [
        {"max_length": 7, "add_eos": True},
        {"max_length": 30_000, "add_bos": True},
        {"max_length": 1},
    ]
    for options in cases:
        rows = tokenizer.encode_batch(texts, **options)
        assert rows[1] and len(rows[1]) == options["max_length"]
        for batch_bytes in (1, 1000, 2**22):
            ids, ends = joined(tokenizer.encode_files(texts, batch_bytes=batch_bytes, **options))
            assert np.array_equal(ids, np.concatenate(rows)), batch_bytes
            assert ends == np.cumsum([len(row) for row in rows]).tolist(), batch_bytes
            lists = tokenizer.encode_files(texts, batch_bytes=batch_bytes, output="lists", **options)
            assert list(itertools.chain.from_iterable(lists)) == rows


def test_special_tokens_are_parsed_and_refused(tokenizer: bytepiece.Tokenizer, tmp_path: pathlib.Path) -> None:
    special = tokenizer.with_special_tokens(["<|end|>", "<|no|>"])
    texts = ["one<|end|>", "天 line\n" * 2000 + "天<|no|>", "<|no|>"] * 3
    reader = Jsonl(write_jsonl(tmp_path / "a.jsonl", texts))
    allowed: dict[str, Any] = {"allowed_special": ["<|end|>"]}
    assert joined(special.encode_files(reader, batch_bytes=1000)) == expected(special, texts)
    assert joined(special.encode_files(reader, batch_bytes=1000, **allowed)) == expected(special, texts, **allowed)
    for threads in (1, 2, 5):
        iterator = special.encode_files(
            reader, batch_bytes=5000, threads=threads, max_length=3, disallowed_special="raise", **allowed
        )
        assert [len(ids) for ids, _ in itertools.islice(iterator, 1)] == [6]
        with pytest.raises(
            ValueError,
            match=r'^document 1 \(counted from 0\) has the special token "<\|no\|>" at byte 18003; name it in allowed_special',
        ):
            list(iterator)
        assert list(iterator) == []


def test_errors_of_reading_come_out_of_next(tokenizer: bytepiece.Tokenizer, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a"}\n' * 1000 + '{"text": 1}\n' + '{"text": "a"}\n' * 1000, encoding="utf-8")
    iterator = tokenizer.encode_files(Jsonl(path), batch_bytes=1000)
    next(iterator)
    with pytest.raises(ValueError, match=rf'^{re.escape(str(path))}: line 1001: the value of "text" is the number 1'):
        list(iterator)
    assert list(iterator) == []

    (tmp_path / "b.txt").write_bytes(b"ab\n\xff")
    iterator = tokenizer.encode_files(Text(tmp_path / "b.txt"))
    with pytest.raises(ValueError, match=r"b\.txt: line 2: invalid UTF-8 at byte 3 of its text"):
        next(iterator)
    assert list(iterator) == []


def test_files_are_looked_for_at_once(tokenizer: bytepiece.Tokenizer, tmp_path: pathlib.Path) -> None:
    there = Jsonl(write_jsonl(tmp_path / "a.jsonl", ["a"]))
    gone = Jsonl(write_jsonl(tmp_path / "b.jsonl", ["b"]))
    (tmp_path / "b.jsonl").unlink()
    with pytest.raises(FileNotFoundError, match=r"b\.jsonl"):
        tokenizer.encode_files([there, gone])


WRONG: dict[str, tuple[Any, dict[str, Any], type[Exception], str]] = {
    "a path": ("a.txt", {}, TypeError, r"readers is a single str: for a file pass bytepiece\.corpus\.Text\(path\)"),
    "a Path": (
        pathlib.Path("a"),
        {},
        TypeError,
        r"readers is a single \w+Path: for a file pass bytepiece\.corpus\.Text",
    ),
    "bytes": (b"a", {}, TypeError, "readers is a single bytes: "),
    "a dict": ({"a": ["b"]}, {}, TypeError, "readers is a dict, which has no order: pass a list of readers"),
    "a number": (
        1,
        {},
        TypeError,
        "readers must be a reader of bytepiece.corpus, a list of those, or an iterable of str",
    ),
    "batch_bytes 0": ([], {"batch_bytes": 0}, ValueError, "batch_bytes must be at least 1, not 0$"),
    "batch_bytes None": ([], {"batch_bytes": None}, TypeError, "batch_bytes must be an int, not NoneType$"),
    "max_length": ([], {"max_length": 0}, ValueError, "max_length must be at least 1, not 0$"),
    "no room": (
        [],
        {"max_length": 1, "add_bos": True, "add_eos": True},
        ValueError,
        "max_length must be at least 2 with add_bos and add_eos, not 1$",
    ),
    "allowed_special": ([], {"allowed_special": ["<x>"]}, ValueError, 'allowed_special has "<x>", which is no special'),
    "threads": ([], {"threads": 0}, ValueError, "threads must be 1 to 1024, not 0$"),
    "output": ([], {"output": "torch"}, ValueError, "output must be 'lists' or 'numpy', not 'torch'$"),
    "add_bos": ([], {"add_bos": 1}, TypeError, "add_bos must be True or False, not int$"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_refused_at_once(tokenizer: bytepiece.Tokenizer, name: str) -> None:
    readers, options, kind, words = WRONG[name]
    with pytest.raises(kind, match=f"^{words}"):
        tokenizer.encode_files(readers, **options)


def test_readers_and_documents_do_not_mix(tokenizer: bytepiece.Tokenizer, tmp_path: pathlib.Path) -> None:
    reader = Jsonl(write_jsonl(tmp_path / "a.jsonl", ["a"]))
    with pytest.raises(
        TypeError, match=r"^readers\[1\] must be a reader of bytepiece\.corpus as readers\[0\] is, not str$"
    ):
        tokenizer.encode_files([reader, "b"])
    with pytest.raises(TypeError, match=r"^document 1 \(counted from 0\) must be str or bytes, not Jsonl$"):
        list(tokenizer.encode_files(["b", reader]))


def test_threads_share_an_iterator(tokenizer: bytepiece.Tokenizer, documents: list[str]) -> None:
    iterator = tokenizer.encode_files(documents * 20, batch_bytes=2000, output="lists")
    rows: list[list[int]] = []
    workers = [threading.Thread(target=lambda: [rows.extend(batch) for batch in iterator]) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(rows) == sorted(tokenizer.encode_batch(documents * 20))


def test_a_cycle_through_the_documents_is_collected(tokenizer: bytepiece.Tokenizer) -> None:
    class Loader:
        def __init__(self) -> None:
            self.batches = tokenizer.encode_files(self.documents(), batch_bytes=1)

        def documents(self) -> Iterator[str]:
            yield from itertools.repeat("a" * 2**20)
            self.batches = iter([])

    loader = Loader()
    next(loader.batches)
    gone = weakref.ref(loader)
    del loader
    gc.collect()
    assert gone() is None


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_begins_anew(
    tokenizer: bytepiece.Tokenizer, documents: list[str], tmp_path: pathlib.Path
) -> None:
    reader = Jsonl(write_jsonl(tmp_path / "a.jsonl", documents))
    iterator = tokenizer.encode_files(reader, batch_bytes=1000)
    first = next(iterator)
    rows = expected(tokenizer, documents)

    def child(results: Any) -> None:
        try:
            next(iterator)
        except RuntimeError as error:
            results.put(str(error))
        results.put(joined(tokenizer.encode_files(reader, batch_bytes=1000)) == rows)

    context = multiprocessing.get_context("fork")
    results = context.Queue()
    process = context.Process(target=child, args=(results,))
    process.start()
    assert re.match(f"this iterator of encode_files began in process {os.getpid()}, ", results.get(timeout=60))
    assert results.get(timeout=60) is True
    process.join(60)
    assert joined(itertools.chain([first], iterator)) == rows


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("kind", ["Jsonl", "Text"])
def test_memory_does_not_grow_with_the_files(model: pathlib.Path, tmp_path: pathlib.Path, kind: str) -> None:
    """300 MB of text, of which a `Text` without `split` is one document; loosely bounded."""
    text = "".join(f"{index} words 天地玄黄\n" for index in range(50_000))
    path = tmp_path / "large"
    with path.open("w", encoding="utf-8") as file:
        for _ in range(300_000_000 // len(text.encode())):
            file.write(json.dumps({"text": text}, ensure_ascii=False) + "\n" if kind == "Jsonl" else text)
    code = f"""
        import bytepiece, numpy, re
        def megabytes(name):
            return int(re.search(name + r":\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024
        tokenizer = bytepiece.Tokenizer({str(model)!r})
        tokenizer.encode("a")
        before, ids, batches = megabytes("VmRSS"), 0, 0
        for batch, _ in tokenizer.encode_files(bytepiece.corpus.{kind}({str(path)!r}), threads=2):
            ids += len(batch)
            batches += 1
        print(megabytes("VmHWM") - before, ids, batches)
    """
    output = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    growth, ids, batches = map(int, output.stdout.split())
    assert ids > 50_000_000
    assert batches > 60
    assert growth < 128, "MB: 64 a thread"
