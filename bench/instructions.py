"""Instructions a byte of the hot paths under callgrind, which repeat to a thousandth where times vary by a tenth.

In: the bundled text and a model trained on it, so that nothing else is needed. Each case runs once and three times in one
process; half of the difference is one run, without what comes before and after it. Out: a table of functions and totals,
compared with the committed one: a total that is more than 5 % above fails. valgrind has AVX2, no AVX-512. Instructions are
not time: a cache miss costs as much as a hundred of them.
"""

from __future__ import annotations

import collections
import hashlib
import json
import pathlib
import re
import shutil
import subprocess
from collections.abc import Callable

from bench.texts import DEMO, DOMAINS, OUT, ROOT, MissingError

RECORD = ROOT / "bench" / "record" / "instructions.tsv"
MOST = 1.05
"""The factor above the record at which a total fails."""
LEAST = 0.05
"""Functions with fewer instructions a byte are left out of the table."""
TOTAL = "total"
BINARY = ROOT / "target" / "release" / "examples" / "encode_times"

Table = dict[tuple[str, str], float]
"""Instructions a byte by case and function; TOTAL is a case's sum."""
Say = Callable[[str], None]

# name of the case: what the example does, which of the held-out texts
CASES: dict[str, tuple[str, str]] = {
    **{f"encode {domain}": ("encode", domain) for domain in DOMAINS},
    **{f"portable {domain}": ("portable", domain) for domain in DOMAINS},
    "lines en": ("encode lines", "en"),
    "sample en": ("sample", "en"),
    "stream en": ("stream", "en"),
    "decode": ("decode", "en"),
    "load": ("load", "en"),
}


def heldout(domain: str) -> pathlib.Path:
    """The bundled held-out text of one domain, as it is."""
    path = OUT / "text" / f"instructions.{domain}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [json.loads(line) for line in (DEMO / "heldout.jsonl").read_text("utf-8").splitlines()]
    path.write_bytes("\n".join(row["text"] for row in rows if row["domain"] == domain).encode())
    return path


def trained() -> pathlib.Path:
    """The same model on every machine, whatever its number of cores."""
    import bytepiece
    from bytepiece.corpus import Jsonl

    path = OUT / "models" / "instructions.model"
    path.parent.mkdir(parents=True, exist_ok=True)
    trainer = bytepiece.Trainer(order=6, max_vocab_size=8000)
    trainer.train(Jsonl(DEMO / "train.jsonl"))
    trainer.save(path)
    return path


def build() -> None:
    command = ["cargo", "build", "--quiet", "--release", "--package", "bytepiece-core", "--example", BINARY.name]
    subprocess.run(command, cwd=ROOT, check=True)


def run(what: str, model: pathlib.Path, text: pathlib.Path, times: int) -> dict[str, int]:
    """Instructions by function."""
    out = OUT / f"callgrind.{times}"
    out.unlink(missing_ok=True)
    valgrind = [
        "valgrind",
        "--tool=callgrind",
        "--compress-strings=no",
        "--compress-pos=no",
        f"--callgrind-out-file={out}",
    ]
    command = [*valgrind, str(BINARY), what, str(model), str(text), str(times)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr[-2000:]}")
    return by_function(out.read_text("utf-8").splitlines())


def by_function(lines: list[str]) -> dict[str, int]:
    """Self cost of each function in a callgrind file without compression."""
    costs: dict[str, int] = collections.Counter()
    function, of_a_call = "", False
    for line in lines:
        if line.startswith("fn="):
            function = short(line[3:])
        elif line.startswith("calls="):
            of_a_call = True  # the next line is what the callee cost
        elif re.match(r"\d+ \d+$", line):
            costs[function] += 0 if of_a_call else int(line.split()[1])
            of_a_call = False
    return costs


def short(name: str) -> str:
    """Without hashes, numbers of clones and what all names begin with."""
    name = re.sub(r"::h[0-9a-f]{16}|\.llvm\.\d+|'\d+$|@@.*", "", name)
    return name.replace("bytepiece_core::", "").replace("tokenizer::", "")


def measure(name: str, model: pathlib.Path) -> Table:
    what, domain = CASES[name]
    text = heldout(domain)
    size = (model if what == "load" else text).stat().st_size
    once, thrice = run(what, model, text, 1), run(what, model, text, 3)
    each = {function: (cost - once.get(function, 0)) / 2 / size for function, cost in thrice.items()}
    table = {(name, function): value for function, value in each.items() if value >= LEAST}
    table[name, TOTAL] = sum(each.values())
    return table


def measure_all(say: Say) -> tuple[Table, str]:
    """All cases, and what they were measured with."""
    if not shutil.which("valgrind"):
        raise MissingError("no valgrind: apt-get install valgrind, or whatever installs it here")
    build()
    model, table = trained(), Table()
    for name in CASES:
        table |= measure(name, model)
        say(f"{name:16} {table[name, TOTAL]:8.2f} instructions a byte")
    digest = hashlib.sha256(model.read_bytes()).hexdigest()[:16]
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return table, f"# model {digest}; {rustc}"


def write(table: Table, conditions: str) -> None:
    order = sorted(table, key=lambda key: (list(CASES).index(key[0]), key[1] == TOTAL, -table[key]))
    rows = [f"{case}\t{function}\t{table[case, function]:.3f}\n" for case, function in order]
    RECORD.write_text(conditions + "\ncase\tfunction\tinstructions a byte\n" + "".join(rows), "utf-8")


def read() -> tuple[Table, str]:
    conditions, _, *rows = RECORD.read_text("utf-8").splitlines()
    cells = [row.split("\t") for row in rows]
    return {(case, function): float(value) for case, function, value in cells}, conditions


def compare(before: Table, now: Table, say: Say) -> list[str]:
    """The cases that fail; says what has changed by more than a hundredth."""
    for key in sorted(before.keys() | now.keys()):
        old, new = before.get(key, 0.0), now.get(key, 0.0)
        if abs(new - old) > 0.01 * max(old, new) + 0.01:
            say(f"{key[0]}: {key[1]}: {old:.2f} -> {new:.2f}")
    totals = [key for key in now if key[1] == TOTAL]
    return [key[0] for key in totals if key not in before or now[key] > MOST * before[key]]


def main(record: bool, say: Say) -> int:
    """Measures; then records, or compares with the record. The exit status."""
    try:
        now, conditions = measure_all(say)
    except MissingError as error:
        say(f"skipped: {error}")
        return 0
    if record:
        write(now, conditions)
        return 0
    before, recorded = read()
    if conditions != recorded:
        say(f"measured with other things than the record:\n  {recorded}\n  {conditions}")
    failed = compare(before, now, say)
    if failed:
        say(f"more than 5 % above the record, or not in it: {', '.join(failed)}")
        say("if that is meant: python -m bench instructions --record")
    return 1 if failed else 0
