"""Trains and measures; what was done is kept, so that a run that ends in its middle is taken up again.

In: engines, sizes, a training text and held-out texts. Out: a record (bench/report.py) with a case a size. Every training
is in a process of its own, whose time and peak memory are those of bench/worker.py; measuring is in another one. Kept under
bench/out/compression: a model and its figures by a digest of (engine, its options and its file, version and build of its
library, size, threads, training text), what it makes of a held-out text by that and the digest of that text. So another
held-out text costs no training, and another build of ours is trained again.
"""

from __future__ import annotations

import hashlib
import json
import pathlib
from collections.abc import Callable
from typing import Any

import bench.engines
from bench.compression.corpora import FOLDER, Corpus
from bench.engines import ENGINES as ENGINES_BY_NAME
from bench.process import Worker
from bench.texts import MissingError

PEERS = (
    "sentencepiece-unigram-words",
    "sentencepiece-unigram-lines",
    "sentencepiece-bpe-words",
    "sentencepiece-bpe-lines",
    "tokenizers-bpe-words",
    "tokenizers-bpe-lines",
    "tokenizers-unigram-words",
    "bpeasy-words",
    "bpeasy-lines",
    "bytepiece-0.6.3-min2",
    "bytepiece-0.6.3-min8",
)
OURS = ("ours", "ours-entropy", "ours-frequency")
ENGINES = (*OURS, *PEERS)
SLOW = ("tokenizers-unigram-lines",)
"""Run where they are named only."""
SIZES = (8000, 32000, 100_000)
ORDER = 6

Say = Callable[[str], None]
Result = dict[str, Any]


def key(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]


def kept(kind: str, name: str, make: Callable[[], Result]) -> Result:
    """What was made under this name before, or is made now."""
    path = FOLDER / kind / f"{name}.json"
    if path.exists():
        return json.loads(path.read_text("utf-8"))  # type: ignore[no-any-return]
    result = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(result), "utf-8")
    beside.rename(path)
    return result


def trained(engine: str, size: int, threads: int, corpus: Corpus, say: Say) -> Result:
    """The training of one engine: seconds, peak_bytes, model (a path), about."""
    with Worker(engine) as worker:
        about = worker.ask("about")
        module, options = ENGINES_BY_NAME[engine]
        source = (pathlib.Path(bench.engines.__file__).parent / f"{module}.py").read_text("utf-8")
        name = f"{engine}.{size}.{key(engine, options, source, about, size, threads, corpus.sha256)}"
        model = FOLDER / "models" / f"{name}.model"
        model.parent.mkdir(parents=True, exist_ok=True)
        settings = {"order": ORDER, "vocab_size": size, "threads": threads}

        def train() -> Result:
            answer = worker.ask("train", corpus=corpus.path, model=model, training=settings)
            return {**answer, "name": name, "model": str(model), "about": about}

        result = kept("trained", name, train)
    say(f"  {engine}: {result['seconds']:.1f} s, {result['peak_bytes'] / 1e6:.0f} MB")
    return result


def measured(engine: str, training: Result, texts: list[Corpus], say: Say) -> dict[str, Result]:
    """What the model makes of each held-out text."""
    results: dict[str, Result] = {}
    with Worker(engine) as worker:
        loaded = False
        for text in texts:

            def compress(text: Corpus = text) -> Result:
                nonlocal loaded
                if not loaded:
                    worker.ask("load", model=training["model"])
                    loaded = True
                return worker.ask("compress", path=text.path)

            result = kept("measured", f"{training['name']}.{text.sha256[:16]}", compress)
            results[text.name] = result
            if result["lost"]:
                say(f"  {engine}, {text.name}: {result['lost']} documents changed; {result['first_lost']}")
    return results


def one(engine: str, size: int, threads: int, corpus: Corpus, texts: list[Corpus], say: Say) -> Result:
    """All figures of one engine at one size; `skipped` or `failed` with the reason where there are none."""
    try:
        training = trained(engine, size, threads, corpus, say)
        results = measured(engine, training, texts, say)
    except MissingError as error:
        say(f"  {engine}: skipped: {error}")
        return {"skipped": str(error)}
    except (RuntimeError, BrokenPipeError) as error:
        reason = str(error).strip().splitlines()[-1]
        lacks = "ModuleNotFoundError", "NotImplementedError"
        what = "skipped" if reason.startswith(lacks) else "failed"
        say(f"  {engine}: {what}: {reason}")
        return {what: reason}
    pieces = max(result["pieces"] for result in results.values())
    figures = {name: training[name] for name in ("seconds", "processor_seconds", "peak_bytes", "about")}
    return {**figures, "pieces": pieces, "texts": results}


def run(
    engines: list[str],
    sizes: list[int],
    threads: int,
    corpus: Corpus,
    texts: list[Corpus],
    say: Say,
    save: Callable[[dict[str, Result]], None],
) -> None:
    """Smaller sizes first; `save` is called with all cases after each engine."""
    cases: dict[str, Result] = {}
    for size in sorted(sizes):
        say(f"{size} pieces")
        rows: dict[str, Result] = {}
        cases[f"compression-{size}"] = {
            "kind": "compression",
            "size": size,
            "threads": threads,
            "training": corpus.describe(),
            "texts": {text.name: text.describe() for text in texts},
            "rows": rows,
            "engines": {},
        }
        for engine in engines:
            rows[engine] = one(engine, size, threads, corpus, texts, say)
            if about := rows[engine].get("about"):
                cases[f"compression-{size}"]["engines"][engine] = about
            save(cases)


def write(path: pathlib.Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
