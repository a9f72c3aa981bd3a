"""Bad models, and files that cannot be read or written: the class of the exception, and words that say what and where."""

from __future__ import annotations

import base64
import errno
import json
import os
import pathlib
import re
import subprocess
import sys
import types
from typing import Any

import pytest

import bytepiece


def good_model() -> dict[str, Any]:
    return {base64.b64encode(bytes([byte])).decode(): [byte + 3, "", 1] for byte in range(256)}


def changed(**entries: Any) -> dict[str, Any]:
    return good_model() | {key.replace("_", "="): value for key, value in entries.items()}


BROKEN: dict[str, tuple[Any, str]] = {
    "empty": ({}, "it has no pieces"),
    "missing byte": ({key: value for key, value in good_model().items() if key != "AA=="}, "id 3"),
    "gap": (changed(YWI_=[260, "ab", 5]), "id"),
    "duplicate id": (changed(YWI_=[258, "ab", 5]), "258"),
    "id under 3": (changed(YWI_=[2, "ab", 5]), "id 2, the first is 3"),
    "bad base64": (changed(YW_=[259, "a", 5]), "not base64"),
    "count 0": (changed(YWI_=[259, "ab", 0]), "count 0, the least is 1"),
    "count below 0": (changed(YWI_=[259, "ab", -3]), "count -3, the least is 1"),
    "count over 64 bits": (changed(YWI_=[259, "ab", 2**64]), "2^64 - 1"),
    "float count": (changed(YWI_=[259, "ab", 5.0]), "integer"),
    "str count": (changed(YWI_=[259, "ab", "5"]), "integer"),
    "bool count": (changed(YWI_=[259, "ab", True]), "integer"),
    "float id": (changed(YWI_=[259.0, "ab", 5]), "integer"),
    "one field": (changed(YWI_=[259]), "[id, text, count]"),
    "no list": (changed(YWI_=259), "[id, text, count]"),
    "metadata": (changed(meta={"version": 2}), "meta"),
    "empty piece": (changed(**{"": [259, "", 5]}), "empty piece"),
    "long piece": (good_model() | {base64.b64encode(b"x" * 4097).decode(): [259, "", 5]}, "4097 bytes"),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("as_file", [True, False])
def test_broken_models(name: str, as_file: bool, tmp_path: pathlib.Path) -> None:
    model, words = BROKEN[name]
    path = tmp_path / "broken.model"
    path.write_text(json.dumps(model), "utf-8")
    with pytest.raises(ValueError, match=re.escape(words)) as broken:
        bytepiece.Tokenizer(path if as_file else model)
    assert str(broken.value).startswith(f"{path}: " if as_file else "the dictionary: ")


@pytest.mark.parametrize(
    "text", ["", "{", "nonsense", "[]", "3", "null", '{"AA==": [3, "", 1]', '{"AA==": [3, "", 1]} x', "\xff"]
)
def test_files_that_are_no_model(text: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "broken.model"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match="broken.model: not a BytePiece model: "):
        bytepiece.Tokenizer(path)


def test_a_truncated_model(model: pathlib.Path, tmp_path: pathlib.Path) -> None:
    data = model.read_bytes()
    for size in (1, len(data) // 2, len(data) - 1):
        (tmp_path / "cut.model").write_bytes(data[:size])
        with pytest.raises(ValueError, match=r"cut\.model: not a BytePiece model: EOF .*: it is cut off"):
            bytepiece.Tokenizer(tmp_path / "cut.model")


def test_a_key_that_comes_twice(tmp_path: pathlib.Path) -> None:
    text = json.dumps(good_model())
    (tmp_path / "twice.model").write_text(text[:-1] + ', "AA==": [259, "", 1]}', "utf-8")
    with pytest.raises(ValueError, match="twice"):
        bytepiece.Tokenizer(tmp_path / "twice.model")


def test_two_fields_are_enough() -> None:
    assert bytepiece.Tokenizer({key: [value[0], value[-1]] for key, value in good_model().items()}).vocab_size == 259


class Treacherous(list[Any]):
    """An entry that changes its dictionary while it is looked at."""

    def __init__(self, model: dict[str, Any]) -> None:
        super().__init__([259, "ab", 5])
        self.model = model

    def __len__(self) -> int:
        self.model.clear()
        self.model["new"] = 1
        return 3


def test_a_dict_that_changes_while_it_is_read() -> None:
    """It was a panic."""
    model = good_model()
    model["YWI="] = Treacherous(model)
    with pytest.raises(RuntimeError, match="changed size during iteration"):
        bytepiece.Tokenizer(model)


def test_any_mapping_is_a_model(tmp_path: pathlib.Path) -> None:
    assert bytepiece.Tokenizer(types.MappingProxyType(good_model())).vocab_size == 259
    pieces = []
    for texts in ({"zh": ["some text"] * 9}, types.MappingProxyType({"zh": ["some text"] * 9})):
        trainer = bytepiece.Trainer(order=2)
        trainer.train(texts)
        pieces.append(trainer.pieces)
    assert pieces[0] == pieces[1]
    bytepiece.convert_to_bytepiece(types.MappingProxyType({"ab": 3}), tmp_path / "m")


def test_a_model_that_cannot_be_read(tmp_path: pathlib.Path) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        bytepiece.Tokenizer(tmp_path / "missing")
    assert (missing.value.errno, missing.value.filename) == (errno.ENOENT, str(tmp_path / "missing"))
    assert missing.value.strerror == os.strerror(errno.ENOENT)
    with pytest.raises(IsADirectoryError, match=re.escape(str(tmp_path))):
        bytepiece.Tokenizer(tmp_path)
    for wrong in (3, None, b"m", [("AA==", [3, "", 1])]):
        with pytest.raises(TypeError, match=f"pieces must be the path .* or a dict .*, not {type(wrong).__name__}"):
            bytepiece.Tokenizer(wrong)  # type: ignore[arg-type]


def test_paths_that_cannot_be_written(tokenizer: bytepiece.Tokenizer, tmp_path: pathlib.Path) -> None:
    trainer = bytepiece.Trainer(order=2, max_vocab_size=[300, 400])
    trainer.train(["some text"])
    for save in (tokenizer.save, trainer.save, lambda path: bytepiece.convert_to_bytepiece({"ab": 3}, path)):
        with pytest.raises(FileNotFoundError, match="missing"):
            save(tmp_path / "missing" / "m")
        for wrong in (3, None, b"m"):
            with pytest.raises(TypeError, match=f"path must be a path .*, not {type(wrong).__name__}"):
                save(wrong)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(IsADirectoryError):
        tokenizer.save(tmp_path)


FULL_DISK = """
import pathlib, resource, signal, sys, bytepiece
path = pathlib.Path(sys.argv[1])
trainer = bytepiece.Trainer(order=2)
trainer.train(["some text " * 10])
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    trainer.save(path)
except OSError as error:
    print(error.strerror, error.filename)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_full_disk_leaves_the_old_file(tmp_path: pathlib.Path) -> None:
    """A limit on the size of files stands in for the full disk: both stop a write half-way."""
    path = tmp_path / "m"
    path.write_text("the old file", "utf-8")
    done = subprocess.run([sys.executable, "-c", FULL_DISK, path], capture_output=True, text=True, timeout=60)
    assert done.stdout == f"{os.strerror(errno.EFBIG)} {path}\n", done.stderr
    assert path.read_text("utf-8") == "the old file"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        (["天".encode()[:2]], r"piece b'\\xe5\\xa4' splits a character, .* ensure_unicode=True"),
        ([b"a\0"], r"piece b'a\\x00' has a NUL character"),
        ([b" a", "\u2581a".encode()], r"would be '\u2581a' in SentencePiece, which is piece b' a' already"),
        ([b"<s>"], "would be '<s>' in SentencePiece, which is a special already"),
        ([b"<0x0A>"], "which is a byte piece already"),
    ],
)
def test_sentencepiece_refuses_what_it_could_not_load(pieces: list[bytes], words: str, tmp_path: pathlib.Path) -> None:
    entries = {base64.b64encode(piece).decode(): [259 + index, "", 5] for index, piece in enumerate(pieces)}
    with pytest.raises(ValueError, match=words):
        bytepiece.Tokenizer(good_model() | entries).convert_to_sentencepiece(tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


def test_sentencepiece_missing_is_said(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentencepiece", None)
    with pytest.raises(ImportError, match=r"pip install 'bytepiece\[sentencepiece\]'"):
        bytepiece.Tokenizer(good_model()).convert_to_sentencepiece(tmp_path / "m")
    assert list(tmp_path.iterdir()) == []
