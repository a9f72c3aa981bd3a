"""Special tokens: their ids, and what they decode to."""

from __future__ import annotations

import itertools
import re
import unicodedata
from typing import Any

import pytest
from support import CHAT, GOLDEN, IM, same

import bytepiece

THREE = {"<pad>": 0, "<bos>": 1, "<eos>": 2}


def test_ids_come_behind_the_ordinary_ones(plain: bytepiece.Tokenizer, special: bytepiece.Tokenizer) -> None:
    size = plain.vocab_size
    assert (special.vocab_size, len(special)) == (size + 2, size + 2)
    assert plain.special_tokens == THREE
    assert special.special_tokens == {**THREE, IM[0]: size, IM[1]: size + 1}
    assert list(special.special_tokens) == [*THREE, *IM]
    assert special.get_vocab() == {**plain.get_vocab(), IM[0]: size, IM[1]: size + 1}
    assert list(special.get_vocab().values()) == list(range(size + 2))
    assert plain.with_special_tokens([]).get_vocab() == plain.get_vocab()
    more = special.with_special_tokens(token for token in ["<z>", "<a>"])
    assert (more.piece_to_id("<z>"), more.piece_to_id("<a>"), special.vocab_size) == (size + 2, size + 3, size + 2)
    assert same(more, plain.with_special_tokens([*IM, "<z>", "<a>"]))


def test_lookups(special: bytepiece.Tokenizer) -> None:
    size = special.vocab_size
    assert special.pieces_to_ids([*IM, "<eos>", b"a"]) == [size - 2, size - 1, 2, 100]
    assert special.ids_to_pieces([size - 2, 1, 100]) == [IM[0], "<bos>", b"a"]
    assert special.id_to_piece(size - 1) == IM[1]
    with pytest.raises(KeyError, match=re.escape("b'<|im_start|>'")):
        special.piece_to_id(IM[0].encode())
    with pytest.raises(KeyError, match=f"ids are 0 to {size - 1}"):
        special.id_to_piece(size)


def test_a_special_token_may_be_equal_to_a_piece(plain: bytepiece.Tokenizer) -> None:
    tokenizer = plain.with_special_tokens(["a"])
    assert (tokenizer.piece_to_id(b"a"), tokenizer.piece_to_id("a")) == (100, plain.vocab_size)
    assert tokenizer.encode("xax") == plain.encode("xax")
    assert tokenizer.encode("xax", allowed_special=["a"]) == [
        plain.piece_to_id("x"),
        plain.vocab_size,
        plain.piece_to_id("x"),
    ]


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (["<x>", ""], "special token 1 cannot be added: it is empty"),
        (["<x>", "<x>"], 'special token 1 cannot be added: it is "<x>", which is a special token already'),
        (["<x>", IM[1]], 'special token 1 cannot be added: it is "<|im_end|>", which is a special token already'),
        (["<pad>"], 'special token 0 cannot be added: it is "<pad>", which every tokenizer has already'),
        (["é" * 128, "é" * 129], "special token 1 cannot be added: it has 258 bytes (beginning with"),
        (map(str, itertools.count()), "special token 65534 cannot be added: it would be one more than 65536"),
        (map(str, range(65_535)), "special token 65534 cannot be added: it would be one more than 65536"),
        ((f"{number:0256}" for number in range(8192)), "special token 8191 cannot be added: with it all have 20971"),
        (["<x>", "\udc80"], "tokens[1] has a lone surrogate"),
    ],
)
def test_tokens_that_cannot_be_added(special: bytepiece.Tokenizer, tokens: Any, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        special.with_special_tokens(tokens)


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        ("<x>", "tokens is a single str: call with_special_tokens([token]), or pass a list"),
        (7, "tokens must be an iterable of str, not int"),
        ({"<x>", "<y>"}, "tokens is a set: ids go by the order of the tokens, pass a list"),
        (frozenset(["<x>"]), "tokens is a frozenset: ids go by the order"),
        ({"<x>": 7}, "tokens is a dict: ids go by the order"),
        (["<x>", b"<y>"], "tokens[1] must be a str, not bytes"),
        ([None], "tokens[0] must be a str, not NoneType"),
    ],
)
def test_tokens_of_a_wrong_type(special: bytepiece.Tokenizer, tokens: Any, words: str) -> None:
    with pytest.raises(TypeError, match=re.escape(words)):
        special.with_special_tokens(tokens)


class Named(bytepiece.Tokenizer):
    """A subclass with a constructor of its own."""

    def __init__(self, name: str) -> None:
        super().__init__(GOLDEN / "small.model", seed=7)
        self.name = name


class Slotted(Named):
    """Has a slot beside the attributes."""

    __slots__ = ("slot",)

    def __init__(self) -> None:
        super().__init__("s")
        self.slot = ["kept"]


class Stateful(Named):
    """A subclass that says itself what is kept."""

    def __getstate__(self) -> dict[str, Any]:
        return {"kept": self.name}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.name = state["kept"] + "!"


def test_a_subclass_stays_what_it_is() -> None:
    named = Named("n")
    more = named.with_special_tokens(IM)
    assert type(more) is Named
    assert (more.name, more.vocab_size) == ("n", named.vocab_size + 2)
    assert [more.encode("今天 is fine", alpha=0.1) for _ in range(5)] == [
        named.encode("今天 is fine", alpha=0.1) for _ in range(5)
    ]
    slotted = Slotted()
    other = slotted.with_special_tokens(IM)
    assert (type(other), other.name, other.slot is slotted.slot) == (Slotted, "s", True)
    stateful = Stateful("s").with_special_tokens(IM)
    assert (type(stateful), stateful.name) == (Stateful, "s!")


def test_decoding_shows_or_skips(special: bytepiece.Tokenizer) -> None:
    ids = [1, *special.encode(CHAT, allowed_special=IM), 2, 0]
    text = unicodedata.normalize("NFC", CHAT)
    bare = text.replace(IM[0], "").replace(IM[1], "")
    for skip, expected in [(None, text), (False, f"<bos>{text}<eos><pad>"), (True, bare)]:
        assert special.decode(ids, skip_special_tokens=skip) == expected
        assert special.decode_bytes(ids, skip_special_tokens=skip) == expected.encode()
        assert special.decode_batch([ids, []], skip_special_tokens=skip) == [expected, ""]
        assert special.decode_batch(ids * 2, [len(ids), 2 * len(ids)], skip_special_tokens=skip) == [expected] * 2
    assert (special.decode(ids), special.decode_bytes(ids), special.decode_batch([ids])) == (
        text,
        text.encode(),
        [text],
    )
    for wrong in (1, "all"):
        with pytest.raises(TypeError, match="skip_special_tokens must be True or False, not"):
            special.decode(ids, skip_special_tokens=wrong)  # type: ignore[arg-type]
    with pytest.raises(KeyError, match=f"id {special.vocab_size} at position 0 is not in the vocabulary"):
        special.decode([special.vocab_size], skip_special_tokens=True)


def test_a_stream_decoder_shows_what_decode_shows(special: bytepiece.Tokenizer) -> None:
    ids = [special.bos_id, *special.encode("a"), special.piece_to_id(IM[0]), special.eos_id]
    for skip in (None, True, False):
        decoder = special.stream_decoder(skip_special_tokens=skip)
        shown = "".join(decoder.push(id) for id in ids) + decoder.finish()
        assert shown == special.decode(ids, skip_special_tokens=skip)
