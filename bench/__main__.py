"""Command line of the benchmarks.

python -m bench list
python -m bench run [CASE ...] [--large] [--rounds 5] [--engines ours,...] [--output bench/out/record.json]
python -m bench table RECORD.json
python -m bench splice README.md RECORD.json
python -m bench instructions [--record]
python -m bench readers
python -m bench stages [--rounds 3]
python -m bench scale linux-source-6.1.tar.xz [--rounds 1]
python -m bench compression [--sizes 8000 ...] [--train FILE ...] [--held-out NAME=FILE ...] [--only ENGINE ...] [--out DIR]
python -m bench levers [--only LEVER ...] [--case NAME] [--train FILE ...] [--held-out NAME=FILE ...] [--jobs N]
"""

from __future__ import annotations

import argparse
import datetime
import json
import pathlib
import sys
from typing import Any

from bench import instructions, levers, machine, readers, report, training
from bench.cases import CASES
from bench.compression import command
from bench.run import run
from bench.texts import MissingError


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def run_cases(arguments: argparse.Namespace) -> int:
    """Runs cases and adds them to the record, which is written after each."""
    output: pathlib.Path = arguments.output
    output.parent.mkdir(parents=True, exist_ok=True)
    engines = arguments.engines.split(",") if arguments.engines else None
    record: dict[str, Any] = {
        "command": "python -m bench " + " ".join(sys.argv[1:]),
        "date": datetime.date.today().isoformat(),
        "machine": machine.describe(),
        "cases": {},
    }
    failed = 0
    usual = [name for name, case in CASES.items() if arguments.large or not case.large]
    for name in arguments.cases or usual:
        say(f"{name}: {CASES[name].what}")
        try:
            record["cases"][name] = run(name, arguments.rounds, engines, say)
        except MissingError as error:
            say(f"  skipped: {error}")
        except RuntimeError as error:
            say(f"  failed: {error}")
            failed += 1
        output.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return 1 if failed else 0


def parser() -> argparse.ArgumentParser:
    main = argparse.ArgumentParser(
        prog="bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = main.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="the cases")
    runs = verbs.add_parser("run", help="run cases (default: all but the large ones)")
    runs.add_argument("cases", nargs="*", metavar="CASE")
    runs.add_argument("--large", action="store_true", help="the large ones too")
    runs.add_argument("--rounds", type=int, default=5)
    runs.add_argument("--engines", help="only these of each case, separated by commas")
    runs.add_argument("--output", type=pathlib.Path, default=pathlib.Path("bench/out/record.json"))
    tables = verbs.add_parser("table", help="print a record as Markdown")
    tables.add_argument("record", type=pathlib.Path)
    splices = verbs.add_parser("splice", help="put a record's tables between the markers of a document")
    splices.add_argument("document", type=pathlib.Path)
    splices.add_argument("record", type=pathlib.Path)
    counted = verbs.add_parser("instructions", help="instructions a byte under callgrind, compared with the record")
    counted.add_argument("--record", action="store_true", help="write the record instead of comparing with it")
    verbs.add_parser("readers", help="MB of text a second of processor time, by reader, as Markdown")
    staged = verbs.add_parser("stages", help="training on the shared corpora, stage by stage, as Markdown")
    staged.add_argument("--rounds", type=int, default=3)
    scaled = verbs.add_parser("scale", help="training on a tenth and the whole of an archive of sources, as Markdown")
    scaled.add_argument("archive", type=pathlib.Path)
    scaled.add_argument("--rounds", type=int, default=1)
    command.add_to(verbs)
    levers.add_to(verbs)
    return main


def main() -> int:
    arguments = parser().parse_args()
    if arguments.verb == "list":
        print("\n".join(f"{name:22} {'(large) ' * case.large}{case.what}" for name, case in CASES.items()))
        return 0
    if arguments.verb == "run":
        unknown = set(arguments.cases) - set(CASES)
        if unknown:
            sys.exit(f"no case {', '.join(sorted(unknown))}; there are {', '.join(CASES)}")
        return run_cases(arguments)
    if arguments.verb == "instructions":
        return instructions.main(arguments.record, say)
    if arguments.verb == "readers":
        return readers.main(say)
    if arguments.verb == "stages":
        return training.stages(arguments.rounds)
    if arguments.verb == "scale":
        return training.scale(arguments.archive, arguments.rounds)
    if arguments.verb == command.NAME:
        return command.main(arguments, say)
    if arguments.verb == levers.NAME:
        return levers.main(arguments, say)
    record = json.loads(arguments.record.read_text("utf-8"))
    if arguments.verb == "table":
        print(report.all_tables(record), end="")
    else:
        text = arguments.document.read_text("utf-8")
        arguments.document.write_text(report.splice(text, record), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
