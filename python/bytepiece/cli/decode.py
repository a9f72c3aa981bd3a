"""`bytepiece decode`: lines of ids to the bytes they stand for, one behind the other."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from bytepiece._bytepiece import Tokenizer
from bytepiece.cli import streams
from bytepiece.cli.options import Formatter, add_files, add_model

EXAMPLE = """\
Nothing is written between the lines: newlines are in the ids. The ids 0 to 2 (<pad> <bos> <eos>) give nothing.

example:
  bytepiece encode --model my.model corpus.txt | bytepiece decode --model my.model
"""
BATCH_IDS = 1_000_000


def add(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "decode", help="ids to text", description=__doc__, epilog=EXAMPLE, formatter_class=Formatter
    )
    add_model(parser)
    add_files(parser, "lines of ids separated by blanks")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Decode in bounded batches."""
    files = streams.readable(options.files)
    tokenizer = Tokenizer(options.model)
    for path in files:
        for ids in batches(path, tokenizer.vocab_size):
            streams.write(tokenizer.decode_bytes(ids))


def batches(path: str, vocab_size: int) -> Iterator[list[int]]:
    """The ids of a file."""
    name = "stdin" if path == "-" else path
    ids: list[int] = []
    with streams.opened(path) as stream:
        for count, line in enumerate(stream, 1):
            try:
                row = [number(word) for word in line.split()]
            except ValueError as error:
                raise ValueError(f"{name}: line {count}: ids are whole numbers separated by blanks: {error}") from None
            if row and not (min(row) >= 0 and max(row) < vocab_size):
                wrong = next(id for id in row if not 0 <= id < vocab_size)
                raise ValueError(f"{name}: line {count}: id {wrong} is not in the vocabulary (0 to {vocab_size - 1})")
            ids += row
            if len(ids) >= BATCH_IDS:
                yield ids
                ids = []
    yield ids


def number(word: bytes) -> int:
    """A whole number in decimal digits and nothing else: `int` would take 1_0 and +1 too."""
    if not word.removeprefix(b"-").isdigit():
        raise ValueError(f"{word[:20].decode('ascii', 'backslashreplace')!r} is none")
    return int(word)
