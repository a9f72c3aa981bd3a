"""checkpoint=: after kill -9 at any moment the same call goes on and gives the same model; nothing else is taken up."""

from __future__ import annotations

import collections
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from typing import Any

import pytest

import bytepiece
from bytepiece.corpus import Jsonl, Text

KILLS = int(os.environ.get("BYTEPIECE_KILLS", "6"))
"""How often a training is killed; 50 take minutes."""


def trained(texts: Any, **options: Any) -> list[dict[bytes, int]]:
    trainer = bytepiece.Trainer(**{"max_vocab_size": 600, "threads": 2, "checkpoint_every": 0} | options)
    trainer.train(texts)
    return trainer.pieces


@pytest.fixture(scope="session")
def words(documents: list[str]) -> list[str]:
    """Some batches of text: there is a save after each."""
    every = [word for text in documents for word in text.split() if len(word) < 20]
    chance = random.Random(6)
    return [" ".join(chance.choices(every, k=2500)) + "\n" for _ in range(150)]


class Stops:
    """Documents that end in an exception, which stands for a crash."""

    def __init__(self, texts: list[str], after: int) -> None:
        self.texts, self.after, self.read = texts, after, 0

    def __iter__(self) -> Iterator[str]:
        for text in self.texts:
            self.read += 1
            if self.read > self.after:
                raise ZeroDivisionError
            yield text


@pytest.mark.parametrize("share", [0.01, 0.4, 0.99, 1.3, 1.99])
def test_a_training_goes_on_where_it_stopped(words: list[str], tmp_path: pathlib.Path, share: float) -> None:
    stops = Stops(words, int(len(words) * share))
    with pytest.raises(ZeroDivisionError):
        trained(stops, checkpoint=tmp_path)
    assert trained(words, checkpoint=tmp_path, threads=1, memory_limit="100MB") == trained(words)
    # and when it is over
    assert trained(words, checkpoint=tmp_path) == trained(words)


def test_one_long_document_goes_on_in_its_middle(words: list[str], tmp_path: pathlib.Path) -> None:
    text = "".join(words).replace("\n", " ")
    (tmp_path / "one.txt").write_text(text, "utf-8")
    seen = 0

    def stop(stage: str, number: int, stages: int, done: int, total: int | None) -> None:
        nonlocal seen
        seen = max(seen, done)
        if done > len(text.encode()) // 2:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        trained(Text(tmp_path / "one.txt"), checkpoint=tmp_path / "c", progress=stop)
    assert seen < len(text.encode())
    state = json.loads((tmp_path / "c" / "state").read_text().split("\n", 1)[1])
    assert state["passes"][0]["position"]["digest"]["documents"] == 0
    assert trained(Text(tmp_path / "one.txt"), checkpoint=tmp_path / "c") == trained([text])


def test_kill_at_random_moments(words: list[str], tmp_path: pathlib.Path) -> None:
    path = tmp_path / "words.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in words), "utf-8")
    code = """
        import bytepiece, sys
        from bytepiece.corpus import Jsonl
        trainer = bytepiece.Trainer(max_vocab_size=600, threads=2, checkpoint=sys.argv[2], checkpoint_every=0)
        print("ready", flush=True)
        trainer.train(Jsonl(sys.argv[1]))
        trainer.save(sys.argv[3])
    """
    arguments = [sys.executable, "-c", textwrap.dedent(code), str(path), str(tmp_path / "c"), str(tmp_path / "m")]
    began = time.monotonic()
    subprocess.run(
        [*arguments[:4], str(tmp_path / "whole"), str(tmp_path / "expected")], check=True, capture_output=True
    )
    whole = time.monotonic() - began
    seed = int(os.environ.get("BYTEPIECE_SEED", time.time_ns() % 1_000_000))
    print("BYTEPIECE_SEED =", seed)
    chance, killed = random.Random(seed), 0
    for _ in range(KILLS):
        with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(chance.random() * whole / 2)
            process.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        killed += process.returncode != 0
    assert killed > 0
    subprocess.run(arguments, check=True, capture_output=True)
    assert (tmp_path / "m").read_bytes() == (tmp_path / "expected").read_bytes()


def test_another_training_is_refused_with_the_difference(words: list[str], tmp_path: pathlib.Path) -> None:
    trained(words, checkpoint=tmp_path)
    for options, difference in [
        ({"order": 5}, "order is 6 there and 5 here"),
        ({"min_count": 3}, "min_count is 2 there and 3 here"),
        ({"compat": True}, "compat is false there and true here"),
        ({"isolate_digits": True}, "digits is free there and single here"),
        ({"normalization": "none"}, "normalization is nfc there and none here"),
        ({"max_ngrams": 1000}, "max_ngrams is 100000000 there and 1000 here"),
    ]:
        with pytest.raises(ValueError, match=f"is that of another training: {difference}; pass another folder"):
            trained(words, checkpoint=tmp_path, **options)
    # these are no other training
    assert trained(words, checkpoint=tmp_path, max_vocab_size=500) == trained(words, max_vocab_size=500)
    assert trained(words, checkpoint=tmp_path, max_piece_length=4) == trained(words, max_piece_length=4)


def test_other_documents_are_refused(words: list[str], tmp_path: pathlib.Path) -> None:
    with pytest.raises(ZeroDivisionError):
        trained(Stops(words, 100), checkpoint=tmp_path)
    other = ["x" + words[0], *words[1:]]
    swapped = [words[1], words[0], *words[2:]]
    for texts in [other, words[:20], [words[0] + words[1], *words[2:]]]:
        with pytest.raises(ValueError, match="checkpoint is that of another corpus"):
            trained(texts, checkpoint=tmp_path)
    # counts do not depend on the order: what was read is the same
    assert trained(swapped, checkpoint=tmp_path) == trained(words)
    with pytest.raises(ValueError, match="checkpoint is that of another corpus"):
        trained([*words, "more"], checkpoint=tmp_path)


def test_files_that_have_changed_are_named(words: list[str], tmp_path: pathlib.Path) -> None:
    paths = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for path in paths:
        path.write_text("".join(words[:40]), "utf-8")
    trained(Text(paths), checkpoint=tmp_path / "c")
    for texts, difference in [
        (Text(paths[:1]), r"it was .*b\.txt: .*; it is nothing"),
        (Text(paths[::-1]), r"it was .*a\.txt: .*; it is .*b\.txt: "),
        (words, "its corpus is files, this one is not"),
    ]:
        with pytest.raises(ValueError, match=difference):
            trained(texts, checkpoint=tmp_path / "c")
    os.utime(paths[1], (1, 1))
    with pytest.raises(ValueError, match=r"it is .*b\.txt: \d+ bytes, changed at 1\.0"):
        trained(Text(paths), checkpoint=tmp_path / "c")
    paths[0].write_text("shorter", "utf-8")
    with pytest.raises(ValueError, match=r"it was .*a\.txt: \d+ bytes, .*it is .*a\.txt: 7 bytes"):
        trained(Text(paths), checkpoint=tmp_path / "c")


@pytest.mark.parametrize("name", ["state", "pass-1.runs", "pass-2.runs"])
@pytest.mark.parametrize("how", ["flipped", "cut", "emptied"])
def test_a_damaged_file_is_never_used(words: list[str], tmp_path: pathlib.Path, name: str, how: str) -> None:
    trained(words, checkpoint=tmp_path)
    path = tmp_path / name
    content = bytearray(path.read_bytes())
    if how == "flipped":
        content[len(content) // 3] ^= 4
    path.write_bytes({"flipped": content, "cut": content[: len(content) // 2], "emptied": b""}[how])
    with pytest.raises(ValueError, match=r"checkpoint .*(damaged|shorter|missing).*remove the folder"):
        trained(words, checkpoint=tmp_path)


def test_another_version_is_refused(words: list[str], tmp_path: pathlib.Path) -> None:
    (tmp_path / "state").write_text("6b5e65b0a1d5e4f2\n{}")
    with pytest.raises(ValueError, match="damaged"):
        trained(words, checkpoint=tmp_path)


def test_a_corpus_that_changes_between_the_passes(words: list[str]) -> None:
    class Changes:
        passes = 0

        def __iter__(self) -> Iterator[str]:
            self.passes += 1
            # as many documents and bytes
            return iter([text.replace("e", "o") for text in words] if self.passes > 1 else words)

    with pytest.raises(ValueError, match="the corpus changed between the two passes .* and another content; pass"):
        trained(Changes())


def test_reports_are_those_of_one_training(words: list[str], tmp_path: pathlib.Path) -> None:
    with pytest.raises(ZeroDivisionError):
        trained(Stops(words, 200), checkpoint=tmp_path)
    trainer = bytepiece.Trainer(max_vocab_size=600, checkpoint=tmp_path)
    trainer.train(words)
    counts = collections.Counter({"documents": len(words), "bytes": sum(len(text.encode()) for text in words)})
    assert {name: trainer.report[name] for name in counts} == counts


def test_arguments_are_checked(tmp_path: pathlib.Path) -> None:
    with pytest.raises(TypeError, match="checkpoint must be a path"):
        bytepiece.Trainer(checkpoint=3)  # type: ignore[arg-type]
    for every in [-1, float("nan"), float("inf")]:
        with pytest.raises(ValueError, match="checkpoint_every must be a number of seconds, 0 or more"):
            bytepiece.Trainer(checkpoint=tmp_path, checkpoint_every=every)
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        trained(["abc"], checkpoint=tmp_path / "file")


def test_a_jsonl_corpus_with_other_text_beside_it(words: list[str], tmp_path: pathlib.Path) -> None:
    """Sources of which only some are files are known by their documents."""
    path = tmp_path / "half.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in words[:75]), "utf-8")
    with pytest.raises(ZeroDivisionError):
        trained({"files": Jsonl(path), "rest": Stops(words[75:], 40)}, checkpoint=tmp_path / "c")
    texts = {"files": Jsonl(path), "rest": words[75:]}
    assert trained(texts, checkpoint=tmp_path / "c") == trained(words)
