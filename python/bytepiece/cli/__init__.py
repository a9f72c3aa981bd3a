"""The program `bytepiece`: train, encode, decode, inspect, eval, diff, demo.

Results go to stdout, in UTF-8 whatever the locale, progress and errors to stderr. Exit codes: 0 done, 1 the work failed,
2 the command line was wrong, 130 interrupted, 141 the reader of stdout went away.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from bytepiece._bytepiece import UNICODE_VERSION, __version__
from bytepiece.cli import decode, diff, encode, eval, inspect, train
from bytepiece.cli.options import Formatter

FAILED, INTERRUPTED, READER_GONE = 1, 130, 141
COMMANDS = (train, encode, decode, inspect, eval, diff)
DESCRIPTION = (
    "Byte-level unigram tokenizer: train a vocabulary, encode and decode text with it, compare it with others."
)
EXAMPLE = """\
example:
  bytepiece train corpus.txt --vocab-size 8000 --output my.model
  bytepiece encode --model my.model corpus.txt > ids.txt
  bytepiece decode --model my.model ids.txt

exit codes: 0 done, 1 failed, 2 wrong command line, 130 interrupted, 141 stdout closed by its reader
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if arguments[:1] == ["demo"]:
            from bytepiece.demo import main as demo

            return demo(arguments[1:])
        options = parser().parse_args(arguments)
        options.run(options)
        if sys.stdout is not None:
            sys.stdout.flush()
        return 0
    except KeyboardInterrupt:
        complain("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # what is buffered has nowhere to go: without this, the interpreter complains at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_GONE
    except (ValueError, KeyError, OSError, RuntimeError, OverflowError, ImportError) as error:
        complain(f"error: {words(error)}")
        return FAILED


def complain(text: str) -> None:
    """A line to stderr; nowhere if that is closed, and never to stdout, where `print` would send it then."""
    if sys.stderr is not None:
        print(f"bytepiece: {text}", file=sys.stderr)


def words(error: Exception) -> str:
    """The text of an error, on one line."""
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename or repr(error.filename)}: " if error.filename is not None else ""
        return f"{place}{error.strerror}"
    # str(KeyError) is the repr of its text
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    return " ".join(text.split())


def parser() -> argparse.ArgumentParser:
    """The command line of all commands."""
    top = argparse.ArgumentParser(prog="bytepiece", description=DESCRIPTION, epilog=EXAMPLE, formatter_class=Formatter)
    top.add_argument("--version", action="version", version=f"bytepiece {__version__} (Unicode {UNICODE_VERSION})")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add(commands)
    # its own parser reads its command line: see main
    commands.add_parser("demo", help="train on the bundled text and compare with SentencePiece", add_help=False)
    return top
