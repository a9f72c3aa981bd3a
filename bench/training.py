"""Where the time and the memory of training go, stage by stage: tables of `trainer.report`, one training a process.

`stages`: the four shared corpora (46 MB) on one thread and two, at orders 6 and 8, in memory and spilling. `scale`: a
tenth and the whole of the text files in an archive of sources (Debian's linux-source: 1.3 GB), under several limits of
memory. Each line is the median of the rounds, which go through the lines in turn. Speeds are 10^6 bytes of text a second
of wall time; memory is the most that `RssAnon` grew by, as the training itself reports it.
"""

from __future__ import annotations

import json
import pathlib
import statistics
import subprocess
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from bench.report import figure, markdown
from bench.texts import OUT, Text

Row = tuple[str, pathlib.Path, dict[str, Any]]
Report = dict[str, Any]
TRAIN = """\
import json, sys, bytepiece
settings = json.loads(sys.argv[2])
trainer = bytepiece.Trainer(**settings)
trainer.train(bytepiece.corpus.Jsonl(sys.argv[1]))
trainer.save(sys.argv[3])
print(json.dumps(trainer.report))
"""
PLAIN = {"objective": "frequency"}
"""Without refinement, which is measured in lines of its own."""
STAGES: list[tuple[str, dict[str, Any]]] = [
    ("order 6, 1 thread", PLAIN | {"threads": 1}),
    ("order 6, 2 threads", PLAIN | {"threads": 2}),
    ("order 6, 1 thread, 120 MB", PLAIN | {"threads": 1, "memory_limit": "120MB"}),
    ("order 8, 1 thread", PLAIN | {"threads": 1, "order": 8}),
    ("order 6, 1 thread, compat", {"threads": 1, "compat": True}),
    ("refined, 1 thread", {"threads": 1}),
    ("refined, 2 threads", {"threads": 2}),
]
LIMITS = ("1GB", "2GB")
TENTH = 10
"""The smaller text is every tenth file, by a hash of its name: the same mixture as the whole."""


def once(corpus: pathlib.Path, settings: dict[str, Any]) -> Report:
    """One training in a process of its own."""
    with tempfile.TemporaryDirectory(dir=OUT) as folder:
        command = [sys.executable, "-c", TRAIN, str(corpus), json.dumps({"max_vocab_size": 32000, **settings})]
        done = subprocess.run([*command, f"{folder}/model"], check=True, stdout=subprocess.PIPE, text=True)
        report: Report = json.loads(done.stdout)
        report["checksum"] = zlib.crc32(pathlib.Path(folder, "model").read_bytes())
        return report


def line(what: str, reports: list[Report]) -> list[str]:
    """The medians of one line of the table."""

    def median(value: Callable[[Report], float]) -> str:
        return figure(statistics.median(map(value, reports)))

    def seconds(report: Report, at: int) -> float:
        return float(report["stages"][at]["seconds"])

    return [
        what,
        median(lambda report: report["bytes"] / 1e6),
        median(lambda report: report["bytes"] / 1e6 / seconds(report, 0)),
        median(lambda report: seconds(report, 1)),
        median(lambda report: report["bytes"] / 1e6 / seconds(report, 2)),
        median(lambda report: seconds(report, 3)),
        median(lambda report: sum(stage["seconds"] for stage in report["stages"][4:])),
        median(lambda report: sum(stage["seconds"] for stage in report["stages"])),
        median(lambda report: report["spilled"] / 1e6),
        median(lambda report: report["peak_memory"] / 1e6),
    ]


HEAD = [
    "training",
    "text, MB",
    "counting, MB/s",
    "modelling, s",
    "segmenting, MB/s",
    "pruning, s",
    "refining, s",
    "all, s",
    "spilled, MB",
    "memory, MB",
]


def measure(rows: list[Row], rounds: int) -> int:
    """Prints the table; a line a training on stderr meanwhile."""
    reports: dict[str, list[Report]] = {what: [] for what, _, _ in rows}
    for _ in range(rounds):
        for what, corpus, settings in rows:
            try:
                reports[what].append(once(corpus, settings))
            except subprocess.CalledProcessError:
                print(f"{what}: failed", file=sys.stderr, flush=True)
                continue
            print(" | ".join(line(what, reports[what][-1:])), file=sys.stderr, flush=True)
    print(markdown(HEAD, [line(what, done) for what, done in reports.items() if done]))
    for corpus in {corpus for _, corpus, _ in rows}:
        check_equal([(what, settings) for what, path, settings in rows if path == corpus], reports)
    return 0 if all(len(done) == rounds for done in reports.values()) else 1


def check_equal(rows: list[tuple[str, dict[str, Any]]], reports: dict[str, list[Report]]) -> None:
    """Models that differ in threads or memory only must be the same."""
    groups: dict[str, set[int]] = {}
    for what, settings in rows:
        decisive = {name: value for name, value in settings.items() if name not in {"threads", "memory_limit"}}
        groups.setdefault(json.dumps(decisive), set()).update(report["checksum"] for report in reports[what])
    for settings_of, models in groups.items():
        if len(models) > 1:
            raise RuntimeError(f"{len(models)} different models with the settings {settings_of}")


def stages(rounds: int) -> int:
    """The shared corpora."""
    corpus = Text("shared 46 MB").path
    return measure([(what, corpus, settings) for what, settings in STAGES], rounds)


def scale(archive: pathlib.Path, rounds: int) -> int:
    """A tenth of an archive's text, and the whole of it."""
    sizes = {"tenth": TENTH, "whole": 1}
    corpora = {name: unpacked(archive, name, every) for name, every in sizes.items()}
    rows: list[Row] = [
        (f"{name}, {limit}", corpus, PLAIN | {"memory_limit": limit, "threads": 2})
        for limit in LIMITS
        for name, corpus in corpora.items()
    ]
    return measure(rows, rounds)


def unpacked(archive: pathlib.Path, name: str, every: int) -> pathlib.Path:
    """The text files of an archive as JSON lines, a document a file, unless they are there."""
    path = OUT / "scale" / f"{archive.name}.{name}.jsonl"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".part")
        with open(beside, "w", encoding="utf-8", newline="\n") as stream:
            for file, text in text_files(archive):
                if zlib.crc32(file.encode()) % every == 0:
                    stream.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
        beside.rename(path)
    return path


def text_files(archive: pathlib.Path) -> Iterator[tuple[str, str]]:
    """The regular files that are UTF-8, in the archive's order."""
    with tarfile.open(archive) as members:
        for member in members:
            content = members.extractfile(member)
            if content is None:
                continue
            try:
                yield member.name, content.read().decode()
            except UnicodeDecodeError:
                continue
