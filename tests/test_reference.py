"""Equality with bytepiece 0.6.3 running beside us, where the shared corpora and models exist.

0.6.3's answers are kept in the user's cache folder (tests/reference.py): a first run takes minutes, later ones seconds.
"""

from __future__ import annotations

import functools
import pathlib
import random
import zipfile

import pytest
import reference
from support import GRID, NO_SHARED, SHARED, Case, adversarial_texts, pairwise, read_jsonl, sha256, take, write_jsonl

import bytepiece

pytestmark = pytest.mark.skipif(not (SHARED / "tools" / "reference-env").exists(), reason=NO_SHARED)

DOMAINS = ("zh", "en", "multi", "code")
THREADS = (1, 2, 3, 8)
MODELS = ("bytepiece_80k", "bytepiece.eu.plus.40k", "bytepiece.id.eu.plus.80k", "bytepiece.plus.160k")
DEV = tuple(f"{kind}{domain}.dev" for kind in ("", "unseen.") for domain in DOMAINS)


# Training


@functools.cache
def training_slice(domain: str) -> list[str]:
    """25 KB of one domain, or of all four together."""
    if domain == "all":
        return [text for one in DOMAINS for text in training_slice(one)]
    texts = list(read_jsonl(SHARED / "corpus" / f"{domain}.train.jsonl.gz"))
    random.Random(3).shuffle(texts)
    return reference.clean(take(texts, 25_000, 12_000))


def check_training(case: Case, domain: str, threads: int, folder: pathlib.Path) -> None:
    trainer = bytepiece.Trainer(**case.arguments(), compat=True, threads=threads)
    trainer.train(training_slice(domain))
    trainer.save(folder / "model")
    ours = {path.name: sha256(path) for path in case.files(folder / "model")}
    theirs = reference.train(case, training_slice(domain))
    assert ours == {name: file["sha256"] for name, file in theirs.items()}


PAIRWISE = [
    (Case(*row[2:]), row[0], row[1]) for row in pairwise([(d, t, *c) for d in DOMAINS for t in THREADS for c in GRID])
]


@pytest.mark.parametrize(
    ("case", "domain", "threads"),
    [pytest.param(*row, id=f"{row[1]}-{row[0].name}-threads{row[2]}") for row in PAIRWISE],
)
def test_training(case: Case, domain: str, threads: int, tmp_path: pathlib.Path) -> None:
    check_training(case, domain, threads, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in GRID])
def test_training_on_all_domains(case: Case, threads: int, tmp_path: pathlib.Path) -> None:
    check_training(case, "all", threads, tmp_path)


@pytest.mark.parametrize("texts", [["一"], ["a\n"], ["\n" * 300], ["é" * 3, "", "è"], ["0123456789" * 5]], ids=repr)
@pytest.mark.parametrize("order", [1, 2, 6])
def test_training_on_next_to_nothing(texts: list[str], order: int, tmp_path: pathlib.Path) -> None:
    case = Case(order, False, False, 1, 36, 600)
    trainer = bytepiece.Trainer(**case.arguments(), compat=True)
    trainer.train(texts)
    trainer.save(tmp_path / "model")
    assert sha256(tmp_path / "model") == reference.train(case, texts)["model"]["sha256"]


# Encoding


@pytest.fixture(scope="module", params=MODELS)
def model(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[pathlib.Path, bytepiece.Tokenizer]:
    folder = tmp_path_factory.mktemp("model")
    with zipfile.ZipFile(SHARED / "models" / f"{request.param}.zip") as archive:
        (member,) = (name for name in archive.namelist() if name.endswith(".model") and not name.startswith("__"))
        path = pathlib.Path(archive.extract(member, folder))
    return path, bytepiece.Tokenizer(path)


@functools.cache
def dev_texts(corpus: str, size: int | None) -> list[bytes]:
    texts = list(read_jsonl(SHARED / "corpus" / f"{corpus}.jsonl.gz"))
    if size is not None:
        random.Random(4).shuffle(texts)
        texts = take(texts, size, 30_000)
    return [text.encode() for text in reference.clean(texts)]


def check_ids(model: tuple[pathlib.Path, bytepiece.Tokenizer], names: list[str], texts: list[bytes]) -> None:
    path, tokenizer = model
    ours = tokenizer.encode_batch(texts)
    differing = [
        name for name, got, expected in zip(names, ours, reference.encode(path, texts), strict=True) if got != expected
    ]
    assert differing == []


@pytest.mark.parametrize("corpus", DEV)
def test_ids_on_a_slice(model: tuple[pathlib.Path, bytepiece.Tokenizer], corpus: str) -> None:
    texts = dev_texts(corpus, 60_000)
    assert sum(map(len, texts)) > 50_000
    check_ids(model, [f"document {i}" for i in range(len(texts))], texts)


@pytest.mark.full
@pytest.mark.parametrize("corpus", DEV)
def test_ids_on_the_whole(model: tuple[pathlib.Path, bytepiece.Tokenizer], corpus: str) -> None:
    texts = dev_texts(corpus, None)
    check_ids(model, [f"document {i}" for i in range(len(texts))], texts)


def test_ids_of_adversarial_texts(model: tuple[pathlib.Path, bytepiece.Tokenizer]) -> None:
    texts = adversarial_texts()
    check_ids(model, list(texts), list(texts.values()))


def test_ids_of_texts_cut_inside_a_character(model: tuple[pathlib.Path, bytepiece.Tokenizer]) -> None:
    data = b"".join(dev_texts("unseen.multi.dev", 60_000))[:20_000]
    random_numbers = random.Random(5)
    cuts = [sorted(random_numbers.sample(range(len(data)), 2)) for _ in range(60)]
    check_ids(model, [f"{start}..{end}" for start, end in cuts], [data[start:end] for start, end in cuts])


def test_ids_of_random_soup(model: tuple[pathlib.Path, bytepiece.Tokenizer]) -> None:
    """Short random strings over few signs meet far more ties than prose does."""
    seed = 6
    random_numbers = random.Random(seed)
    alphabets = [
        "=\n",
        "ab",
        " \t\n",
        "0123456789",
        "今天一二\n",
        "e\u0301\u0323\n",
        "-=*#",
        "😀\u200d👩a",
        "\r\n",
        "\x00a\n",
    ]
    texts = [
        "".join(random_numbers.choices(random_numbers.choice(alphabets), k=random_numbers.randrange(1, 60))).encode()
        for _ in range(3_000)
    ]
    check_ids(model, [f"seed {seed}: {text!r}" for text in texts], texts)


def test_a_file_that_0_6_3_wrote_is_written_again_byte_for_byte(tmp_path: pathlib.Path) -> None:
    corpus, path = tmp_path / "corpus.jsonl", tmp_path / "theirs.model"
    write_jsonl(corpus, training_slice("multi")[:2])
    reference.run_driver("train", corpus, path, "--order", "3", "--vocab", "500", "--no-ensure-unicode")
    bytepiece.Tokenizer(path).save(tmp_path / "ours.model")
    assert (tmp_path / "ours.model").read_bytes() == path.read_bytes()
