"""What the commands' options have in common."""

from __future__ import annotations

import argparse
import os

COMPRESSED = (".gz", ".zst", ".bz2", ".xz")
FORMATS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
Subparsers = "argparse._SubParsersAction[argparse.ArgumentParser]"


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of examples as they are."""


def add_model(parser: argparse.ArgumentParser) -> None:
    """The model to work with."""
    parser.add_argument(
        "-m", "--model", required=True, metavar="MODEL", help="model file, as `bytepiece train` writes it"
    )


def add_files(parser: argparse.ArgumentParser, what: str) -> None:
    """Files to read, or stdin."""
    parser.add_argument("files", nargs="*", default=["-"], metavar="FILE", help=f"{what}; - or nothing is stdin")


def add_field(parser: argparse.ArgumentParser) -> None:
    """Where the text is in documents that have several parts."""
    parser.add_argument(
        "--field",
        type=utf8,
        default="text",
        help="key of the text in JSON lines, column in Parquet; a.b for objects in objects (default: text)",
    )


def utf8(argument: str) -> str:
    """An argument in UTF-8 whatever the locale, which may have made escapes of its bytes."""
    return os.fsencode(argument).decode()


def format_of(path: str) -> tuple[str, bool]:
    """What a file's name says: "text", "jsonl" or "parquet", and whether it is compressed."""
    name, end = os.path.splitext(path.lower())
    compressed = end in COMPRESSED
    if compressed:
        end = os.path.splitext(name)[1]
    return FORMATS.get(end, "text"), compressed
