"""The HTML report: one page that needs nothing else.

In: an `Evaluation`. Out: a string, of some ten kilobytes a corpus and tokenizer. Plots are inline SVG of our own
making, since their colours then follow the page's theme, their text is text, and nothing is installed; there is no
script at all, so no text in it can run.
"""

from __future__ import annotations

from bytepiece.evaluation._result import Evaluation
from bytepiece.evaluation.report import _plots, _samples, _tables
from bytepiece.evaluation.report._html import element, escape, swatch
from bytepiece.evaluation.report._style import STYLE

MEANINGS = (
    ("bytes per token", "of the text in Unicode's normal form C. More is better: the same text in fewer tokens."),
    ("intervals", "95 %, by bootstrap over documents: what other documents of the same kind would have given."),
    (
        "gain",
        "bytes per token over those of the first tokenizer, less 1; the interval is of that, on the same documents.",
    ),
    (
        "characters, words",
        "per token. A word is a run of letters, marks and digits; each Han or Hiragana character is one by itself.",
    ),
    ("byte fallback", "tokens that are not whole characters: single bytes of one, or parts."),
    ("dead", "pieces of two bytes or more that no text here uses; “one document”: that only one document uses."),
    ("Rényi", "efficiency of the vocabulary at alpha 2.5 (Zouhar et al. 2023): 1 if all pieces came equally often."),
    ("bits per byte", "code length: tokens, times the entropy of the tokens on this text, over bytes. Less is better."),
    ("MB/s", "of text a second of processor time, encoding only."),
    ("lossless", "whether decoding gives the text back; else how many documents do not come back."),
    ("SentencePiece", "encodes lines: each newline is put back and costs it one token."),
)


def page(evaluation: Evaluation) -> str:
    """The page."""
    names = [one.name for one in evaluation.tokenizers]
    title = f"{names[0]} and {len(names) - 1} more" if len(names) > 3 else " · ".join(names)
    body = element("main", header(evaluation, title), *sections(evaluation), footer(evaluation))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{body}</body></html>\n"
    )


def header(evaluation: Evaluation, title: str) -> str:
    """What was compared, and the summary."""
    documents = sum(corpus.documents for corpus in evaluation.corpora)
    size = sum(corpus.bytes for corpus in evaluation.corpora)
    tokenizers, corpora = len(evaluation.tokenizers), len(evaluation.corpora)
    words = (
        f"{tokenizers} tokenizer{'s' * (tokenizers != 1)} on {corpora} corp{'ora' if corpora != 1 else 'us'}: "
        f"{documents:,} documents, {size / 1e6:,.2f} MB of text."
    )
    card = element("section", _tables.summary(evaluation), class_="card")
    return element("h1", escape(title)) + element("p", escape(words)) + card


def section(title: str, words: str, content: str) -> str:
    """A part of the page."""
    return element("h2", escape(title)) + element("p", escape(words)) + content


def sections(evaluation: Evaluation) -> list[str]:
    """All parts of the page."""
    names = [one.name for one in evaluation.tokenizers]
    legend = element("div", *(swatch(number, name) for number, name in enumerate(names)), class_="legend")
    groups = [
        (corpus.name, [one for one in evaluation.results if one.corpus == corpus.name]) for corpus in evaluation.corpora
    ]

    def grid(cards: list[str]) -> str:
        return element("div", *cards, class_="grid")

    parts = [
        section(
            "Compression", "Bytes per token, with intervals of 95 %. Longer is better.", grid(_plots.bars(evaluation))
        )
    ]
    if evaluation.samples:
        words = "Each colour is a token. White space is shown as · → ⏎; bytes of divided characters are in hexadecimal."
        parts.append(section("How texts are cut", words, _samples.samples(evaluation.samples, names)))
    if sized := _plots.sizes(evaluation):
        parts.append(
            section("Size of the vocabulary", "How many tokens what size buys. Lower is better.", legend + grid(sized))
        )
    words = "The share of the text's tokens that have so many bytes."
    parts.append(section("Lengths of tokens", words, legend + grid([_plots.lengths(*group) for group in groups])))
    words = "The tokens of the text by rank, both axes logarithmic. A flatter curve uses the vocabulary more evenly."
    parts.append(section("Rank and frequency", words, legend + grid([_plots.ranks(*group) for group in groups])))
    parts.append(
        section(
            "Fertility by script", "How many tokens the words of each script take.", card(_tables.scripts(evaluation))
        )
    )
    parts.append(section("All figures", "", card(_tables.details(evaluation) + meanings())))
    return parts


def card(content: str) -> str:
    """A part of a section."""
    return element("section", content, class_="card")


def meanings() -> str:
    """What the figures mean."""
    terms = "".join(element("dt", escape(term)) + element("dd", escape(words)) for term, words in MEANINGS)
    return element("details", element("summary", "What the figures mean"), element("dl", terms))


def footer(evaluation: Evaluation) -> str:
    """Who made it."""
    return element("footer", escape(f"Made by bytepiece {evaluation.version}, bootstrap seed {evaluation.seed}."))
