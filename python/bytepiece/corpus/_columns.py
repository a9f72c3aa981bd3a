"""Columns: Arrow data of any library, and Parquet files by pyarrow."""

from __future__ import annotations

import copy
import functools
import itertools
import os
from collections.abc import Iterable, Iterator
from typing import Any

from bytepiece._bytepiece import _field_path, _find
from bytepiece.corpus._reader import Batch, Errors, Reader, check_errors

ROWS = 4096
"""How many rows pyarrow decodes at a time."""


def is_data_set(data: Any) -> bool:
    """Whether it is a data set of Hugging Face's `datasets`, which gives its rows as tables but exports no stream."""
    return not isinstance(data, type) and hasattr(data, "with_format") and hasattr(data, "features")


def stream_of(data_set: Any) -> Any:
    """A stream of all rows, some thousand at a time."""
    import pyarrow  # `datasets` needs it, too

    tables = data_set.with_format("arrow").iter(ROWS)
    first = next(tables, None)
    if first is None:
        return pyarrow.table({"text": []}, pyarrow.schema([("text", pyarrow.string())])).to_reader()
    batches = (batch for table in itertools.chain([first], tables) for batch in table.to_batches())
    return pyarrow.RecordBatchReader.from_batches(first.schema, batches)


class Arrow(Reader):
    """Texts of what speaks Arrow's PyCapsule interface: pyarrow, polars, DuckDB, pandas, Hugging Face `datasets`.

    They are read chunk by chunk where they lie, in Rust, and never become Python objects. `train` takes such data as it
    is, too.

    Args:
        data: What has `__arrow_c_stream__` or `__arrow_c_array__`: an array, a series, a table, a frame, a reader of
            record batches (which can be read once, and is spooled for training); or a function that makes one for each
            pass; or a data set of `datasets`, streamed or not, of which all rows are read in its order.
        field: The column of a table, `"a.b"` or `["a", "b"]` for a field of a struct. None: the column `text`, or the
            only one.
        source_field: The column with the name of each document's source.
        errors: "raise": an error names the row that is null or not UTF-8. "replace": U+FFFD where it is not UTF-8.
            "skip": the row is left out, nulls too; counted in `report`.

    Raises:
        ValueError: There is no such column, or one of another type than strings or bytes (when it is read).
        TypeError: `data` exports nothing.
    """

    def __init__(
        self,
        data: Any,
        field: str | Iterable[str] | None = None,
        *,
        source_field: str | Iterable[str] | None = None,
        errors: Errors = "raise",
    ) -> None:
        exports = hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__")
        if isinstance(data, type) or not (exports or is_data_set(data) or callable(data)):
            given = type(data).__name__
            raise TypeError(f"data must have __arrow_c_stream__ or __arrow_c_array__, or be a function, not {given}")
        columns = [[] if field is None else _field_path(field, "field")]
        if source_field is not None:
            columns.append(_field_path(source_field, "source_field"))
        super().__init__(data, columns, check_errors(errors))

    def _plan(self) -> tuple[Any, ...]:
        data, *others = self._key
        if is_data_set(data):
            data = functools.partial(stream_of, data)
        return ("arrow", data, *others, self._tally)

    def __eq__(self, other: object) -> bool:
        # data compares element by element
        same = isinstance(other, Arrow) and other._key[0] is self._key[0] and other._key[1:] == self._key[1:]
        return same

    __hash__ = Reader.__hash__

    def __repr__(self) -> str:
        data, columns, errors = self._key
        return f"bytepiece.corpus.Arrow(<{type(data).__name__}>, columns={columns}, errors={errors!r})"


class Parquet(Reader):
    """Parquet files, read by pyarrow (`pip install bytepiece[parquet]`): one column, some thousand rows at a time.

    Args:
        paths: Paths, directories (of which `.parquet` files are taken) and glob patterns.
        field: The column of texts, `"a.b"` or `["a", "b"]` for a field of a struct.
        source_field: The column with the name of each document's source.
        errors: As in `Arrow`.

    Raises:
        ImportError: pyarrow is missing.
        OSError: A file is missing or cannot be read.
        ValueError: When it is read: a file is no Parquet, has no such column, or one of another type, or a null: the
            error has the file, and the row.
    """

    def __init__(
        self,
        paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
        field: str | Iterable[str] = "text",
        *,
        source_field: str | Iterable[str] | None = None,
        errors: Errors = "raise",
    ) -> None:
        needed()
        columns = [_field_path(field, "field")]
        if source_field is not None:
            columns.append(_field_path(source_field, "source_field"))
        found = _find(paths, "parquet")
        for path in found:
            open(path, "rb").close()
        super().__init__(found, columns, check_errors(errors))
        self._stamps: list[tuple[int, int]] | None = None
        """What the files were in the first pass of a training."""

    @property
    def paths(self) -> list[str]:
        """The files, in order."""
        return list(self._key[0])

    def _plan(self) -> tuple[Any, ...]:
        training = copy.copy(self)
        training._stamps = None
        return ("batches", self._key[2], self._tally, training)

    def _identity(self) -> list[str]:
        _, columns, errors = self._key
        files = [f"{os.path.abspath(path)}: {size} bytes, changed at {time} ns" for path, (size, time) in self._now()]
        return [f"Parquet files, columns {columns}, errors {errors}", *files]

    def _now(self) -> list[tuple[str, tuple[int, int]]]:
        stats = [(path, os.stat(path)) for path in self._key[0]]
        return [(path, (stat.st_size, stat.st_mtime_ns)) for path, stat in stats]

    def _unchanged(self) -> None:
        """A file that is another than in the first pass is an error."""
        now = self._now()
        before = self._stamps or [stamp for _, stamp in now]
        self._stamps = before
        for (path, stamp), first in zip(now, before, strict=True):
            if stamp != first:
                raise ValueError(
                    f"{path}: it changed while it was in use: {first[0]} bytes, changed at {first[1]} ns; "
                    f"now {stamp[0]} bytes, changed at {stamp[1]} ns; training reads files "
                    "more than once, so leave them alone meanwhile"
                )

    def _total_bytes(self) -> int:
        return sum(size for _, (size, _) in self._now())

    def _batches(self) -> Iterator[Batch]:
        self._unchanged()
        return self._read()

    def _read(self) -> Iterator[Batch]:
        paths, columns, _ = self._key
        before = 0
        for number, path in enumerate(paths):
            size = os.stat(path).st_size
            rows = 0
            with opened(path) as file:
                total = max(file.metadata.num_rows, 1)
                # the columns of the file, so that one that is missing or of another type is named
                yield Batch(file.schema_arrow.empty_table(), columns, f"{path}: row ", 0, None, number, before)
                names = [".".join(column) for column in columns]
                for batch in broken(path, file.iter_batches(ROWS, columns=names)):
                    read = before + size * (rows + batch.num_rows) // total
                    yield Batch(batch, columns, f"{path}: row ", rows, None, number, read)
                    rows += batch.num_rows
            before += size
        self._unchanged()

    def _split(self) -> list[tuple[str, Parquet]]:
        """A reader for each file."""
        paths, columns, errors = self._key
        source = columns[1] if len(columns) > 1 else None
        return [(path, Parquet(path, columns[0], source_field=source, errors=errors)) for path in paths]

    def __repr__(self) -> str:
        paths, columns, errors = self._key
        source = f", source_field={columns[1]!r}" if len(columns) > 1 else ""
        return f"bytepiece.corpus.Parquet({paths!r}, field={columns[0]!r}{source}, errors={errors!r})"


def needed() -> Any:
    """The library, or what to do about it."""
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise ImportError("Parquet files need pyarrow: pip install bytepiece[parquet]") from error
    return pyarrow.parquet


def opened(path: str) -> Any:
    """A Parquet file."""
    import pyarrow

    try:
        return needed().ParquetFile(path)
    except pyarrow.ArrowException as error:
        raise ValueError(f"{path}: not a Parquet file: {error}") from error


def broken(path: str, batches: Iterator[Any]) -> Iterator[Any]:
    """Says of which file it is that something is wrong."""
    import pyarrow

    while True:
        try:
            batch = next(batches)
        except StopIteration:
            return
        except (pyarrow.ArrowException, OSError) as error:
            raise ValueError(f"{path}: the Parquet file is damaged: {error}") from error
        yield batch
