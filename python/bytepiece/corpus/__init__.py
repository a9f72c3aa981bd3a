"""Readers for `Trainer.train` and `Tokenizer.encode_files`: documents in order, any number of times.

`Text` and `Jsonl` read files in Rust, compressed or not; `Parquet` and `Arrow` hand columns over without making Python
objects; `Parallel` runs a function of yours in processes; `Documents`, `Limit`, `Map`, `Filter` and `Mix` go around
other readers. A reader is a
value: cheap to make and to pickle, equal to another of the same arguments. Iterated, it gives its documents as `str`.
"""

from bytepiece._bytepiece import Jsonl, Text
from bytepiece.corpus._around import Documents, Filter, Limit, Map, Mix
from bytepiece.corpus._columns import Arrow, Parquet
from bytepiece.corpus._parallel import Parallel
from bytepiece.corpus._pool import WorkerError
from bytepiece.corpus._reader import Reader

__all__ = [
    "Arrow",
    "Documents",
    "Filter",
    "Jsonl",
    "Limit",
    "Map",
    "Mix",
    "Parallel",
    "Parquet",
    "Reader",
    "Text",
    "WorkerError",
]
