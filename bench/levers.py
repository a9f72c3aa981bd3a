"""`python -m bench levers`: refinement with each of its choices in turn, as a table of what they change.

In: the variants of `rust/core/examples/levers.rs`, a training text and held-out texts (`compression/corpora.py`: documents
in NFC that end with a newline). Out: a case in `bench/record/levers.json`, and its table between the markers of DESIGN.md.
Each training is in a process of its own, on one thread; seconds are of the processor, of the whole process. What is done is
kept under `bench/out/levers` by the digest of the example as it was built, so the same command goes on where it stopped.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import datetime
import hashlib
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from bench import machine
from bench.compression.corpora import Corpus, held_out, training
from bench.compression.run import kept
from bench.compression.tables import bytes_per_token, groups, mean_bytes, mean_code
from bench.texts import ROOT, MissingError

NAME = "levers"
BINARY = ROOT / "target" / "release" / "examples" / NAME
RECORD = ROOT / "bench" / "record" / f"{NAME}.json"
DESIGN = ROOT / "DESIGN.md"
DEFAULT = "default"
SAMPLE = "sample"
"""The lever that a corpus of this size has no use for: run where it is named only."""

Row = dict[str, Any]
Say = Callable[[str], None]


def add_to(verbs: Any) -> None:
    """The options."""
    from bench.compression.command import named

    parser = verbs.add_parser(NAME, help="what the choices of refinement change, each in turn, as a table in DESIGN.md")
    parser.add_argument("--case", default=NAME, help="the name of the table")
    parser.add_argument("--only", nargs="+", default=[], metavar="LEVER", help=f"these and {DEFAULT} (default: all)")
    parser.add_argument("--train", type=pathlib.Path, nargs="+", default=[], metavar="FILE")
    parser.add_argument("--held-out", type=named, nargs="+", default=[], metavar="NAME=FILE")
    parser.add_argument("--jobs", type=int, default=1, help="trainings at a time")


def build() -> list[str]:
    """Builds the example; the names of its variants."""
    command = ["cargo", "build", "--quiet", "--release", "--package", "bytepiece-core", "--example", NAME]
    subprocess.run(command, cwd=ROOT, check=True)
    listed = subprocess.run([BINARY, "list"], check=True, stdout=subprocess.PIPE, text=True)
    return listed.stdout.splitlines()


def lever(variant: str) -> str:
    """A variant is called `LEVER: setting`."""
    return variant.partition(":")[0]


def chosen(variants: list[str], only: list[str]) -> list[str]:
    """The default and those of the levers named."""
    unknown = set(only) - {lever(variant) for variant in variants}
    if unknown:
        sys.exit(f"no lever {', '.join(sorted(unknown))}; there are {', '.join(dict.fromkeys(map(lever, variants)))}")
    usual = {lever(variant) for variant in variants} - {SAMPLE}
    return [variant for variant in variants if lever(variant) in ({*only, DEFAULT} if only else usual)]


def trained(variant: str, corpus: Corpus, texts: list[Corpus]) -> Row:
    """One training, in a process of its own."""
    command = [str(BINARY), variant, str(corpus.path), "--held-out", *(f"{text.name}={text.path}" for text in texts)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout as stream:
        answer = stream.read()
    _, status, usage = os.wait4(process.pid, 0)  # the resources of this child alone
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{variant}: the training ended with {process.returncode}")
    return {**json.loads(answer), "seconds": usage.ru_utime + usage.ru_stime}


def row(variant: str, corpus: Corpus, texts: list[Corpus]) -> Row:
    """What was kept, or one training."""
    parts = [variant, hashlib.sha256(BINARY.read_bytes()).hexdigest(), corpus.sha256, *(text.sha256 for text in texts)]
    name = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]
    return kept(f"../{NAME}", name, lambda: trained(variant, corpus, texts))


def main(arguments: argparse.Namespace, say: Say) -> int:
    """Writes the record and the document after each training."""
    try:
        corpus, texts = training(arguments.train), held_out(dict(arguments.held_out))
    except MissingError as error:
        sys.exit(f"{NAME}: {error}")
    variants = chosen(build(), arguments.only)
    case: dict[str, Any] = {
        "kind": NAME,
        "command": "python -m bench " + " ".join(sys.argv[1:]),
        "date": datetime.date.today().isoformat(),
        "machine": machine.describe(),
        "training": corpus.describe(),
        "texts": {text.name: text.describe() for text in texts},
        "rows": {},
    }
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        rows = [pool.submit(row, variant, corpus, texts) for variant in variants]
        for variant, future in zip(variants, rows, strict=True):
            case["rows"][variant] = future.result()
            say(f"{variant}: {case['rows'][variant]['seconds']:.0f} s")
            publish(arguments.case, case)
    return 0


def publish(name: str, case: dict[str, Any]) -> None:
    """Into the record, beside its other cases, and into the document."""
    from bench.report import splice

    record = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {"cases": {}}
    record["cases"][name] = case
    RECORD.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    DESIGN.write_text(splice(DESIGN.read_text("utf-8"), record), "utf-8")


def case_table(case: dict[str, Any]) -> str:
    """Figures of the default, and by how much the others differ from it."""
    from bench.report import markdown

    usual = columns(case, case["rows"][DEFAULT])
    rows = []
    for variant, result in case["rows"].items():
        pairs = [(value, usual[head]) for head, value in columns(case, result).items()]
        cells = [f"{one:.3f}" if variant == DEFAULT else f"{one / other - 1:+.2%}" for one, other in pairs]
        rows.append([variant, *cells, f"{result['seconds']:.0f}"])
    about = f"{case['training']['bytes'] / 1e6:,.1f} MB of training text, 32,000 pieces, {case['date']}"
    what = "Bytes per token, their geometric mean, and bits a byte; the default, and how far the others are from it."
    return f"{what}\n\n{markdown(['', *usual, 'CPU s'], rows)}\n\n{about}. Command: `{case['command']}`.\n"


def columns(case: dict[str, Any], result: Row) -> dict[str, float]:
    """The figures by head: each text of the first group, and the mean and the code length of every group."""
    figures: dict[str, float] = {}
    for group, texts in groups(case).items():
        of = f", {group}" if group else ""
        first = not figures
        if first:
            figures = {text.rpartition("/")[2]: bytes_per_token(result, text) for text in texts}
        if len(texts) > 1 or not first:
            figures[f"mean{of}"] = mean_bytes(result, texts)
        figures[f"bits{of}"] = mean_code(result, texts)
    return figures
