"""What runs in a process of `Parallel`.

Messages are bytes: a kind, then for `DOCUMENTS` the number of the first document, the length and the text of the names
of sources (one, or one a document, in lines), and the documents packed: how many, the length of each, and all of them,
numbers in 8 bytes. For `DONE` the peak memory; for `FAILED` what went wrong.
"""

from __future__ import annotations

import os
import pickle
import signal
import struct
import threading
import traceback
from array import array
from multiprocessing import connection, parent_process
from typing import Any

DOCUMENTS, DONE, FAILED = b"t", b"d", b"f"
LENGTH = struct.Struct("<Q")
MESSAGE = 1 << 18
"""A message ends with the document that makes it at least this long, in bytes."""
MESSAGE_DOCUMENTS = 10_000


def work(function: Any, orders: Any, results: Any) -> None:
    """Reads files until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends its workers
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=die_with_parent, daemon=True).start()
    try:
        while (order := orders.recv()) is not None:
            _, task = order
            read(function, task, results)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass  # nobody wants more


def read(function: Any, task: Any, results: Any) -> None:
    """Sends the documents of one file."""
    packer = Packer(results)
    try:
        iterable, with_sources = documents(function, task)
        for item in iterable:
            packer.add(*item) if with_sources else packer.add(item, None)
        packer.flush()
    except (BrokenPipeError, ConnectionResetError):
        raise
    except BaseException as error:
        packer.flush()  # the documents before it
        results.send_bytes(FAILED + described(error))
        if not isinstance(error, Exception):
            raise
        return
    results.send_bytes(DONE + LENGTH.pack(peak_memory()))


def documents(function: Any, task: Any) -> tuple[Any, bool]:
    """What to iterate, and whether it gives the names of sources."""
    if isinstance(task, str):
        made = function(task)
        if isinstance(made, (str, bytes)):
            raise TypeError(
                f"the function gave a single {type(made).__name__}, where documents are expected: yield it, or return a list"
            )
        return made, False
    from bytepiece._bytepiece import _documents

    return _documents(task, True), True


class Packer:
    """Documents on their way."""

    def __init__(self, results: Any) -> None:
        self.results = results
        self.sent = 0
        self.texts: list[bytes] = []
        self.sources: list[str] = []
        self.size = 0

    def add(self, text: Any, source: str | None) -> None:
        """One more."""
        if isinstance(text, str):
            text = text.encode("utf-8", "surrogatepass")  # the reader's policy says what comes of it
        elif not isinstance(text, bytes):
            number = self.sent + len(self.texts)
            raise TypeError(f"document {number} (counted from 0) must be str or bytes, not {type(text).__name__}")
        self.texts.append(text)
        if source is not None:
            self.sources.append(source.replace("\n", " "))
        self.size += len(text)
        if self.size >= MESSAGE or len(self.texts) >= MESSAGE_DOCUMENTS:
            self.flush()

    def flush(self) -> None:
        """Sends what there is; waits where the other end has enough."""
        if not self.texts:
            return
        texts, sources = self.texts, self.sources
        self.texts, self.sources, self.size = [], [], 0
        one_name = set(sources)
        names = "\n".join(one_name if len(one_name) == 1 else sources).encode()
        lengths = array("Q", map(len, texts))
        if struct.pack("=H", 1) != struct.pack("<H", 1):
            lengths.byteswap()
        head = [
            LENGTH.pack(self.sent),
            LENGTH.pack(len(names)),
            names,
            LENGTH.pack(len(texts)),
            lengths.tobytes(),
        ]
        self.results.send_bytes(b"".join([DOCUMENTS, *head, *texts]))
        self.sent += len(texts)


def described(error: BaseException) -> bytes:
    """An exception: its words, its trace, and itself where it can be pickled."""
    try:
        pickled = pickle.dumps(error)
    except Exception:
        pickled = b""
    words = f"the worker that read it raised {type(error).__name__}: {error}"
    return pickle.dumps((words, "".join(traceback.format_exception(error)), pickled))


def peak_memory() -> int:
    """The largest resident size so far, in bytes; 0 where the system does not say."""
    try:
        import resource
    except ImportError:
        return 0
    unit = 1 if os.uname().sysname == "Darwin" else 1024
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * unit


def die_with_parent() -> None:
    """Ends this process when its parent is gone, however that ended."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
