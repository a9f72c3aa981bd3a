"""`python -m bench compression`: options, and the files that are written."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import pathlib
import sys
from typing import Any

from bench import machine
from bench.compression import plots, run, tables
from bench.compression.corpora import held_out, training
from bench.report import footer
from bench.texts import ROOT, MissingError

NAME = "compression"


def add_to(verbs: Any) -> None:
    """The options."""
    parser = verbs.add_parser(NAME, help="bytes per token of every trainer on text it has not seen, with plots")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(run.SIZES), metavar="N")
    parser.add_argument(
        "--train",
        type=pathlib.Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="JSON lines, or text (default: shared)",
    )
    parser.add_argument(
        "--held-out", type=named, nargs="+", default=[], metavar="NAME=FILE", help="NAME may be GROUP/NAME"
    )
    parser.add_argument(
        "--only", nargs="+", choices=[*run.ENGINES, *run.SLOW], default=list(run.ENGINES), metavar="ENGINE"
    )
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=pathlib.Path, help="a folder for all files (default: docs and bench/record)")


def named(argument: str) -> tuple[str, pathlib.Path]:
    name, equals, path = argument.partition("=")
    if not (name and equals and path):
        raise argparse.ArgumentTypeError(f"{argument!r} is not NAME=FILE")
    return name, pathlib.Path(path)


def main(arguments: argparse.Namespace, say: run.Say) -> int:
    """1 where an engine failed, or changed a text."""
    docs = arguments.out or ROOT / "docs"
    path = (arguments.out or ROOT / "bench" / "record") / f"{NAME}.json"
    record: dict[str, Any] = {
        "command": "python -m bench " + " ".join(sys.argv[1:]),
        "date": datetime.date.today().isoformat(),
        "machine": machine.describe(),
        "cases": {},
    }

    def save(cases: dict[str, Any]) -> None:
        record["cases"] = cases
        run.write(path, json.dumps(record, indent=1, ensure_ascii=False) + "\n")

    try:
        corpus, texts = training(arguments.train), held_out(dict(arguments.held_out))
    except MissingError as error:
        sys.exit(f"compression: {error}")
    run.run(arguments.only, arguments.sizes, arguments.threads, corpus, texts, say, save)
    publish(record, docs)
    say(f"{docs / NAME}.md, {path}")
    rows = [row for case in record["cases"].values() for row in case["rows"].values()]
    return 1 if any("failed" in row for row in rows) else 0


def publish(record: dict[str, Any], docs: pathlib.Path) -> None:
    """The document and its plots."""
    cases = [case for case in record["cases"].values() if tables.done(case)]
    parts = ["# Compression\n", (ROOT / "bench" / NAME / "method.md").read_text("utf-8")]
    for group, texts in (tables.groups(cases[0]) if cases else {}).items():
        of = f" on {group}" if group else ""
        drawn = (
            {
                "bytes": plots.sizes(
                    cases, lambda row, t=texts: tables.mean_bytes(row, t), f"Bytes per token{of}, mean"
                ),  # type: ignore[misc]
                "bits": plots.sizes(
                    cases, lambda row, t=texts: tables.mean_code(row, t), f"Code length{of}, bits a byte"
                ),  # type: ignore[misc]
            }
            if len(cases) > 1
            else {}
        )
        for case in cases:
            drawn[f"{case['size']}"] = plots.bars(case, texts, f"Bytes per token{of}, {case['size']:,} pieces")
        for what, plot in drawn.items():
            name = "-".join(filter(None, (NAME, what, group.replace(" ", "-").replace("/", "-")))) + ".svg"
            run.write(docs / name, plot)
            parts.append(f"![{plot.partition('<title>')[2].partition('</title>')[0]}]({name})\n")
    parts += [f"## {case['size']:,} pieces\n\n{tables.case_table(case)}" for case in record["cases"].values()]
    run.write(docs / f"{NAME}.md", "\n".join([*parts, footer(record, "One training each") + "\n"]))
