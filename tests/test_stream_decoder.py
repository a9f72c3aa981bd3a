"""Ids one by one give the text of all of them, in whole characters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import GOLDEN

import bytepiece

SMALL = bytepiece.Tokenizer(GOLDEN / "small.model")
IDS = st.lists(
    st.integers(0, SMALL.vocab_size - 1) | st.sampled_from([3 + byte for byte in "天é😀".encode()]), max_size=30
)


@given(IDS, st.integers(1, 4))
def test_ids_give_the_text_of_the_whole(ids: list[int], size: int) -> None:
    decoder, replacing = SMALL.stream_decoder(), SMALL.stream_decoder(errors="replace")
    assert "".join([*map(decoder.push, ids), decoder.finish()]) == SMALL.decode(ids)
    decoder.reset()
    several = [np.array(ids[start : start + size], np.uint16) for start in range(0, len(ids), size)]
    assert "".join([*map(decoder.push, several), decoder.finish()]) == SMALL.decode(ids)
    replaced = "".join([*map(replacing.push, ids), replacing.finish()])
    assert replaced == SMALL.decode_bytes(ids).decode(errors="replace")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_characters_come_whole_and_at_once(text: str) -> None:
    decoder = SMALL.stream_decoder()
    for character in text:
        parts = [decoder.push(3 + byte) for byte in character.encode()]
        assert parts == [""] * (len(parts) - 1) + [character]
    assert decoder.finish() == ""


class Index:
    """An integer that can also be iterated over, or not, as a tensor of 0 dimensions."""

    def __index__(self) -> int:
        return 100

    def __iter__(self) -> Any:
        raise TypeError("iteration over a 0-d tensor")


@pytest.mark.parametrize(
    "one", [100, np.uint16(100), np.int64(100), np.array(100), Index(), [100], (100,), iter([100, 0])]
)
def test_one_id_or_several(one: Any) -> None:
    assert SMALL.stream_decoder().push(one) == "a"


def test_special_tokens_have_ids_here_too() -> None:
    special = SMALL.with_special_tokens(["<x>", "天"])
    ids = [1, 741, 3 + 0xE5, 742, 100, 2]
    for skip, text in [(None, "<x>天a"), (True, "a"), (False, "<bos><x>天a<eos>")]:
        decoder = special.stream_decoder(skip_special_tokens=skip)
        assert "".join([*map(decoder.push, ids), decoder.finish()]) == special.decode(ids, skip_special_tokens=skip)
        decoder.reset()
        assert decoder.push([741, 742, 741]) == special.decode([741, 742, 741], skip_special_tokens=skip)
        assert special.decode(ids, skip_special_tokens=skip) == text
    with pytest.raises(KeyError, match="id 743 at position 0 is not in the vocabulary; ids are 0 to 742"):
        special.stream_decoder().push(743)


@pytest.mark.parametrize(
    ("wrong", "kind", "words"),
    [
        (741, KeyError, "id 741 at position 0 is not in the vocabulary; ids are 0 to 740"),
        ([3 + 0xA9, 10**30], KeyError, f"id {10**30} at position 1 is not in the vocabulary; ids are 0 to 740"),
        (-1, ValueError, "id -1 at position 0 is negative; ids are 0 to 740"),
        ([3 + 0xA9, -1], ValueError, "id -1 at position 1 is negative; ids are 0 to 740"),
        (True, TypeError, "the id at position 0 must be an int, not bool"),
        ([1.5], TypeError, "the id at position 0 must be an int, not float"),
        (None, TypeError, "ids must be an iterable of integers, not NoneType"),
        ("100", TypeError, "ids must be integers, not str"),
        (np.array([1.5, 2]), TypeError, "ids must be integers, not an array of float64"),
        (np.array([[1, 2]]), ValueError, "ids must be one sequence (an array of 1 dimension, not 2); for several, use"),
    ],
)
def test_wrong_ids_are_not_taken(wrong: Any, kind: type[Exception], words: str) -> None:
    decoder = SMALL.stream_decoder()
    assert SMALL.vocab_size == 741
    assert decoder.push([3 + 0xE5, 3 + 0xA4]) == ""
    with pytest.raises(kind) as error:
        decoder.push(wrong)
    assert error.value.args[0].startswith(words)
    assert decoder.push([0, 3 + 0xA9, 2]) == "天"
