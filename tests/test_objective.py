"""What a vocabulary is to be good at: fewer tokens, a shorter code, a balance of domains; the arguments that say so, and progress."""

from __future__ import annotations

import collections
import itertools
import math
import os
import pathlib
import random
import signal
import subprocess
import sys
import textwrap
import time
from typing import Any

import pytest
from support import DEMO, read_jsonl

import bytepiece

STAGES = ["counting", "modelling", "segmenting", "pruning", "gathering", "refining"]


def trained(texts: Any, **options: Any) -> bytepiece.Trainer:
    trainer = bytepiece.Trainer(**{"max_vocab_size": 600, "threads": 2} | options)
    trainer.train(texts)
    return trainer


def pieces_of(texts: Any, **options: Any) -> set[bytes]:
    """The pieces of more than a byte."""
    return {piece for piece in trained(texts, **options).pieces[0] if len(piece) > 1}


# What they are better at


def measured(trainer: bytepiece.Trainer, texts: list[str], path: pathlib.Path) -> tuple[int, float]:
    """Tokens, and the bits of a code that knows the counts of the tokens of the text."""
    trainer.save(path)
    ids = collections.Counter(itertools.chain.from_iterable(bytepiece.Tokenizer(path).encode_batch(texts)))
    total = sum(ids.values())
    return total, -sum(count * math.log2(count / total) for count in ids.values())


def test_held_out_text_takes_fewer_tokens(some: list[str], tmp_path: pathlib.Path) -> None:
    held_out = list(read_jsonl(DEMO / "heldout.jsonl"))
    of = {
        objective: measured(trained(some, max_vocab_size=3000, objective=objective), held_out, tmp_path / "m")
        for objective in ("tokens", "entropy", "frequency")
    }
    assert of["tokens"][0] < 0.95 * of["frequency"][0]
    assert of["tokens"][0] < of["entropy"][0] < of["frequency"][0]
    assert of["entropy"][1] < of["frequency"][1]


def test_what_lives_in_one_document_is_no_piece(some: list[str]) -> None:
    def filled(text: str, number: int) -> str:
        return text + "\n" + f"{text[: number % 9]}abcdefgh\n"

    assert len(some) >= 40
    one = [some[0] + "qxzvjkwq" * 1000, *some[1:]]
    many = [filled(text, number) if number < 40 else text for number, text in enumerate(some)]
    everywhere = pieces_of(many, max_vocab_size=2000)
    assert any(b"abcdefgh" in piece for piece in everywhere)
    for size in (600, 2000):
        assert not any(b"qxzv" in piece or b"vjkw" in piece for piece in pieces_of(one, max_vocab_size=size))
    # with few documents nobody knows
    assert any(b"qxzv" in piece for piece in pieces_of(one[:31], max_vocab_size=2000))


def test_the_report_says_what_was_refined_on(some: list[str]) -> None:
    few, many = trained(some[:31]).report["refinement"], trained(some[:32]).report["refinement"]
    assert (few["blocks"], few["cross_document"]) == (31, False)
    assert (many["blocks"], many["cross_document"]) == (32, True)
    assert (many["share"], many["version"]) == (1.0, 1)
    assert many["bytes"] == sum(len(text.encode()) for text in some[:32])
    assert not trained(some, objective="frequency").report.get("refinement")


# Domains


def test_a_source_of_more_weight_takes_fewer_tokens(tmp_path: pathlib.Path) -> None:
    chance = random.Random(9)

    def texts(letters: str) -> list[str]:
        words = ["".join(chance.choices(letters, k=chance.randint(3, 7))) for _ in range(400)]
        return [" ".join(chance.choices(words, k=150)) for _ in range(60)]

    corpus = {"left": texts("abcdefgh"), "right": texts("rstuvwxy")}

    def tokens(weights: dict[str, float]) -> tuple[int, int]:
        trained(corpus, domain_weights=weights, cover_scripts=False).save(tmp_path / "m")
        tokenizer = bytepiece.Tokenizer(tmp_path / "m")
        left, right = (sum(map(len, tokenizer.encode_batch(part))) for part in corpus.values())
        return left, right

    left, alike, right = tokens({"left": 8}), tokens({}), tokens({"left": 1, "right": 8.0})
    assert left[0] < alike[0] < right[0] and left[1] > alike[1] > right[1]
    assert tokens({"left": 5, "right": 5}) == alike == tokens({"right": 1})


def test_a_source_that_is_not_there(some: list[str]) -> None:
    with pytest.raises(ValueError) as error:
        trained({"a": some[:5], "b": some[5:9]}, domain_weights={"c": 2})
    assert str(error.value) == ('domain_weights must be weights of sources that the texts have (a, b), not {"c": ...}')
    with pytest.raises(ValueError) as error:
        trained(some[:9], domain_weights={"c": 2})
    assert str(error.value) == (
        'domain_weights must be left out: the texts are of one source without a name, not {"c": ...}'
    )


@pytest.mark.parametrize("weight", [0, -1, 0.0, math.inf, math.nan])
def test_weights_that_are_none(weight: float) -> None:
    with pytest.raises(ValueError, match=r'domain_weights must be finite numbers over 0, not \{"a": '):
        bytepiece.Trainer(domain_weights={"a": weight})


# Bad arguments


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"objective": "speed"}, ValueError, 'objective must be "tokens" or "entropy" or "frequency", not \'speed\''),
        ({"objective": 3}, ValueError, 'objective must be "tokens" or "entropy" or "frequency", not 3'),
        ({"domain_weights": [1]}, TypeError, "domain_weights must be a dict of numbers by the names of sources, not "),
        ({"domain_weights": {"a": "b"}}, TypeError, r'domain_weights\["a"\] must be '),
        ({"domain_weights": {1: 1}}, TypeError, "domain_weights"),
        ({"cover_scripts": 1}, TypeError, "cover_scripts must be "),
        ({"strict": "yes"}, TypeError, "strict must be "),
        ({"compat": True, "objective": "tokens"}, ValueError, "objective must be left out with compat=True"),
        ({"compat": True, "strict": True}, ValueError, "strict must be left out with compat=True"),
        (
            {"objective": "frequency", "domain_weights": {"a": 1}},
            ValueError,
            'domain_weights must be left out with objective="frequency", which counts all text alike',
        ),
    ],
)
def test_bad_arguments(options: dict[str, Any], kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        bytepiece.Trainer(**options)


def test_attributes() -> None:
    trainer = bytepiece.Trainer()
    assert (trainer.objective, trainer.domain_weights, trainer.cover_scripts, trainer.strict) == (
        "tokens",
        {},
        True,
        False,
    )
    assert not trainer.ensure_unicode
    trainer.objective = "frequency"
    assert trainer.ensure_unicode and trainer.objective == "frequency"
    trainer.objective = "entropy"
    trainer.domain_weights = {"b": 2, "a": 0.5}
    assert (trainer.ensure_unicode, trainer.domain_weights) == (False, {"a": 0.5, "b": 2.0})
    assert bytepiece.Trainer(compat=True).objective == "frequency"


# Progress


@pytest.mark.parametrize(("objective", "stages"), [("tokens", 6), ("entropy", 6), ("frequency", 4)])
def test_stages_are_told(documents: list[str], objective: Any, stages: int) -> None:
    calls: list[tuple[str, int, int]] = []
    trained(documents, objective=objective, progress=lambda stage, number, of, *_: calls.append((stage, number, of)))
    names = STAGES[:stages]
    assert list(dict.fromkeys(calls)) == [(name, number, stages) for number, name in enumerate(names, 1)]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for a child on Windows")
def test_ctrl_c_is_heard_while_refining(tmp_path: pathlib.Path) -> None:
    code = """
        import bytepiece, os, random, signal
        signal.signal(signal.SIGINT, signal.default_int_handler)
        words = ["".join(random.choices("abcdefghij天地玄黄", k=5)) for _ in range(60_000)]
        texts = [" ".join(random.choices(words, k=300)) for _ in range(4000)]
        calls = []

        def show(stage, number, stages, done, total):
            if stage == "refining" and not calls:
                print("ready", flush=True)
                calls.append(stage)

        try:
            bytepiece.Trainer(order=3, max_vocab_size=30_000, threads=2, progress=show).train(texts)
        except KeyboardInterrupt:
            tasks = "/proc/self/task"
            print("interrupted", len(os.listdir(tasks)) if os.path.exists(tasks) else 1, flush=True)
    """
    arguments = [sys.executable, "-c", textwrap.dedent(code)]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        time.sleep(0.3)
        assert process.poll() is None, "it must still be at it"
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert (out, process.returncode) == ("interrupted 1\n", 0)
    assert list(tmp_path.iterdir()) == []
