"""Tables in Markdown from a record, and their place in a document.

A figure is the median of the rounds, least and greatest in parentheses. Speeds are 10^6 bytes of UTF-8 a second.
"""

from __future__ import annotations

import functools
import operator
import re
import statistics
from collections.abc import Callable
from typing import Any

from bench import levers
from bench.compression.tables import case_table

Record = dict[str, Any]


def spread(values: list[float]) -> str:
    """Median (least–greatest), to three figures."""
    if not values:
        return "–"
    if len(values) == 1:
        return figure(values[0])
    return f"{figure(statistics.median(values))} ({figure(min(values))}–{figure(max(values))})"


def figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def values_of(case: Record, engine: str, text: str, value: Callable[[Record], float]) -> list[float]:
    return [value(row) for row in case["rounds"] if row["engine"] == engine and row["text"] == text]


def speed(case: Record, engine: str, text: str) -> str:
    size = case["texts"][text]["bytes"]
    return spread(values_of(case, engine, text, lambda row: size / row["seconds"] / 1e6))


def train_rows(case: Record) -> list[list[str]]:
    rows = []
    for text in case["texts"]:
        for engine in case["engines"]:
            seconds = spread(values_of(case, engine, text, lambda row: row["seconds"]))
            peak = max(values_of(case, engine, text, lambda row: row["peak_bytes"] / 1e6), default=0)
            rows.append([engine, seconds, speed(case, engine, text), figure(peak)])
    return rows


def own_rows(case: Record) -> list[list[str]]:
    (text,) = case["texts"]
    size = case["texts"][text]["bytes"]
    tokens = case["tokens"]
    return [[engine, f"{size / tokens[engine][text]:.3f}", speed(case, engine, text)] for engine in case["engines"]]


def load_rows(case: Record) -> list[list[str]]:
    rows = []
    for engine in case["engines"]:
        milliseconds = values_of(case, engine, case["model"], lambda row: row["seconds"] * 1000)
        resident = values_of(case, engine, case["model"], lambda row: row.get("resident_bytes", 0) / 1e6)
        rows.append([engine, spread(milliseconds), figure(statistics.median(resident))])
    return rows


def files_rows(case: Record) -> list[list[str]]:
    """Speeds from the file and from memory, one as a share of the other, and memory beside what was resident before."""
    rows = []
    for text in case["texts"]:
        size = case["texts"][text]["bytes"] * case["times"] / 1e6
        for engine in case["engines"]:
            values = functools.partial(values_of, case, engine, text)
            share = statistics.median(values(lambda row: row["memory_seconds"] / row["seconds"]))
            more = max(values(lambda row: (row["peak_bytes"] - row["before_bytes"]) / 1e6))
            seconds = [values(operator.itemgetter(key)) for key in ("seconds", "memory_seconds")]
            speeds = [spread([size / value for value in column]) for column in seconds]
            rows.append([engine, *speeds, f"{share:.0%}", figure(more)])
    return rows


def times_as_fast(case: Record, text: str) -> list[str]:
    """The median over the rounds, which are interleaved, of how many times as fast the one engine is."""
    if not case.get("ratio"):
        return []
    one, other = (values_of(case, engine, text, lambda row: row["seconds"]) for engine in case["ratio"])
    ratios = [b / a for a, b in zip(one, other, strict=False)]
    return [f"{statistics.median(ratios):.2f}" if ratios else "–"]


def encode_table(case: Record) -> str:
    engines, single = list(case["engines"]), case["kind"] == "single"

    def value(engine: str, text: str) -> str:
        calls = case["texts"][text]["texts"]
        microseconds = values_of(case, engine, text, lambda row: row["seconds"] / calls * 1e6)
        return spread(microseconds) if single else speed(case, engine, text)

    ratio = [" / ".join(case["ratio"])] if case.get("ratio") else []
    rows = [[text, *(value(e, text) for e in engines), *times_as_fast(case, text)] for text in case["texts"]]
    return markdown(["µs a call" if single else "MB/s", *engines, *ratio], rows)


def table(case: Record) -> str:
    """The table of one case, with its caption."""
    if case["kind"] == "compression":
        return case_table(case)
    if case["kind"] == levers.NAME:
        return levers.case_table(case)
    if case["kind"] == "train":
        body = markdown(["engine", "seconds", "MB/s", "peak memory, MB"], train_rows(case))
    elif case["kind"] == "own":
        body = markdown(["engine", "bytes per token", "encoding, MB/s"], own_rows(case))
    elif case["kind"] == "load":
        body = markdown(["engine", "milliseconds", "resident memory, MB"], load_rows(case))
    elif case["kind"] == "files":
        head = ["engine", "from files, MB/s", "from memory, MB/s", "share", "memory beside the model, MB"]
        body = markdown(head, files_rows(case))
    else:
        body = encode_table(case)
    notes = "".join(
        f"\nTexts that differ between {pair}: "
        + ", ".join(f"{name} {share:.2%}" for name, share in shares.items())
        + ".\n"
        for pair, shares in case.get("texts_that_differ", {}).items()
        if any(shares.values())
    )
    return f"{case['what']}\n\n{body}\n{notes}"


def footer(record: Record, figures: str = "Median of the rounds (least–greatest)") -> str:
    """Where, when and with what the figures were made."""
    machine = record["machine"]
    found: dict[str, None] = {}
    for case in record["cases"].values():
        for about in case["engines"].values():
            found[f"{about['library']} {about['version']}"] = None
    memory = round(machine["memory_bytes"] / 2**30)
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {memory} GiB; {machine['system']}; CPython {machine['python']}; "
        f"{', '.join(found)}; {record['date']}. {figures}. Command: `{record['command']}`."
    )


def all_tables(record: Record) -> str:
    parts = [f"### {name}\n\n{table(case)}" for name, case in record["cases"].items()]
    return "\n".join(parts) + "\n" + footer(record) + "\n"


def splice(document: str, record: Record) -> str:
    """The document with the text between `<!-- bench:NAME -->` and `<!-- /bench -->` replaced by table NAME; that of
    machine-NAME by where and when the table was made."""

    def replacement(match: re.Match[str]) -> str:
        name = match[1]
        if name.removeprefix("machine-") in record["cases"] and name.startswith("machine-"):
            body = footer(record) + "\n"
        elif name in record["cases"]:
            body = table(record["cases"][name])
        else:
            return match[0]
        return f"<!-- bench:{name} -->\n{body}<!-- /bench -->"

    return re.sub(r"<!-- bench:([\w-]+) -->\n.*?<!-- /bench -->", replacement, document, flags=re.DOTALL)
