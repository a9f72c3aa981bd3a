"""Progress and report: what is shown while a training runs, what functions are told, what is left when it is over."""

from __future__ import annotations

import gzip
import json
import os
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from support import TIGHT

import bytepiece
from bytepiece.corpus import Documents, Jsonl, Limit, Mix, Parallel, Text

STAGES = ["counting", "modelling", "segmenting", "pruning", "gathering", "refining"]
SPILLS = {"order": 12, "max_ngrams": 300_000, "memory_limit": TIGHT}
"""Settings with which `many` does not fit into memory."""


def trained(texts: Any, **options: Any) -> bytepiece.Trainer:
    trainer = bytepiece.Trainer(**{"max_vocab_size": 600, "threads": 2} | options)
    trainer.train(texts)
    return trainer


def test_a_function_with_a_parameter_details_is_told_more(many: list[str], tmp_path: pathlib.Path) -> None:
    calls: list[tuple[str, int, int | None, dict[str, Any]]] = []

    def show(stage: str, number: int, stages: int, done: int, total: int | None, details: dict[str, Any]) -> None:
        assert stage == STAGES[number - 1] and stages == len(STAGES)
        assert json.loads(json.dumps(details)) == details
        calls.append((stage, done, total, details))

    (tmp_path / "many.txt").write_text("".join(many), "utf-8")
    size = (tmp_path / "many.txt").stat().st_size
    report = trained(Text(tmp_path / "many.txt", split="line"), progress=show, temp_dir=tmp_path, **SPILLS).report
    last = {stage: (done, total, details) for stage, done, total, details in calls}
    assert list(last) == STAGES
    for done, total, details in last.values():
        assert details["left"] == 0 and details["left_in_all"] is None
        assert details["memory_limit"] == TIGHT and details["elapsed"] >= details["seconds"] > 0
        assert details["disk_free"] > 0 and details["resumed"] == 0
        assert total is None or done == total
    for stage in ("counting", "segmenting"):
        done, total, details = last[stage]
        assert done == details["bytes"] == size and details["documents"] == len(many)
        assert details["mb_per_second"] > 0
    assert last["counting"][2]["spilled"] > 0
    assert last["modelling"][1] == 512 * (1 + 10)  # partitions, and those of each length from 3 to 12
    assert last["pruning"][1] is None and last["pruning"][0] > 0
    assert last["pruning"][2]["spilled"] == report["spilled"]
    lefts = [(details["left"], details["left_in_all"]) for *_, details in calls]
    assert all(more > left for left, more in lefts if left is not None and more is not None)


@pytest.mark.parametrize("stage", ["counting", "segmenting"])
def test_time_left_is_told_where_the_size_is_known(many: list[str], tmp_path: pathlib.Path, stage: str) -> None:
    (tmp_path / "many.txt").write_text("".join(many), "utf-8")
    lefts: list[float] = []

    def show(name: str, *_: Any, details: dict[str, Any]) -> None:
        if name == stage and details["left_in_all"] is not None:
            assert details["left_in_all"] >= details["left"] > 0
            lefts.append(details["left"])
            raise ZeroDivisionError  # enough is known

    with pytest.raises(ZeroDivisionError):
        trained(Text([tmp_path / "many.txt"] * 4), progress=show)
    assert len(lefts) == 1


@pytest.mark.parametrize("shape", ["args", "keywords", "mock", "partial", "builtin"])
def test_functions_that_ask_for_nothing_get_five_arguments(documents: list[str], shape: str) -> None:
    import functools

    calls: list[Any] = []
    functions: dict[str, Any] = {
        "args": lambda *call: calls.append(call),
        "keywords": lambda *call, **keywords: calls.append((*call, *keywords)),
        "mock": mock.Mock(side_effect=lambda *call: calls.append(call)),
        "partial": functools.partial(lambda name, *call: calls.append(call), "a name"),
        "builtin": max,
    }
    if shape == "builtin":
        with pytest.raises(TypeError, match="'>' not supported"):
            trained(documents, progress=max)  # called with five, which it cannot compare
        return
    trained(documents, progress=functions[shape])
    assert {len(call) for call in calls} == {5}


def test_rates_are_of_text_though_files_are_compressed(documents: list[str], tmp_path: pathlib.Path) -> None:
    lines = "".join(json.dumps({"text": text}) + "\n" for text in documents * 4)
    with gzip.open(tmp_path / "a.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(lines)
    stored = (tmp_path / "a.jsonl.gz").stat().st_size
    seen: list[tuple[int, int | None, int]] = []

    def show(stage: str, number: int, stages: int, done: int, total: int | None, *, details: dict[str, Any]) -> None:
        if stage == "segmenting":
            seen.append((done, total, details["bytes"]))

    report = trained(Jsonl(tmp_path / "a.jsonl.gz"), progress=show).report
    text = sum(len(text.encode()) for text in documents) * 4
    assert seen[-1] == (stored, stored, text) and text > 2 * stored
    assert report["bytes"] == text
    for stage in report["stages"][::2]:
        assert stage["bytes"] == text
        assert stage["mb_per_second"] == pytest.approx(text / 1e6 / stage["seconds"])


def test_plain_lines_and_a_summary(many: list[str], tmp_path: pathlib.Path, capfd: pytest.CaptureFixture[str]) -> None:
    report = trained(many, progress=True, temp_dir=tmp_path, **SPILLS).report
    lines = capfd.readouterr().err.splitlines()
    stages = [line for line in lines if re.match(r"\d/6 ", line)]
    assert [line.split()[1].rstrip(":") for line in stages if "0.0 s left" not in line][-6:] == STAGES
    size = r"[\d.]+ [KMG]?B"
    assert re.fullmatch(
        rf"1/6 counting: {size}, [\d.]+ MB/s, [\d.]+ s, memory {size} of 110 MB, spilled {size}", stages[0]
    )
    assert re.fullmatch(rf"2/6 modelling: 100 %, [\d.]+ s, memory {size} of 110 MB, spilled {size}", stages[1])
    assert re.fullmatch(rf"3/6 segmenting: {size} of {size}, [\d.]+ MB/s, [\d.]+ s, memory .*", stages[2])
    assert re.fullmatch(rf"4/6 pruning: \d+ rounds, [\d.]+ s, memory {size} of 110 MB, .*", stages[3])
    assert re.fullmatch(rf"5/6 gathering: {size} of {size}, [\d.]+ MB/s, [\d.]+ s, memory .*", stages[4])
    assert re.fullmatch(rf"6/6 refining: \d+ rounds, [\d.]+ s, memory {size} of 110 MB, .*", stages[-1])
    summary = "\n".join(lines[len(stages) :])
    assert re.match(
        rf"bytepiece {bytepiece.__version__}, algorithm {report['algorithm']}: {size} of text, 1,200 docu", summary
    )
    for stage in STAGES:
        assert re.search(rf"^  {stage} +[\d.]+ s, .*{size} of memory", summary, re.MULTILINE)
    assert re.search(rf"^  memory     {size} of 110 MB, {size} written to {tmp_path}, {size} at a time$", summary, re.M)
    assert f"{sum(report['distinct_ngrams']):,} distinct, " in summary
    thresholds = " ".join(str(length["threshold"]) for length in report["kept_ngrams"])
    assert f"least counts from length 2 on: {thresholds}\n" in summary
    assert f"vocabulary {report['vocabulary_sizes'][0]} of {report['pieces']:,} pieces counted" in summary


def test_a_closed_stderr_is_no_reason_to_stop(tmp_path: pathlib.Path) -> None:
    code = "import bytepiece, os; os.close(2); bytepiece.Trainer(progress=True).train(['ab'] * 9); print('done')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "done\n")


def test_the_report_has_what_was_asked_and_what_came_out(many: list[str], tmp_path: pathlib.Path) -> None:
    sizes = [400, 700]
    report = trained(many, max_vocab_size=sizes, min_count=3, temp_dir=tmp_path, **SPILLS).report
    assert report["version"] == bytepiece.__version__
    assert report["settings"] == {
        "order": 12,
        "max_vocab_size": [700, 400],
        "max_piece_length": 36,
        "min_count": 3,
        "digits": "free",
        "cross_words": True,
        "normalization": "nfc",
        "special_tokens": [],
        "reserved_tokens": 0,
        "multiple_of": 1,
        "required_pieces": [],
        "forbidden": None,
        "objective": "tokens",
        "domain_weights": {},
        "cover_scripts": True,
        "strict": False,
        "ensure_unicode": False,
        "compat": False,
        "max_ngrams": 300_000,
    }
    assert report["vocabulary_sizes"] == [700, 400]
    assert report["seconds"] >= sum(stage["seconds"] for stage in report["stages"]) * 0.99
    assert report["spilled"] == sum(stage["spilled"] for stage in report["stages"]) > 0
    disk = report["disk"]
    assert disk["folder"] == str(tmp_path) and disk["free"] > 0 and disk["expected"] == 0
    # the runs of counting are gone when those of pieces come
    assert 0 < disk["most"] <= report["spilled"]
    assert report["saves"] == 0 and (report["readers"], report["reader_processes"]) == ({}, [])
    assert json.loads(json.dumps(report)) == report


def test_what_was_resumed_is_no_speed(many: list[str], tmp_path: pathlib.Path) -> None:
    texts = Documents(many[:300])
    first = trained(texts, checkpoint=tmp_path, checkpoint_every=0).report
    again = trained(texts, checkpoint=tmp_path).report
    assert first["saves"] > 2 and again["saves"] == 0
    assert [stage["resumed"] for stage in first["stages"]] == [0] * 6
    assert [stage["resumed"] for stage in again["stages"]] == [first["bytes"], 0, first["bytes"], 0, 0, 0]
    assert [stage["mb_per_second"] for stage in again["stages"][:4]] == [None] * 4
    assert first["disk"]["folder"] == str(tmp_path)
    runs = sum(path.stat().st_size for path in tmp_path.glob("*.runs"))
    assert again["spilled"] == 0 < again["disk"]["most"] == first["disk"]["most"] == runs


def documents_of(path: str) -> Iterator[str]:
    """For `Parallel`."""
    yield pathlib.Path(path).read_text("utf-8")


def test_readers_and_their_processes_are_in_the_report(tmp_path: pathlib.Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.txt").write_text("some text\n" * 50, "utf-8")
    bad = Documents(["fine\n" * 9, b"\xff bad"], errors="replace")
    files = Parallel(documents_of, [tmp_path / "a.txt", tmp_path / "b.txt"], 2, start_method="fork")
    report = trained({"files": Limit(files, 5), "bad": bad, "plain": ["text\n"]}).report
    assert list(report["readers"]) == ["files", "bad"]
    assert report["readers"]["bad"]["replaced"] == 1 and "bad" not in report["readers"]["files"]["first"]
    assert report["reader_processes"] == report["readers"]["files"]["workers"]
    assert len(report["reader_processes"]) == 2 and min(report["reader_processes"]) > 1_000_000
    mixed = trained(Mix({"replaced": (bad, 2), "b": (["text\n"], 1)})).report
    assert mixed["readers"] == {"": {"skipped": {}, "replaced": 1, "first": mock.ANY, "workers": []}}


def test_the_command_line_writes_the_report(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.txt").write_text("some text\n" * 1000, "utf-8")
    command = [
        sys.executable,
        "-m",
        "bytepiece",
        "train",
        str(tmp_path / "a.txt"),
        "-o",
        str(tmp_path / "m"),
        "--vocab-size",
        "400",
        "--report",
    ]
    environment = os.environ | {"PYTHONUTF8": "1"}
    done = subprocess.run([*command, str(tmp_path / "r.json")], capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert report["bytes"] == 10_000 and report["settings"]["max_vocab_size"] == [400]
    failed = subprocess.run(
        [*command, str(tmp_path / "no" / "r.json")], capture_output=True, text=True, env=environment
    )
    assert failed.returncode == 1 and "No such file" in failed.stderr
