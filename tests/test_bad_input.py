"""Bad input: the class of the exception, and words that say what, where, the value and the way out."""

from __future__ import annotations

import collections
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
    with pytest.raises(TypeError, match="the name of a source must be a str, not int"):
        Trainer().train({1: ["a"]})  # type: ignore[dict-item]
    with pytest.raises(ValueError, match="the name of a source has a lone surrogate"):
        Trainer().train({"\ud800": ["a"]})


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
