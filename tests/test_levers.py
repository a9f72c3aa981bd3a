"""bench/levers: which variants run, what a training gives, and the table; without a training."""

from __future__ import annotations

import argparse
import json
import pathlib
import sys
from typing import Any

import pytest
from support import ROOT

sys.path.insert(0, str(ROOT))

from bench import levers
from bench.compression import corpora, run

VARIANTS = ["default", "steps: 0.5", "steps: 0.9", "sample: 4 MB"]
SCRIPT = """\
import json, sys
variant, training, flag, *texts = sys.argv[1:]
assert flag == "--held-out" and open(training).read(), sys.argv
if variant == "steps: 0.9":
    sys.exit(3)
tokens = 2 if variant == "default" else 1
result = {"bytes": 8, "tokens": tokens, "entropy": 2.0}
print(json.dumps({"pieces": 5, "texts": {text.partition("=")[0]: result for text in texts}}))
"""


@pytest.fixture
def arguments(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> argparse.Namespace:
    """Three texts, a document with markers, and a binary that trains nothing."""
    for name in ("train", "a", "b"):
        (tmp_path / f"{name}.jsonl").write_text('{"text": "' + name + '"}\n', "utf-8")
    (tmp_path / "DESIGN.md").write_text("Before\n<!-- bench:case -->\nold\n<!-- /bench -->\nbehind\n", "utf-8")
    (tmp_path / "script.py").write_text(SCRIPT, "utf-8")
    # not in the first line: the path may have spaces
    (tmp_path / "binary").write_text(f"#!/bin/sh\nexec '{sys.executable}' '{tmp_path}/script.py' \"$@\"\n", "utf-8")
    (tmp_path / "binary").chmod(0o755)
    for module in (corpora, run):
        monkeypatch.setattr(module, "FOLDER", tmp_path / "out")
    for name, path in {"DESIGN": "DESIGN.md", "RECORD": "record.json", "BINARY": "binary"}.items():
        monkeypatch.setattr(levers, name, tmp_path / path)
    monkeypatch.setattr(levers, "build", lambda: VARIANTS)
    texts = [("others/x", tmp_path / "a.jsonl"), ("others/y", tmp_path / "b.jsonl"), ("same/x", tmp_path / "b.jsonl")]
    return argparse.Namespace(case="case", only=["sample"], train=[tmp_path / "train.jsonl"], held_out=texts, jobs=2)


def test_the_table_has_the_default_and_differences_from_it(arguments: argparse.Namespace) -> None:
    levers.RECORD.write_text('{"cases": {"another": {"kind": "levers"}}}', "utf-8")
    said: list[str] = []
    assert levers.main(arguments, said.append) == 0
    record: dict[str, Any] = json.loads(levers.RECORD.read_text("utf-8"))
    assert list(record["cases"]) == ["another", "case"]
    assert list(record["cases"]["case"]["rows"]) == ["default", "sample: 4 MB"]
    assert [line.partition(": ")[0] for line in said] == ["default", "sample"]
    before, _, rest = levers.DESIGN.read_text("utf-8").partition("<!-- bench:case -->\n")
    table, _, behind = rest.partition("<!-- /bench -->")
    assert (before, behind) == ("Before\n", "\nbehind\n")
    head, _, first, second = [line for line in table.splitlines() if line.startswith("|")]
    heads = "|  | x | y | mean, others | bits, others | mean, same | bits, same | CPU s |"
    assert head == heads
    assert first.startswith("| default | 4.000 | 4.000 | 4.000 | 0.500 | 4.000 | 0.500 |")
    assert second.startswith("| sample: 4 MB | +100.00% | +100.00% | +100.00% | -50.00% | +100.00% | -50.00% |")


def test_what_was_done_is_kept(arguments: argparse.Namespace) -> None:
    levers.main(arguments, lambda _: None)
    first = levers.RECORD.read_text("utf-8")
    kept = list((run.FOLDER.parent / "levers").glob("*.json"))
    assert len(kept) == 2
    levers.main(arguments, lambda _: None)
    assert levers.RECORD.read_text("utf-8") == first
    levers.BINARY.write_text(levers.BINARY.read_text("utf-8") + "\n", "utf-8")
    levers.main(arguments, lambda _: None)
    assert len(list((run.FOLDER.parent / "levers").glob("*.json"))) == 4


def test_a_training_that_fails_is_an_error(arguments: argparse.Namespace) -> None:
    arguments.only = ["steps"]
    with pytest.raises(RuntimeError, match=r"steps: 0\.9: the training ended with 3"):
        levers.main(arguments, lambda _: None)


def test_samples_run_where_they_are_named() -> None:
    assert levers.chosen(VARIANTS, []) == VARIANTS[:3]
    assert levers.chosen(VARIANTS, ["sample"]) == ["default", "sample: 4 MB"]
    with pytest.raises(SystemExit, match="no lever round; there are default, steps, sample"):
        levers.chosen(VARIANTS, ["round"])
