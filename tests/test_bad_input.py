"""Bad input: the class of the exception, and words that say what, where, the value and the way out."""

from __future__ import annotations

import collections
import math
import pathlib
import re
import types
from typing import Any

import numpy as np
import pytest

import bytepiece
from bytepiece.corpus import Text

Trainer = bytepiece.Trainer


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"order": 0}, "order must be 1 to 16, not 0"),
        ({"order": 17}, "order must be 1 to 16, not 17"),
        ({"order": -(10**30)}, f"order must be 1 to 16, not -{10**30}"),
        ({"max_vocab_size": 258}, "max_vocab_size must be 259 to 16777219, not 258"),
        ({"max_vocab_size": 2**24 + 4}, "max_vocab_size must be 259 to 16777219, not 16777220"),
        ({"max_vocab_size": [300, -5]}, "max_vocab_size must be 259 to 16777219, not -5"),
        ({"max_vocab_size": []}, "max_vocab_size must be a size or a list of at least one size, not an empty list"),
        ({"max_piece_length": 0}, "max_piece_length must be 1 to 4096, not 0"),
        ({"max_piece_length": 4097}, "max_piece_length must be 1 to 4096, not 4097"),
        ({"max_piece_length": 10**30}, f"max_piece_length must be 1 to 4096, not {10**30}"),
        ({"min_count": 0}, "min_count must be at least 1, not 0"),
        ({"min_count": -1}, "min_count must be at least 1, not -1"),
        ({"threads": 0}, "threads must be 1 to 1024, not 0"),
        ({"threads": 10**6}, "threads must be 1 to 1024, not 1000000"),
    ],
)
def test_parameters_out_of_range(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        Trainer(**arguments)


@pytest.mark.parametrize("name", ["order", "max_vocab_size", "max_piece_length", "min_count", "threads"])
@pytest.mark.parametrize("value", ["6", 6.0, True, b"6", None, np.float64(6), {}])
def test_numbers_of_the_wrong_type(name: str, value: Any) -> None:
    if name == "threads" and value is None:
        return  # all cores
    with pytest.raises(TypeError, match=f"^{name} must be an int.*, not {type(value).__name__}$"):
        Trainer(**{name: value})


def test_other_parameters_of_the_wrong_type() -> None:
    for name in ("isolate_digits", "ensure_unicode", "compat"):
        with pytest.raises(TypeError, match=f"^{name} must be True or False, not int$"):
            Trainer(**{name: 1})  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="max_vocab_size must be an int, not str"):
        Trainer(max_vocab_size=[300, "400"])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="progress must be None, True, False or a function, not str"):
        Trainer(progress="yes")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="unexpected keyword"):
        Trainer(vocab_size=300)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="positional"):
        Trainer(6, 300, 36, 2, False, True, True)  # type: ignore[misc]
    for arguments, words in (
        ({"workers": 0}, "workers must be 1 to 1024"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
    ):
        with pytest.raises(ValueError, match=words):
            Trainer().train(["a"], **arguments)


@pytest.mark.parametrize("texts", [[], [""], ["", b""], iter([]), {"a": [], "b": [""]}, {}])
def test_an_empty_corpus(texts: Any) -> None:
    with pytest.raises(ValueError, match="the corpus is empty"):
        Trainer().train(texts)


@pytest.mark.parametrize("text", ["a text", b"a text", bytearray(b"a text"), pathlib.Path("corpus.txt")])
def test_a_single_text_is_no_corpus(text: Any) -> None:
    words = r"texts is a single \w+: .* train\(\[text\]\), .* train\(bytepiece\.corpus\.Text\(path\)\)"
    with pytest.raises(TypeError, match=words):
        Trainer().train(text)
    with pytest.raises(TypeError, match=words.replace("texts", r'texts\["zh"\]')):
        Trainer().train({"zh": text})


def test_a_corpus_of_the_wrong_type() -> None:
    with pytest.raises(TypeError, match="texts must be an iterable of str or bytes, a reader .*, not int"):
        Trainer().train(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="names of sources must be str, not int"):
        Trainer().train({1: ["a"]})  # type: ignore[dict-item]


@pytest.mark.parametrize("wrap", [dict, types.MappingProxyType, collections.UserDict])
def test_sources_cannot_be_nested(wrap: Any) -> None:
    with pytest.raises(TypeError, match=rf'^texts\["zh"\] is a {wrap.__name__}: sources cannot be nested; '):
        Trainer().train({"zh": wrap({"news": ["a"]})})


@pytest.mark.parametrize("document", [3, None, ["a"], bytearray(b"a")])
@pytest.mark.parametrize("wrap", [list, iter, lambda texts: {"zh": texts}])
def test_documents_that_are_no_text(document: Any, wrap: Any) -> None:
    with pytest.raises(
        TypeError, match=rf"^document 2 .*must be str or bytes, not {type(document).__name__}$"
    ) as wrong:
        Trainer().train(wrap(["a", b"b", document]))
    assert ("zh" in str(wrong.value)) == isinstance(wrap([]), dict)


def test_lone_surrogates(tokenizer: bytepiece.Tokenizer) -> None:
    words = r"has the lone surrogate U\+D800 at character 3, .*\"replace\""
    bad = "ab天\ud800c"
    for name, call in {
        r"document 1 \(counted from 0\)": lambda: Trainer().train(["good", bad]),
        "text": lambda: tokenizer.encode(bad),
        "text 2": lambda: tokenizer.encode_batch(["a", "b", bad]),
        "piece": lambda: tokenizer.piece_to_id(bad),
    }.items():
        with pytest.raises(ValueError, match=f"^{name} {words}"):
            call()
    with pytest.raises(ValueError, match=r"U\+DFFF at character 0"):
        bytepiece.normalize("\udfff")


def test_before_training(tmp_path: pathlib.Path) -> None:
    with pytest.raises(RuntimeError, match=r"save: nothing is trained yet; call train\(texts\) first"):
        Trainer().save(tmp_path / "m")
    with pytest.raises(RuntimeError, match="pieces: nothing is trained yet"):
        _ = Trainer().pieces
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", ["decode", "decode_bytes", "ids_to_pieces"])
def test_ids_that_are_none(tokenizer: bytepiece.Tokenizer, call: str) -> None:
    function, size = getattr(tokenizer, call), tokenizer.vocab_size
    for ids in ([100, -1], np.array([100, -1]), (100, -1), [100, -(10**30)]):
        with pytest.raises(ValueError, match=rf"at position 1 is negative; ids are 0 to {size - 1}"):
            function(ids)
    for ids in ([100, size], np.array([100, size], np.uint32), [100, 10**30], np.array([100, 2**63], np.uint64)):
        with pytest.raises(KeyError, match=rf"at position 1 is not in the vocabulary; ids are 0 to {size - 1}"):
            function(ids)
    for ids in ([100, 1.0], [100, "1"], [100, None], [100, True], [100, np.float32(1)]):
        with pytest.raises(TypeError, match=f"the id at position 1 must be an int, not {type(ids[1]).__name__}"):
            function(ids)
    for ids in ("100", b"100", 100, None, np.array([1.5]), np.array([True]), np.array(["1"])):
        with pytest.raises(TypeError, match="ids must be"):
            function(ids)
    with pytest.raises(ValueError, match="an array of 1 dimension, not 2"):
        function(np.zeros((2, 2), np.int64))


def test_single_ids_and_pieces_that_are_none(tokenizer: bytepiece.Tokenizer) -> None:
    with pytest.raises(ValueError, match="id -1 .* is negative"):
        tokenizer.id_to_piece(-1)
    with pytest.raises(KeyError, match="not in the vocabulary"):
        tokenizer.id_to_piece(tokenizer.vocab_size)
    with pytest.raises(TypeError, match="id must be an int, not float"):
        tokenizer.id_to_piece(3.0)  # type: ignore[arg-type]
    for unknown in ("no such piece", b"no such piece", "", b"\xff\xfe"):
        with pytest.raises(KeyError, match="is not in the vocabulary"):
            tokenizer.piece_to_id(unknown)
    with pytest.raises(TypeError, match="piece must be str or bytes, not int"):
        tokenizer.piece_to_id(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"pieces is a single str: call piece_to_id\(piece\)"):
        tokenizer.pieces_to_ids("abc")


def test_row_ends_that_do_not_fit(tokenizer: bytepiece.Tokenizer) -> None:
    for row_ends, words in (
        ([2, 1, 3], r"row_ends\[1\] must be 2 to 3 \(the number of ids\), not 1"),
        ([2, 4], r"row_ends\[1\] must be 2 to 3 \(the number of ids\), not 4"),
        ([-1, 3], r"row_ends\[0\] must be 0 to 3"),
        ([1, 2], "the last row ends at 2, but there are 3 ids"),
        ([], "the last row ends at 0, but there are 3 ids"),
    ):
        with pytest.raises(ValueError, match=words):
            tokenizer.decode_batch([100, 101, 102], row_ends)


@pytest.mark.parametrize("alpha", [math.nan, math.inf, 1e291])
def test_alpha_that_is_no_exponent(tokenizer: bytepiece.Tokenizer, alpha: float) -> None:
    for call in (tokenizer.encode, tokenizer.tokenize, lambda text, alpha: tokenizer.encode_batch([text], alpha=alpha)):
        with pytest.raises(ValueError, match=r"^alpha must be .* 0 to 1e290 to sample, not (NaN|inf|1e291)$"):
            call("a", alpha=alpha)
    with pytest.raises(TypeError):
        tokenizer.encode("a", alpha="1")  # type: ignore[call-overload]


def test_seeds_that_are_none(tokenizer: bytepiece.Tokenizer, model: pathlib.Path) -> None:
    for call in (
        tokenizer.set_seed,
        lambda seed: bytepiece.Tokenizer(model, seed),
        lambda seed: tokenizer.encode_batch([], seed=seed),
    ):
        for seed in (-1, 2**64):
            with pytest.raises(ValueError, match=rf"seed must be 0 to 2\*\*64 - 1, not {seed}"):
                call(seed)
        for wrong in (1.0, "1", True):
            with pytest.raises(TypeError, match=f"seed must be an int, not {type(wrong).__name__}"):
                call(wrong)
        call(np.uint64(2**64 - 1))
    with pytest.raises(ValueError, match="first_index must be at most"):
        tokenizer.encode_batch(["a", "b"], alpha=1, first_index=2**64 - 1)


def test_texts_of_the_wrong_type(tokenizer: bytepiece.Tokenizer) -> None:
    for call in (tokenizer.encode, tokenizer.tokenize, bytepiece.normalize):
        for wrong in (3, None, ["a"], bytearray(b"a")):
            with pytest.raises(TypeError, match=f"^text must be str or bytes, not {type(wrong).__name__}$"):
                call(wrong)
    for single in ("a", b"a"):
        with pytest.raises(
            TypeError, match=rf"texts is a single {type(single).__name__}: call encode\(text\), or pass a list"
        ):
            tokenizer.encode_batch(single)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="^text 1 must be str or bytes, not int$"):
        tokenizer.encode_batch(["a", 3])  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="texts must be an iterable of str or bytes, not int"):
        tokenizer.encode_batch(3)  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="output must be 'lists' or 'numpy', not 'torch'"):
        tokenizer.encode_batch([], output="torch")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="threads must be 1 to 1024, not 0"):
        tokenizer.encode_batch([], threads=0)


def test_counts_that_are_none(tmp_path: pathlib.Path) -> None:
    for pieces, words in (
        ({"ab": 0}, r'the count of piece b"ab" must be 1 to 2\*\*64 - 1, not 0'),
        ({"ab": -2}, "not -2"),
        ({"ab": 2**64}, "not 18446744073709551616"),
        ({"ab": 2**64 - 255}, r"the sum of counts is over 2\^64 - 1"),
        ({"ab": 3, b"ab": 3}, "given twice"),
        ({"": 3}, "a piece must be 1 to 4096 bytes, .* is 0"),
        ({"x" * 4097: 3}, "a piece must be 1 to 4096 bytes, .* is 4097"),
    ):
        with pytest.raises(ValueError, match=words):
            bytepiece.convert_to_bytepiece(pieces, tmp_path / "m")
    for pieces, words in (
        ({"ab": 1.0}, "must be an int, not float"),
        ({3: 1}, "piece must be str or bytes"),
        (["ab"], "dict"),
    ):
        with pytest.raises(TypeError, match=words):
            bytepiece.convert_to_bytepiece(pieces, tmp_path / "m")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_files_are_looked_at_before_the_work_starts(tmp_path: pathlib.Path) -> None:
    (tmp_path / "there").write_text("a" * 1000, "utf-8")
    with pytest.raises(FileNotFoundError, match="missing"):
        Text([tmp_path / "there", tmp_path / "missing"])
