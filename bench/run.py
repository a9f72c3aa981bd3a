"""Runs a case: proves that answers agree, then times rounds with the engines in turn (A B C A B C ...)."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import pathlib
from collections.abc import Callable, Iterator
from typing import Any

from bench.cases import CASES, Case
from bench.process import Worker
from bench.texts import OUT, MissingError, Text, published_model

Say = Callable[[str], None]
Round = dict[str, Any]


def run(name: str, rounds: int, engines: list[str] | None, say: Say) -> dict[str, Any]:
    """The part of the record that belongs to this case."""
    case = CASES[name]
    chosen = [engine for engine in case.engines if engines is None or engine in engines]
    texts = [Text(text) for text in case.texts]
    kinds = {"train": run_train, "own": run_own, "files": run_files, "load": run_load}
    result = kinds.get(case.kind, run_encode)(case, chosen, texts, rounds, say)
    return {
        "kind": case.kind,
        "what": case.what,
        "model": case.model,
        "training": case.training,
        "ratio": case.ratio,
        "texts": {text.name: text.describe() for text in texts},
        **result,
    }


@contextlib.contextmanager
def workers(engines: list[str]) -> Iterator[dict[str, Worker]]:
    with contextlib.ExitStack() as stack:
        yield {engine: stack.enter_context(Worker(engine)) for engine in engines}


@functools.cache
def model_for(engine: str, name: str) -> pathlib.Path:
    """The file of a published model that the engine can load."""
    if engine == "tiktoken":
        return ranks()
    path = published_model(name)
    if engine != "sentencepiece":
        return path
    import bytepiece

    converted = OUT / "models" / f"{name}.sentencepiece.model"
    bytepiece.Tokenizer(path).convert_to_sentencepiece(converted)
    return converted


def ranks() -> pathlib.Path:
    """What tiktoken needs, trained once: it takes a minute."""
    path = OUT / "models" / "tiktoken.50k.ranks"
    if not path.exists():
        with Worker("tiktoken") as worker:
            worker.ask("train", corpus=Text("shared 46 MB").path, model=path, training={"vocab_size": 50_000})
    return path


def in_turn(
    engines: dict[str, Worker], rounds: int, texts: list[str], time: Callable[[Worker, str], Round]
) -> list[Round]:
    """Every round of every text, the engines one after another."""
    done = []
    for number in range(rounds):
        for text in texts:
            for engine, worker in engines.items():
                done.append({"engine": engine, "text": text, "round": number, **time(worker, text)})
    return done


def versions(engines: dict[str, Worker]) -> dict[str, Any]:
    return {engine: worker.ask("about") for engine, worker in engines.items()}


def agreement(case: Case, engines: dict[str, Worker], texts: list[Text], say: Say) -> dict[str, Any]:
    """Raises where answers must agree and do not; gives the tokens and the shares of texts that differ."""
    singly = case.kind == "single"
    answers = {e: {t.name: w.ask("check", name=t.name, singly=singly) for t in texts} for e, w in engines.items()}
    differences: dict[str, dict[str, float]] = {}
    checked = ((case.engines[0], case.checked_by),) if case.checked_by else ()
    must_agree = (*case.must_agree, *checked)
    for pairs in (must_agree, case.report):
        for one, other in pairs:
            if one in answers and other in answers:
                for text in texts:
                    pair = zip(answers[one][text.name]["hashes"], answers[other][text.name]["hashes"], strict=True)
                    share = sum(a != b for a, b in pair) / text.texts
                    differences.setdefault(f"{one} / {other}", {})[text.name] = share
                    say(f"  {text.name}: {share:.4%} of texts differ between {one} and {other}")
                    if pairs is must_agree and share:
                        raise RuntimeError(
                            f"{text.name}: {one} and {other} differ on {share:.4%} of texts; nothing was timed"
                        )
    tokens = {engine: {name: answer["tokens"] for name, answer in row.items()} for engine, row in answers.items()}
    return {"tokens": tokens, "texts_that_differ": differences}


def run_encode(case: Case, engines: list[str], texts: list[Text], rounds: int, say: Say) -> dict[str, Any]:
    with workers(engines) as started, contextlib.ExitStack() as stack:
        for engine, worker in started.items():
            worker.ask("load", model=model_of(case, engine))
        checks = {}
        if case.checked_by:
            try:
                checks[case.checked_by] = stack.enter_context(Worker(case.checked_by))
                checks[case.checked_by].ask("load", model=model_of(case, case.checked_by))
            except MissingError as error:
                say(f"  not checked by {case.checked_by}: {error}")
        return time_encoding(case, started, checks, texts, rounds, say)


def model_of(case: Case, engine: str) -> pathlib.Path:
    assert case.model is not None
    return model_for(engine, case.model)


def time_encoding(
    case: Case, started: dict[str, Worker], checks: dict[str, Worker], texts: list[Text], rounds: int, say: Say
) -> dict[str, Any]:
    """`checks` are engines that only answer."""
    for worker in [*started.values(), *checks.values()]:
        for text in texts:
            worker.ask("read", name=text.name, path=text.path)
    checked = agreement(case, started | checks, texts, say)

    def time(worker: Worker, text: str) -> Round:
        if case.kind == "sample":
            return worker.ask("sample", name=text, alpha=case.alpha)
        return worker.ask("encode_singly" if case.kind == "single" else "encode", name=text)

    return {**checked, "engines": versions(started), "rounds": in_turn(started, rounds, [t.name for t in texts], time)}


def trained(engine: str) -> pathlib.Path:
    path = OUT / "models" / f"trained.{engine}.model"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def train_once(case: Case, engine: str, corpus: pathlib.Path) -> Round:
    """In a fresh process, so that its peak memory is that of one training."""
    with Worker(engine) as worker:
        answer = worker.ask("train", corpus=corpus, model=trained(engine), training=case.training)
    return {**answer, "sha256": hashlib.sha256(trained(engine).read_bytes()).hexdigest()}


def run_train(case: Case, engines: list[str], texts: list[Text], rounds: int, say: Say) -> dict[str, Any]:
    done: list[Round] = []
    for text in texts:
        for number in range(rounds):
            for engine in engines:
                result = train_once(case, engine, text.path)
                say(f"  {engine}, {text.name}: {result['seconds']:.2f} s, {result['peak_bytes'] / 1e6:.0f} MB")
                done.append({"engine": engine, "text": text.name, "round": number, **result})
        models = {row["engine"]: row["sha256"] for row in done if row["text"] == text.name}
        for one, other in case.must_agree:
            if one in models and other in models and models[one] != models[other]:
                raise RuntimeError(f"{text.name}: the models of {one} and {other} differ")
    with workers(engines) as started:
        return {"engines": versions(started), "rounds": done}


def run_own(case: Case, engines: list[str], texts: list[Text], rounds: int, say: Say) -> dict[str, Any]:
    corpus = Text("bundled")
    for engine in engines:
        train_once(case, engine, corpus.path)
    with workers(engines) as started:
        for engine, worker in started.items():
            worker.ask("load", model=trained(engine))
        return time_encoding(case, started, {}, texts, rounds, say)


def run_files(case: Case, engines: list[str], texts: list[Text], rounds: int, say: Say) -> dict[str, Any]:
    """From the file in a fresh process, whose peak is then that of `encode_files`; in the same process then from memory."""
    done: list[Round] = []
    for number in range(rounds):
        for text in texts:
            for engine in engines:
                with Worker(engine) as worker:
                    worker.ask("load", model=model_of(case, engine))
                    row = worker.ask("encode_file", path=text.path, times=case.times)
                    worker.ask("read", name=text.name, path=text.path)
                    tokens = worker.ask("check", name=text.name, singly=False)["tokens"]
                    memory = worker.ask("encode", name=text.name)["seconds"] * case.times
                if row["tokens"] != tokens * case.times:
                    raise RuntimeError(
                        f"{engine}: {row['tokens']} ids from the file, {tokens * case.times} from memory"
                    )
                done.append({"engine": engine, "text": text.name, "round": number, "memory_seconds": memory, **row})
    with workers(engines) as started:
        return {"engines": versions(started), "times": case.times, "rounds": done}


def run_load(case: Case, engines: list[str], texts: list[Text], rounds: int, say: Say) -> dict[str, Any]:
    """Each round in a fresh process, so that what becomes resident is what a loader's worker pays."""
    done: list[Round] = []
    for number in range(rounds):
        for engine in engines:
            with Worker(engine) as worker:
                row = worker.ask("load", model=model_of(case, engine))
            done.append({"engine": engine, "text": case.model, "round": number, **row})
    with workers(engines) as started:
        return {"engines": versions(started), "rounds": done}
