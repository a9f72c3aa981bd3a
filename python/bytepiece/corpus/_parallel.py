"""Files parsed by a function of the user's in several processes."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from bytepiece._bytepiece import Jsonl, Text, _find
from bytepiece.corpus._around import split
from bytepiece.corpus._pool import Pool
from bytepiece.corpus._reader import Batch, Errors, Reader, check_count, check_errors


class Parallel(Reader):
    """Files read by a function of yours, or by a reader, in several processes.

    Each worker takes the next file when it is done with one. Documents wait in bounded buffers, and workers wait when
    those are full: memory stays flat whatever the files hold. In order, a worker that is ahead can go on only until its
    buffer is full, so many small files keep more workers busy than a few large ones; counts do not depend on the order,
    so `ordered=False` is faster for training.

    Args:
        function: Called with each path in a worker; gives the documents of the file, `str` or `bytes`. Or a reader of
            several files (`Jsonl`, `Text`, `Parquet`, or `Map` and `Filter` around one), which each worker reads
            whole files; those of `Jsonl` and `Text` are read by threads, since they need no Python.
        paths: For a function: paths, directories and glob patterns. They need not be files of text: anything it can
            open.
        workers: How many processes; None for one a core.
        ordered: Whether documents come in the order of the files; else as they are ready, which is another order each
            time.
        start_method: "fork", "spawn" or "forkserver"; None for Python's own choice. All but "fork" send the function to
            the processes by pickle, so it has to be defined in a module.
        errors: As in `Documents`.

    Raises:
        WorkerError: While reading: the function raised an exception (which is the `__cause__`), or the process died.
        RuntimeError: While reading: this is a daemon process (of a `multiprocessing.Pool`, say), which may start none.
        OSError: A path is missing.
    """

    def __init__(
        self,
        function: Callable[[str], Iterable[str | bytes]] | Any,
        paths: Any = None,
        workers: int | None = None,
        *,
        ordered: bool = True,
        start_method: str | None = None,
        errors: Errors = "raise",
    ) -> None:
        if paths is None:
            tasks = split(function)
            function = iter
        elif callable(function) and not hasattr(function, "__iter__"):
            tasks = [(path, path) for path in _find(paths, "")]
        else:
            raise TypeError(
                f"function must be a function of one path where paths are given, not {type(function).__name__}"
            )
        if start_method not in (None, *multiprocessing.get_all_start_methods()):
            known = " or ".join(map(repr, multiprocessing.get_all_start_methods()))
            raise ValueError(f"start_method must be None or {known}, not {start_method!r}")
        count = check_count(default_workers() if workers is None else workers, "workers", 1)
        super().__init__(function, tasks, count, bool(ordered), start_method, check_errors(errors))
        self._peaks: dict[int, int] = {}

    def _plan(self) -> tuple[Any, ...]:
        _, tasks, workers, ordered, _, errors = self._key
        if self._in_threads():
            return ("concurrent", [reader for _, reader in tasks], min(workers, 1024), ordered)
        return ("batches", errors, self._tally, self)

    def _in_threads(self) -> bool:
        """Whether all that is to be read is read in Rust, so that threads do."""
        tasks = self._key[1]
        return bool(tasks) and all(isinstance(reader, (Text, Jsonl)) for _, reader in tasks)

    @property
    def _keeps_order(self) -> bool:  # type: ignore[override]
        return bool(self._key[3])

    @property
    def report(self) -> dict[str, Any]:
        """As for other readers; `workers` has the peak memory of each process of the pass begun last, in bytes."""
        if self._in_threads():
            return added(reader.report for _, reader in self._key[1]) | {"workers": []}
        return self._tally.report() | {"workers": list(self._peaks.values())}

    def _batches(self) -> Iterator[Batch]:
        function, tasks, workers, ordered, method, _ = self._key
        process = multiprocessing.current_process()
        if process.daemon:
            raise RuntimeError(
                f"Parallel starts processes, which Python forbids in a daemon process, and {process.name} is one: make it "
                "with daemon=False, or read the files here without Parallel"
            )
        self._peaks = {}
        pool = Pool(function, tasks, min(workers, len(tasks)), multiprocessing.get_context(method), self._peaks)
        return self._read(pool, ordered)

    def _read(self, pool: Pool, ordered: bool) -> Iterator[Batch]:
        try:
            yield from pool.in_order() if ordered else pool.as_they_come()
        finally:
            pool.close()

    def __repr__(self) -> str:
        function, tasks, workers, ordered, *_ = self._key
        name = getattr(function, "__name__", repr(function))
        return f"<bytepiece.corpus.Parallel of {name}, {len(tasks)} files, workers={workers}, ordered={ordered}>"


def added(reports: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The reports of several readers in one."""
    skipped: dict[str, int] = {}
    replaced = 0
    first: list[str] = []
    for report in reports:
        for reason, count in report["skipped"].items():
            skipped[reason] = skipped.get(reason, 0) + count
        replaced += report["replaced"]
        first += report["first"]
    return {"skipped": skipped, "replaced": replaced, "first": first[:10]}


def default_workers() -> int:
    """A process a core."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return count or 1
