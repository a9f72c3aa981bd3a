"""What was built: the wheel has to run on other machines than the one that built it, the sdist has all that is in the repository."""

from __future__ import annotations

import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tarfile

import pytest
from support import ROOT

from bytepiece import _bytepiece


@pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64") or not shutil.which("objdump"),
    reason="looks for AVX in x86-64 code with binutils' objdump",
)
def test_newer_instructions_are_only_where_the_processor_is_asked() -> None:
    """Mnemonics of AVX and later begin with v; functions that are only called where the processor has it say so in their names."""
    done = subprocess.run(["objdump", "-d", "--no-show-raw-insn", _bytepiece.__file__], capture_output=True, text=True)
    function, found = "", set()
    for line in done.stdout.splitlines():
        if named := re.match(r"[0-9a-f]+ <(.+)>:$", line):
            function = named[1]
        elif re.search(r":\s+v[a-z]", line):
            found.add(function)
    assert any("avx2" in name.lower() for name in found), "no names in the file, or no code for AVX2"
    assert not {name for name in found if not re.search("avx2|with_fma", name.lower())}


@pytest.mark.skipif(not shutil.which("git") or not (ROOT / ".git").exists(), reason="not in a clone of the repository")
def test_the_sdist_has_what_a_distributor_needs(tmp_path: pathlib.Path) -> None:
    """Everything that is tracked, but for what serves the repository itself."""
    command = [sys.executable, "-m", "maturin", "sdist", "--out", tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert not {name for name in names if "__pycache__" in name or name.endswith((".pyc", ".so"))}
    listed = subprocess.run(["git", "-C", ROOT, "ls-files"], capture_output=True, text=True, check=True).stdout
    tracked = {
        name for name in listed.split("\n") if name and not name.startswith(".ci/") and not name.endswith(".gitignore")
    }
    assert tracked - names == set()
    assert {"tests/test_wheel.py", "DESIGN.md", "FORMAT.md", "CHANGELOG.md", ".cargo/config.toml", "LICENSE"} <= names
