"""What `Trainer.train` leaves to Python: how to call functions, what readers report, words for the log."""

from __future__ import annotations

import inspect
import json
import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from bytepiece._bytepiece import Jsonl, Text
from bytepiece.corpus import Reader

TRAIN = logging.getLogger("bytepiece.train")
CORPUS = logging.getLogger("bytepiece.corpus")


def takes_details(function: Callable[..., object]) -> bool:
    """Whether a progress function has a parameter called `details`, by which it can be given one."""
    try:
        parameter = inspect.signature(function).parameters.get("details")
    except (TypeError, ValueError):  # of a builtin nobody knows
        return False
    return parameter is not None and parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD)


def goes_on(exception: BaseException, folder: str | os.PathLike[str]) -> None:
    """Says in the log and in the exception how to go on."""
    kept = f"what was counted is kept in {os.fspath(folder)}"
    note(exception, f"{kept}: the same call with this checkpoint goes on from there")


def goes_on_with_memory(exception: BaseException, folder: str | os.PathLike[str]) -> None:
    """The same where the call has to be another one: of all settings, counts do not depend on the limit."""
    kept = f"what was counted is kept in {os.fspath(folder)}"
    note(exception, f"{kept}: a call with this checkpoint and a larger memory_limit goes on from there")


def begins_anew(exception: BaseException, folder: str | os.PathLike[str]) -> None:
    """Says that there is nothing to go on from."""
    saves = "saves come every checkpoint_every seconds and at the end of a pass"
    note(exception, f"nothing is saved in {os.fspath(folder)} yet ({saves}): the same call begins anew")


def note(exception: BaseException, words: str) -> None:
    """Puts a line into the log and into the exception."""
    # what add_note does from Python 3.11 on
    exception.__notes__ = [*getattr(exception, "__notes__", []), words]  # type: ignore[attr-defined]
    TRAIN.warning("training stopped (%s): %s", type(exception).__name__, words)


def forbids(rule: Any) -> Callable[[bytes], object]:
    """`forbidden=` as a function of one piece, whose truth is the answer."""
    if isinstance(rule, (str, bytes)):
        try:
            rule = re.compile(rule)
        except re.error as error:
            raise ValueError(f"forbidden is no regular expression: {error}: {rule!r}") from error
    if isinstance(rule, re.Pattern):
        search: Callable[[Any], object] = rule.search
        return search if isinstance(rule.pattern, bytes) else lambda piece: search(piece.decode(errors="replace"))
    if callable(rule):
        return cast("Callable[[bytes], object]", rule)
    expected = "None, a regular expression (str, bytes or re.Pattern) or a function of a piece"
    raise TypeError(f"forbidden must be {expected}, not {type(rule).__name__}")


def shown(rule: Any) -> str | None:
    """`forbidden=` in the report: the expression, or the name of the function."""
    if rule is None or isinstance(rule, str):
        return rule
    if isinstance(rule, re.Pattern):
        rule = rule.pattern
        return rule if isinstance(rule, str) else repr(rule)
    return repr(rule) if isinstance(rule, bytes) else str(getattr(rule, "__qualname__", type(rule).__name__))


def completed(report: str, forbidden: Any, texts: Any) -> str:
    """The report, JSON, with what is forbidden and what the readers say."""
    found = readers(texts)
    peaks = [peak for reader in found.values() for peak in reader["workers"]]
    values = json.loads(report)
    values["settings"]["forbidden"] = shown(forbidden)
    return json.dumps(values | {"readers": found, "reader_processes": peaks})


def readers(texts: Any) -> dict[str, Any]:
    """What the readers of a training say of documents that could not be read; logs it. The name of a single reader is ""."""
    parts = texts if isinstance(texts, Mapping) else {"": texts}
    found = {name: flat(report) for name, part in parts.items() if (report := report_of(part)) is not None}
    for name, report in found.items():
        log(f"{name}: " if name else "", report)
    return found


def report_of(reader: Any) -> dict[str, Any] | None:
    """The report of a reader of `bytepiece.corpus`; None of anything else."""
    return reader.report if isinstance(reader, (Text, Jsonl, Reader)) else None


def flat(report: dict[str, Any]) -> dict[str, Any]:
    """Of one reader: its own report; of a mix: those inside added up."""
    sums: dict[str, Any] = {"skipped": {}, "replaced": 0, "first": [], "workers": []}
    for part in parts_of(report):
        for reason, count in part["skipped"].items():
            sums["skipped"][reason] = sums["skipped"].get(reason, 0) + count
        sums["replaced"] += part["replaced"]
        sums["first"] = [*sums["first"], *part["first"]][:10]
        sums["workers"] = [*sums["workers"], *part.get("workers", [])]
    return sums


def parts_of(report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The reports of the readers inside that have none inside themselves."""
    if isinstance(report.get("replaced"), int):
        yield report
        return
    for part in report.values():
        if isinstance(part, dict):
            yield from parts_of(part)


def log(name: str, report: dict[str, Any]) -> None:
    """A warning for each kind of flaw, and the first few."""
    for reason, count in report["skipped"].items():
        CORPUS.warning("%s%d documents left out: %s", name, count, reason)
    if report["replaced"]:
        CORPUS.warning("%s%d invalid sequences replaced by U+FFFD", name, report["replaced"])
    for words in report["first"][:3]:
        CORPUS.warning("%s%s", name, words)
