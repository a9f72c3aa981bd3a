"""What readers written in Python have in common, and how the compiled half asks them.

`_plan()` says what a reader is: ("limit", reader, documents, bytes), ("mix", [(name, reader, weight)], seed),
("documents", documents, errors, tally) and ("arrow", data, columns, errors, tally) are made in Rust; ("batches",
errors, tally, reader) is a reader that gives `Batch` by `_batches()`, once a pass, and says by `_identity`,
`_total_bytes` and `_keeps_order` what training may want to know.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from bytepiece._bytepiece import Jsonl, Text, _documents, _Tally

Errors: TypeAlias = Literal["raise", "replace", "skip"]
AnyReader: TypeAlias = "Reader | Text | Jsonl | Iterable[str] | Iterable[bytes] | Iterable[str | bytes]"

ERRORS = ("raise", "replace", "skip")


class Batch(NamedTuple):
    """Some documents."""

    texts: Any
    """A list of `str` and `bytes`; packed documents (`pack`); or, where `columns` are named, what exports an Arrow
    array or stream."""
    columns: list[list[str]] | None = None
    """The paths to the column of texts and, if wanted, to that of sources."""
    place: str = "document "
    """What an error puts before the number of a document."""
    first: int = 0
    """The number of the first document."""
    source: Any = None
    """The name of the source of all documents, or a list with that of each."""
    file: int = 0
    """The number of the file."""
    read: int | None = None
    """How much of `_total_bytes` has been read with this batch."""


class Reader:
    """A reader written in Python. Subclasses set `_key`: all that makes two readers equal."""

    _keeps_order: bool = True

    def __init__(self, *key: Any) -> None:
        self._key = key
        self._tally = _Tally()

    def _plan(self) -> tuple[Any, ...]:
        raise NotImplementedError

    def _batches(self) -> Iterator[Batch]:
        raise NotImplementedError

    def _identity(self) -> list[str] | None:
        """What the corpus is, in lines; None where only its documents tell."""
        return None

    def _total_bytes(self) -> int | None:
        return None

    @property
    def report(self) -> dict[str, Any]:
        """What could not be read in the pass begun last.

        `skipped` has the number of documents left out by reason, `replaced` that of the characters U+FFFD put in,
        `first` the words of the first ten flaws.
        """
        return self._tally.report()

    def __iter__(self) -> Iterator[str]:
        """Read once; a document of `bytes` that are no UTF-8 comes as it is."""
        return _documents(self)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other._key == self._key

    def __hash__(self) -> int:
        return hash(type(self).__name__)

    def __repr__(self) -> str:
        return f"bytepiece.corpus.{type(self).__name__}({', '.join(map(repr, self._key))})"


def check_errors(errors: object) -> Any:
    """`errors=` of a reader."""
    if errors not in ERRORS:
        words = " or ".join(f'"{word}"' for word in ERRORS)
        raise ValueError(f"errors must be {words}, not {errors!r}")
    return errors


def check_reader(reader: object, name: str) -> Any:
    """What a reader goes around: another reader or an iterable, but not a single text."""
    if isinstance(reader, (str, bytes, bytearray)) or hasattr(reader, "__fspath__"):
        raise TypeError(f"{name} is a single {type(reader).__name__}: for a file pass bytepiece.corpus.Text(path)")
    if isinstance(reader, Mapping):
        raise TypeError(f"{name} is a {type(reader).__name__}: to mix named readers pass bytepiece.corpus.Mix")
    if not (
        hasattr(reader, "__iter__") or hasattr(reader, "__arrow_c_stream__") or hasattr(reader, "__arrow_c_array__")
    ):
        raise TypeError(f"{name} must be a reader or an iterable of str or bytes, not {type(reader).__name__}")
    return reader


def check_count(value: object, name: str, least: int) -> int:
    """A whole number, not under `least`."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} must be an int, not {type(value).__name__}")
    number = value.__index__()
    if not least <= number < 2**63:
        raise ValueError(f"{name} must be {least} to 2**63 - 1, not {number}")
    return int(number)
