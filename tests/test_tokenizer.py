"""What `Tokenizer` gives back: the API of 0.6.3, and what is new beside it."""

from __future__ import annotations

import base64
import gc
import itertools
import json
import os
import pathlib
import unicodedata
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import GOLDEN, adversarial_texts

import bytepiece

SMALL = bytepiece.Tokenizer(GOLDEN / "small.model")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("ab \n天e\u0301"), max_size=60)


def wide_model(size: int) -> dict[str, list[Any]]:
    """A model of `size` ids: the bytes, and as many pairs and triples as it takes."""
    pieces = itertools.chain.from_iterable(itertools.product(range(256), repeat=length) for length in (1, 2, 3))
    return {
        base64.b64encode(bytes(piece)).decode(): [index + 3, "", 5]
        for index, piece in enumerate(itertools.islice(pieces, size - 3))
    }


def test_a_model_loads_from_a_str_a_path_and_a_dict(model: pathlib.Path) -> None:
    loaded = json.loads(model.read_text("utf-8"))
    short = {key: (value[0], value[-1]) for key, value in loaded.items()}
    vocabularies = [bytepiece.Tokenizer(pieces).get_vocab() for pieces in (str(model), model, loaded, short)]
    assert all(vocabulary == vocabularies[0] for vocabulary in vocabularies)


def test_sizes_and_specials(tokenizer: bytepiece.Tokenizer, model: pathlib.Path) -> None:
    entries = json.loads(model.read_text("utf-8"))
    assert tokenizer.vocab_size == len(tokenizer) == len(entries) + 3
    assert (tokenizer.pad_id, tokenizer.bos_id, tokenizer.eos_id) == (0, 1, 2)
    assert bytepiece.Tokenizer.pad_id == 0
    assert tokenizer.ids_to_pieces([0, 1, 2, 3]) == ["<pad>", "<bos>", "<eos>", b"\0"]
    assert repr(tokenizer) == f"<Tokenizer vocab_size={len(tokenizer)}>"


def test_pieces_and_ids_are_each_others_inverse(tokenizer: bytepiece.Tokenizer) -> None:
    vocabulary = tokenizer.get_vocab()
    assert list(vocabulary.values()) == list(range(tokenizer.vocab_size))
    assert tokenizer.pieces_to_ids(list(vocabulary)) == list(vocabulary.values())
    assert tokenizer.ids_to_pieces(list(vocabulary.values())) == list(vocabulary)
    assert tokenizer.piece_to_id("a") == tokenizer.piece_to_id(b"a") == 3 + ord("a")
    assert tokenizer.id_to_piece(np.uint16(100)) == b"a"
    assert tokenizer.piece_to_id("<bos>") == 1
    with pytest.raises(KeyError, match="<bos>"):
        tokenizer.piece_to_id(b"<bos>")


def test_the_round_trip_of_both_flags(tokenizer: bytepiece.Tokenizer) -> None:
    ids = tokenizer.encode("天 text\n\n", add_bos=True, add_eos=True)
    assert ids == [1, *tokenizer.encode("天 text\n\n"), 2]
    assert tokenizer.decode(ids) == "天 text\n\n"
    assert tokenizer.encode("") == []
    assert tokenizer.encode("", True, True) == [1, 2]
    assert tokenizer.encode("<bos>") != [1]


@given(TEXTS)
def test_a_text_comes_back_normalized(text: str) -> None:
    ids = SMALL.encode(text)
    assert b"".join(SMALL.tokenize(text)) == SMALL.decode_bytes(ids) == b"".join(bytepiece.normalize(text))
    assert SMALL.ids_to_pieces(ids) == SMALL.tokenize(text)
    assert SMALL.encode(text.encode()) == ids


@given(st.binary(max_size=40))
def test_any_bytes_come_back_when_nothing_composes(data: bytes) -> None:
    if unicodedata.is_normalized("NFC", data.decode("utf-8", "replace")):
        assert SMALL.decode_bytes(SMALL.encode(data)) == data
    assert SMALL.decode(SMALL.encode(data)) == SMALL.decode_bytes(SMALL.encode(data)).decode("utf-8", "ignore")


@given(TEXTS, st.booleans(), st.booleans(), st.sampled_from([-1, 0, 0.5, 1]))
def test_an_iterator_gives_what_the_list_holds(text: str, bos: bool, eos: bool, alpha: float) -> None:
    SMALL.set_seed(5)
    ids, pieces = SMALL.encode(text, bos, eos, alpha), SMALL.tokenize(text, alpha)
    SMALL.set_seed(5)
    assert list(SMALL.encode(text, bos, eos, alpha, True)) == ids
    assert list(SMALL.tokenize(text, alpha, iter=True)) == pieces


@pytest.mark.skipif(not pathlib.Path("/proc/self/statm").exists(), reason="memory is read from /proc/self/statm")
def test_an_iterator_encodes_no_more_than_it_must(tokenizer: bytepiece.Tokenizer) -> None:
    """100 MB in lines: the ids of all of them would take over 40 MB; the first piece comes from the first line alone."""

    def resident() -> int:
        pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    text = b"one line\n" * 12_000_000
    before = resident()
    iterator = tokenizer.encode(text, iter=True)
    assert next(iterator) == tokenizer.encode("one line\n")[0]
    assert resident() - before < 20_000_000


@pytest.mark.parametrize("threads", [1, 2, 5, None])
def test_a_batch_gives_the_rows_of_single_calls(
    tokenizer: bytepiece.Tokenizer, documents: list[str], threads: int | None
) -> None:
    texts = [*documents, *adversarial_texts().values(), ""]
    expected = [tokenizer.encode(text) for text in texts]
    assert tokenizer.encode_batch(texts, threads=threads) == expected
    assert tokenizer.encode_batch(iter(texts), threads=threads) == expected
    ids, row_ends = tokenizer.encode_batch(texts, threads=threads, output="numpy")
    assert [row.tolist() for row in np.split(ids, row_ends)[:-1]] == expected
    assert tokenizer.decode_batch(expected) == tokenizer.decode_batch(ids, row_ends)
    assert tokenizer.decode_batch(ids, row_ends) == [tokenizer.decode(row) for row in expected]


def test_an_empty_batch(tokenizer: bytepiece.Tokenizer) -> None:
    assert tokenizer.encode_batch([]) == []
    ids, row_ends = tokenizer.encode_batch([], output="numpy")
    assert (len(ids), len(row_ends), ids.dtype, row_ends.dtype) == (0, 0, np.uint16, np.int64)
    assert tokenizer.decode_batch(ids, row_ends) == []


@pytest.mark.parametrize(("size", "dtype"), [(65_536, np.uint16), (65_537, np.uint32)])
def test_ids_of_a_batch_are_as_narrow_as_the_vocabulary_allows(size: int, dtype: type) -> None:
    tokenizer = bytepiece.Tokenizer(wide_model(size))
    assert tokenizer.vocab_size == size
    last = tokenizer.id_to_piece(size - 1)
    ids, row_ends = tokenizer.encode_batch([last], output="numpy")
    assert (ids.dtype, row_ends.dtype) == (dtype, np.int64)
    assert tokenizer.decode_bytes(ids) == last
    encoder = tokenizer.stream_encoder(output="numpy")
    assert (encoder.push(last).dtype, encoder.finish().dtype) == (dtype, dtype)
    assert next(tokenizer.encode_files([last]))[0].dtype == dtype


def test_special_tokens_count_where_ids_must_fit() -> None:
    tokenizer = bytepiece.Tokenizer(wide_model(65_536)).with_special_tokens(["<x>"])
    encoder = tokenizer.stream_encoder(output="numpy")
    arrays = [encoder.push(b"a"), encoder.finish(), tokenizer.encode_batch(["a"], output="numpy")[0]]
    parsed, _ = next(tokenizer.encode_files(["<x>"], allowed_special="all"))
    assert [array.dtype for array in [*arrays, parsed]] == [np.uint32] * 4
    assert parsed.tolist() == [65_536]


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", ">u2", ">i4"])
def test_decode_takes_arrays_of_any_integers(tokenizer: bytepiece.Tokenizer, dtype: str) -> None:
    ids = np.array([1, 100, 101, 2], dtype)
    assert tokenizer.decode(ids) == tokenizer.decode(ids.tolist()) == "ab"
    assert tokenizer.decode(np.repeat(ids, 2)[::2]) == "ab"
    assert tokenizer.decode(iter(ids)) == tokenizer.decode(tuple(ids)) == "ab"


def test_an_empty_array_decodes_whatever_it_could_hold(tokenizer: bytepiece.Tokenizer) -> None:
    assert tokenizer.decode(np.array([])) == ""  # float64, to numpy
    assert tokenizer.decode_batch(np.array([]), np.array([])) == []


def test_a_batch_samples_what_single_calls_sample(tokenizer: bytepiece.Tokenizer, documents: list[str]) -> None:
    texts = [document[:200] for document in documents]
    for alpha in (0, 0.3, 2):
        tokenizer.set_seed(2**64 - 1)
        single = [tokenizer.encode(text, alpha=alpha) for text in texts]
        for threads in (1, 3):
            assert tokenizer.encode_batch(texts, alpha=alpha, seed=2**64 - 1, threads=threads) == single
        assert tokenizer.encode_batch(texts, alpha=alpha) == single  # the tokenizer's own seed
        tail = tokenizer.encode_batch(texts[3:], alpha=alpha, seed=2**64 - 1, first_index=np.int64(3))
        assert tail == single[3:]


def test_only_single_samples_are_counted(tokenizer: bytepiece.Tokenizer) -> None:
    text = "which segmentation will it be this time?"
    tokenizer.set_seed(1)
    samples = [tokenizer.encode(text, alpha=0) for _ in range(4)]
    assert len(set(map(tuple, samples))) == 4
    tokenizer.set_seed(1)
    assert tokenizer.encode(text, alpha=0) == samples[0]
    tokenizer.encode(text)
    tokenizer.encode_batch([text] * 9, alpha=0)
    assert tokenizer.tokenize(text, alpha=0) == tokenizer.ids_to_pieces(samples[1])


def test_a_long_text_samples_as_a_short_one_does(tokenizer: bytepiece.Tokenizer) -> None:
    text = "a line of a text that is over a megabyte\n" * 30_000
    tokenizer.set_seed(3)
    assert tokenizer.encode(text, alpha=0.5) == tokenizer.encode_batch([text], alpha=0.5, seed=3)[0]


def test_without_a_seed_samples_differ(model: pathlib.Path) -> None:
    text = "no seed, so every tokenizer and every batch draws its own " * 3
    samples = [tuple(bytepiece.Tokenizer(model).encode(text, alpha=0)) for _ in range(3)]
    samples += [tuple(bytepiece.Tokenizer(model).encode_batch([text], alpha=0)[0]) for _ in range(3)]
    assert len(set(samples)) == 6


def test_save_writes_the_file_that_was_loaded(
    tokenizer: bytepiece.Tokenizer, model: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    tokenizer.save(tmp_path / "again.model")
    assert (tmp_path / "again.model").read_bytes() == model.read_bytes()
    assert list(tmp_path.iterdir()) == [tmp_path / "again.model"]


def test_a_subclass_may_have_a_constructor_of_its_own(model: pathlib.Path) -> None:
    class Shouting(bytepiece.Tokenizer):
        def __init__(self, path: pathlib.Path, *, mark: str) -> None:
            super().__init__(path, seed=7)
            self.mark = mark

    assert Shouting(model, mark="!").encode("a!") == bytepiece.Tokenizer(model).encode("a!")
    with pytest.raises(RuntimeError, match="__init__ was not called"):
        Shouting.__new__(Shouting).encode("a")
    with pytest.raises(RuntimeError, match="immutable"):
        bytepiece.Tokenizer.__init__(Shouting(model, mark="!"), model)


def test_normalize_is_that_of_0_6_3() -> None:
    assert bytepiece.normalize("e\u0301 1\n\n2") == ["é 1\n\n".encode(), b"2"]
    assert bytepiece.normalize("a12\n\n", isolate_digits=True) == [b"a", b"1", b"2", b"\n\n"]
    assert bytepiece.normalize("abcde", 2) == bytepiece.normalize("abcde", maxlen=2) == [b"ab", b"cd", b"e"]
    assert bytepiece.normalize("") == []
    assert bytepiece.normalize(b"e\xcc\x81\xff\xcc\x81") == [b"\xc3\xa9\xff\xcc\x81"]


def test_a_large_batch_leaves_the_garbage_collector_as_it_was(tokenizer: bytepiece.Tokenizer) -> None:
    texts = ["a text"] * 2000
    assert gc.isenabled()
    assert tokenizer.encode_batch(texts) == [tokenizer.encode("a text")] * 2000
    assert gc.isenabled()
    gc.disable()
    try:
        tokenizer.encode_batch(texts)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_vocabularies_too_large_to_share_ints_give_lists_too() -> None:
    tokenizer = bytepiece.Tokenizer(wide_model((1 << 18) + 1))
    ids = tokenizer.encode("some text")
    assert tokenizer.decode(ids) == "some text"
    assert tokenizer.encode_batch(["some text"], output="numpy")[0].tolist() == ids
