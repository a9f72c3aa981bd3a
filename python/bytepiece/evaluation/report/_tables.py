"""The tables of the page."""

from __future__ import annotations

from bytepiece.evaluation._result import Estimate, Evaluation, Measures, TokenizerSummary
from bytepiece.evaluation._table import between, interval, percent
from bytepiece.evaluation.report._html import element, escape, swatch, table

LEAST_SHARE = 0.001
"""Scripts with a smaller share of a corpus's characters are left out."""


def figure(text: str, best: bool = False) -> str:
    """A number, in bold where it is the best of its column."""
    return element("span", escape(text), class_="best") if best else escape(text)


def with_interval(estimate: Estimate, best: bool = False) -> str:
    """A figure with its interval."""
    known = element("span", escape(interval(estimate, 3)), class_="ci") if estimate.low is not None else ""
    return figure(f"{estimate.value:.3f}", best) + known


def gain(estimate: Estimate, number: int) -> str:
    """A gain with its interval; nothing for the first tokenizer."""
    if not number:
        return element("span", "–", class_="none")
    known = element("span", escape(between(estimate)), class_="ci") if estimate.low is not None else ""
    return figure(percent(estimate.value)) + known


def summary(evaluation: Evaluation) -> str:
    """One row a tokenizer, all corpora together."""
    heads = ["tokenizer", "library", "size", "bytes per token", "gain", "dead pieces", "in one document only"]
    best = max(one.bytes_per_token.value for one in evaluation.tokenizers)
    rows = [
        [
            swatch(number, one.name),
            escape(one.kind),
            f"{one.vocab_size:,}",
            with_interval(one.bytes_per_token, one.bytes_per_token.value == best and len(evaluation.tokenizers) > 1),
            gain(one.gain, number),
            of_pieces(one.dead_pieces, one),
            of_pieces(one.single_document_pieces, one),
        ]
        for number, one in enumerate(evaluation.tokenizers)
    ]
    return table(heads, rows, numbers_from=2)


def of_pieces(count: int, one: TokenizerSummary) -> str:
    """A number of pieces and its share."""
    share = element("span", f"{100 * count / max(one.pieces, 1):.1f} %", class_="ci")
    return f"{count:,}{share}"


def details(evaluation: Evaluation) -> str:
    """Every figure, a table a corpus."""
    heads = [
        "tokenizer",
        "bytes per token",
        "gain",
        "characters",
        "words",
        "byte fallback",
        "dead",
        "one document",
        "Rényi",
    ]
    heads += ["bits per byte", "MB/s", "lossless"]
    tables = []
    for corpus in evaluation.corpora:
        results = [one for one in evaluation.results if one.corpus == corpus.name]
        caption = f"{corpus.name}: {corpus.documents:,} documents, {corpus.bytes:,} bytes, {corpus.words:,} words"
        tables.append(table(heads, [detail(number, one, results) for number, one in enumerate(results)], caption))
    return "".join(tables)


def detail(number: int, one: Measures, results: list[Measures]) -> list[str]:
    """A row of these."""
    several = len(results) > 1
    trip = one.round_trip
    lossless = "yes" if trip.lossless else element("span", escape(f"no: {trip.failed:,}"), class_="bad")
    return [
        swatch(number, one.tokenizer),
        with_interval(
            one.bytes_per_token, several and one.bytes_per_token.value == max(r.bytes_per_token.value for r in results)
        ),
        gain(one.gain, number),
        f"{one.characters_per_token.value:.3f}",
        f"{one.words_per_token.value:.3f}",
        f"{100 * one.byte_fallback:.2f} %",
        f"{one.dead_pieces:,}",
        f"{one.single_document_pieces:,}",
        figure(
            f"{one.renyi_efficiency:.3f}", several and one.renyi_efficiency == max(r.renyi_efficiency for r in results)
        ),
        figure(f"{one.code_length:.3f}", several and one.code_length == min(r.code_length for r in results)),
        f"{one.mb_per_second:.1f}",
        lossless,
    ]


def scripts(evaluation: Evaluation) -> str:
    """Fertility by script: tokens a word, or tokens a character where there are no words."""
    tables = []
    for corpus in evaluation.corpora:
        results = [one for one in evaluation.results if one.corpus == corpus.name]
        rows = []
        for script, counts in results[0].scripts.items():
            if counts.characters < LEAST_SHARE * corpus.characters:
                continue
            per = "word" if counts.words else "character"
            values = [getattr(one.scripts[script], f"tokens_per_{per}") for one in results]
            cells = [figure(f"{value:.2f}", len(results) > 1 and value == min(values)) for value in values]
            share = f"{100 * counts.characters / max(corpus.characters, 1):.1f} %"
            rows.append([escape(script), share, f"tokens a {per}", *cells])
        heads = ["script", "of characters", "", *(swatch(n, one.tokenizer) for n, one in enumerate(results))]
        tables.append(table(heads, rows, corpus.name))
    return "".join(tables)
