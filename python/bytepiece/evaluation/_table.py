"""An evaluation as text for the terminal: a table a corpus, and one for all."""

from __future__ import annotations

from collections.abc import Sequence

from bytepiece.evaluation._result import Estimate, Evaluation, Measures

HEADS = (
    "tokenizer", "bytes/token", "95 %", "gain", "chars/token", "words/token", "fallback", "dead", "one doc", "Rényi",
    "bits/byte", "MB/s", "lossless",
)  # fmt: skip
OVERALL = ("tokenizer", "library", "size", "bytes/token", "95 %", "gain", "95 %", "dead", "one doc")


def table(evaluation: Evaluation) -> str:
    """The whole evaluation."""
    blocks = []
    for corpus in evaluation.corpora:
        title = f"{corpus.name}: {corpus.documents:,} documents, {corpus.bytes:,} bytes, {corpus.words:,} words"
        rows = [row(one) for one in evaluation.results if one.corpus == corpus.name]
        blocks.append(f"{title}\n{aligned([HEADS, *rows])}")
    sizes = [
        (
            one.name,
            one.kind,
            f"{one.vocab_size:,}",
            f"{one.bytes_per_token.value:.3f}",
            interval(one.bytes_per_token, 3),
            percent(one.gain.value),
            between(one.gain),
            f"{one.dead_pieces:,}",
            f"{one.single_document_pieces:,}",
        )
        for one in evaluation.tokenizers
    ]
    title = f"all {len(evaluation.corpora)} corpora: geometric mean" if len(evaluation.corpora) > 1 else "vocabularies"
    return "\n\n".join([*blocks, f"{title}\n{aligned([OVERALL, *sizes])}"])


def row(one: Measures) -> tuple[str, ...]:
    """One tokenizer on one corpus."""
    trip = one.round_trip
    return (
        one.tokenizer,
        f"{one.bytes_per_token.value:.3f}",
        interval(one.bytes_per_token, 3),
        percent(one.gain.value),
        f"{one.characters_per_token.value:.3f}",
        f"{one.words_per_token.value:.3f}",
        f"{100 * one.byte_fallback:.2f} %",
        f"{one.dead_pieces:,}",
        f"{one.single_document_pieces:,}",
        f"{one.renyi_efficiency:.3f}",
        f"{one.code_length:.3f}",
        f"{one.mb_per_second:.1f}",
        "yes" if trip.lossless else f"no: {trip.failed:,}",
    )


def interval(estimate: Estimate, digits: int) -> str:
    """The interval of a figure, or a dash."""
    if estimate.low is None or estimate.high is None:
        return "–"
    return f"{estimate.low:.{digits}f}–{estimate.high:.{digits}f}"


def percent(share: float) -> str:
    """A gain, with its sign."""
    return f"{100 * share:+.1f} %".replace("-", "−").replace("+0.0 %", "0.0 %").replace("−0.0 %", "0.0 %")


def between(gain: Estimate) -> str:
    """The interval of a gain, or a dash."""
    if gain.low is None or gain.high is None:
        return "–"
    return "–" if gain.low == gain.high == 0 else f"{percent(gain.low)} to {percent(gain.high)}"


def aligned(rows: Sequence[tuple[str, ...]]) -> str:
    """Columns: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if not i else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    rule = "  ".join("─" * width for width in widths)
    return "\n".join(line.rstrip() for line in [lines[0], rule, *lines[1:]])
