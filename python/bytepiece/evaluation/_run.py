"""The evaluation itself: reading it is reading what is done in which order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bytepiece._bytepiece import __version__
from bytepiece.corpus._reader import check_count, check_reader
from bytepiece.evaluation import _measures
from bytepiece.evaluation._bootstrap import Resamples
from bytepiece.evaluation._engine import Engine
from bytepiece.evaluation._load import engines
from bytepiece.evaluation._measures import Counts, Totals, Vocabulary
from bytepiece.evaluation._result import Corpus, Estimate, Evaluation, Measures, Sample, TokenizerSummary
from bytepiece.evaluation._texts import Batch, batches

SAMPLE_CHARACTERS = 300
"""How much of a sample is kept: up to the line or word that ends there or earlier."""
SAMPLE_LINES = 12
SHORTEST_SAMPLE = 40
"""Documents under so many characters are no samples, if there are others."""


class Measured(NamedTuple):
    """A corpus with what all tokenizers made of it."""

    corpus: Corpus
    results: list[Measures]
    totals: list[Totals]
    ratios: list[NDArray[np.float64]]
    """Bytes per token in each resample, by tokenizer."""
    samples: list[Sample]


def run(
    tokenizers: Any,
    corpora: Any,
    documents: int | None,
    samples: int,
    seed: int,
    threads: int | None,
    pattern: str | None,
) -> Evaluation:
    """See `bytepiece.evaluate`."""
    if documents is not None:
        check_count(documents, "documents", 1)
    check_count(samples, "samples", 0)
    check_count(seed, "seed", 0)
    if threads is not None and not 1 <= check_count(threads, "threads", 1) <= 1024:
        raise ValueError(f"threads must be 1 to 1024, not {threads}")
    readers = checked(corpora)
    found = engines(tokenizers, pattern)
    vocabularies = [Vocabulary(engine) for engine in found]
    strings = any(engine.reads_strings for engine in found)
    measured = []
    for number, (name, reader) in enumerate(readers.items()):
        counts = [Counts(engine, vocabulary) for engine, vocabulary in zip(found, vocabularies, strict=True)]
        kept: list[str] = []
        read = []
        for batch in batches(name, reader, documents, strings):
            for count in counts:
                count.add(batch, threads)
            keep(kept, batch.texts, samples)
            read.append(batch._replace(texts=[], strings=[]))
        measured.append(corpus_of(name, read, counts, seed + number, cut_by_all(name, kept, found)))
    return Evaluation(
        version=__version__,
        seed=seed,
        corpora=[one.corpus for one in measured],
        tokenizers=[summary(number, measured) for number in range(len(found))],
        results=[result for one in measured for result in one.results],
        samples=[sample for one in measured for sample in one.samples],
    )


def checked(corpora: Any) -> dict[str, Any]:
    """The corpora as readers."""
    if not isinstance(corpora, Mapping):
        raise TypeError(f"corpora must be a dict of readers by name, not {type(corpora).__name__}")
    if not corpora:
        raise ValueError("there are no corpora: pass at least one, such as {'name': bytepiece.corpus.Text(path)}")
    readers = {}
    for name, reader in corpora.items():
        if not isinstance(name, str):
            raise TypeError(f"the name of a corpus must be a str, not {type(name).__name__}")
        readers[name] = check_reader(reader, f"corpora[{name!r}]")
    return readers


def corpus_of(name: str, read: list[Batch], counts: list[Counts], seed: int, samples: list[Sample]) -> Measured:
    """All figures of a corpus."""
    size = sum(int(batch.bytes.sum()) for batch in read)
    if not size:
        raise ValueError(f"corpus {name!r} is empty: it has {sum(len(b.bytes) for b in read)} documents and no text")
    sums = [np.concatenate([getattr(batch, of) for batch in read]) for of in ("bytes", "characters", "words")]
    corpus = Corpus(name, len(sums[0]), *(int(values.sum()) for values in sums))
    resamples = Resamples(corpus.documents, seed)
    classes = [np.sum([getattr(batch, of) for batch in read], axis=0) for of in ("class_characters", "class_words")]
    results: list[Measures] = []
    ratios: list[NDArray[np.float64]] = []
    totals = [count.totals() for count in counts]
    columns = [*sums, *(total.tokens for total in totals)]
    pairs = [(int(values.sum()), again) for values, again in zip(columns, resamples.sums(columns), strict=True)]
    for count, pair in zip(totals, pairs[len(sums) :], strict=True):
        estimates = [_measures.quotient(of, pair, corpus.documents) for of in pairs[: len(sums)]]
        ratios.append(estimates[0][1])
        base = results[0].bytes_per_token.value if results else estimates[0][0].value
        gain = gained(estimates[0][0].value / base, ratios[-1] / ratios[0], corpus.documents)
        results.append(result(corpus, count, [one for one, _ in estimates], gain, classes))
    return Measured(corpus, results, totals, ratios, samples)


def gained(quotient: float, resampled: NDArray[np.float64], documents: int) -> Estimate:
    """How much more than 1 a quotient is."""
    return _measures.estimate(quotient - 1, resampled - 1, documents)


def result(
    corpus: Corpus, count: Totals, estimates: list[Estimate], gain: Estimate, classes: list[NDArray[np.int64]]
) -> Measures:
    """The figures of one tokenizer on one corpus."""
    vocabulary, tokens = count.vocabulary, int(count.ids.sum())
    return Measures(
        tokenizer=count.engine.name,
        corpus=corpus.name,
        tokens=tokens,
        bytes_per_token=estimates[0],
        characters_per_token=estimates[1],
        words_per_token=estimates[2],
        gain=gain,
        byte_fallback=int(count.ids[vocabulary.broken].sum()) / max(tokens, 1),
        dead_pieces=int((vocabulary.several & (count.spread == 0)).sum()),
        single_document_pieces=int((vocabulary.several & (count.spread == 1)).sum()),
        renyi_efficiency=_measures.renyi_efficiency(count.ids, count.engine.vocab_size),
        code_length=tokens * _measures.entropy(count.ids) / corpus.bytes,
        mb_per_second=corpus.bytes / 1e6 / max(count.seconds, 1e-9),
        round_trip=count.round_trip,
        scripts=_measures.scripts(count, *classes),
        token_lengths=_measures.token_lengths(count),
        rank_frequency=_measures.rank_frequency(count.ids),
    )


def summary(number: int, measured: list[Measured]) -> TokenizerSummary:
    """One tokenizer on all corpora: geometric means, and what its pieces are worth."""
    counts = [one.totals[number] for one in measured]
    engine, several = counts[0].engine, counts[0].vocabulary.several
    documents = min(one.corpus.documents for one in measured)
    means = []
    for which in (number, 0):
        values = [one.results[which].bytes_per_token.value for one in measured]
        with np.errstate(divide="ignore", invalid="ignore"):
            resampled = np.exp(np.mean([np.log(one.ratios[which]) for one in measured], axis=0))
        means.append((float(np.exp(np.mean(np.log(values)))), resampled))
    (mean, resampled), (base, of_base) = means
    spread = np.sum([count.spread for count in counts], axis=0)
    return TokenizerSummary(
        name=engine.name,
        kind=engine.kind,
        vocab_size=engine.vocab_size,
        pieces=int(several.sum()),
        bytes_per_token=_measures.estimate(mean, resampled, documents),
        gain=gained(mean / base, resampled / of_base, documents),
        dead_pieces=int((several & (spread == 0)).sum()),
        single_document_pieces=int((several & (spread == 1)).sum()),
    )


def keep(kept: list[str], texts: list[bytes], most: int) -> None:
    """Keep the first documents that are long enough to look at; short ones make room for them."""
    for encoded in texts:
        if sum(len(one) >= SHORTEST_SAMPLE for one in kept) >= most:
            return
        text = encoded.decode()
        if len(text) >= SHORTEST_SAMPLE or (text and len(kept) < most):
            short = next((number for number, one in enumerate(kept) if len(one) < SHORTEST_SAMPLE), None)
            if len(kept) == most and short is not None:
                del kept[short]
            kept.append(text)


def cut_by_all(corpus: str, texts: list[str], found: list[Engine]) -> list[Sample]:
    """The samples, each cut by every tokenizer."""
    samples = []
    for text in texts:
        shown = beginning(text)
        pieces = {}
        for engine in found:
            ids, _ = engine.encode([shown], 1)
            pieces[engine.name] = [engine.pieces[id] for id in ids.tolist()]
        samples.append(Sample(corpus, shown, pieces))
    return samples


def beginning(text: str) -> str:
    """The beginning of a text, to the end of a line or a word if there is one in its later half."""
    text = "".join(text.splitlines(keepends=True)[:SAMPLE_LINES])
    if len(text) <= SAMPLE_CHARACTERS:
        return text
    start = text[:SAMPLE_CHARACTERS]
    for end in (start.rfind("\n") + 1, start.rfind(" ")):
        if end > SAMPLE_CHARACTERS // 2:
            return start[:end]
    return start
