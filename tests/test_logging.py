"""The standard `logging`: silent until asked, lines where something happens, and no handler can stop a training."""

from __future__ import annotations

import logging
import pathlib
import subprocess
import sys
import textwrap
from typing import Any

import pytest
from support import TIGHT

import bytepiece
from bytepiece.corpus import Documents, Text


def trained(texts: Any, **options: Any) -> bytepiece.Trainer:
    trainer = bytepiece.Trainer(**{"max_vocab_size": 600, "threads": 2} | options)
    trainer.train(texts)
    return trainer


def messages(caplog: pytest.LogCaptureFixture, name: str = "bytepiece.train") -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == name]


def test_nothing_is_said_unless_asked(tmp_path: pathlib.Path) -> None:
    """In a process of its own: pytest listens."""
    code = """
        import bytepiece, logging
        from bytepiece.corpus import Documents
        bytepiece.Trainer(threads=1).train(Documents([b"\\xff bad", "good"], errors="skip"))
        assert [type(handler) for handler in logging.getLogger("bytepiece").handlers] == [logging.NullHandler]
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_stages_begin_and_end(documents: list[str], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bytepiece")
    trained(documents)
    lines = messages(caplog)
    stages = ["counting", "modelling", "segmenting", "pruning", "gathering", "refining"]
    begun = [f"{n}/6 {name} begins" for n, name in enumerate(stages, 1)]
    assert lines[::2] == begun
    assert lines[1].startswith("1/6 counting ended after ") and f", {len(documents)} documents, " in lines[1]
    assert lines[3].startswith("2/6 modelling ended after ") and "documents" not in lines[3]
    assert len(lines) == 12
    assert {record.levelno for record in caplog.records} == {logging.INFO}
    caplog.clear()
    caplog.set_level(logging.WARNING, "bytepiece")
    trained(documents)
    assert caplog.records == []


def test_what_goes_to_the_disk_and_what_max_ngrams_changes(
    many: list[str], tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bytepiece")
    trained(many, order=12, max_ngrams=300_000, memory_limit=TIGHT, temp_dir=tmp_path)
    lines = messages(caplog)
    spilled = [line for line in lines if f" written to {tmp_path}, since memory has no room" in line]
    # told when it is twice as much: not for each batch
    assert 1 <= len(spilled) <= 60 and spilled[0].startswith("1/6 counting: ")
    raised = [line for line in lines if line.startswith("max_ngrams: ")]
    assert len(raised) == 1 and "min_count=2; least counts by length: " in raised[0] and ", 12: " in raised[0]


def test_saves_and_how_it_goes_on(
    documents: list[str], tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bytepiece")
    texts = documents * 20
    trained(texts, checkpoint=tmp_path, checkpoint_every=0)
    saved = [line for line in messages(caplog) if "checkpoint saved at document " in line]
    assert saved[0].startswith("1/6 counting: ") and saved[-1].startswith("3/6 segmenting: ")
    assert f"checkpoint saved at document {len(texts):,}, " in saved[-1]
    caplog.clear()
    trained(texts, checkpoint=tmp_path)
    resumed = [line for line in messages(caplog) if "goes on from the checkpoint, behind " in line]
    assert len(resumed) == 2 and f" behind {len(texts):,} documents, " in resumed[0]
    assert not any("saved" in line for line in messages(caplog))


def test_an_error_says_how_to_go_on(
    documents: list[str], tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    def stop(stage: str, *_: object) -> None:
        if stage == "segmenting":
            raise ZeroDivisionError

    words = f"what was counted is kept in {tmp_path}: the same call with this checkpoint goes on from there"
    with pytest.raises(ZeroDivisionError) as error:
        trained(documents, checkpoint=tmp_path, progress=stop)
    assert error.value.__notes__ == [words]  # type: ignore[attr-defined, unused-ignore]
    assert messages(caplog) == [f"training stopped (ZeroDivisionError): {words}"]
    with pytest.raises(ZeroDivisionError) as error:
        trained(documents, progress=stop)
    assert not hasattr(error.value, "__notes__")
    with pytest.raises(ValueError, match="another training") as refused:
        trained(documents, checkpoint=tmp_path, order=3)
    assert not hasattr(refused.value, "__notes__")


def test_ctrl_c_before_the_first_save_says_that_nothing_is_kept(
    documents: list[str], tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    def stop(stage: str, *_: object) -> None:
        raise KeyboardInterrupt

    words = f"nothing is saved in {tmp_path} yet (saves come every checkpoint_every seconds and at the end of a pass): "
    with pytest.raises(KeyboardInterrupt) as error:
        trained(documents, checkpoint=tmp_path, progress=stop)
    assert error.value.__notes__ == [f"{words}the same call begins anew"]  # type: ignore[attr-defined, unused-ignore]
    assert messages(caplog) == [f"training stopped (KeyboardInterrupt): {words}the same call begins anew"]
    # what another call has saved is kept, though this one has not come to it yet
    trained(documents, checkpoint=tmp_path)
    with pytest.raises(KeyboardInterrupt) as error:
        trained(documents, checkpoint=tmp_path, progress=stop)
    assert "goes on from there" in error.value.__notes__[0]  # type: ignore[attr-defined, unused-ignore]


def test_where_the_same_call_would_fail_again_another_one_goes_on(many: list[str], tmp_path: pathlib.Path) -> None:
    options = {"order": 12, "min_count": 1, "checkpoint": tmp_path, "threads": 1}
    with pytest.raises(ValueError, match="does not fit into memory_limit") as error:
        trained(many, memory_limit="100MB", **options)
    kept = f"what was counted is kept in {tmp_path}: a call with this checkpoint and a larger memory_limit goes on from"
    assert error.value.__notes__ == [f"{kept} there"]  # type: ignore[attr-defined, unused-ignore]


def test_flaws_of_readers(tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a.txt").write_bytes(b"good\nbad \xff\ngood\n" * 3)
    lines = Text(tmp_path / "a.txt", split="line", errors="skip")
    trained({"a": lines, "b": Documents([b"\xff\n", "good"], errors="replace")})
    said = messages(caplog, "bytepiece.corpus")
    assert said[0] == "a: 3 documents left out: invalid UTF-8"
    assert said[1].startswith(f"a: {tmp_path / 'a.txt'}: line 2: ")
    assert "b: 1 invalid sequences replaced by U+FFFD" in said
    caplog.clear()
    trained(lines)
    assert messages(caplog, "bytepiece.corpus")[0] == "3 documents left out: invalid UTF-8"


class Raises(logging.Handler):
    """A handler without manners."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def emit(self, record: logging.LogRecord) -> None:
        raise self.error


@pytest.mark.parametrize("name", ["bytepiece.train", "bytepiece.corpus"])
def test_a_handler_that_raises_does_not_stop_training(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    unraisable: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda event: unraisable.append(event.exc_value))
    logger, error = logging.getLogger(name), ZeroDivisionError("of a handler")
    handler, level = Raises(error), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        trainer = trained(Documents([b"\xff", "good\n" * 9], errors="skip"))
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    assert trainer.pieces and trainer.report["documents"] == 1
    assert unraisable and set(unraisable) == {error}


def test_ctrl_c_in_a_handler_stops_training() -> None:
    logger = logging.getLogger("bytepiece.train")
    handler, level = Raises(KeyboardInterrupt()), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        with pytest.raises(KeyboardInterrupt):
            trained(["good\n" * 9])
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
