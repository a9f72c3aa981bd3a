"""The plots of the page."""

from __future__ import annotations

from collections.abc import Sequence

from bytepiece.evaluation._result import Estimate, Evaluation, Measures
from bytepiece.evaluation._table import percent
from bytepiece.evaluation.report._html import element, escape
from bytepiece.evaluation.report._svg import Scale, curve, dot, frame, line, picture, scales, text

ROW = 30.0
LONGEST_NAME = 26
LEAST_LENGTHS = 10
"""The histogram goes to so many bytes at least."""


def card(title: str, content: str) -> str:
    """A plot with its title."""
    return element("section", element("h3", escape(title)), content, class_="card")


def bars(evaluation: Evaluation) -> list[str]:
    """Bytes per token with intervals: a card a corpus, and first one for all if there are several; one scale for all."""
    names = [one.name for one in evaluation.tokenizers]
    groups: list[tuple[str, list[Estimate], list[Estimate]]] = [
        (
            corpus.name,
            [one.bytes_per_token for one in evaluation.results if one.corpus == corpus.name],
            [one.gain for one in evaluation.results if one.corpus == corpus.name],
        )
        for corpus in evaluation.corpora
    ]
    if len(groups) > 1:
        tokenizers = evaluation.tokenizers
        mean = ("all: geometric mean", [one.bytes_per_token for one in tokenizers], [one.gain for one in tokenizers])
        groups.insert(0, mean)
    highest = max(max(one.value, one.high or 0.0) for _, values, _ in groups for one in values)
    return [card(title, bar_chart(title, names, values, gains, highest)) for title, values, gains in groups]


def bar_chart(title: str, names: list[str], values: list[Estimate], gains: list[Estimate], highest: float) -> str:
    """A row a tokenizer: its name, a bar with its interval, the figure and the gain."""
    left = min(max(map(len, names)), LONGEST_NAME) * 6.9 + 14
    x = Scale(0.0, highest or 1.0, left, 352.0 if len(names) > 1 else 400.0)
    parts = [line(x.start, 0, x.start, ROW * len(names), "axis")]
    best = max(one.value for one in values)
    for row, (name, value, gain) in enumerate(zip(names, values, gains, strict=True)):
        middle = ROW * row + ROW / 2
        shown = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
        hint = element("title", escape(f"{name}: {value.value:.3f} bytes per token"))
        parts.append(text(left - 8, middle + 4, shown, "end"))
        width = max(x(value.value) - x.start, 0.5)
        parts.append(
            f'<rect x="{x.start:.1f}" y="{middle - 9:.1f}" width="{width:.1f}" height="18" rx="3" '
            f'class="bar c{row % 8}">{hint}</rect>'
        )
        if value.low is not None and value.high is not None:
            low, high = x(value.low), x(value.high)
            parts += [line(low, middle, high, middle, "whisker")]
            parts += [line(end, middle - 4, end, middle + 4, "whisker") for end in (low, high)]
        place = max(x(value.value), x(value.high or 0.0)) + 8
        parts.append(text(place, middle + 4, f"{value.value:.2f}", "start", "strong" if value.value == best else None))
        if row:
            parts.append(text(place + 34, middle + 4, percent(gain.value), "start", "faint"))
    return picture(f"{title}: bytes per token", parts, height=ROW * len(names))


def lengths(title: str, results: Sequence[Measures]) -> str:
    """What share of tokens has how many bytes; lengths that hardly any token has are one point."""
    most = max(shown_lengths(one.token_lengths) for one in results)
    rows = []
    for one in results:
        counts = [*one.token_lengths[1:most], sum(one.token_lengths[most:])]
        rows.append([100 * count / max(sum(counts), 1) for count in counts])
    x, y = scales(range(1, most + 1), [share for row in rows for share in row], (False, False), True)
    parts = frame(x, y, f"bytes of a token ({most}: and more)", "% of tokens")
    for number, (one, row) in enumerate(zip(results, rows, strict=True)):
        points = [(x(length), y(share)) for length, share in enumerate(row, 1)]
        parts.append(curve(points, f"c{number % 8}", one.tokenizer))
    return card(title, picture(f"{title}: tokens by length", parts))


def shown_lengths(counts: Sequence[int]) -> int:
    """The length that all but one token in two hundred do not exceed."""
    left = sum(counts)
    few = left / 200
    for length, count in enumerate(counts):
        left -= count
        if left <= few and length >= LEAST_LENGTHS:
            return length
    return len(counts) - 1


def ranks(title: str, results: Sequence[Measures]) -> str:
    """How often the token of each rank occurs."""
    points = [point for one in results for point in one.rank_frequency]
    x, y = scales([rank for rank, _ in points], [count for _, count in points], (True, True), False)
    parts = frame(x, y, "rank of a token", "occurrences")
    for number, one in enumerate(results):
        path = [(x(rank), y(count)) for rank, count in one.rank_frequency]
        parts.append(curve(path, f"c{number % 8}", one.tokenizer))
    return card(title, picture(f"{title}: occurrences by rank", parts))


def sizes(evaluation: Evaluation) -> list[str]:
    """Tokens a kilobyte by size of the vocabulary, if there are several sizes; libraries' points are joined."""
    vocabularies = [one.vocab_size for one in evaluation.tokenizers]
    if len(set(vocabularies)) < 2:
        return []
    groups = [
        (corpus.name, [1000 / one.bytes_per_token.value for one in evaluation.results if one.corpus == corpus.name])
        for corpus in evaluation.corpora
    ]
    if len(groups) > 1:
        means = [1000 / one.bytes_per_token.value for one in evaluation.tokenizers]
        groups.insert(0, ("all: geometric mean", means))
    return [card(title, size_chart(title, evaluation, values)) for title, values in groups]


def size_chart(title: str, evaluation: Evaluation, tokens: list[float]) -> str:
    """One plot of these."""
    tokenizers = evaluation.tokenizers
    known = [one.vocab_size for one in tokenizers]
    room = [min(known) / 1.25, max(known) * 1.25]
    x, y = scales(room, tokens, (True, False), False)
    parts = frame(x, y, "size of the vocabulary", "tokens a kilobyte")
    for kind in dict.fromkeys(one.kind for one in tokenizers):
        mine = sorted((one.vocab_size, tokens[n], n) for n, one in enumerate(tokenizers) if one.kind == kind)
        path = [(x(size), y(count)) for size, count, _ in mine]
        parts.append(curve(path, "axis", kind))
    for n, one in enumerate(tokenizers):
        hint = f"{one.name}: {tokens[n]:.1f} tokens a kilobyte, {one.vocab_size:,} pieces"
        parts.append(dot(x(one.vocab_size), y(tokens[n]), f"c{n % 8}", hint))
    return picture(f"{title}: tokens by size of the vocabulary", parts)
