"""What `Trainer` is told and gives back; the models themselves are compared in test_golden and test_reference."""

from __future__ import annotations

import collections
import gc
import json
import pathlib
import types
import weakref
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bytepiece
from bytepiece.corpus import Jsonl, Text


def trained(texts: Any, **options: Any) -> bytepiece.Trainer:
    trainer = bytepiece.Trainer(**{"order": 3, "max_vocab_size": 400, "min_count": 1} | options)
    trainer.train(texts)
    return trainer


def test_attributes_are_those_of_0_6_3() -> None:
    trainer = bytepiece.Trainer()
    assert (trainer.order, trainer.max_vocab_size, trainer.max_piece_length, trainer.min_count) == (6, [10000], 36, 2)
    assert (trainer.isolate_digits, trainer.ensure_unicode, trainer.compat) == (False, False, False)
    assert (trainer.objective, bytepiece.Trainer(compat=True).objective) == ("tokens", "frequency")
    # 0.6.3's default, where its objective is asked for
    assert bytepiece.Trainer(compat=True).ensure_unicode and bytepiece.Trainer(objective="frequency").ensure_unicode
    trainer = bytepiece.Trainer(4, [300, np.int32(500), 400], 18, 3, True, False, compat=True)
    assert (trainer.order, trainer.max_vocab_size, trainer.max_piece_length) == (4, [500, 400, 300], 18)
    assert (trainer.min_count, trainer.isolate_digits, trainer.ensure_unicode, trainer.compat) == (3, True, False, True)


def test_attributes_can_be_set_within_their_ranges() -> None:
    trainer = bytepiece.Trainer()
    trainer.order, trainer.max_vocab_size, trainer.min_count = 2, [300, 400], 1
    assert (trainer.order, trainer.max_vocab_size, trainer.min_count) == (2, [400, 300], 1)
    with pytest.raises(ValueError, match="order must be 1 to 16, not 17"):
        trainer.order = 17
    with pytest.raises(TypeError, match="ensure_unicode"):
        trainer.ensure_unicode = 1  # type: ignore[assignment]
    assert trainer.order == 2


def test_every_kind_of_corpus_gives_the_same_model(documents: list[str], tmp_path: pathlib.Path) -> None:
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps({"t": text}) + "\n" for text in documents), "utf-8")
    files = []
    for number, text in enumerate(documents):
        files.append(tmp_path / f"{number}.txt")
        files[-1].write_bytes(text.encode())

    class Iterable:
        def __iter__(self) -> Any:
            return iter(documents)

    half = len(documents) // 2
    expected = trained(documents).pieces
    assert trained([text.encode() for text in documents]).pieces == expected
    assert trained(tuple(documents), threads=3).pieces == expected
    assert trained(Iterable()).pieces == expected
    assert trained(text for text in documents).pieces == expected
    assert trained(map(str.encode, documents)).pieces == expected
    assert trained(Jsonl(tmp_path / "rows.jsonl", field="t")).pieces == expected
    assert trained(Text(files)).pieces == expected
    assert trained({"zh": documents[:half], "en": iter(documents[half:])}).pieces == expected
    assert trained({"files": Text(files[:half]), "rest": documents[half:]}).pieces == expected


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.binary(max_size=30), min_size=1),
    st.data(),
)
def test_neither_threads_nor_the_order_of_documents_matter(texts: list[str | bytes], data: st.DataObject) -> None:
    if not any(texts):
        return
    shuffled = data.draw(st.permutations(texts))
    assert trained(texts, threads=1).pieces == trained(shuffled, threads=3).pieces


@pytest.mark.parametrize("wrap", [types.MappingProxyType, collections.UserDict, collections.OrderedDict])
def test_any_mapping_names_sources(wrap: Any, documents: list[str]) -> None:
    """And is not read as a list of its names."""
    assert trained(wrap({"a": documents[:3], "b": documents[3:]})).pieces == trained(documents).pieces


def test_a_long_document_is_trained_as_a_whole() -> None:
    """Several parts of a megabyte, cut inside characters."""
    text = "天地玄黄宇宙洪荒日月盈昃辰宿列张" * 70_000
    assert trained([text]).pieces == trained([text.encode()], threads=1).pieces
    assert len(text.encode()) > 3 << 20


def test_several_sizes_are_saved_by_size(documents: list[str], tmp_path: pathlib.Path) -> None:
    trainer = trained(documents, max_vocab_size=[300, 600])
    trainer.save(tmp_path / "m")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.300", "m.600"]
    for size, pieces in zip([600, 300], trainer.pieces, strict=True):
        vocabulary = bytepiece.Tokenizer(tmp_path / f"m.{size}").get_vocab()
        assert set(vocabulary) - {"<pad>", "<bos>", "<eos>"} == set(pieces)
        assert len(vocabulary) <= size
    trainer.max_vocab_size = 300  # of the next training
    trainer.save(str(tmp_path / "n"))
    assert (tmp_path / "n.600").exists()


def test_training_again_begins_anew(documents: list[str], tmp_path: pathlib.Path) -> None:
    trainer = trained(["something else entirely"])
    first = trainer.pieces
    trainer.train(documents, 2, 10)
    assert trainer.pieces == trained(documents).pieces != first
    trainer.save(tmp_path / "m")
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_a_failed_training_leaves_the_one_before(documents: list[str]) -> None:
    trainer = trained(documents)
    before = trainer.pieces
    with pytest.raises(ValueError, match="empty"):
        trainer.train([])
    assert trainer.pieces == before


def test_progress_tells_every_stage(documents: list[str]) -> None:
    calls: list[tuple[str, int, int, int, int | None]] = []
    trained(documents, progress=lambda *call: calls.append(call))
    stages = {(number, stage) for stage, number, *_ in calls}
    assert sorted(stages) == [(1, "counting"), (2, "modelling"), (3, "segmenting"), (4, "pruning"), (5, "gathering"), (6, "refining")]
    assert {stages for _, _, stages, _, _ in calls} == {6}
    size = sum(len(text.encode()) for text in documents)
    assert ("counting", 1, 6, size, None) in calls
    assert ("segmenting", 3, 6, size, size) in calls
    assert [number for _, number, *_ in calls] == sorted(number for _, number, *_ in calls)


def test_progress_can_use_the_trainer_and_stop_it(documents: list[str]) -> None:
    trainer = bytepiece.Trainer(progress=lambda stage, *_: trainer.order if stage == "counting" else 1 / 0)
    with pytest.raises(ZeroDivisionError):
        trainer.train(documents)
    with pytest.raises(RuntimeError, match="train"):
        _ = trainer.pieces


def test_progress_is_silent_where_there_is_no_terminal(documents: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    trained(documents, progress=True)
    assert "1/6 counting: " in capfd.readouterr().err
    trained(documents, progress=None)
    trained(documents, progress=False)
    assert capfd.readouterr() == ("", "")


def test_a_subclass_may_have_a_constructor_of_its_own() -> None:
    class Mine(bytepiece.Trainer):
        def __init__(self, size: int) -> None:
            super().__init__(max_vocab_size=size)

    assert Mine(500).max_vocab_size == [500]
    with pytest.raises(RuntimeError, match="__init__ was not called"):
        Mine.__new__(Mine).train(["a"])


def test_counts_of_others_make_a_model(tmp_path: pathlib.Path) -> None:
    bytepiece.convert_to_bytepiece({"天地": 50, b"ab": 40, "a": 100, b"abab": 1}, tmp_path / "m")
    vocabulary = bytepiece.Tokenizer(tmp_path / "m").get_vocab()
    assert {"天地".encode(), b"ab", b"\xff"} <= set(vocabulary)
    assert b"abab" not in vocabulary  # ab + ab is more probable


def test_a_function_that_holds_its_trainer_is_collected() -> None:
    """The two were kept for ever."""

    class Program:
        def __init__(self) -> None:
            self.trainer = bytepiece.Trainer(progress=self.show)

        def show(self, *_: object) -> None:
            pass

    gone = weakref.ref(Program())
    gc.collect()
    assert gone() is None


def test_a_progress_function_that_trains_without_end_is_an_error() -> None:
    trainer: bytepiece.Trainer

    def show(*_: object) -> None:
        trainer.train(["again"])

    trainer = bytepiece.Trainer(progress=show, threads=1)
    with pytest.raises(RecursionError, match="from inside of train"):
        trainer.train(["again"])
