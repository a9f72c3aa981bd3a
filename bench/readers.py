"""What reading costs: MB of text a second of processor time, of all threads and processes and of the thread that calls.

In: the four shared corpora (46 MB of JSON lines), written once as each format under bench/out. Each reader reads a pass
to its end and does nothing with it, five times in turn; the median counts. Wall time is not taken: it depends on who else
is at the machine.
"""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import resource
import statistics
import time
from collections.abc import Callable
from typing import Any

from bench.texts import OUT, shared_train
from bytepiece import corpus
from bytepiece._bytepiece import _drain

FOLDER = OUT / "readers"
ROUNDS = 5
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gz": lambda data: gzip.compress(data, 6),
    "bz2": bz2.compress,
    "xz": lambda data: lzma.compress(data, preset=3),
}


def write() -> list[str]:
    """The files, unless they are there."""
    import pyarrow
    import pyarrow.parquet

    FOLDER.mkdir(parents=True, exist_ok=True)
    texts = shared_train(None)
    rows = "".join(
        json.dumps({"id": at, "text": text}, ensure_ascii=False) + "\n" for at, text in enumerate(texts)
    ).encode()
    contents = {"a.jsonl": rows, "a.txt": "".join(texts).encode()}
    contents["escaped.jsonl"] = "".join(json.dumps({"text": text}) + "\n" for text in texts).encode()
    for name, data in contents.items():
        (FOLDER / name).write_bytes(data)
    for end, compress in COMPRESS.items():
        if not (FOLDER / f"a.jsonl.{end}").exists():
            (FOLDER / f"a.jsonl.{end}").write_bytes(compress(rows))
    with pyarrow.output_stream(str(FOLDER / "a.jsonl.zst"), compression="zstd") as stream:
        stream.write(rows)
    table = pyarrow.table({"text": texts})
    pyarrow.parquet.write_table(table, FOLDER / "a.parquet", compression="zstd", row_group_size=2000)
    parts = FOLDER / "parts"
    parts.mkdir(exist_ok=True)
    lines = rows.splitlines(keepends=True)
    for number in range(8):
        (parts / f"{number}.jsonl").write_bytes(b"".join(lines[number::8]))
    return texts


def parse(path: str) -> Any:
    """What a user of `Parallel` may write."""
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)["text"]


def readers(texts: list[str]) -> dict[str, Any]:
    """By the name they have in the table."""
    import pyarrow

    table = pyarrow.table({"text": texts})
    text, lines = FOLDER / "a.txt", corpus.Jsonl(FOLDER / "a.jsonl")
    ends = {f"`Jsonl`, .{end}": corpus.Jsonl(FOLDER / f"a.jsonl.{end}") for end in ("gz", "zst", "xz", "bz2")}
    return {
        "`Text`": corpus.Text(text),
        "`Text`, split by line": corpus.Text(text, split="line"),
        '`Text`, split by line, errors="skip"': corpus.Text(text, split="line", errors="skip"),
        "`Jsonl`": lines,
        "`Jsonl`, all but ASCII escaped": corpus.Jsonl(FOLDER / "escaped.jsonl"),
        **ends,
        "`Arrow`": corpus.Arrow(table),
        "`Parquet`, zstd": corpus.Parquet(FOLDER / "a.parquet"),
        "a list of `str`": texts,
        "`Documents` of it": corpus.Documents(texts),
        "`Map(str, Jsonl)`": corpus.Map(str, lines),
        "`Parallel(function)`, 2 processes": corpus.Parallel(parse, FOLDER / "parts", workers=2),
        "`Parallel(Jsonl)`, 2 workers": corpus.Parallel(corpus.Jsonl(FOLDER / "parts"), workers=2),
    }


def cpu() -> float:
    """Processor time of this process, its threads and the processes it has waited for."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def main(say: Callable[[str], None]) -> int:
    """Prints the table."""
    given = readers(write())
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in given}
    sizes = {}
    for turn in range(ROUNDS):
        say(f"round {turn + 1} of {ROUNDS}")
        for name, reader in given.items():
            before, thread = cpu(), time.thread_time()
            _, sizes[name] = _drain(reader)
            seconds[name].append((cpu() - before, time.thread_time() - thread))
    print("| reader | MB/s of processor time | of the calling thread |\n|---|---|---|")
    for name, pairs in seconds.items():
        rates = [sizes[name] / 1e6 / statistics.median(column) for column in zip(*pairs, strict=True)]
        print(f"| {name} | {rates[0]:.0f} | {rates[1]:.0f} |")
    return 0
