"""What was built: it has to run on other machines than the one that built it."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess

import pytest

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
