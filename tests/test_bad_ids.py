"""Bad ids, and bad arguments of the tokenizer: the class of the exception, and words that say what, where and the value."""

from __future__ import annotations

import math
import pathlib

import numpy as np
import pytest

import bytepiece
from bytepiece.corpus import Jsonl, Text

Trainer = bytepiece.Trainer


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


def test_rows_of_ids_are_named(tokenizer: bytepiece.Tokenizer) -> None:
    size = tokenizer.vocab_size
    for rows, kind, words in (
        ([[100], [101, -1]], ValueError, "id -1 at position 1 of row 1 is negative"),
        ([[100], [size]], KeyError, f"id {size} at position 0 of row 1 is not in the vocabulary"),
        ([[100], [10**30]], KeyError, f"id {10**30} at position 0 of row 1"),
        ([[100], [100, 1.0]], TypeError, "the id at position 1 of row 1 must be an int, not float"),
        ([[100], 101], TypeError, "row 1 of ids must be an iterable of integers, not int"),
        (3, TypeError, "ids must be an iterable of rows of ids, not int"),
    ):
        with pytest.raises(kind, match=words):
            tokenizer.decode_batch(rows)  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="id -1 at position 0 of row 1 is negative"):
        tokenizer.decode_batch([100, -1], [1, 2])


def test_row_ends_that_do_not_fit(tokenizer: bytepiece.Tokenizer) -> None:
    for row_ends, words in (
        ([2, 1, 3], r"row_ends\[1\] must be 2 to 3 \(the number of ids\), not 1"),
        ([2, 4], r"row_ends\[1\] must be 2 to 3 \(the number of ids\), not 4"),
        ([-1, 3], r"row_ends\[0\] must be 0 to 3"),
        ([1, 2], "the last row ends at 2, but there are 3 ids"),
        ([], "the last row ends at 0, but there are 3 ids"),
        ([2**70], r"row_ends\[0\] must be 0 to 3"),
    ):
        with pytest.raises(ValueError, match=words):
            tokenizer.decode_batch([100, 101, 102], row_ends)


@pytest.mark.parametrize("alpha", [math.nan, math.inf, 1e291])
def test_alpha_that_is_no_exponent(tokenizer: bytepiece.Tokenizer, alpha: float) -> None:
    for call in (tokenizer.encode, tokenizer.tokenize, lambda text, alpha: tokenizer.encode_batch([text], alpha=alpha)):
        with pytest.raises(
            ValueError, match="alpha must be a number: negative for the best path, 0 to 1e290 to sample, not"
        ):
            call("a", alpha=alpha)
    with pytest.raises(ValueError, match="not 1e291" if alpha == 1e291 else "not (NaN|inf)"):
        tokenizer.encode("a", alpha=alpha)


def test_arguments_of_the_wrong_type_are_named(tokenizer: bytepiece.Tokenizer) -> None:
    """Each of them once raised an error that did not say which argument it was about."""
    for call in (tokenizer.encode, tokenizer.tokenize, lambda text, alpha: tokenizer.encode_batch([text], alpha=alpha)):
        for wrong in ("1", None, True, [1]):
            with pytest.raises(TypeError, match=f"^alpha must be a number, not {type(wrong).__name__}$"):
                call("a", alpha=wrong)
        with pytest.raises(ValueError, match="alpha is beyond the range of a float"):
            call("a", alpha=10**400)
    for name in ("add_bos", "add_eos", "iter"):
        for wrong in (1, None, "yes"):
            with pytest.raises(TypeError, match=f"^{name} must be True or False, not {type(wrong).__name__}$"):
                tokenizer.encode("a", **{name: wrong})  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="^output must be a str, not NoneType$"):
        tokenizer.encode_batch([], output=None)  # type: ignore[call-overload]
    for arguments, words in (
        ({"maxlen": 1.5}, "maxlen must be an int, not float"),
        ({"maxlen": True}, "maxlen must be an int, not bool"),
        ({"isolate_digits": 1}, "isolate_digits must be True or False, not int"),
    ):
        with pytest.raises(TypeError, match=f"^{words}$"):
            bytepiece.normalize("a", **arguments)  # type: ignore[arg-type]
    for array in (np.array([6]), np.array([300, 400])):
        with pytest.raises(TypeError, match="max_vocab_size must be an int, not ndarray"):
            Trainer(max_vocab_size=array)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="field must be a str, or a list of str, not int"):
        Jsonl(__file__, field=3)  # type: ignore[arg-type]


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


def test_a_path_with_a_nul_character(tokenizer: bytepiece.Tokenizer) -> None:
    for name, call in {"path": tokenizer.save, "pieces": bytepiece.Tokenizer, "paths": Text}.items():
        with pytest.raises(ValueError, match=rf"^{name} has a NUL character, which no file has: 'a\\x00b'$"):
            call("a\0b")
