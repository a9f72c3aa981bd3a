"""Scores, sums over all segmentations, entropies and n-best lists, against enumeration in Python and each other."""

from __future__ import annotations

import base64
import itertools
import json
import math
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import GOLDEN, adversarial_texts

import bytepiece

TOKENIZER = bytepiece.Tokenizer(GOLDEN / "small.model")
SCORES = {piece: score for piece, score in zip(list(TOKENIZER.get_vocab())[3:], TOKENIZER._scores(), strict=True)}
TEXTS = ["the set", "=====", "今今天天今", "a\n\n\nb", "1999", "the\nset\n\n\n", ""]
LONG = ["a" * 1_000_000, "the quick brown fox jumps over the lazy dog " * 20_000]


def segmentations(text: bytes) -> list[tuple[list[int], list[float]]]:
    """All segmentations of a text: the ids, and the score of each line."""
    paths: list[tuple[list[int], list[float]]] = [([], [])]
    for line in re.findall(rb".*\n+|.+", text):
        paths = [(ids + tail, [*lines, score]) for ids, lines in paths for tail, score in of_line(line)]
    return paths


def of_line(line: bytes) -> list[tuple[list[int], float]]:
    """All segmentations of a line, the scores added from left to right."""
    paths: list[list[tuple[list[int], float]]] = [[([], 0.0)]]
    for end in range(1, len(line) + 1):
        pieces = ((start, line[start:end]) for start in range(end) if line[start:end] in SCORES)
        found = [(i, TOKENIZER.piece_to_id(p), p) for i, p in pieces]
        paths.append([([*ids, id], score + SCORES[p]) for i, id, p in found for ids, score in paths[i]])
    return paths[-1]


def added(lines: list[float]) -> float:
    total = 0.0
    for score in lines:
        total += score
    return total


def test_the_vocabulary_here_is_that_of_the_file() -> None:
    model = json.loads((GOLDEN / "small.model").read_text("utf-8"))
    total = sum(value[-1] for value in model.values())
    expected = {base64.b64decode(key): math.log(value[-1] / total) for key, value in model.items()}
    assert SCORES.keys() == expected.keys()
    assert all(math.isclose(SCORES[piece], expected[piece], rel_tol=1e-12) for piece in SCORES)


@pytest.mark.parametrize("text", TEXTS)
def test_against_enumeration(text: str) -> None:
    scores = [added(lines) for _, lines in segmentations(text.encode())]
    assert TOKENIZER.score(text) == max(scores)
    total = math.log(math.fsum(map(math.exp, scores)))
    assert TOKENIZER.log_likelihood(text) == pytest.approx(total, rel=1e-13, abs=1e-13)
    for alpha in (0.0, 0.1, 1.0, 5.0, 30.0):
        weights = [math.exp(alpha * (score - max(scores))) for score in scores]
        shares = [weight / math.fsum(weights) for weight in weights]
        entropy = math.fsum(-p * math.log(p) for p in shares if p > 0)
        assert TOKENIZER.entropy(text, alpha=alpha) == pytest.approx(entropy, rel=1e-11, abs=1e-13)
    assert TOKENIZER.entropy(text) == TOKENIZER.entropy(text, alpha=1)


@pytest.mark.parametrize("n", [1, 2, 7, 1024])
@pytest.mark.parametrize("text", TEXTS)
def test_nbest_against_enumeration(text: str, n: int) -> None:
    every = [(ids, added(lines)) for ids, lines in segmentations(text.encode())]
    best = TOKENIZER.nbest(text, n)
    assert [score for _, score in best] == sorted((score for _, score in every), reverse=True)[:n]
    assert best[0] == (TOKENIZER.encode(text), TOKENIZER.score(text))
    assert all(pair in every for pair in best)
    assert len({tuple(ids) for ids, _ in best}) == len(best) == min(n, len(every))


@pytest.mark.parametrize("text", adversarial_texts().values(), ids=adversarial_texts().keys())
def test_awkward_texts(text: bytes) -> None:
    score, total = TOKENIZER.score(text), TOKENIZER.log_likelihood(text)
    best = TOKENIZER.nbest(text, 4)
    assert best[0] == (TOKENIZER.encode(text), score)
    assert len({tuple(ids) for ids, _ in best}) == len(best)
    assert len({TOKENIZER.decode_bytes(ids) for ids, _ in best}) == 1
    assert [score for _, score in best] == sorted((score for _, score in best), reverse=True)
    assert 0 >= total >= score - 1e-11 * abs(score)
    assert TOKENIZER.entropy(text) >= (total - score) * (1 - 1e-9) - 1e-9  # no surprise is less than the best path's


@given(st.text(alphabet="thesat \n=今天e\u0301", max_size=60), st.integers(1, 6))
def test_texts_at_random(text: str, n: int) -> None:
    best = TOKENIZER.nbest(text, n)
    assert best[0] == (TOKENIZER.encode(text), TOKENIZER.score(text))
    assert best == TOKENIZER.nbest(text, n + 1)[:n]
    for ids, score in best:
        lines = re.findall(rb".*\n+|.+", b"".join(pieces(ids)))
        ends = list(itertools.accumulate(map(len, lines)))
        sums, at = [0.0] * len(lines), 0
        for piece in pieces(ids):
            line = next(i for i, end in enumerate(ends) if at < end)
            sums[line] += SCORES[piece]
            at += len(piece)
        assert score == added(sums)
    assert TOKENIZER.log_likelihood(text) >= TOKENIZER.score(text) - 1e-11 * abs(TOKENIZER.score(text))
    assert TOKENIZER.entropy(text) >= 0


def pieces(ids: list[int]) -> list[bytes]:
    return [piece for piece in TOKENIZER.ids_to_pieces(ids) if isinstance(piece, bytes)]


@pytest.mark.parametrize("text", LONG, ids=["one letter", "words"])
def test_lines_of_a_megabyte(text: str) -> None:
    score, total = TOKENIZER.score(text), TOKENIZER.log_likelihood(text)
    assert total >= score - 1e-9 * abs(score)
    entropies = [TOKENIZER.entropy(text, alpha=alpha) for alpha in (0.1, 1, 3)]
    assert entropies[0] > entropies[1] > entropies[2] > 0
    # twice as long a text has twice the logarithm, but for what happens where the two meet
    half = TOKENIZER.log_likelihood(text[: len(text) // 2])
    assert abs(total - 2 * half) < 20
    assert entropies[1] >= total - score - 1e-9 * abs(score)


def test_nbest_of_100_kilobytes() -> None:
    for text in ("the quick brown fox " * 5_000, "the quick brown fox\n" * 5_000):
        best = TOKENIZER.nbest(text, 5)
        assert best[0] == (TOKENIZER.encode(text), TOKENIZER.score(text))
        assert len({tuple(ids) for ids, _ in best}) == 5
        assert all(TOKENIZER.decode(ids) == text for ids, _ in best)


def test_bytes_and_str_are_alike_and_text_is_normalized() -> None:
    for call in (TOKENIZER.score, TOKENIZER.log_likelihood, TOKENIZER.entropy, lambda text: TOKENIZER.nbest(text, 3)):
        assert call("cafe\u0301 天") == call("caf\u00e9 天".encode())
        assert call(b"\xff\xfe") == call(b"\xff\xfe")


def test_an_empty_text() -> None:
    assert (TOKENIZER.score(""), TOKENIZER.log_likelihood(""), TOKENIZER.entropy("")) == (0.0, 0.0, 0.0)
    assert TOKENIZER.nbest("", 5) == [([], 0.0)]


CALLS: list[Callable[[Any], object]] = [
    TOKENIZER.score,
    TOKENIZER.log_likelihood,
    TOKENIZER.entropy,
    lambda text: TOKENIZER.nbest(text, 2),
]


@pytest.mark.parametrize("call", CALLS)
def test_what_is_no_text(call: Callable[[Any], object]) -> None:
    with pytest.raises(TypeError, match="^text must be str or bytes, not list$"):
        call(["a"])
    with pytest.raises(TypeError, match="^text must be str or bytes, not NoneType$"):
        call(None)
    with pytest.raises(ValueError, match=r"^text has the lone surrogate U\+D800 at character 1"):
        call("a\ud800")


@pytest.mark.parametrize("n", [0, -3, 1025, 10**30])
def test_n_out_of_range(n: int) -> None:
    with pytest.raises(ValueError, match=f"^n must be 1 to 1024, not {n}$"):
        TOKENIZER.nbest("a", n)


def test_n_too_large_for_the_text_or_no_number() -> None:
    expected = r"^n must be at most 67 for a text of 1000000 bytes \(n times bytes is at most 67108864\), not 100$"
    with pytest.raises(ValueError, match=expected):
        TOKENIZER.nbest("a" * 1_000_000, 100)
    with pytest.raises(ValueError, match="^text must be at most 67108864 bytes long for nbest, not 67108865$"):
        TOKENIZER.nbest(b"a" * (2**26 + 1), 1)
    for wrong in (1.5, "2", None, True):
        with pytest.raises(TypeError, match=f"^n must be an int, not {type(wrong).__name__}$"):
            TOKENIZER.nbest("a", wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("alpha", [-1, -1e-9, math.nan, math.inf, 1e291])
def test_alpha_that_is_no_exponent_of_a_distribution(alpha: float) -> None:
    with pytest.raises(ValueError, match="^alpha must be a number from 0 to 1e290, not (-1.0|-1e-9|NaN|inf|1e291)$"):
        TOKENIZER.entropy("a", alpha=alpha)


def test_alpha_that_is_no_number() -> None:
    with pytest.raises(TypeError, match="^alpha must be a number, not str$"):
        TOKENIZER.entropy("a", alpha="1")  # type: ignore[arg-type]
