"""Tokenizers in torch's DataLoader: the same rows for any number of workers, however they are started. `make test-torch` runs these."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

import bytepiece

torch = pytest.importorskip(
    "torch", reason="torch is large and not installed here: make test-torch", exc_type=ImportError
)
data = torch.utils.data

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # fork with threads, where torch has some

METHODS = multiprocessing.get_all_start_methods()
SEED = 7


class Encoded(data.Dataset):  # type: ignore[misc, name-defined]
    """Encodes one text a row; with `alpha`, row i is drawn by (SEED, i)."""

    def __init__(self, tokenizer: bytepiece.Tokenizer, texts: list[str], alpha: float = -1) -> None:
        self.tokenizer, self.texts, self.alpha = tokenizer, texts, alpha

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, at: int) -> list[int]:
        if self.alpha < 0:
            return self.tokenizer.encode(self.texts[at])
        return self.tokenizer.encode_batch([self.texts[at]], alpha=self.alpha, seed=SEED, first_index=at)[0]


class Numbered(data.Dataset):  # type: ignore[misc, name-defined]
    """The texts as they are, with their numbers."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, at: int) -> tuple[int, str]:
        return at, self.texts[at]


class Padded:
    """A collate_fn: encodes a batch of `Numbered` on threads of its worker."""

    def __init__(self, tokenizer: bytepiece.Tokenizer, alpha: float = -1) -> None:
        self.tokenizer, self.alpha = tokenizer, alpha

    def __call__(self, batch: list[tuple[int, str]]) -> tuple[Any, Any]:
        ids, mask = self.tokenizer.encode_batch(
            [text for _, text in batch],
            add_bos=True,
            padding="longest",
            threads=2,
            output="numpy",
            alpha=self.alpha,
            seed=SEED,
            first_index=batch[0][0],
        )
        return torch.from_numpy(ids.astype("int64")), torch.from_numpy(mask)


class Streamed(data.IterableDataset):  # type: ignore[misc, name-defined]
    """Encodes texts as streams, each worker its share."""

    def __init__(self, tokenizer: bytepiece.Tokenizer, texts: list[str]) -> None:
        self.tokenizer, self.texts = tokenizer, texts

    def __iter__(self) -> Iterator[tuple[int, list[int]]]:
        worker = data.get_worker_info()
        first, step = (worker.id, worker.num_workers) if worker else (0, 1)
        encoder = self.tokenizer.stream_encoder()
        for at in range(first, len(self.texts), step):
            ids = [id for part in self.texts[at].splitlines(keepends=True) for id in encoder.push(part)]
            yield at, ids + encoder.finish()
            encoder.reset()


def rows_as_they_are(rows: Sequence[Any]) -> Sequence[Any]:
    return rows


def rows_of(dataset: Any, method: str | None, workers: int = 2, batch_size: int = 3, **options: Any) -> list[Any]:
    loader = data.DataLoader(
        dataset,
        batch_size=batch_size,
        num_workers=workers,
        multiprocessing_context=method if workers else None,
        timeout=60 if workers else 0,
        collate_fn=rows_as_they_are,
        **options,
    )
    return [row for rows in loader for row in rows]


def unpadded(loader: Any) -> list[list[int]]:
    return [ids[mask].tolist() for batch in loader for ids, mask in zip(*batch, strict=True)]


@pytest.fixture
def texts(documents: list[str]) -> list[str]:
    return [text[:2000] for text in documents][:20]


@pytest.mark.parametrize("method", METHODS)
def test_a_dataset_that_encodes(tokenizer: bytepiece.Tokenizer, texts: list[str], method: str) -> None:
    expected = tokenizer.encode_batch(texts)
    assert rows_of(Encoded(tokenizer, texts), method) == expected


@pytest.mark.parametrize("method", METHODS)
def test_a_collate_function_that_encodes_on_threads(
    tokenizer: bytepiece.Tokenizer, texts: list[str], method: str
) -> None:
    loader = data.DataLoader(
        Numbered(texts), 4, collate_fn=Padded(tokenizer), num_workers=2, multiprocessing_context=method, timeout=60
    )
    assert unpadded(loader) == tokenizer.encode_batch(texts, add_bos=True)


@pytest.mark.parametrize("method", METHODS)
def test_a_sample_does_not_depend_on_the_worker(tokenizer: bytepiece.Tokenizer, texts: list[str], method: str) -> None:
    expected = tokenizer.encode_batch(texts, alpha=0.1, seed=SEED)
    assert expected != tokenizer.encode_batch(texts)
    dataset = Encoded(tokenizer, texts, alpha=0.1)
    assert [rows_of(dataset, method, workers, size) for workers, size in ((0, 5), (1, 3), (2, 4))] == [expected] * 3


def test_a_sampled_batch_does_not_depend_on_its_size(tokenizer: bytepiece.Tokenizer, texts: list[str]) -> None:
    expected = tokenizer.encode_batch(texts, add_bos=True, alpha=0.1, seed=SEED)
    for workers, size in ((0, 20), (1, 7), (2, 3)):
        collate = Padded(tokenizer, alpha=0.1)
        assert unpadded(data.DataLoader(Numbered(texts), size, collate_fn=collate, num_workers=workers)) == expected


@pytest.mark.parametrize("method", METHODS)
def test_an_iterable_dataset_of_streams(tokenizer: bytepiece.Tokenizer, texts: list[str], method: str) -> None:
    rows = rows_of(Streamed(tokenizer, texts), method)
    assert [ids for _, ids in sorted(rows)] == tokenizer.encode_batch(texts)


def test_epochs_of_workers_that_stay(tokenizer: bytepiece.Tokenizer, texts: list[str]) -> None:
    loader = data.DataLoader(
        Numbered(texts), 4, collate_fn=Padded(tokenizer), num_workers=2, persistent_workers=True, timeout=60
    )
    expected = tokenizer.encode_batch(texts, add_bos=True)
    assert [unpadded(loader) for _ in range(3)] == [expected] * 3


def test_workers_that_are_forked_while_another_thread_encodes(tokenizer: bytepiece.Tokenizer, texts: list[str]) -> None:
    stop = threading.Event()

    def others() -> None:
        while not stop.is_set():
            tokenizer.encode_batch(texts, threads=2)

    thread = threading.Thread(target=others)
    thread.start()
    try:
        expected = tokenizer.encode_batch(texts)
        assert [rows_of(Encoded(tokenizer, texts), "fork") for _ in range(5)] == [expected] * 5
    finally:
        stop.set()
        thread.join()


def test_tensors_decode(tokenizer: bytepiece.Tokenizer, texts: list[str]) -> None:
    ids = torch.tensor(tokenizer.encode(texts[0]))
    assert tokenizer.decode(ids) == tokenizer.decode(ids.tolist())
    decoder = tokenizer.stream_decoder()
    assert "".join([*(decoder.push(id) for id in ids), decoder.finish()]) == tokenizer.decode(ids)
