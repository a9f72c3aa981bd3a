"""The refinement of vocabularies: the same bytes whatever the machine does, what holds in them, and what they are better at."""

from __future__ import annotations

import json
import logging
import pathlib
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
import reference
from support import DEMO, GOLDEN, GRID, NO_SHARED, SHARED, read_jsonl, sha256

import bytepiece
from bytepiece.corpus import Documents, Jsonl, Parallel, Text

STAGES = ["counting", "modelling", "segmenting", "pruning", "gathering", "refining"]
OBJECTIVES = ["tokens", "entropy"]


def trained(texts: Any, **options: Any) -> bytepiece.Trainer:
    trainer = bytepiece.Trainer(**{"max_vocab_size": 600, "threads": 2} | options)
    trainer.train(texts)
    return trainer


def saved(texts: Any, path: pathlib.Path, **options: Any) -> bytes:
    """The bytes of the model."""
    trained(texts, **options).save(path)
    return path.read_bytes()


def pieces_of(texts: Any, **options: Any) -> set[bytes]:
    """The pieces of more than a byte."""
    return {piece for piece in trained(texts, **options).pieces[0] if len(piece) > 1}


@pytest.fixture(scope="session")
def expected(some: list[str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The models of one thread in plenty of memory, by objective."""
    path = tmp_path_factory.mktemp("expected") / "model"
    options: dict[str, Any] = {"threads": 1, "memory_limit": "2GB"}
    return {objective: saved(some, path, objective=objective, **options) for objective in OBJECTIVES}


# The same bytes


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("threads", [2, 3])
def test_threads_and_memory_change_nothing(
    some: list[str], expected: dict[str, bytes], tmp_path: pathlib.Path, objective: str, threads: int
) -> None:
    with pytest.raises(ValueError, match="at least") as error:
        trained(some, threads=threads, memory_limit=1000)
    least = int(str(error.value).split("at least ")[1].split(";")[0])
    for limit in (least + (4 << 20), "1GB"):  # that much for the model
        model = saved(some, tmp_path / "m", objective=objective, threads=threads, memory_limit=limit)
        assert model == expected[objective]


def test_readers_and_orders_change_nothing(some: list[str], expected: dict[str, bytes], tmp_path: pathlib.Path) -> None:
    paths = []
    for number, text in enumerate(some):
        paths.append(tmp_path / f"{number}.txt")
        paths[-1].write_bytes(text.encode())
    (tmp_path / "all.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in some), "utf-8")
    shuffled = random.Random(3).sample(some, len(some))
    empty_too = [part for text in some for part in ("", text)]
    corpora: list[Any] = [
        [text.encode() for text in some],
        shuffled,
        empty_too,
        Documents(some),
        Text(paths),
        Jsonl(tmp_path / "all.jsonl"),
        Parallel(Text(paths), workers=2, ordered=False),
        iter(some),
    ]
    for corpus in corpora:
        assert saved(corpus, tmp_path / "m") == expected["tokens"]


def test_long_documents_are_the_same_from_every_reader(tmp_path: pathlib.Path) -> None:
    """They come in parts of different lengths, and are cut into blocks all the same."""
    chance = random.Random(4)
    words = ["".join(chance.choices("abcdefgh天地玄黄 0123456789", k=4)) for _ in range(500)]
    texts = [mark.join(chance.choices(words, k=250_000)) for mark in ("", "\n")]
    paths = [tmp_path / "0.txt", tmp_path / "1.txt"]
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(text.encode())
    for digits in ("free", "single"):
        one = trained(texts, digits=digits, order=2)
        assert one.pieces == trained(Text(paths), digits=digits, order=2, threads=3).pieces
        assert one.pieces == trained(texts[::-1], digits=digits, order=2).pieces
        assert one.report["refinement"]["blocks"] >= sum(len(text.encode()) for text in texts) >> 18


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


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_training_goes_on_after_an_exception(
    some: list[str], expected: dict[str, bytes], tmp_path: pathlib.Path, objective: str
) -> None:
    options: dict[str, Any] = {"checkpoint": tmp_path / "c", "checkpoint_every": 0, "objective": objective}
    for share in (0.5, 1.5, 2.5):
        with pytest.raises(ZeroDivisionError):
            trained(Stops(some, int(len(some) * share)), **options)

    def stop(stage: str, *_: object) -> None:
        if stage == "refining":
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        trained(some, progress=stop, **options)
    assert saved(some, tmp_path / "m", **options) == expected[objective]
    # and when it is over
    assert saved(some, tmp_path / "m", **options) == expected[objective]


def test_an_objective_of_the_same_pieces_takes_up_a_checkpoint(some: list[str], tmp_path: pathlib.Path) -> None:
    trained(some, checkpoint=tmp_path)
    resumed = trained(some, objective="entropy", checkpoint=tmp_path)
    assert resumed.pieces == trained(some, objective="entropy").pieces
    with pytest.raises(ValueError, match="ensure_unicode is false there and true here"):
        trained(some, objective="frequency", checkpoint=tmp_path)


def test_frequency_gives_the_bytes_it_always_gave(tmp_path: pathlib.Path) -> None:
    recorded = json.loads((GOLDEN / "default.json").read_text("utf-8"))["cases"]
    documents = list(read_jsonl(GOLDEN / "corpus.jsonl"))
    cases = [case for case in GRID if case.name in recorded]
    assert len(cases) > 10
    for case in cases[::3]:
        trained(documents, **case.arguments(), objective="frequency").save(tmp_path / "model")
        hashes = {path.name: sha256(path) for path in case.files(tmp_path / "model")}
        assert hashes == recorded[case.name], case.name
    assert trained(documents, objective="frequency", compat=True).pieces == trained(documents, compat=True).pieces


# Sizes


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"max_vocab_size": 259},
        {"max_vocab_size": 260},
        {"max_vocab_size": 300, "order": 1},
        {"max_vocab_size": 5000, "order": 12},
        {"special_tokens": ["<a>", "<b>"], "reserved_tokens": 7},
        {"max_vocab_size": 1023, "multiple_of": 64, "special_tokens": ["<a>"]},
        {"min_count": 50},
        {"max_vocab_size": 1000, "forbidden": " ", "ensure_unicode": True},
    ],
)
def test_the_size_is_exact(some: list[str], tmp_path: pathlib.Path, objective: str, options: dict[str, Any]) -> None:
    trainer = trained(some, objective=objective, **options)
    size = options.get("max_vocab_size", 600)
    wanted = size - size % options.get("multiple_of", 1)
    trainer.save(tmp_path / "m")
    assert bytepiece.Tokenizer(tmp_path / "m").vocab_size == wanted
    assert trainer.report["vocabulary_sizes"] == [wanted]
    others = 3 + len(options.get("special_tokens", [])) + options.get("reserved_tokens", 0)
    assert len(trainer.pieces[0]) == wanted - others


def test_a_list_of_sizes(some: list[str]) -> None:
    trainer = trained(some, max_vocab_size=[400, 2000, 259])
    assert [len(pieces) + 3 for pieces in trainer.pieces] == [2000, 400, 259]
    assert trainer.report["vocabulary_sizes"] == [2000, 400, 259]
    assert trainer.pieces[0] == trained(some, max_vocab_size=2000).pieces[0]
    assert trainer.pieces == trained(some, max_vocab_size=[2000, 400, 259], threads=1).pieces


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_too_little_text(objective: str, caplog: pytest.LogCaptureFixture) -> None:
    options: dict[str, Any] = {"objective": objective, "cover_scripts": False, "max_vocab_size": 5000}
    texts = ["some words and some more words\n"] * 3
    with caplog.at_level(logging.WARNING, "bytepiece.train"):
        trainer = trained(texts, **options)
    possible = len(trainer.pieces[0])
    assert 256 < possible < 600
    assert caplog.messages == [
        f"the text has too few pieces for max_vocab_size: 4997 were asked for, {possible} are possible; pass more text, "
        "or a smaller size"
    ]
    with pytest.raises(ValueError) as error:
        trained(texts, strict=True, **options)
    assert str(error.value) == (
        f"the text has too few pieces for this max_vocab_size: 4997 were asked for, {possible} are possible; train on "
        "more text, ask for a smaller size, or leave strict=True out to take the smaller vocabulary"
    )
    caplog.clear()
    exact = trained(texts, strict=True, **options | {"max_vocab_size": possible + 3})
    assert len(exact.pieces[0]) == possible and not caplog.messages


# What holds in every vocabulary


@pytest.mark.skipif(not (SHARED / "tools" / "reference-env").exists(), reason=NO_SHARED)
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_model_is_one_of_0_6_3(expected: dict[str, bytes], tmp_path: pathlib.Path, objective: str) -> None:
    (tmp_path / "m").write_bytes(expected[objective])
    texts = reference.clean(list(read_jsonl(DEMO / "heldout.jsonl"))[::6])
    ids = reference.encode(tmp_path / "m", [text.encode() for text in texts])
    assert bytepiece.Tokenizer(tmp_path / "m").encode_batch(texts) == ids


@pytest.mark.parametrize("objective", OBJECTIVES)
class TestRules:
    def test_lengths(self, some: list[str], objective: str) -> None:
        lengths = [max(map(len, pieces_of(some, objective=objective, max_piece_length=most))) for most in (2, 5, 36)]
        assert lengths[:2] == [2, 5] and 5 < lengths[2] <= 36
        assert pieces_of(some, objective=objective, max_piece_length=1) == set()

    def test_whole_characters(self, some: list[str], objective: str) -> None:
        def whole(piece: bytes) -> bool:
            return piece.decode("utf-8", "replace").encode() == piece

        assert all(map(whole, pieces_of(some, objective=objective, ensure_unicode=True, max_vocab_size=1500)))
        assert not all(map(whole, pieces_of(some, objective=objective, ensure_unicode=False, max_vocab_size=1500)))
        assert pieces_of(some, objective=objective) == pieces_of(some, objective=objective, ensure_unicode=False)

    def test_digits_and_words(self, objective: str) -> None:
        chance = random.Random(1)
        texts = [" ".join(f"it can't be {chance.randrange(10**6)}" for _ in range(20)) for _ in range(60)]
        options: dict[str, Any] = {"objective": objective, "cover_scripts": False}
        assert any(re.search(rb"\d{4}|\d .|[a-z] [a-z]", piece) for piece in pieces_of(texts, **options))
        assert not any(re.search(rb"\d", piece) for piece in pieces_of(texts, digits="single", **options))
        groups = pieces_of(texts, digits="groups", **options)
        assert all(re.fullmatch(rb"\d{1,3}|\D+", piece) for piece in groups) and any(map(bytes.isdigit, groups))
        words = pieces_of(texts, cross_words=False, **options)
        assert all(re.fullmatch(rb" *[a-z']*| *\d*", piece) for piece in words) and b" can't" in words

    def test_required_and_forbidden(self, some: list[str], objective: str) -> None:
        required = ["no such word", "天地", "zzzz"]
        assert {piece.encode() for piece in required} <= pieces_of(some, objective=objective, required_pieces=required)
        assert any(b" " in piece for piece in pieces_of(some, objective=objective))
        assert not any(b" " in piece for piece in pieces_of(some, objective=objective, forbidden=" "))
        held = pieces_of(some, objective=objective, forbidden=lambda piece: len(piece) > 3, ensure_unicode=True)
        assert max(map(len, held)) == 3

    def test_no_piece_goes_on_behind_a_line(self, objective: str) -> None:
        texts = [f"alpha\n\nbeta\ngamma\n{number % 7}\n" for number in range(400)]
        pieces = pieces_of(texts, objective=objective, cover_scripts=False)
        assert any(b"\n" in piece for piece in pieces)
        assert not any(re.search(rb"\n[^\n]", piece) for piece in pieces)

    def test_the_least_count(self, objective: str) -> None:
        texts = ["frequent words"] * 90 + ["rare one"] * 3
        options: dict[str, Any] = {"objective": objective, "cover_scripts": False}
        assert any(b"rare" in piece for piece in pieces_of(texts, **options))
        assert not any(b"rar" in piece for piece in pieces_of(texts, min_count=4, **options))


def test_characters_come_from_the_text_and_scripts_from_unicode() -> None:
    texts = ["plain English text, and some more of it. " * 50] * 50
    bare = pieces_of(texts, cover_scripts=False)
    assert all(map(bytes.isascii, bare)) and bare
    covered = [piece for piece in pieces_of(texts) if not piece.isascii()]
    assert b"\xe4\xb8" in covered  # 64 ideographs begin with it
    assert all(len(piece) < 4 for piece in covered)
