"""Sampling draws a segmentation with probability proportional to exp(alpha x the sum of its scores), exactly."""

from __future__ import annotations

import collections
import math
import re

import pytest
from support import GOLDEN

import bytepiece

DRAWS = 50_000
SEED = 20240607
TEXTS = ["the set", "=====", "今今天天今", "a\n\n\nb", "1999"]


@pytest.fixture(scope="module")
def tokenizer() -> bytepiece.Tokenizer:
    return bytepiece.Tokenizer(GOLDEN / "small.model")


@pytest.fixture(scope="module")
def scores() -> dict[bytes, float]:
    """ln of the share of each piece, from the file itself."""
    import base64
    import json

    model = json.loads((GOLDEN / "small.model").read_text("utf-8"))
    total = sum(value[-1] for value in model.values())
    return {base64.b64decode(key): math.log(value[-1] / total) for key, value in model.items()}


def enumerated(text: bytes, scores: dict[bytes, float], alpha: float) -> dict[tuple[bytes, ...], float]:
    """The probability of each segmentation, by listing them all, segment by segment."""
    paths: list[tuple[bytes, ...]] = [()]
    for segment in re.findall(rb".*\n+|.+", text):
        paths = [path + tail for path in paths for tail in segmentations(segment, scores)]
    weights = {path: math.exp(alpha * sum(scores[piece] for piece in path)) for path in paths}
    total = sum(weights.values())
    return {path: weight / total for path, weight in weights.items()}


def segmentations(segment: bytes, scores: dict[bytes, float]) -> list[tuple[bytes, ...]]:
    if not segment:
        return [()]
    heads = (segment[:end] for end in range(1, len(segment) + 1))
    return [(head, *tail) for head in heads if head in scores for tail in segmentations(segment[len(head) :], scores)]


@pytest.mark.parametrize("alpha", [0.0, 0.1, 1.0, 5.0, 9.0])
@pytest.mark.parametrize("text", TEXTS)
def test_draws_follow_the_distribution(
    text: str, alpha: float, tokenizer: bytepiece.Tokenizer, scores: dict[bytes, float]
) -> None:
    expected = enumerated(text.encode(), scores, alpha)
    assert len(expected) > 3
    drawn = tokenizer.encode_batch([text] * DRAWS, alpha=alpha, seed=SEED)
    counts = collections.Counter(tuple(tokenizer.ids_to_pieces(ids)) for ids in drawn)
    assert set(counts) <= set(expected)
    # Of a true sample the mean is at most half the sum of the standard deviations (Jensen), and since one draw moves it
    # by at most 1/DRAWS, it exceeds its mean by `slack` once in a million times (McDiarmid).
    variation = sum(abs(counts[path] / DRAWS - p) for path, p in expected.items()) / 2
    noise = sum(math.sqrt(p * (1 - p) / DRAWS) for p in expected.values()) / 2
    slack = math.sqrt(math.log(1e6) / (2 * DRAWS))
    assert variation < noise + slack, f"seed {SEED}: {variation} from the distribution where noise gives {noise}"
    assert chi_square_z(counts, expected) < 5, f"seed {SEED}"


def chi_square_z(counts: collections.Counter[tuple[bytes, ...]], expected: dict[tuple[bytes, ...], float]) -> float:
    """Wilson and Hilferty's normal deviate of chi-square; outcomes expected under 10 times are taken together."""
    cells = [[counts[path], p * DRAWS] for path, p in expected.items()]
    rare = [cell for cell in cells if cell[1] < 10]
    cells = [cell for cell in cells if cell[1] >= 10]
    if rare:
        cells.append([sum(cell[0] for cell in rare), sum(cell[1] for cell in rare)])
    freedom = max(len(cells) - 1, 1)
    statistic = sum((observed - mean) ** 2 / mean for observed, mean in cells if mean > 0)
    return float(((statistic / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / math.sqrt(2 / (9 * freedom)))


def test_a_large_alpha_gives_the_best_path(tokenizer: bytepiece.Tokenizer) -> None:
    text = "the quick brown fox"
    assert tokenizer.encode_batch([text] * 50, alpha=200.0, seed=SEED) == [tokenizer.encode(text)] * 50


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_seed_and_index_decide_not_the_thread(threads: int, tokenizer: bytepiece.Tokenizer) -> None:
    texts = [f"number {i} 今天天气不错" for i in range(200)]
    expected = tokenizer.encode_batch(texts, alpha=0.5, seed=SEED, threads=1)
    assert tokenizer.encode_batch(texts, alpha=0.5, seed=SEED, threads=threads) == expected
    assert tokenizer.encode_batch(texts[50:], alpha=0.5, seed=SEED, first_index=50, threads=threads) == expected[50:]
    assert tokenizer.encode_batch(texts, alpha=0.5, seed=SEED + 1, threads=threads) != expected


def test_single_calls_repeat_after_set_seed(tokenizer: bytepiece.Tokenizer) -> None:
    text = "the quick brown fox jumps over the lazy dog"
    tokenizer.set_seed(SEED)
    first = [tokenizer.encode(text, alpha=0.2) for _ in range(20)]
    tokenizer.set_seed(SEED)
    assert [tokenizer.encode(text, alpha=0.2) for _ in range(20)] == first
    assert len({tuple(ids) for ids in first}) > 10


@pytest.mark.parametrize("alpha", [0, 0.5, 20])
def test_single_calls_iterators_and_batches_draw_the_same(alpha: float, tokenizer: bytepiece.Tokenizer) -> None:
    texts = ["the set\nthe set\n\ne\u0301 the set", "", "今天天气\n" * 50, "the quick brown fox " * 3000]
    tokenizer.set_seed(SEED)
    single = [tokenizer.encode(text, alpha=alpha) for text in texts]
    tokenizer.set_seed(SEED)
    assert [list(tokenizer.encode(text, alpha=alpha, iter=True)) for text in texts] == single
    for threads in (1, 2):
        assert tokenizer.encode_batch(texts, alpha=alpha, seed=SEED, threads=threads) == single


def test_little_text_and_much_draw_the_same() -> None:
    """The first sample of a fresh tokenizer computes its weights one by one, later ones have a table."""
    text = "the quick brown fox"
    fresh = bytepiece.Tokenizer(GOLDEN / "small.model").encode_batch([text], alpha=0.3, seed=SEED)
    warm = bytepiece.Tokenizer(GOLDEN / "small.model")
    warm.encode_batch([text * 10_000], alpha=0.3)
    assert warm.encode_batch([text], alpha=0.3, seed=SEED) == fresh


def test_each_line_draws_on_its_own(tokenizer: bytepiece.Tokenizer) -> None:
    line = "the set 今天今天今 1999 =====\n"
    ids = tokenizer.encode_batch([line * 20], alpha=0, seed=SEED)[0]
    lines = tokenizer.decode_bytes(ids).split(b"\n")
    assert lines == [line.strip().encode()] * 20 + [b""]
    newline = tokenizer.piece_to_id("\n")
    drawn, row = set(), []
    for id in ids:
        row.append(id)
        if id == newline or tokenizer.id_to_piece(id).endswith(b"\n"):  # type: ignore[arg-type]
            drawn.add(tuple(row))
            row = []
    assert len(drawn) > 10


@pytest.mark.parametrize("alpha", [0.0, 0.1, 1.0, 5.0, 1e6])
def test_a_line_of_a_megabyte(alpha: float, tokenizer: bytepiece.Tokenizer) -> None:
    """The mean score of the pieces drawn is the derivative of ln Z, which for so long a line is hardly off by chance."""
    text = "the quick brown fox jumps over the lazy dog " * 24_000
    ids = tokenizer.encode_batch([text], alpha=alpha, seed=SEED)[0]
    assert tokenizer.decode(ids) == text
    table = tokenizer._scores()
    drawn = math.fsum(table[id - 3] for id in ids)
    best = tokenizer.score(text)
    assert drawn <= best * (1 - 1e-9)
    if alpha == 1e6:
        assert drawn == pytest.approx(best, rel=1e-9)
    if alpha == 1.0:  # ln Z = entropy + mean score
        expected = tokenizer.log_likelihood(text) - tokenizer.entropy(text)
        assert drawn == pytest.approx(expected, rel=2e-3)
        assert drawn != pytest.approx(best, rel=2e-3)
