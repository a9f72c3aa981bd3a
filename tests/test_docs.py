"""Every Python and console block of the documents runs; every link between them leads somewhere."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
from typing import Any

import pytest
from support import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("bench/*.md"), *ROOT.glob("docs/*.md")])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# `pip install .` would build a second wheel over the one under test
NOT_RUN = ("pip install",)


def blocks(language: str) -> list[Any]:
    found = []
    for path in DOCUMENTS:
        for match in BLOCK.finditer(path.read_text("utf-8")):
            if match[1] == language:
                line = path.read_text("utf-8").count("\n", 0, match.start()) + 1
                found.append(pytest.param(match[2], id=f"{path.relative_to(ROOT)}:{line}"))
    return found


def programs() -> list[Any]:
    """The Python blocks of each document, one behind the other: each goes on where the one before it ends."""
    found = []
    for path in DOCUMENTS:
        lines = [""] * path.read_text("utf-8").count("\n")  # so that errors name the lines of the document
        for match in BLOCK.finditer(path.read_text("utf-8")):
            if match[1] == "python":
                first = path.read_text("utf-8").count("\n", 0, match.start()) + 1
                code = match[2].splitlines()
                lines[first : first + len(code)] = code
        if any(lines):
            found.append(pytest.param("\n".join(lines), id=str(path.relative_to(ROOT))))
    return found


@pytest.mark.parametrize("code", programs())
def test_python_blocks(code: str, tmp_path: pathlib.Path) -> None:
    done = subprocess.run([sys.executable, "-"], input=code, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("code", blocks("console"))
def test_console_block(code: str, tmp_path: pathlib.Path) -> None:
    """Lines that begin with `$ `; `make`, which runs these tests, is only asked whether it could."""
    environment = dict(os.environ, PATH=f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    environment = {name: value for name, value in environment.items() if not name.startswith("MAKE")}
    commands = [line[2:] for line in code.splitlines() if line.startswith("$ ")]
    assert commands
    for command in commands:
        if command.startswith(NOT_RUN):
            continue
        inside = command.startswith(("make ", "python -m bench"))
        command = command.replace("make ", "make --dry-run ", 1) if command.startswith("make ") else command
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=ROOT if inside else tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"


def test_the_readme_has_blocks_to_run() -> None:
    """So that a change of the fences cannot silence the tests above."""
    names = [str(getattr(block, "id", "")) for block in [*blocks("python"), *blocks("console")]]
    assert sum(name.startswith("README.md") for name in names) >= 9
    assert [program.id for program in programs()] == ["README.md"]


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in DOCUMENTS])
def test_links_lead_somewhere(path: pathlib.Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", path.read_text("utf-8")):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        linked = path.parent / file if file else path
        assert linked.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", linked.read_text("utf-8"), re.MULTILINE)
            anchors = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
            assert anchor in anchors, target


@pytest.mark.parametrize("name", ["README.md", "DESIGN.md"])
def test_figures_come_from_a_record(name: str) -> None:
    """Figures come from a record: splicing the committed one again changes nothing."""
    records = sorted((ROOT / "bench" / "record").glob("*.json"))
    assert records
    before = (ROOT / "README.md").read_text("utf-8")
    sys.path.insert(0, str(ROOT))
    from bench.report import splice

    before = after = (ROOT / name).read_text("utf-8")
    for record in records:
        after = splice(after, json.loads(record.read_text("utf-8")))
    assert after == before
