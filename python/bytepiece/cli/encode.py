"""`bytepiece encode`: text to ids or pieces, one line of output for each line of text or each document."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from bytepiece._bytepiece import Jsonl, Text, Tokenizer, _find
from bytepiece.cli import streams
from bytepiece.cli.options import Formatter, add_field, add_files, add_model, format_of
from bytepiece.corpus import Parquet

EXAMPLE = """\
A line of text goes with the run of newlines behind it, so `encode | decode` gives the text back, normalized.
Of Parquet, as with --jsonl, each document is a line of output. Compressed text has to be UTF-8, other text may be any bytes.
With --format pieces, white space, backslashes and bytes that are not UTF-8 are escaped as in Python: \\x20, \\n, \\\\.

example:
  bytepiece encode --model my.model corpus.txt > ids.txt
  bytepiece encode --model my.model folder 'more/*.gz' rows.parquet > ids.txt
  bytepiece encode --model my.model --jsonl --alpha 0.2 --seed 1 corpus.jsonl
"""
ESCAPED = [*range(0x21), ord("\\"), *range(0x7F, 0xA1), *filter(lambda code: chr(code).isspace(), range(0xA1, 0x3001))]
ESCAPES = {code: "".join(f"\\x{byte:02x}" for byte in chr(code).encode()) for code in ESCAPED}
ESCAPES |= {ord("\t"): "\\t", ord("\n"): "\\n", ord("\r"): "\\r", ord("\\"): "\\\\"}


def add(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "encode", help="text to ids", description=__doc__, epilog=EXAMPLE, formatter_class=Formatter
    )
    add_model(parser)
    add_files(parser, "text in UTF-8, or .parquet; folder or pattern; .gz, .zst, .bz2 or .xz may follow")
    parser.add_argument("--format", choices=["ids", "pieces"], default="ids", help="what to write (default: ids)")
    parser.add_argument("--jsonl", action="store_true", help="read JSON lines: one line of output for each document")
    add_field(parser)
    parser.add_argument(
        "--alpha", type=float, default=-1.0, help="sample, with this exponent; negative: the best (default)"
    )
    parser.add_argument("--seed", type=int, help="of the samples (default: drawn)")
    parser.add_argument("--threads", type=int, help="(default: all cores)")
    parser.add_argument("--add-bos", action="store_true", help="begin each line of output with <bos>")
    parser.add_argument("--add-eos", action="store_true", help="end each line of output with <eos>")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Encode in bounded batches."""
    files = streams.readable(chain.from_iterable(map(found, options.files)))
    tokenizer = Tokenizer(options.model)
    if options.alpha >= 0 and options.seed is None:
        options.seed = int.from_bytes(os.urandom(8), "little")  # one for all batches
    texts = chain.from_iterable(read(path, options) for path in files)
    done = 0
    for batch in chain(
        [[]], streams.batches(texts)
    ):  # of nothing first: wrong options are so where there is no text, too
        rows = tokenizer.encode_batch(
            batch,
            add_bos=options.add_bos,
            add_eos=options.add_eos,
            threads=options.threads,
            alpha=options.alpha,
            seed=options.seed,
            first_index=done,
        )
        done += len(batch)
        streams.write(b"".join(output(tokenizer, rows, options)))


def found(path: str) -> list[str]:
    """The files of a folder or a pattern; all else is read as it is."""
    return [path] if path == "-" or (os.path.exists(path) and not os.path.isdir(path)) else _find([path], "")


def read(path: str, options: argparse.Namespace) -> Iterable[str | bytes]:
    """The texts of a file."""
    kind, compressed = format_of(path)
    if path == "-" or not os.path.isfile(path) or (kind != "parquet" and not compressed):
        return streams.documents(path, options.field) if options.jsonl else streams.lines(path)
    if kind == "parquet":
        return Parquet(path, field=options.field)
    return Jsonl(path, field=options.field) if options.jsonl else Text(path, split="line")


def output(tokenizer: Tokenizer, rows: list[list[int]], options: argparse.Namespace) -> Iterator[bytes]:
    """A line for each row."""
    for row in rows:
        words = map(escape, tokenizer.ids_to_pieces(row)) if options.format == "pieces" else map(str, row)
        yield " ".join(words).encode() + b"\n"


def escape(piece: bytes | str) -> str:
    """A piece as a word without white space."""
    if isinstance(piece, str):
        return piece.translate(ESCAPES)  # a special token
    return "".join(
        f"\\x{ord(character) - 0xDC00:02x}" if "\udc80" <= character <= "\udcff" else character
        for character in piece.decode("utf-8", "surrogateescape").translate(ESCAPES)
    )
