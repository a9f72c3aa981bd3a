"""Readers of files that are compressed, in folders, nested, broken, or changing."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import pathlib
import re
from collections.abc import Callable
from typing import Any

import pytest

import bytepiece
from bytepiece.corpus import Jsonl, Text

TEXTS = ["今天天气不错。\n", "The weather is fine.\n", "é😀\n"] * 2000


def zstd(data: bytes) -> bytes:
    """A frame of one raw block for each 100,000 bytes, since Python has no library before 3.14."""
    blocks = [data[at : at + 100_000] for at in range(0, len(data), 100_000)] or [b""]
    out = b"\x28\xb5\x2f\xfd\x00\x58"
    for number, block in enumerate(blocks):
        out += (len(block) << 3 | (number + 1 == len(blocks))).to_bytes(3, "little") + block
    return out


COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstd,
}


@pytest.fixture(params=COMPRESSORS)
def end(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_compressed_files_give_the_same_documents(tmp_path: pathlib.Path, end: str) -> None:
    compress = COMPRESSORS[end]
    plain = "".join(TEXTS).encode()
    (tmp_path / f"a.txt.{end}").write_bytes(compress(plain) + compress(plain[:30]))
    (tmp_path / "no-name").write_bytes(compress(plain))
    rows = "".join(json.dumps({"text": text}) + "\n" for text in TEXTS).encode()
    (tmp_path / f"a.jsonl.{end}").write_bytes(compress(rows))
    whole = "".join(TEXTS)
    assert list(Text([tmp_path / f"a.txt.{end}", tmp_path / "no-name"])) == [whole + plain[:30].decode(), whole]
    assert list(Jsonl(tmp_path / f"a.jsonl.{end}")) == TEXTS
    trainer = bytepiece.Trainer(max_vocab_size=400, threads=2)
    trainer.train(Jsonl(tmp_path / f"a.jsonl.{end}"))
    pieces = trainer.pieces
    trainer.train(TEXTS)
    assert trainer.pieces == pieces


def test_truncated_and_damaged_files_are_named(tmp_path: pathlib.Path, end: str) -> None:
    whole = COMPRESSORS[end](b"some text\n" * 40_000)
    path = tmp_path / f"a.{end}"
    for content in (whole[:-1], whole[: len(whole) // 2], whole[:12], whole + whole[:-5]):
        path.write_bytes(content)
        with pytest.raises(OSError, match=re.escape(f"{path}: its ")) as broken:
            list(Text(path))
        assert "data is truncated or damaged" in str(broken.value)
    with pytest.raises(OSError, match="truncated or damaged"):
        bytepiece.Trainer(order=1).train(Text(path))


def test_a_wrong_name_is_named_with_what_was_found(tmp_path: pathlib.Path, end: str) -> None:
    path = tmp_path / f"a.{end}"
    for content, found in ((b"plain text", "not compressed"), (b"", "empty")):
        path.write_bytes(content)
        with pytest.raises(OSError, match=rf"a\.{end}: its name ends in \.{end}, but its content is {found}"):
            list(Text(path))
    other = "xz" if end == "gz" else "gz"
    path.write_bytes(COMPRESSORS[other](b"text"))
    with pytest.raises(OSError, match=rf"ends in \.{end}, but its content is {'xz' if other == 'xz' else 'gzip'}"):
        list(Jsonl(path))


def test_folders_and_patterns(tmp_path: pathlib.Path) -> None:
    for name in ("b/2.txt", "b/10.txt", "a.jsonl", "c.jsonl.gz", "b/.hidden/x.jsonl", "d.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = json.dumps({"text": name}).encode()
        path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)

    def names(reader: Text | Jsonl) -> list[str]:
        return [os.path.relpath(path, tmp_path) for path in reader.paths]

    assert names(Text(tmp_path)) == ["a.jsonl", "b/10.txt", "b/2.txt", "c.jsonl.gz", "d.json"]
    assert list(Jsonl(tmp_path)) == ["a.jsonl", "c.jsonl.gz", "d.json"]
    assert names(Text([f"{tmp_path}/**/*.txt", tmp_path / "d.json"])) == ["b/10.txt", "b/2.txt", "d.json"]
    with pytest.raises(FileNotFoundError, match=r"no file that ends in \.jsonl, \.ndjson, \.json"):
        Jsonl(tmp_path / "b")
    with pytest.raises(FileNotFoundError, match="no file matches the pattern"):
        Text(f"{tmp_path}/*.csv")
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    with pytest.raises(OSError, match=r"b/loop: it is a link that leads back to .*: a directory loop"):
        Text(tmp_path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_named(tmp_path: pathlib.Path) -> None:
    (tmp_path / "secret").mkdir(mode=0)
    with pytest.raises(PermissionError, match="secret"):
        Text(tmp_path)


def test_nested_fields(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": {"b": {"c": "deep"}}, "a.b": "flat", "m": {"s": "web"}}\n' * 2, "utf-8")
    assert list(Jsonl(path, "a.b.c")) == ["deep"] * 2
    assert list(Jsonl(path, ["a.b"])) == ["flat"] * 2
    pairs = bytepiece._bytepiece._documents(Jsonl(path, "a.b.c", source_field="m.s"), True)
    assert list(pairs) == [("deep", "web")] * 2
    with pytest.raises(ValueError, match=r'a\.jsonl: line 1: there is no key "x" in "a\.b"; the keys are "c"'):
        list(Jsonl(path, "a.b.x"))
    with pytest.raises(ValueError, match='the value of "m" is an object, where a string is expected'):
        list(Jsonl(path, "m"))
    for field, words in (
        (3, "a str, or a list of str, not int"),
        (["a", 3], r"field\[1\] must be a str"),
        ([], "one key"),
    ):
        with pytest.raises((TypeError, ValueError), match=words):
            Jsonl(path, field)  # type: ignore[arg-type]


def test_what_is_wrong_is_raised_replaced_or_left_out(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        b'{"text": "a"}\n{"text": "b\xff"}\n{"text": null}\n{"x": 1}\n{"text": 2}\n{\n{"text": "\\ud800"}\n'
    )
    reader = Jsonl(path, errors="skip")
    assert list(reader) == ["a"]
    expected = {"invalid UTF-8": 2, "null": 1, "missing": 1, "not a string": 1, "not JSON": 1}
    assert reader.report["skipped"] == expected
    assert "line 2: invalid UTF-8 at byte 25 of its text" in reader.report["first"][0]
    trainer = bytepiece.Trainer(order=1, max_vocab_size=300)
    trainer.train(reader)
    assert reader.report["skipped"] == expected, "of one pass"
    with pytest.raises(ValueError, match="line 3: the value of .text. is null"):
        list(Jsonl(path, errors="replace"))
    text = tmp_path / "a.txt"
    text.write_bytes(b"one\xff\xe5\xa4\ntwo\n\xffthree\n")
    for split in (None, "line", "paragraph"):
        replaced = Text(text, split=split, errors="replace")  # type: ignore[arg-type]
        assert "".join(replaced) == text.read_bytes().decode("utf-8", "replace")
        assert replaced.report["replaced"] == 3
    assert list(Text(text, split="line", errors="skip")) == ["two\n"]
    assert list(Text([text, path], errors="skip")) == []
    with pytest.raises(ValueError, match='errors must be "raise" or "replace" or "skip", not \'ignore\''):
        Text(text, errors="ignore")  # type: ignore[arg-type]


def test_a_long_line(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"text": "' + b"x" * 5_000_000 + b'"}\n{"text": "a"}\n'))
    assert [len(text) for text in Jsonl(path)] == [5_000_000, 1]
    with pytest.raises(
        ValueError, match=r"a\.jsonl\.gz: line 1: it is longer than 1000000 bytes; pass a larger max_line"
    ):
        list(Jsonl(path, max_line=1_000_000))
    reader = Jsonl(path, max_line=1_000_000, errors="skip")
    assert (list(reader), reader.report["skipped"]) == (["a"], {"too long": 1})
    with pytest.raises(ValueError, match="max_line must be at least 1"):
        Jsonl(path, max_line=0)


def test_a_file_that_changes_between_two_passes(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one\n" * 1000, "utf-8")

    def change(stage: str, *_: Any) -> None:
        if stage == "modelling":
            path.write_text("two\n" * 1000, "utf-8")

    trainer = bytepiece.Trainer(order=2, max_vocab_size=300, progress=change)
    reader = Text(path)
    with pytest.raises(
        ValueError, match=r"a\.txt: it changed while it was in use: 4000 bytes, changed at .*; now 4000 bytes"
    ):
        trainer.train(reader)
    assert list(reader) == ["two\n" * 1000], "a new pass is a new beginning"


def test_empty_files(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "empty"
    path.touch()
    assert (list(Text(path)), list(Text(path, split="line")), list(Jsonl(path))) == ([""], [], [])
    with pytest.raises(ValueError, match="the corpus is empty"):
        bytepiece.Trainer().train(Jsonl(path))
