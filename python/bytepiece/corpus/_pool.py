"""The processes of `Parallel`, seen from the one that started them."""

from __future__ import annotations

import contextlib
import pickle
import signal
import time
from collections import deque
from collections.abc import Iterator
from multiprocessing import connection
from typing import Any

from bytepiece.corpus._reader import Batch
from bytepiece.corpus._worker import DONE, FAILED, LENGTH, work

BUFFER = 16 << 20
"""How much of a worker's documents may wait here for their turn, in bytes."""
PATIENCE = 0.2
"""How long to wait for a process to end before it is killed, in seconds."""


class WorkerError(RuntimeError):
    """A worker of `Parallel` failed or died; the words name the file it was at."""


class Worker:
    """A process and what came from it."""

    def __init__(self, context: Any, function: Any, tasks: list[tuple[str, Any]], number: int) -> None:
        self.results, results = context.Pipe(duplex=False)
        orders, self.orders = context.Pipe(duplex=False)
        # a daemon: Python ends it with this process if nobody else does
        self.process = context.Process(
            target=work, args=(function, orders, results), daemon=True, name=f"bytepiece-reader-{number}"
        )
        try:
            self.process.start()
        except BaseException as error:
            for end in (self.results, self.orders, orders, results):
                end.close()
            method = context.get_start_method()
            if method != "fork" and isinstance(error, (AttributeError, TypeError, pickle.PicklingError)):
                raise TypeError(
                    f"the function cannot be sent to a process started by {method!r}: {error}; define it in a module, or "
                    'pass start_method="fork"'
                ) from error
            raise
        orders.close()
        results.close()
        self.tasks = tasks
        self.task: int | None = None
        """The file at hand."""
        self.waiting: deque[tuple[int, bytes, bytes]] = deque()
        """Messages that came, with the file they are of."""
        self.bytes = 0
        """How many bytes are waiting."""

    def give(self, task: int | None) -> None:
        """A file to read; None: there are no more."""
        self.task = task
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it is dead, which its results will say
            self.orders.send(None if task is None else (task, self.tasks[task][1]))

    def place(self) -> str:
        """The file at hand, for errors."""
        return "between two files" if self.task is None else self.tasks[self.task][0]

    def receive(self) -> None:
        """Takes one message; raises where the process is dead."""
        try:
            message = self.results.recv_bytes()
        except (EOFError, OSError):
            self.process.join(1)
            raise WorkerError(
                f"{self.place()}: the process that read it died: {death(self.process.exitcode)}"
            ) from None
        kind, payload = message[:1], message[1:]
        if self.task is not None:
            self.waiting.append((self.task, kind, payload))
        self.bytes += len(payload)


class Pool:
    """Processes, and files given out to them."""

    def __init__(
        self, function: Any, tasks: list[tuple[str, Any]], count: int, context: Any, peaks: dict[int, int]
    ) -> None:
        self.tasks = tasks
        self.next = 0
        self.peaks = peaks
        self.workers: list[Worker] = []
        try:
            with interrupts_later():
                for number in range(count):
                    self.workers.append(Worker(context, function, tasks, number))
            for worker in self.workers:
                self.give(worker)
        except BaseException:
            self.close()
            raise

    def give(self, worker: Worker) -> None:
        """The next file goes to a worker, if there is one."""
        task = self.next if self.next < len(self.tasks) else None
        self.next += task is not None
        worker.give(task)

    def collect(self, wanted: Worker | None) -> None:
        """Waits for messages: of one worker, or of any, and takes those of all whose buffers have room."""
        open_ends = {
            worker.results: worker
            for worker in self.workers
            if worker.task is not None and (worker is wanted or worker.bytes < BUFFER)
        }
        for end in connection.wait(list(open_ends)):
            worker = open_ends[end]
            worker.receive()
            _, kind, payload = worker.waiting[-1]
            if kind == DONE:
                self.peaks[worker.process.pid or 0] = LENGTH.unpack(payload)[0]
                self.give(worker)

    def batch(self, worker: Worker) -> Batch | None:
        """The next message of a worker; None at the end of a file."""
        task, kind, payload = worker.waiting.popleft()
        worker.bytes -= len(payload)
        place = self.tasks[task][0]
        if kind == FAILED:
            raise failure(place, payload)
        if kind == DONE:
            return None
        first = LENGTH.unpack_from(payload)[0]
        source_length = LENGTH.unpack_from(payload, LENGTH.size)[0]
        at = 2 * LENGTH.size + source_length
        names = payload[2 * LENGTH.size : at].decode().split("\n") if source_length else None
        source: Any = names[0] if names and len(names) == 1 else names
        return Batch(payload[at:], None, f"{place}: document ", first, source, task)

    def in_order(self) -> Iterator[Batch]:
        """The documents of each file, file by file."""
        for task in range(len(self.tasks)):
            worker = self.owner(task)
            while True:
                while not worker.waiting:
                    self.collect(worker)
                batch = self.batch(worker)
                if batch is None:
                    break
                yield batch

    def owner(self, task: int) -> Worker:
        """The worker that has a file: files are given out in order, so some worker has it when those before are read."""
        while True:
            for worker in self.workers:
                if worker.task == task or any(of == task for of, *_ in worker.waiting):
                    return worker
            self.collect(None)

    def as_they_come(self) -> Iterator[Batch]:
        """The documents as they are ready."""
        done = 0
        while done < len(self.tasks):
            ready = [worker for worker in self.workers if worker.waiting]
            if not ready:
                self.collect(None)
            for worker in ready:
                batch = self.batch(worker)
                if batch is None:
                    done += 1
                else:
                    yield batch

    def close(self) -> None:
        """No process is left behind."""
        for worker in self.workers:
            worker.orders.close()
            worker.results.close()
            if worker.task is not None:
                worker.process.terminate()
        end = time.monotonic() + PATIENCE
        for worker in self.workers:
            worker.process.join(max(0.0, end - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.process.close()
        self.workers = []


@contextlib.contextmanager
def interrupts_later() -> Iterator[None]:
    """Keeps Ctrl-C from processes that have not begun to ignore it; this one hears of it afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def death(code: int | None) -> str:
    """How a process ended, in words."""
    if code is None:
        return "it closed its pipe"
    if code >= 0:
        return f"it ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    hint = "; perhaps memory ran out" if name == "SIGKILL" else ""
    return f"it was ended by {name}{hint}"


def failure(place: str, payload: bytes) -> WorkerError:
    """The error for an exception in a worker."""
    words, trace, pickled = pickle.loads(payload)
    error = WorkerError(f"{place}: {words}\n\nin the worker:\n{trace}")
    try:
        error.__cause__ = pickle.loads(pickled) if pickled else None
    except Exception:
        error.__cause__ = None  # an exception that cannot be made from its own arguments
    return error
