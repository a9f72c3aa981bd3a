"""The disk: folders that cannot be used, a full one, one that is too small, and a checkpoint that two want."""

from __future__ import annotations

import json
import logging
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from typing import Any

import pytest
from support import TIGHT

import bytepiece
from bytepiece.corpus import Jsonl, Text

SPILLS = {"order": 12, "max_ngrams": 300_000, "memory_limit": TIGHT}
"""Settings with which `many` does not fit into memory."""


def trained(texts: Any, **options: Any) -> bytepiece.Trainer:
    trainer = bytepiece.Trainer(**{"max_vocab_size": 600, "threads": 2} | options)
    trainer.train(texts)
    return trainer


def unwritable(tmp_path: pathlib.Path) -> Iterator[tuple[pathlib.Path, type[OSError]]]:
    """Folders that nothing can be written to."""
    (tmp_path / "file").write_text("")
    yield tmp_path / "gone", FileNotFoundError
    yield tmp_path / "file", NotADirectoryError
    if pathlib.Path("/proc/self").exists():
        yield pathlib.Path("/proc"), OSError
    if hasattr(os, "geteuid") and os.geteuid() != 0:  # root may write anywhere
        (tmp_path / "locked").mkdir(mode=0o500)
        yield tmp_path / "locked", PermissionError


def test_a_temp_dir_that_cannot_be_written_to_is_said_at_once(tmp_path: pathlib.Path) -> None:
    stages: list[str] = []
    for folder, kind in unwritable(tmp_path):
        with pytest.raises(kind, match=rf"temp_dir {folder} cannot be written to: .*; pass a folder that can") as error:
            trained(["ab"], temp_dir=folder, progress=lambda stage, *_: stages.append(stage))
        assert error.value.filename == str(folder)
    assert stages == []
    # with a checkpoint it is not used
    trained(["ab"], temp_dir=tmp_path / "gone", checkpoint=tmp_path / "c")


def test_the_systems_folder_is_a_warning_since_it_may_not_be_needed(tmp_path: pathlib.Path) -> None:
    code = """
        import bytepiece, logging
        logging.basicConfig(format="%(levelname)s %(message)s")
        bytepiece.Trainer(threads=1).train(["abab"] * 9)
        print("done")
    """
    environment = os.environ | {"TMPDIR": str(tmp_path / "gone")}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, env=environment
    )
    assert done.stdout == "done\n"
    assert done.stderr.startswith(f"WARNING {tmp_path / 'gone'}: nothing can be written there: "), done.stderr


def test_nothing_is_left_in_temp_dir(many: list[str], tmp_path: pathlib.Path) -> None:
    assert trained(many, temp_dir=tmp_path, **SPILLS).report["spilled"] > 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stage", ["counting", "segmenting"])
def test_a_temp_dir_that_vanishes_midway(many: list[str], tmp_path: pathlib.Path, stage: str) -> None:
    """What has a file open there goes on; who wants to open one says where."""
    folder = tmp_path / "temp"
    folder.mkdir()

    def vanish(name: str, *_: object) -> None:
        if name == stage and folder.exists():
            folder.rmdir()

    options = SPILLS | {"max_piece_length": 9, "temp_dir": folder, "progress": vanish}
    if stage == "segmenting":  # pieces fit, and there are no n-grams to come
        assert trained(many, **options).pieces
        return
    with pytest.raises(
        FileNotFoundError, match=r"cannot write temporary data to .*temp: .*; free space there"
    ) as error:
        trained(many, **options)
    assert error.value.filename == str(folder)


def test_a_checkpoint_that_vanishes_midway(documents: list[str], tmp_path: pathlib.Path) -> None:
    def vanish(name: str, *_: object) -> None:
        shutil.rmtree(tmp_path / "c", ignore_errors=True)

    words = rf"checkpoint {tmp_path / 'c'}: the folder was removed while training wrote to it, and what was counted with it; the same"
    with pytest.raises(FileNotFoundError, match=words) as error:
        trained(documents, checkpoint=tmp_path / "c", progress=vanish)
    assert error.value.filename == str(tmp_path / "c")
    assert not hasattr(error.value, "__notes__")


@pytest.fixture
def small_disk(tmp_path: pathlib.Path) -> Iterator[Any]:
    """A function that mounts a disk of some bytes."""
    mounted = []

    def mount(size: int) -> pathlib.Path:
        folder = tmp_path / f"disk{size}"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
        try:
            done = subprocess.run(command, capture_output=True, text=True)
        except OSError as error:
            pytest.skip(f"cannot mount a tmpfs here: {error}")
        if done.returncode != 0:
            pytest.skip(f"cannot mount a tmpfs here: {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_temp_dir_is_named_with_the_way_out(many: list[str], small_disk: Any) -> None:
    folder = small_disk(1 << 20)
    words = (
        r"cannot write temporary data to .*disk.*: No space left .* bytes were written there so far\); free space there"
    )
    with pytest.raises(OSError, match=words) as error:
        trained(many, temp_dir=folder, **SPILLS)
    assert error.value.filename == str(folder)
    assert list(folder.iterdir()) == []


def test_a_disk_that_will_be_too_small_is_warned_of_before_it_is_full(
    many: list[str], tmp_path: pathlib.Path, small_disk: Any, caplog: pytest.LogCaptureFixture
) -> None:
    folder = small_disk(1 << 20)
    (tmp_path / "many.txt").write_text("".join(many) * 4, "utf-8")
    with pytest.raises(OSError, match="No space left"):
        trained(Text(tmp_path / "many.txt", split="line"), temp_dir=folder, **SPILLS)
    warned = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert warned and warned[0].startswith(f"{folder}: the disk may be too small: about ")
    assert " will be needed, 1.05 MB are free; free some, pass another folder, or a larger memory_limit" in warned[0]


def test_a_full_disk_leaves_a_checkpoint_to_go_on_from(
    many: list[str], tmp_path: pathlib.Path, small_disk: Any
) -> None:
    folder = small_disk(5_000_000)
    texts = tmp_path / "many.jsonl"
    texts.write_text("".join(json.dumps({"text": text}) + "\n" for text in many), "utf-8")
    with pytest.raises(OSError, match="No space left") as error:
        trained(Jsonl(texts), checkpoint=folder / "c", checkpoint_every=0)
    assert "goes on from there" in error.value.__notes__[0]  # type: ignore[attr-defined, unused-ignore]
    shutil.copytree(folder / "c", tmp_path / "c")  # as if the disk had grown
    calls: list[int] = []

    def show(stage: str, *_: object, details: dict[str, Any]) -> None:
        calls.append(details["resumed"])

    assert trained(Jsonl(texts), checkpoint=tmp_path / "c", progress=show).pieces == trained(Jsonl(texts)).pieces
    assert max(calls) > 0


def test_a_disk_without_any_room_is_refused_at_once(small_disk: Any) -> None:
    folder = small_disk(8192)
    (folder / "full").write_bytes(b"x" * 8192) if shutil.disk_usage(folder).free >= 8192 else None
    words = r"checkpoint .*: the disk is full: at least \d+ bytes are needed there, \d+ are free; free some, or pass another"
    with pytest.raises(OSError, match=words) as error:
        trained(["ab"], checkpoint=folder)
    assert error.value.errno == 28


def test_a_checkpoint_whose_passes_have_ended_needs_no_room(documents: list[str], small_disk: Any) -> None:
    folder = small_disk(5_000_000)
    pieces = trained(documents, checkpoint=folder / "c").pieces
    with open(folder / "full", "wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        while True:
            file.write(bytes(4096))
    assert shutil.disk_usage(folder).free < 16384
    assert trained(documents, checkpoint=folder / "c").pieces == pieces


HOLDS = """
    import bytepiece, sys, time
    from bytepiece.corpus import Text

    def show(stage, *_):
        print(stage, flush=True)
        time.sleep(60)

    bytepiece.Trainer(threads=1, checkpoint=sys.argv[1], progress=show).train(["some text"] * 9)
"""


def test_a_checkpoint_is_for_one_training_at_a_time(tmp_path: pathlib.Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(HOLDS), str(tmp_path)], stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == b"counting\n"
        words = rf"checkpoint {tmp_path} is in use by another training \(process {other.pid}\); wait for it, or pass another"
        began = time.monotonic()
        with pytest.raises(BlockingIOError, match=words):
            trained(["some text"] * 9, checkpoint=tmp_path)
        assert time.monotonic() - began < 30  # not when the other is done
        other.kill()
    # no lock is left behind
    assert trained(["some text"] * 9, checkpoint=tmp_path).pieces


def test_two_threads_of_one_process_cannot_share_a_checkpoint(tmp_path: pathlib.Path) -> None:
    errors: list[BaseException] = []

    def again(stage: str, *_: object) -> None:
        if not errors:
            with pytest.raises(BlockingIOError, match=rf"\(process {os.getpid()}\)") as error:
                trained(["some text"], checkpoint=tmp_path)
            errors.append(error.value)

    trained(["some text"], checkpoint=tmp_path, progress=again)
    assert len(errors) == 1
    trained(["some text"], checkpoint=tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_on_the_command_line_says_how_to_go_on(many: list[str], tmp_path: pathlib.Path) -> None:
    (tmp_path / "many.txt").write_text("".join(many) * 12, "utf-8")
    command = [sys.executable, "-m", "bytepiece", "train", str(tmp_path / "many.txt"), "-o", str(tmp_path / "m")]
    command += ["--checkpoint", str(tmp_path / "c"), "--threads", "1", "--vocab-size", "600", "--order", "4"]
    environment = os.environ | {"PYTHONUTF8": "1"}
    # of a child whose parent ignores Ctrl-C, it would be ignored, too
    heard = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler)}
    # a finished first pass: the default is a save a minute
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, **heard) as process:  # type: ignore[call-overload]
        while not (tmp_path / "c" / "state").exists():
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        error = process.stderr.read()
        assert process.wait(60) == 130
    kept = f"what was counted is kept in {tmp_path / 'c'}: the same call with this checkpoint goes on from there"
    assert error.splitlines() == [f"bytepiece: training stopped (KeyboardInterrupt): {kept}", "bytepiece: interrupted"]
