"""bench/compression: what is measured, what is kept, and what is written; on tiny text."""

from __future__ import annotations

import argparse
import collections
import gzip
import importlib.util
import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest
from support import ROOT

sys.path.insert(0, str(ROOT))

from bench.compression import command, corpora, plots, run, tables
from bench.compression.measure import difference, entropy, measure
from bench.engines import Engine
from bench.engines import make as make_engine
from bench.texts import MissingError

TEXTS = ["the cat sat on the mat\n  and so on\n", "天地玄黄 宇宙洪荒\n\n", "x = [1, 2, 3]\n"] * 30


class Letters(Engine):
    """An id a character; forgets every q."""

    def encode(self, texts: list[str]) -> Any:
        return [[ord(letter) for letter in text] for text in texts]

    def decode(self, rows: list[list[int]]) -> list[str]:
        return ["".join(map(chr, row)).replace("q", "") for row in rows]


def test_what_is_measured_is_what_is_worked_out_by_hand() -> None:
    result = measure(Letters({}), ["aab", "é", "bqa"])
    # a 3, b 2, é 1, q 1 of 7 tokens and 8 bytes
    expected = (3 * 1.2223924213364481 + 2 * 1.8073549220576042 + 2 * 2.807354922057604) / 7
    assert result.pop("entropy") == pytest.approx(expected, rel=1e-12)
    first = "document 2, character 1: 'qa' came back as 'a'"
    assert result == {"documents": 3, "bytes": 8, "tokens": 7, "used": 4, "lost": 1, "first_lost": first}
    assert entropy([]) == 0 and entropy([5]) == 0 and entropy([2, 2]) == 1
    assert difference(0, "ab", "a") == "document 0, character 1: 'b' came back as ''"


@pytest.fixture
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Where results are kept."""
    monkeypatch.setattr(run, "FOLDER", tmp_path / "out")
    monkeypatch.setattr(corpora, "FOLDER", tmp_path / "out")
    return tmp_path


def test_corpora_are_normalized_documents_that_end_a_line(folder: pathlib.Path) -> None:
    with gzip.open(folder / "a.jsonl.gz", "wt", encoding="utf-8") as stream:
        stream.write('{"text": "e\\u0301"}\n{"text": "b\\n"}\n')
    (folder / "b.txt").write_text("one\ntwo", "utf-8")
    corpus = corpora.training([folder / "a.jsonl.gz", folder / "b.txt"])
    lines = [json.loads(line)["text"] for line in corpus.path.read_text("utf-8").splitlines()]
    assert lines == ["é\n", "b\n", "one\ntwo\n"]
    assert (corpus.documents, corpus.bytes) == (3, sum(len(line.encode()) for line in lines))
    assert corpus.sha256[:16] == corpus.path.stem
    with pytest.raises(MissingError, match="no .*gone"):
        corpora.held_out({"x": folder / "gone.txt"})
    (folder / "empty.jsonl").write_text("")
    with pytest.raises(MissingError, match="x: not one byte of text"):
        corpora.held_out({"x": folder / "empty.jsonl"})


def case(**rows: Any) -> dict[str, Any]:
    """A case with two groups, where each engine has these tokens in each text of 100 bytes."""

    def row(tokens: list[int]) -> dict[str, Any]:
        names = ("new/zh", "new/en", "old/zh")
        results = {
            name: {"bytes": 100, "tokens": count, "entropy": 2.0, "lost": count == 40, "documents": 7, "pieces": 300}
            for name, count in zip(names, tokens, strict=True)
        }
        return {"seconds": 1.5, "processor_seconds": 2.5, "peak_bytes": 2e6, "pieces": 300, "texts": results}

    texts = {name: {} for name in ("new/zh", "new/en", "old/zh")}
    made = {engine.replace("_", "-"): row(of) if isinstance(of, list) else of for engine, of in rows.items()}
    return {"kind": "compression", "size": 300, "threads": 2, "training": {"bytes": 5e6}, "texts": texts, "rows": made}


def test_tables_have_the_best_peer_of_each_column() -> None:
    made = case(ours=[25, 20, 50], peer=[40, 16, 50], peer_two=[20, 25, 50], away={"skipped": "no peer here"})
    head, rows = tables.group_table(made, ["new/zh", "new/en"])
    assert head == ["engine", "zh", "en", "mean", "bits a byte"]
    assert rows == [
        ["ours", "4.000", "5.000", "4.472", "0.4500"],
        ["peer", "2.500", "6.250", "3.953", "0.5600"],
        ["peer-two", "5.000", "4.000", "4.472", "0.4500"],
        ["*the best peer*", "5.000", "6.250", "4.472", "0.4500"],
        ["*ours against it*", "-20.0%", "-20.0%", "+0.0%", "+0.0%"],
    ]
    assert list(tables.groups(made)) == ["new", "old"]
    words = tables.case_table(made)
    assert "| peer | 300 | 1.5 | 2.5 | 2 | 1 of 21 |\n| peer-two | 300 | 1.5 | 2.5 | 2 | 0 |" in words
    assert words.endswith("\n\naway: skipped: no peer here\n")
    alone = tables.group_table(case(ours=[25, 20, 50]), ["old/zh"])[1]
    assert [row[0] for row in alone] == ["ours"]


def test_plots_are_svg_with_all_engines() -> None:
    small, large = case(ours=[25, 20, 50], a_b=[40, 16, 50]), case(ours=[20, 20, 40], a_b=[40, 16, 40])
    large["size"] = 900
    name = "{http://www.w3.org/2000/svg}"
    drawn = ElementTree.fromstring(plots.bars(small, ["new/zh", "new/en"], "a < b"))
    assert drawn.find(f"{name}title").text == "a < b"  # type: ignore[union-attr]
    assert len(drawn.findall(f"{name}rect")) == 1 + 2 * 2
    lines = ElementTree.fromstring(plots.sizes([small, large], lambda row: row["texts"]["new/zh"]["tokens"], "t"))
    assert len(lines.findall(f"{name}polyline")) == 2 and len(lines.findall(f"{name}circle")) == 4
    words = [text.text for text in lines.findall(f"{name}text")]
    assert {"ours", "a-b", "300", "900", "20.00", "40.00"} <= set(words)
    assert plots.apart([(5.0, "b"), (1.0, "a"), (90.0, "c")], 10) == [(1.0, "a"), (11.0, "b"), (90.0, "c")]


def write(path: pathlib.Path, texts: list[str]) -> pathlib.Path:
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), "utf-8")
    return path


def arguments(folder: pathlib.Path, *more: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_to(parser.add_subparsers())
    paths = ["--train", str(write(folder / "train.jsonl", TEXTS)), "--out", str(folder / "docs")]
    held = write(folder / "held.jsonl", [*TEXTS[:3], "zebra, é\n"])
    paths += ["--held-out", f"new/one={held}"]
    return parser.parse_args(["compression", *paths, "--threads", "1", *more])


def test_a_run_is_taken_up_again(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sentencepiece")
    asked: list[str] = []
    ask = run.Worker.ask
    monkeypatch.setattr(run.Worker, "ask", lambda self, do, **more: asked.append(do) or ask(self, do, **more))  # type: ignore[func-returns-value]
    given = arguments(folder, "--sizes", "400", "350", "--only", "ours", "sentencepiece-bpe-lines")
    assert command.main(given, lambda _: None) == 0
    assert collections.Counter(asked) == {"about": 4, "train": 4, "load": 4, "compress": 4}
    record = json.loads((folder / "docs" / "compression.json").read_text("utf-8"))
    assert list(record["cases"]) == ["compression-350", "compression-400"]
    for made in record["cases"].values():
        for row in made["rows"].values():
            assert row["texts"]["new/one"]["lost"] == 0 and row["texts"]["new/one"]["documents"] == 4
    document = (folder / "docs" / "compression.md").read_text("utf-8")
    assert "![Bytes per token on new, mean](compression-bytes-new.svg)" in document
    assert {path.name for path in (folder / "docs").glob("*.svg")} == {
        f"compression-{what}-new.svg" for what in ("bytes", "bits", "350", "400")
    }
    asked.clear()
    given = arguments(folder, "--sizes", "400", "350", "450", "--only", "ours", "sentencepiece-bpe-lines")
    assert command.main(given, lambda _: None) == 0
    assert collections.Counter(asked) == {"about": 6, "train": 2, "load": 2, "compress": 2}


def missing(engine: str) -> Any:
    """Stands for a Worker."""
    raise MissingError("no interpreter for it")


def test_what_cannot_be_trained_is_said(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sentencepiece")
    said: list[str] = []
    # more characters than pieces
    assert command.main(arguments(folder, "--sizes", "260", "--only", "sentencepiece-bpe-words"), said.append) == 1
    assert any("sentencepiece-bpe-words: failed: " in line and "Vocabulary size" in line for line in said)
    monkeypatch.setattr(run, "Worker", missing)
    said.clear()
    assert command.main(arguments(folder, "--sizes", "300", "--only", "ours"), said.append) == 0
    assert "  ours: skipped: no interpreter for it" in said
    record = json.loads((folder / "docs" / "compression.json").read_text("utf-8"))
    assert record["cases"]["compression-300"]["rows"] == {"ours": {"skipped": "no interpreter for it"}}
    with pytest.raises(SystemExit, match="compression: no .*gone"):
        given = arguments(folder)
        given.train = [folder / "gone"]
        command.main(given, said.append)


def test_every_engine_is_lossless_or_missing(folder: pathlib.Path) -> None:
    """Of those whose library is here; the slow ones are not run."""
    train, awkward = write(folder / "train.jsonl", TEXTS), ["  a\t b \r\n\n", "\u0000é\u3000天 \n", "👍🏽 q\n\n\n "]
    model = str(folder / "a.model")
    seen = []
    for name in (*run.OURS[:1], *run.PEERS):
        library = name.partition("-")[0].replace("ours", "bytepiece")
        if name.startswith("bytepiece-0.6.3") or "unigram" in name or importlib.util.find_spec(library) is None:
            continue
        settings = {"order": 6, "vocab_size": 320, "threads": 1}
        trainer = make_engine(name)
        trainer.prepare(str(train), settings)
        trainer.train(str(train), model, settings)
        engine = make_engine(name)
        engine.load(model)
        assert engine.decode(engine.ids(engine.encode(awkward))) == awkward, name
        assert 256 <= engine.pieces() <= 320
        seen.append(name)
    assert "ours" in seen


def test_characters_get_a_share_of_the_pieces() -> None:
    pytest.importorskip("sentencepiece")
    from bench.engines.sentencepiece_lines import coverage, divided

    counts = collections.Counter({"a": 9_850, "b": 100, "c": 50})
    assert coverage(counts, 3) == 0.9995
    assert coverage(counts, 2) == pytest.approx(0.99495)
    assert coverage(counts, 1) == pytest.approx(0.98495)
    assert coverage(counts, 0) == 0.98
    assert list(divided([1, 9, 9, 2], 9)) == [[1], [], [2]]
