"""Readers written in Python: columns, processes, and readers around readers."""

from __future__ import annotations

import json
import multiprocessing
import os
import pathlib
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
import readers

import bytepiece
from bytepiece.corpus import Arrow, Documents, Filter, Jsonl, Limit, Map, Mix, Parallel, Text, WorkerError

TEXTS = ["今天天气不错。\n", "The weather is fine.\n", "é😀\n", ""] * 300


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    """Three files of lines."""
    for number in range(3):
        content = "".join(f"{number} {line} 天\n" for line in range(2000))
        (tmp_path / f"{number}.txt").write_text(content, "utf-8")
    return tmp_path


def lines_of(folder: pathlib.Path) -> list[str]:
    paths = sorted(folder.glob("*.txt"))
    return [line for path in paths for line in path.read_text("utf-8").splitlines(keepends=True)]


def trained(texts: Any) -> Any:
    trainer = bytepiece.Trainer(order=4, max_vocab_size=400, threads=2, progress=False)
    trainer.train(texts)
    return trainer.pieces


def test_the_same_documents_give_the_same_bytes_whatever_brings_them(tmp_path: pathlib.Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = tmp_path / "a.jsonl"
    rows.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS), "utf-8")
    table = arrow.table({"n": list(range(len(TEXTS))), "text": TEXTS, "s": [{"t": text} for text in TEXTS]})
    parquet.write_table(table, tmp_path / "a.parquet", row_group_size=100)
    given: list[Any] = [
        TEXTS,
        iter(TEXTS),
        [text.encode() for text in TEXTS],
        Jsonl(rows),
        table,
        table["text"],
        table.to_reader(max_chunksize=7),
        Arrow(table, "s.t"),
        Arrow(lambda: table.to_reader()),
        bytepiece.corpus.Parquet(tmp_path / "a.parquet"),
        bytepiece.corpus.Parquet(tmp_path / "a.parquet", "s.t", source_field="text"),
        Documents(TEXTS),
        Limit(Jsonl(rows), len(TEXTS)),
        Map(str, Jsonl(rows)),
        Filter(lambda text: True, TEXTS),
        Mix({"a": (TEXTS, 1)}),
        Parallel(Jsonl(rows), workers=1),
        {"all": Jsonl(rows)},
    ]
    expected = trained(TEXTS)
    tokenizer = bytepiece.Tokenizer(expected_model(expected))
    ids = [tokenizer.encode(text) for text in TEXTS]
    for texts in given:
        assert trained(texts) == expected, texts
        if not isinstance(texts, dict) and not hasattr(texts, "__next__"):
            encoded = [row for batch in tokenizer.encode_files(texts, output="lists") for row in batch]
            assert encoded == ids, texts


def expected_model(pieces: Any) -> dict[str, Any]:
    import base64

    counts = pieces[0]
    ordered = sorted(counts, key=lambda piece: (len(piece), piece))
    return {base64.b64encode(piece).decode(): [3 + at, "", counts[piece]] for at, piece in enumerate(ordered)}


def test_columns_that_are_wrong_are_named(tmp_path: pathlib.Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = arrow.table({"text": ["a", None], "n": [1, 2], "b": [b"x", b"\xff"]})
    path = tmp_path / "a.parquet"
    parquet.write_table(table, path)
    for make, place in (
        (lambda field, **options: Arrow(table, field, **options), "the Arrow data"),
        (lambda field, **options: bytepiece.corpus.Parquet(path, field, **options), str(path)),
    ):
        cases = {
            "x": 'there is no column "x"; the columns are "text", "n", "b"',
            "n": 'the column "n" is of type Int64, where strings or bytes are expected',
            "text": 'row 1 is null; pass errors="skip" to the reader to leave it out',
            "b": "row 1 has invalid UTF-8 at byte 0",
        }
        for field, words in cases.items():
            with pytest.raises(ValueError) as wrong:
                list(make(field))
            assert str(wrong.value).startswith(f"{place}: {words}")
            with pytest.raises(ValueError):
                trained(make(field))
        reader = make("text", errors="skip")
        assert (list(reader), reader.report["skipped"]) == (["a"], {"null": 1})
        assert list(make("b", errors="replace")) == ["x", "\ufffd"]
    assert list(Arrow(table.slice(1, 1), "b", errors="replace")) == ["\ufffd"]
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ValueError, match=r"a\.parquet: not a Parquet file"):
        list(bytepiece.corpus.Parquet(path))
    with pytest.raises(FileNotFoundError, match="missing"):
        bytepiece.corpus.Parquet(tmp_path / "missing")
    with pytest.raises(TypeError, match="data must have __arrow_c_stream__"):
        Arrow(3)


def test_structs_with_nulls_of_their_own() -> None:
    arrow = pytest.importorskip("pyarrow")
    table = arrow.table({"s": [{"t": "a"}, None, {"t": "b"}, {"t": None}]})
    reader = Arrow(table, "s.t", errors="skip")
    assert (list(reader), reader.report["skipped"]) == (["a", "b"], {"null": 2})
    assert list(Arrow(table.slice(2, 1), "s.t")) == ["b"]


def test_a_policy_for_documents_of_python() -> None:
    documents = ["a", b"b\xff\xe5", "\ud800c", b"d"]
    skipping = Documents(documents, errors="skip")  # type: ignore[arg-type]
    assert (list(skipping), skipping.report["skipped"]) == (["a", "d"], {"invalid UTF-8": 2})
    replacing = Documents(documents, errors="replace")  # type: ignore[arg-type]
    assert (list(replacing), replacing.report["replaced"]) == (["a", "b\ufffd\ufffd", "\ufffdc", "d"], 3)
    with pytest.raises(ValueError, match=r"document 1 \(counted from 0\) has invalid UTF-8 at byte 1"):
        list(Documents(documents[:2]))  # type: ignore[arg-type]
    assert trained(skipping) == trained(["a", "d"])
    assert trained([b"\xff"]) == trained(Limit([b"\xff", "x"], 1)), "without a policy any bytes are text"


def test_readers_around_readers(folder: pathlib.Path) -> None:
    text = Text(folder / "*.txt", split="line")
    lines = lines_of(folder)
    assert list(Limit(text, 3)) == lines[:3]
    assert list(Limit(text, bytes=len(lines[0].encode()) + 1)) == lines[:2]
    assert list(Map(readers.upper, text)) == [line.upper() for line in lines]
    assert list(Filter(lambda line: line.startswith("1"), text)) == lines[2000:4000]
    mix = Mix({"text": (text, 1.5), "more": (["x"], 2), "none": (text, 0)}, seed=1)
    mixed = list(mix)
    assert mixed == list(mix) and mixed[:6000] == lines and mixed[-2:] == ["x", "x"]
    assert 2800 < len(mixed) - 6002 < 3200
    names = [name for _, name in bytepiece._bytepiece._documents(Limit(Map(str, mix), 9100), True)]
    assert set(names) <= {"text", "more"} and names[:6000] == ["text"] * 6000
    for reader in (Limit(text, 3), Map(str, text), mix, Documents(text), Parallel(text, workers=2)):
        again = pickle.loads(pickle.dumps(reader))
        assert again == reader and hash(again) == hash(reader) and list(again) == list(reader)
    assert Limit(text, 3) != Limit(text, 4)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Limit(["a"]), ValueError, "Limit needs documents= or bytes="),
        (lambda: Limit(["a"], -1), ValueError, "documents must be 0 to"),
        (lambda: Limit(["a"], True), TypeError, "documents must be an int, not bool"),
        (
            lambda: Limit("a.txt", 1),
            TypeError,
            r"reader is a single str: for a file pass bytepiece.corpus.Text\(path\)",
        ),
        (lambda: Map(3, ["a"]), TypeError, "function must be callable, not int"),
        (lambda: list(Map(len, ["a"])), TypeError, "the function of Map gave int for a document"),
        (lambda: Mix({}), ValueError, "readers is an empty dict"),
        (lambda: Mix([("a", 1)]), TypeError, r"readers must be a dict of \(reader, weight\) by name, not list"),
        (lambda: Mix({"a": ["x"]}), TypeError, r"readers\['a'\] must be a pair"),
        (
            lambda: Mix({"a": (["x"], float("nan"))}),
            ValueError,
            "weight must be 0 to 1000000 for each source, not nan for 'a'",
        ),
        (lambda: Mix({"a": (["x"], "1")}), TypeError, "the weight of 'a' must be a number, not str"),
        (lambda: Mix({"a": (["x"], 1)}, seed=-1), ValueError, "seed must be 0 to"),
        (lambda: Documents(3), TypeError, "documents must be a reader or an iterable"),
        (lambda: Parallel(readers.lines), TypeError, "a function cannot be divided among workers"),
        (lambda: Parallel(["a"], __file__), TypeError, "function must be a function of one path"),
        (lambda: Parallel(readers.lines, __file__, 0), ValueError, "workers must be 1 to"),
        (
            lambda: Parallel(readers.lines, __file__, start_method="x"),
            ValueError,
            "start_method must be None or 'fork'",
        ),
        (lambda: Parallel(readers.lines, "missing"), FileNotFoundError, "missing"),
    ],
)
def test_what_readers_refuse(make: Callable[[], Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make()


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("ordered", [True, False])
def test_functions_run_in_processes(folder: pathlib.Path, method: str, ordered: bool) -> None:
    reader = Parallel(readers.lines, folder, workers=2, ordered=ordered, start_method=method)
    read = list(reader)
    lines = lines_of(folder)
    assert read == lines if ordered else sorted(read) == sorted(lines)
    assert reader._keeps_order == ordered
    assert all(peak > 1_000_000 for peak in reader.report["workers"]) and reader.report["workers"]


@pytest.mark.parametrize("ordered", [True, False])
def test_a_worker_that_fails_or_dies_is_named_with_its_file(folder: pathlib.Path, ordered: bool) -> None:
    def error(function: Any) -> WorkerError:
        with pytest.raises(WorkerError) as failed:
            trained(Parallel(function, folder, workers=2, ordered=ordered))
        return failed.value

    path = str(folder / "2.txt")
    failed = error(readers.fails)
    assert str(failed).startswith(
        f"{path}: the worker that read it raised LookupError: no such thing\n\nin the worker:\n"
    )
    assert isinstance(failed.__cause__, LookupError)
    assert "raised Local: odd" in str(error(readers.fails_oddly))
    assert str(error(readers.exits)) == f"{path}: the process that read it died: it ended with exit code 7"
    killed = "the process that read it died: it was ended by SIGKILL; perhaps memory ran out"
    assert str(error(readers.is_killed)) == f"{path}: {killed}"


def test_a_function_that_cannot_be_sent(folder: pathlib.Path) -> None:
    with pytest.raises(TypeError, match=r"cannot be sent to a process started by .spawn.: .*; define it in a module"):
        list(Parallel(lambda path: [path], folder, workers=1, start_method="spawn"))


def test_a_daemon_process_may_start_none(folder: pathlib.Path) -> None:
    reader = Parallel(readers.lines, folder, workers=1)
    with multiprocessing.Pool(1) as pool, pytest.raises(RuntimeError) as error:
        pool.apply(list, (reader,))
    words = str(error.value)
    assert words.startswith("Parallel starts processes, which Python forbids in a daemon process, and ")
    assert words.endswith(" is one: make it with daemon=False, or read the files here without Parallel")


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = pathlib.Path(f"/proc/{pid}/status")
    return not (status.exists() and "State:\tZ" in status.read_text())


def workers_of(folder: pathlib.Path, count: int) -> list[int]:
    """The processes that have left their number, as soon as there are so many."""
    for _ in range(200):
        found = [int(path.name.split(".")[-2]) for path in folder.glob("*.pid")]
        if len(found) == count:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{found}, not {count} workers")


def wait_for_end(pids: list[int]) -> None:
    for _ in range(100):
        if not any(map(is_alive, pids)):
            return
        time.sleep(0.05)
    raise AssertionError([pid for pid in pids if is_alive(pid)])


def test_workers_end_when_nobody_reads_on(folder: pathlib.Path) -> None:
    documents = iter(Parallel(readers.endless, [folder / "0.txt", folder / "1.txt"], workers=2))
    assert len(next(documents)) == 100_000
    pids = workers_of(folder, 2)
    del documents
    wait_for_end(pids)


PROGRAM = """
import sys, bytepiece, readers
reader = bytepiece.corpus.Parallel(readers.slow, sys.argv[1:3], workers=2, start_method=sys.argv[3])
bytepiece.Trainer(progress=False).train(reader)
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_no_process_is_left_behind(folder: pathlib.Path, method: str, sent: signal.Signals) -> None:
    command = [sys.executable, "-c", PROGRAM, str(folder / "0.txt"), str(folder / "1.txt"), method]
    environment = dict(os.environ, PYTHONPATH=str(pathlib.Path(__file__).parent))
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, start_new_session=True)
    try:
        pids = workers_of(folder, 2)
        # as a terminal does: to all of them
        os.killpg(process.pid, sent) if sent == signal.SIGINT else process.send_signal(sent)
        stderr = process.communicate(timeout=20)[1].decode()
    finally:
        process.kill()
    wait_for_end(pids)
    if sent == signal.SIGINT:
        assert stderr.strip().endswith("KeyboardInterrupt") and stderr.count("Traceback") == 1, stderr
        assert process.returncode in (1, 130, -signal.SIGINT)


def test_memory_stays_flat_where_workers_are_faster(folder: pathlib.Path) -> None:
    """2 GB come from the workers, a buffer of 16 MB each may wait here."""
    resource = pytest.importorskip("resource")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    documents = iter(Parallel(readers.endless, [folder / "0.txt", folder / "1.txt"], workers=2))
    for _ in range(5000):
        next(documents)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
    del documents


def test_readers_of_rust_run_in_threads(folder: pathlib.Path) -> None:
    for number in range(3):
        rows = [json.dumps({"text": f"{number} {line}"}) for line in range(20_000)]
        (folder / f"{number}.jsonl").write_text("\n".join([*rows, "{}"]), "utf-8")
    expected = [f"{number} {line}" for number in range(3) for line in range(20_000)]
    jsonl = Jsonl(folder, errors="skip")
    reader = Parallel(jsonl, workers=3)
    assert list(reader) == expected
    assert (reader.report["skipped"], reader.report["workers"]) == ({"missing": 3}, [])
    assert sorted(Parallel(jsonl, workers=2, ordered=False)) == sorted(expected)
    assert trained(reader) == trained(expected)
    documents = iter(reader)
    assert next(documents) == expected[0]
    if hasattr(os, "fork"):
        child = os.fork()
        if child == 0:
            try:
                for _ in documents:
                    pass
            except ValueError as error:
                os._exit(0 if "in which the pass began" in str(error) else 1)
            os._exit(2)
        assert os.waitpid(child, 0)[1] == 0
    assert list(documents) == expected[1:]
    with pytest.raises(ValueError, match=r"0\.jsonl: line 20001: there is no key"):
        list(Parallel(Jsonl(folder), workers=2))


@pytest.mark.parametrize("kind", ["processes", "threads", "map", "filter"])
def test_documents_before_a_broken_one_come_out(
    folder: pathlib.Path, tokenizer: bytepiece.Tokenizer, kind: str
) -> None:
    def same(text: str) -> str:
        if text.startswith("2 1999 "):
            raise LookupError("no such thing")
        return text

    lines = lines_of(folder)
    if kind == "processes":
        reader: Any = Parallel(readers.fails, folder, workers=2)
    elif kind == "threads":
        rows_of = "".join(json.dumps({"text": line}) + "\n" for line in lines)
        (folder / "2.jsonl").write_text(rows_of + "{", "utf-8")
        reader = Parallel(Jsonl(folder / "2.jsonl"), workers=2)
    else:
        reader = {"map": Map, "filter": Filter}[kind](same, Text(folder, split="line"))
        lines.pop()
    rows: list[list[int]] = []
    with pytest.raises((WorkerError, LookupError, ValueError), match=r"no such thing|2\.jsonl"):
        for batch in tokenizer.encode_files(reader, output="lists"):
            rows += batch
    assert rows == tokenizer.encode_batch(lines)
