"""Tables in Markdown from the cases of `run`.

Bytes per token: of each held-out text, and the geometric mean over the texts of a group. Code length: tokens × empirical
entropy of the tokens / bytes, in bits a byte, the mean over the texts: it charges for tokens that are many but rare, so that
a larger vocabulary does not win by its size. Both of text that no engine has seen.
"""

from __future__ import annotations

import math
from typing import Any

Case = dict[str, Any]
Row = dict[str, Any]
OURS = "ours"
"""Our engines' names begin so."""


def groups(case: Case) -> dict[str, list[str]]:
    """The texts by group; "" where they have none."""
    found: dict[str, list[str]] = {}
    for text in case["texts"]:
        found.setdefault(text.rpartition("/")[0], []).append(text)
    return found


def bytes_per_token(row: Row, text: str) -> float:
    result = row["texts"][text]
    return float(result["bytes"] / result["tokens"])


def code_length(row: Row, text: str) -> float:
    result = row["texts"][text]
    return float(result["tokens"] * result["entropy"] / result["bytes"])


def mean_bytes(row: Row, texts: list[str]) -> float:
    """The geometric mean."""
    return math.exp(math.fsum(math.log(bytes_per_token(row, text)) for text in texts) / len(texts))


def mean_code(row: Row, texts: list[str]) -> float:
    return math.fsum(code_length(row, text) for text in texts) / len(texts)


def done(case: Case) -> dict[str, Row]:
    """The engines that have figures."""
    return {engine: row for engine, row in case["rows"].items() if "texts" in row}


def peers(case: Case) -> dict[str, Row]:
    return {engine: row for engine, row in done(case).items() if not engine.startswith(OURS)}


def group_table(case: Case, texts: list[str]) -> tuple[list[str], list[list[str]]]:
    """Head and rows of one group: the engines, then the best peer of each column, then how much more ours has."""
    head = ["engine", *(text.rpartition("/")[2] for text in texts), "mean", "bits a byte"]
    rows = []
    for engine, row in done(case).items():
        columns = [bytes_per_token(row, text) for text in texts] + [mean_bytes(row, texts)]
        rows.append([engine, *(f"{value:.3f}" for value in columns), f"{mean_code(row, texts):.4f}"])
    others, ours = peers(case).values(), done(case).get(OURS)
    if others:
        best = [max(bytes_per_token(row, text) for row in others) for text in texts]
        best.append(max(mean_bytes(row, texts) for row in others))
        least = min(mean_code(row, texts) for row in others)
        rows.append(["*the best peer*", *(f"{value:.3f}" for value in best), f"{least:.4f}"])
    if others and ours:
        columns = [bytes_per_token(ours, text) for text in texts] + [mean_bytes(ours, texts)]
        shares = [f"{value / most - 1:+.1%}" for value, most in zip(columns, best, strict=True)]
        rows.append(["*ours against it*", *shares, f"{mean_code(ours, texts) / least - 1:+.1%}"])
    return head, rows


def training_rows(case: Case) -> list[list[str]]:
    rows = []
    for engine, row in done(case).items():
        times = [f"{row[name]:,.1f}" for name in ("seconds", "processor_seconds")]
        rows.append([engine, f"{row['pieces']:,}", *times, f"{row['peak_bytes'] / 1e6:,.0f}", lost(row)])
    return rows


def lost(row: Row) -> str:
    """How many documents did not come back."""
    results = row["texts"].values()
    changed, all_documents = (sum(result[name] for result in results) for name in ("lost", "documents"))
    return f"{changed} of {all_documents:,}" if changed else "0"


def missing(case: Case) -> str:
    """What has no figures, and why."""
    without = {engine: row for engine, row in case["rows"].items() if engine not in done(case)}
    return "".join(f"\n{engine}: {what}: {why}\n" for engine, row in without.items() for what, why in row.items())


def case_table(case: Case) -> str:
    """All tables of one size."""
    from bench.report import markdown

    parts = []
    for group, texts in groups(case).items():
        head, rows = group_table(case, texts)
        parts.append((f"Bytes per token, {group}:\n\n" if group else "Bytes per token:\n\n") + markdown(head, rows))
    head = ["engine", "pieces", "training, s", "of processors, s", "peak memory, MB", "documents changed"]
    parts.append("Training:\n\n" + markdown(head, training_rows(case)))
    size = case["training"]["bytes"] / 1e6
    what = f"{case['size']:,} pieces, {size:,.1f} MB of training text, {case['threads']} threads."
    return "\n\n".join([what, *parts]) + "\n" + missing(case)
