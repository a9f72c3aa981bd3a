"""The readers `bytepiece.corpus.Text` and `Jsonl` as Python sees them."""

from __future__ import annotations

import json
import os
import pathlib
import pickle
import re
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bytepiece
from bytepiece.corpus import Jsonl, Text

LINES = st.text(st.sampled_from("ab\n\r\u2028é天😀\0 "), max_size=40)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return tmp_path_factory.mktemp("corpus")


@given(LINES)
def test_documents_of_text_files(folder: pathlib.Path, text: str) -> None:
    path = folder / "a.txt"
    path.write_bytes(text.encode())
    assert list(Text(path)) == [text]
    assert list(Text(path, split="line")) == re.findall(r"\A\n+|[^\n]+\n*", text)
    paragraphs = list(Text(path, split="paragraph"))
    assert "".join(paragraphs) == text
    assert all(re.fullmatch(r"\n+|\n?(?:[^\n]+\n?)*\n*", paragraph) for paragraph in paragraphs)
    assert all(paragraph.endswith("\n\n") for paragraph in paragraphs[:-1])


@given(st.lists(LINES))
def test_documents_of_jsonl_files(folder: pathlib.Path, texts: list[str]) -> None:
    path = folder / "a.jsonl"
    for ascii_only in (True, False):
        rows = [json.dumps({"id": [1], "text": text}, ensure_ascii=ascii_only) for text in texts]
        path.write_bytes("\n".join(rows).encode())
        assert list(Jsonl(path)) == texts
        path.write_bytes("".join(f"{row}\r\n \n" for row in rows).encode())
        assert list(Jsonl([path, str(path)])) == texts * 2


def test_a_long_file_is_one_document(folder: pathlib.Path) -> None:
    text = "天地玄黄，宇宙洪荒。\n" * 200_000
    (folder / "long.txt").write_bytes(text.encode())
    assert list(Text([folder / "long.txt", folder / "long.txt"])) == [text, text]
    assert sum(1 for _ in Text(folder / "long.txt", split="line")) == 200_000


def test_readers_can_be_read_again_and_at_the_same_time(folder: pathlib.Path) -> None:
    (folder / "again.txt").write_text("a\nb\nc\n", "utf-8")
    reader = Text(folder / "again.txt", split="line")
    assert list(reader) == list(reader)
    assert list(zip(reader, reader, strict=True)) == [(line, line) for line in reader]
    documents = iter(reader)
    assert iter(documents) is documents
    del reader
    assert next(documents) == "a\n"


def test_threads_may_share_an_iterator(folder: pathlib.Path) -> None:
    (folder / "shared.txt").write_text("".join(f"{n}\n" for n in range(20_000)), "utf-8")
    documents = iter(Text(folder / "shared.txt", split="line"))
    parts: list[list[str]] = [[] for _ in range(4)]
    threads = [threading.Thread(target=part.extend, args=(documents,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(int(line) for part in parts for line in part) == list(range(20_000))


def test_readers_are_values(folder: pathlib.Path) -> None:
    for name in ("v.txt", "w.txt"):
        (folder / name).write_text("{}\n" * 100_000, "utf-8")
    text = Text([folder / "v.txt", str(folder / "w.txt")], split="paragraph")
    jsonl = Jsonl(folder / "v.txt", "body")
    assert (text.paths, text.split) == ([str(folder / "v.txt"), str(folder / "w.txt")], "paragraph")
    assert (jsonl.paths, jsonl.field) == ([str(folder / "v.txt")], "body")
    nested = Jsonl(folder / "v.txt", ["a.b", "c"], source_field="m.s", errors="skip", max_line=1000)
    assert (nested.field, nested.source_field, nested.errors, nested.max_line) == (("a.b", "c"), "m.s", "skip", 1000)
    for reader in (text, jsonl, nested, Text(folder / "v.txt"), Text(folder / "v.txt", errors="replace")):
        pickled = pickle.dumps(reader)
        assert len(pickled) < 500
        assert pickle.loads(pickled) == reader
        assert hash(pickle.loads(pickled)) == hash(reader)
        assert eval(repr(reader), {"bytepiece": bytepiece}) == reader
    assert Text(folder / "v.txt") != Text(folder / "v.txt", split="line")
    assert Jsonl(folder / "v.txt") != Jsonl(folder / "v.txt", "body")
    assert Text(folder / "v.txt") != Jsonl(folder / "v.txt")
    assert Text(folder / "v.txt") != Text(folder / "v.txt", errors="skip")
    assert Jsonl(folder / "v.txt") != Jsonl(folder / "v.txt", errors="skip")
    assert Text(folder / "v.txt").split is None


def test_a_missing_file_is_named_when_the_reader_is_made(folder: pathlib.Path) -> None:
    (folder / "there.txt").write_text("a", "utf-8")
    for reader in (Text, Jsonl):
        with pytest.raises(FileNotFoundError, match="No such file") as missing:
            reader([folder / "there.txt", folder / "missing"])
        assert missing.value.filename == str(folder / "missing")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_named(folder: pathlib.Path) -> None:
    path = folder / "secret.txt"
    path.write_text("a", "utf-8")
    path.chmod(0)
    with pytest.raises(PermissionError) as denied:
        Text(path)
    assert denied.value.filename == str(path)


def test_a_file_that_goes_away_is_named(folder: pathlib.Path) -> None:
    path = folder / "gone.txt"
    path.write_text("a", "utf-8")
    reader = Text(path)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"gone\.txt"):
        iter(reader)
    with pytest.raises(FileNotFoundError, match=r"gone\.txt"):
        bytepiece.Trainer().train(reader)


@pytest.mark.parametrize("reader", [Text, Jsonl])
def test_paths_of_the_wrong_type(reader: type) -> None:
    with pytest.raises(TypeError, match="paths must be a path .* not int"):
        reader(3)
    with pytest.raises(TypeError, match="not bytes"):
        reader(b"a.txt")
    with pytest.raises(TypeError, match=r"paths\[1\] must be a path .* not NoneType"):
        reader([__file__, None])
    with pytest.raises(ValueError, match="at least one path"):
        reader([])


def test_a_split_that_is_none(folder: pathlib.Path) -> None:
    with pytest.raises(ValueError, match='split must be None, "line" or "paragraph", not \'word\''):
        Text(__file__, split="word")  # type: ignore[arg-type]


def test_invalid_utf8_is_placed(folder: pathlib.Path) -> None:
    path = folder / "latin.txt"
    path.write_bytes(b"one\ntwo\n" * 200_000 + b"caf\xe9\n")
    for work in (lambda: list(Text(path)), lambda: bytepiece.Trainer(order=1).train(Text(path))):
        with pytest.raises(ValueError, match=r"latin\.txt: line 400001: invalid UTF-8 at byte 1600003"):
            work()
    rows = folder / "latin.jsonl"
    rows.write_bytes(b'{"text": "a"}\n{"text": "\xe9"}\n')
    with pytest.raises(ValueError, match=r"latin\.jsonl: line 2: invalid UTF-8 at byte 24"):
        list(Jsonl(rows))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "EOF"),
        ("[1]", "object"),
        ('{"body": "a"}', '"text"'),
        ('{"text": 3}', "string"),
        ('{"text": "a"} x', "trailing"),
    ],
)
def test_a_malformed_line_is_placed(folder: pathlib.Path, line: str, words: str) -> None:
    path = folder / "bad.jsonl"
    path.write_text(f'{{"text": "good"}}\n\n{line}\n', "utf-8")
    for work in (lambda: list(Jsonl(path)), lambda: bytepiece.Trainer().train(Jsonl(path))):
        with pytest.raises(ValueError, match=r"bad\.jsonl: line 3: ") as bad:
            work()
        assert words in str(bad.value)
