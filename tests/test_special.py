"""Special tokens: their ids, where they are parsed and where not, how they decode, and how they are kept."""

from __future__ import annotations

import base64
import copy
import itertools
import json
import multiprocessing
import pathlib
import pickle
import re
import subprocess
import sys
import threading
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import GOLDEN, NO_SHARED, SHARED, adversarial_texts

import bytepiece

IM = ["<|im_start|>", "<|im_end|>"]
THREE = {"<pad>": 0, "<bos>": 1, "<eos>": 2}
CHAT = "<|im_start|>user\n天 e\u0301<|im_end|>\n<|im_start|>"


@pytest.fixture(scope="module")
def plain() -> bytepiece.Tokenizer:
    return bytepiece.Tokenizer(GOLDEN / "small.model")


@pytest.fixture(scope="module")
def special(plain: bytepiece.Tokenizer) -> bytepiece.Tokenizer:
    return plain.with_special_tokens(IM)


def same(one: bytepiece.Tokenizer, other: bytepiece.Tokenizer) -> bool:
    return one.get_vocab() == other.get_vocab() and list(one.get_vocab()) == list(other.get_vocab())


# --- ids -------------------------------------------------------------------------------------------------------------


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


# --- parsing ---------------------------------------------------------------------------------------------------------


def test_nothing_is_parsed_unless_it_is_allowed(plain: bytepiece.Tokenizer, special: bytepiece.Tokenizer) -> None:
    texts = [CHAT, "".join(IM), "<pad><bos><eos>", CHAT.encode(), *adversarial_texts().values()]
    assert special.encode_batch(texts) == plain.encode_batch(texts)
    assert [special.encode(text) for text in texts] == [plain.encode(text) for text in texts]
    assert [special.tokenize(text, iter=True).__next__() for text in texts[:3]] == [
        plain.tokenize(text)[0] for text in texts[:3]
    ]
    assert special.encode(CHAT, allowed_special=[], disallowed_special=()) == plain.encode(CHAT)
    assert special.encode_batch(texts, alpha=0.5, seed=1) == plain.encode_batch(texts, alpha=0.5, seed=1)


def test_allowed_tokens_become_one_id(special: bytepiece.Tokenizer) -> None:
    start, end = special.pieces_to_ids(IM)
    middle, newline = special.encode("user\n天 é"), special.encode("\n")
    ids = [start, *middle, end, *newline, start]
    for allowed in (IM, set(IM), "all", iter(IM), dict.fromkeys(IM)):
        assert special.encode(CHAT, allowed_special=allowed) == ids
    assert special.encode(CHAT.encode(), allowed_special="all") == ids
    assert list(special.encode(CHAT, allowed_special=IM, iter=True)) == ids
    assert special.encode_batch([CHAT, "", CHAT], allowed_special=IM) == [ids, [], ids]
    assert special.count_tokens([CHAT, ""], allowed_special=IM).tolist() == [len(ids), 0]
    assert special.count_tokens(CHAT, add_bos=True, allowed_special=IM) == len(ids) + 1
    pieces = special.tokenize(CHAT, allowed_special=IM)
    assert pieces == special.ids_to_pieces(ids) == list(special.tokenize(CHAT, iter=True, allowed_special=IM))
    assert [piece for piece in pieces if isinstance(piece, str)] == [*IM, IM[0]]
    assert special.encode(CHAT, True, True, allowed_special=IM, max_length=5) == [1, *ids[:3], 2]
    assert list(special.encode(CHAT, True, True, -1, True, allowed_special=IM, max_length=5)) == [1, *ids[:3], 2]
    only = special.encode(CHAT, allowed_special=[IM[1]])
    assert only == [*special.encode(CHAT.split(IM[1])[0]), end, *special.encode(CHAT.split(IM[1])[1])]
    arrays = special.encode_batch([CHAT], allowed_special=IM, output="numpy")
    assert (arrays[0].tolist(), arrays[1].tolist()) == (ids, [len(ids)])


def test_the_three_of_every_tokenizer_can_be_named(plain: bytepiece.Tokenizer) -> None:
    assert plain.encode("<bos>a<eos>", allowed_special=["<bos>"]) == [1, *plain.encode("a<eos>")]
    assert plain.encode("<pad><bos><eos>", allowed_special="all") == [0, 1, 2]


def test_the_leftmost_and_longest_token_wins(plain: bytepiece.Tokenizer) -> None:
    tokenizer = plain.with_special_tokens(["<a>", "<a><b>", "b><c", "<c>"])

    def pieces(text: str, *allowed: str) -> list[bytes | str]:
        return tokenizer.tokenize(text, allowed_special=allowed or "all")

    assert pieces("<a><b><c>") == ["<a><b>", "<c>"]
    assert pieces("<a><b><c>", "<a>", "<c>") == ["<a>", *tokenizer.tokenize("<b>"), "<c>"]
    assert pieces("<b><c>") == [*tokenizer.tokenize("<"), "b><c", *tokenizer.tokenize(">")]
    assert pieces("<a><a><b>") == ["<a>", "<a><b>"]


def test_nothing_is_normalized_across_a_special_token(plain: bytepiece.Tokenizer) -> None:
    tokenizer = plain.with_special_tokens(["<x>", "\u00e9", "e"])
    token = tokenizer.piece_to_id("<x>")
    assert unicodedata.normalize("NFC", ">\u0338") == "\u226f"  # so the next line could be one character
    assert tokenizer.encode("<x>\u0338", allowed_special=["<x>"]) == [token, *plain.encode("\u0338")]
    assert tokenizer.decode(tokenizer.encode("<x>\u0338", allowed_special=["<x>"])) == "<x>\u0338"
    # sought in the text as given: the decomposed form is another text
    assert tokenizer.encode("e\u0301", allowed_special=["\u00e9"]) == plain.encode("\u00e9")
    assert tokenizer.encode("\u00e9", allowed_special=["\u00e9"]) == [tokenizer.piece_to_id("\u00e9")]
    assert tokenizer.encode("e\u0301", allowed_special=["e"]) == [tokenizer.piece_to_id("e"), *plain.encode("\u0301")]


def test_invalid_bytes_around_special_tokens(special: bytepiece.Tokenizer) -> None:
    data = b"\xe5<|im_end|>\xff\xe5\xa4\xa9<|im_end|"
    ids = special.encode(data, allowed_special="all")
    assert ids == [*special.encode(b"\xe5"), special.piece_to_id(IM[1]), *special.encode(b"\xff\xe5\xa4\xa9<|im_end|")]
    assert special.decode_bytes(ids) == data


def test_a_large_text_is_the_same_on_any_number_of_threads(special: bytepiece.Tokenizer) -> None:
    crossing = special.with_special_tokens(["end\n<", "\n\n"])
    text = (CHAT + "\n\n\nthe end\n<|im_end|>  " + "x" * 100) * 5000
    for tokenizer in (special, crossing):
        tokens = sorted(tokenizer.special_tokens, key=lambda token: (-len(token), token))
        cut = re.split("(" + "|".join(map(re.escape, tokens)) + ")", text)
        expected: list[int] = []
        for part, piece in enumerate(cut):
            expected += [tokenizer.piece_to_id(piece)] if part % 2 else tokenizer.encode(piece)
        for threads in (1, 2, 5):
            assert tokenizer.encode_batch([text, "a"], allowed_special="all", threads=threads)[0] == expected
        assert tokenizer.encode(text, allowed_special="all") == expected
        samples = [tokenizer.encode_batch([text], alpha=0.5, seed=3, allowed_special="all", threads=n) for n in (1, 3)]
        assert samples[0] == samples[1]
        assert tokenizer.decode(samples[0][0]) == unicodedata.normalize("NFC", text)
        tokenizer.set_seed(3)
        assert tokenizer.encode(text, alpha=0.5, allowed_special="all") == samples[0][0]
        tokenizer.set_seed(3)
        assert list(tokenizer.encode(text, alpha=0.5, iter=True, allowed_special="all")) == samples[0][0]


TOKENS = ["<a>", "<a><b>", "\n<", "é", "ab", "\n\n"]


@given(
    st.lists(st.sampled_from([*TOKENS, "<", "b>", "a", "e", "\u0301", "\n", "天", "<eos>"]), max_size=30).map("".join),
    st.lists(st.sampled_from([*TOKENS, "<eos>"]), min_size=1, unique=True),
)
def test_parsing_is_splitting_by_a_regular_expression(text: str, allowed: list[str]) -> None:
    tokenizer = OVERLAPPING
    pattern = "|".join(map(re.escape, sorted(allowed, key=len, reverse=True)))
    expected: list[int] = []
    for number, part in enumerate(re.split(f"({pattern})", text)):
        expected += [tokenizer.piece_to_id(part)] if number % 2 else tokenizer.encode(part)
    assert tokenizer.encode(text, allowed_special=allowed) == expected
    assert list(tokenizer.encode(text, iter=True, allowed_special=allowed)) == expected
    found = {text[match.start() : match.end()] for match in re.finditer(pattern, text)}
    if found:
        with pytest.raises(ValueError, match="text has the special token"):
            tokenizer.encode(text, disallowed_special=allowed)
    else:
        assert tokenizer.encode(text, disallowed_special=allowed) == tokenizer.encode(text)


OVERLAPPING = bytepiece.Tokenizer(GOLDEN / "small.model").with_special_tokens(TOKENS)


# --- refusing --------------------------------------------------------------------------------------------------------


def test_a_refused_token_is_named_with_its_place(special: bytepiece.Tokenizer) -> None:
    text = "天<|im_start|>e\u0301<|im_end|>"
    where = (
        'text has the special token "<|im_end|>" at character 15 (byte 18); name it in allowed_special to make it one id, or '
        "leave disallowed_special out to encode it as ordinary text"
    )
    for word in ("raise", "all", [IM[1]]):
        options: dict[str, Any] = {"allowed_special": [IM[0]], "disallowed_special": word}
        for call in (special.encode, special.tokenize, special.count_tokens):
            with pytest.raises(ValueError) as refused:
                call(text, **options)
            assert str(refused.value) == where
        for lazy in (special.encode, special.tokenize):
            with pytest.raises(ValueError, match="character 15"):
                lazy(text, iter=True, **options)
        for batch in (special.encode_batch, special.count_tokens):
            with pytest.raises(
                ValueError, match=r'^text 2 has the special token "<\|im_end\|>" at character 15 \(byte 18\); '
            ):
                batch(["a", "", text, IM[1]], **options)
        with pytest.raises(ValueError, match=r"<\|im_end\|>\" at byte 1; "):
            special.encode(b"\xff" + IM[1].encode(), **options)
    with pytest.raises(ValueError, match="at character 2000000 "):
        special.encode("x" * 2_000_000 + text[1:], max_length=3, disallowed_special="raise")
    with pytest.raises(ValueError, match='text has the special token "<pad>" at character 1 '):
        special.encode(" <pad>", disallowed_special="raise")


def test_what_is_allowed_or_not_there_is_not_refused(special: bytepiece.Tokenizer) -> None:
    assert special.encode(CHAT, allowed_special=IM, disallowed_special="raise") == special.encode(
        CHAT, allowed_special=IM
    )
    assert special.encode(CHAT, allowed_special="all", disallowed_special="raise") == special.encode(
        CHAT, allowed_special="all"
    )
    assert special.encode(CHAT, disallowed_special=["<eos>"]) == special.encode(CHAT)
    longer = special.with_special_tokens([f"<{IM[0]}>"])
    inside = longer.encode(f"<{IM[0]}>", allowed_special=[f"<{IM[0]}>"], disallowed_special="raise")
    assert inside == [longer.vocab_size - 1]


def test_the_first_refused_token_whatever_the_threads(special: bytepiece.Tokenizer) -> None:
    texts = ["x\n" * 20_000] * 40
    texts[17] += "天<bos> <eos>"
    for last in texts[18:]:
        texts.append("<eos>" + last)
    for threads in (1, 2, 7):
        with pytest.raises(
            ValueError, match=r'^text 17 has the special token "<bos>" at character 40001 \(byte 40003\)'
        ):
            special.encode_batch(texts, threads=threads, disallowed_special="raise")


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        (
            {"allowed_special": ["<x>"]},
            ValueError,
            'allowed_special has "<x>", which is no special token of this tokenizer',
        ),
        ({"disallowed_special": ["a"]}, ValueError, 'disallowed_special has "a", which is no special token'),
        ({"allowed_special": IM[0]}, ValueError, "allowed_special must be 'all' or an iterable of str, not the str"),
        ({"allowed_special": "raise"}, ValueError, "allowed_special must be 'all' or an iterable of str"),
        (
            {"disallowed_special": "no"},
            ValueError,
            "disallowed_special must be 'raise', 'all' or an iterable of str, not",
        ),
        ({"allowed_special": IM, "disallowed_special": [IM[1]]}, ValueError, "is both in allowed_special and in"),
        ({"allowed_special": None}, TypeError, "allowed_special must be 'all' or an iterable of str, not NoneType"),
        (
            {"disallowed_special": True},
            TypeError,
            "disallowed_special must be 'raise', 'all' or an iterable of str, not bool",
        ),
        ({"allowed_special": b"<x>"}, TypeError, "allowed_special[0] must be a str, not int"),
        ({"allowed_special": [IM[0], 7]}, TypeError, "allowed_special[1] must be a str, not int"),
        ({"allowed_special": ["\ud800"]}, ValueError, "allowed_special[0] has a lone surrogate"),
    ],
)
def test_options_that_are_wrong(special: bytepiece.Tokenizer, options: Any, error: type[Exception], words: str) -> None:
    for call in (
        special.encode,
        special.tokenize,
        special.count_tokens,
        lambda text, **o: special.encode_batch([text], **o),
    ):
        with pytest.raises(error, match=re.escape(words)):
            call("text without any", **options)


def test_many_sets_on_many_threads(special: bytepiece.Tokenizer) -> None:
    """More sets than are remembered, and threads that ask for them at once."""
    tokens = [f"<{number}>" for number in range(6)]
    tokenizer = special.with_special_tokens(tokens)
    text = "".join(tokens)
    sets = list(itertools.chain.from_iterable(itertools.combinations(tokens, size) for size in (1, 2, 3)))
    wrong: list[Any] = []

    def work() -> None:
        for allowed in sets * 3:
            found = [piece for piece in tokenizer.tokenize(text, allowed_special=allowed) if isinstance(piece, str)]
            if found != list(allowed):
                wrong.append((allowed, found))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# --- decoding --------------------------------------------------------------------------------------------------------


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


# --- keeping ---------------------------------------------------------------------------------------------------------


def test_the_file_has_them_as_python_writes_it(special: bytepiece.Tokenizer, tmp_path: pathlib.Path) -> None:
    tokenizer = special.with_special_tokens(['a "quoted"\\\n\x01\x7f\u2028天', "😀"])
    tokenizer.save(tmp_path / "m")
    pieces = json.loads((GOLDEN / "small.model").read_bytes())
    metadata = {"format": 1, "special_tokens": list(tokenizer.special_tokens)[3:]}
    model = {"bytepiece": metadata, **pieces}
    assert (tmp_path / "m").read_bytes() == json.dumps(model, indent=4, ensure_ascii=False).encode()
    assert same(bytepiece.Tokenizer(tmp_path / "m"), tokenizer)
    assert same(bytepiece.Tokenizer(model), tokenizer)
    assert same(
        bytepiece.Tokenizer(
            {**pieces, "bytepiece": {"special_tokens": tuple(metadata["special_tokens"]), "format": 1}}
        ),
        tokenizer,
    )  # type: ignore[arg-type]
    bytepiece.Tokenizer(tmp_path / "m").save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "m").read_bytes()


def test_without_any_the_file_is_that_of_063(
    plain: bytepiece.Tokenizer, special: bytepiece.Tokenizer, tmp_path: pathlib.Path
) -> None:
    plain.with_special_tokens([]).save(tmp_path / "m")
    assert (tmp_path / "m").read_bytes() == (GOLDEN / "small.model").read_bytes()
    assert pickle.dumps(plain.with_special_tokens([])) == pickle.dumps(plain)
    special.save(tmp_path / "special")
    assert (tmp_path / "special").read_bytes().endswith((GOLDEN / "small.model").read_bytes()[1:])


METADATA: dict[str, tuple[Any, str]] = {
    "a newer format": ({"format": 2}, "a newer bytepiece wrote this model; update to read it"),
    "an unknown field": ({"format": 1, "normalization": "NFKC"}, 'the field "normalization": a newer bytepiece'),
    "no format": ({"special_tokens": ["<x>"]}, "the metadata has no format"),
    "format 1.0": ({"format": 1.0}, "floating point"),
    "format True": ({"format": True}, "boolean"),
    "no list": ({"format": 1, "special_tokens": "<x>"}, "expected a sequence"),
    "no str": ({"format": 1, "special_tokens": [1]}, "expected a string"),
    "twice": ({"format": 1, "special_tokens": ["<x>", "<x>"]}, 'special token 1 cannot be added: it is "<x>"'),
    "one of the three": ({"format": 1, "special_tokens": ["<bos>"]}, "special token 0 cannot be added"),
    "empty": ({"format": 1, "special_tokens": [""]}, "special token 0 cannot be added: it is empty"),
    "a surrogate": ({"format": 1, "special_tokens": ["\ud800"]}, "hex escape"),
    "no object": ([3, "", 1], "not base64"),
}


@pytest.mark.parametrize("name", METADATA)
@pytest.mark.parametrize("as_file", [True, False])
def test_metadata_that_is_refused(name: str, as_file: bool, tmp_path: pathlib.Path) -> None:
    metadata, words = METADATA[name]
    pieces = {base64.b64encode(bytes([byte])).decode(): [byte + 3, "", 1] for byte in range(256)}
    model, path = {**pieces, "bytepiece": metadata}, tmp_path / "m"
    path.write_text(json.dumps(model), "utf-8")
    with pytest.raises(ValueError, match=re.escape(words)) as refused:
        bytepiece.Tokenizer(path if as_file else model)
    assert str(refused.value).startswith(f"{path}: not a" if as_file else "the dictionary: not a")


def test_metadata_of_a_dict_that_is_no_json() -> None:
    pieces: dict[str, Any] = {base64.b64encode(bytes([byte])).decode(): [byte + 3, "", 1] for byte in range(256)}
    for value in (b"x", {1}):
        with pytest.raises(
            ValueError, match="the dictionary: not a BytePiece model: bytepiece: .*not JSON serializable"
        ):
            bytepiece.Tokenizer({**pieces, "bytepiece": {"format": 1, "special_tokens": [value]}})  # type: ignore[dict-item]
    with pytest.raises(ValueError, match="value of the key 'bytepiece'"):
        bytepiece.Tokenizer({**pieces, "bytepiece": 7})


def test_pickles_and_copies(special: bytepiece.Tokenizer, plain: bytepiece.Tokenizer) -> None:
    for other in (pickle.loads(pickle.dumps(special)), copy.copy(special), copy.deepcopy(special)):
        assert same(other, special)
        assert other.encode(CHAT, allowed_special=IM) == special.encode(CHAT, allowed_special=IM)
        assert pickle.dumps(other) == pickle.dumps(special)
    assert len(pickle.dumps(special)) < len(pickle.dumps(plain)) + 150


def test_a_spawned_process_has_them(special: bytepiece.Tokenizer) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(special.encode, (CHAT,), {"allowed_special": IM}) == special.encode(CHAT, allowed_special=IM)


@pytest.mark.skipif(not SHARED.is_dir(), reason=NO_SHARED)
def test_063_refuses_the_file_and_reads_it_without(special: bytepiece.Tokenizer, tmp_path: pathlib.Path) -> None:
    import reference

    special.save(tmp_path / "special")
    special_model = json.loads((tmp_path / "special").read_bytes())
    del special_model["bytepiece"]
    (tmp_path / "bare").write_text(json.dumps(special_model), "utf-8")
    code = "import sys, bytepiece; print(len(bytepiece.Tokenizer(sys.argv[1])._pieces))"
    for name, returncode, said in [("special", 1, "binascii.Error"), ("bare", 0, str(special.vocab_size - 5))]:
        command = [reference.python(), "-c", code, tmp_path / name]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
        assert (done.returncode, said in done.stdout + done.stderr) == (returncode, True), done.stderr


# --- command line and export -----------------------------------------------------------------------------------------


def test_inspect_shows_them(special: bytepiece.Tokenizer, tmp_path: pathlib.Path) -> None:
    more = special.with_special_tokens(["a b"])
    more.save(tmp_path / "m")

    def inspect(*flags: str) -> str:
        command = [sys.executable, "-m", "bytepiece", "inspect", *flags, tmp_path / "m"]
        return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout

    report = json.loads(inspect("--json"))
    tokens = more.special_tokens
    assert report["special_tokens"] == {token.replace(" ", "\\x20"): id for token, id in tokens.items()}
    assert (report["vocab_size"], sum(report["pieces_by_length"].values())) == (more.vocab_size, more.vocab_size - 6)
    assert f"  <|im_end|>  {tokens[IM[1]]:,}\n" in inspect()


def test_sentencepiece_has_them_as_control_symbols(tmp_path: pathlib.Path) -> None:
    sentencepiece = pytest.importorskip("sentencepiece")
    trainer = bytepiece.Trainer(order=3, progress=False)
    trainer.train(["some text, some more text\n"] * 20)
    trainer.save(tmp_path / "m")
    special = bytepiece.Tokenizer(tmp_path / "m").with_special_tokens(IM)
    special.convert_to_sentencepiece(tmp_path / "s")
    processor = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "s"))
    assert [processor.piece_to_id(token) for token in IM] == special.pieces_to_ids(IM)
    assert [processor.is_control(id) for id in special.pieces_to_ids(IM)] == [True, True]
    assert special.piece_to_id(IM[0]) not in processor.encode(IM[0])
    for token, words in [
        ("<s>", "is a special in"),
        ("<0x41>", "is a byte piece in"),
        ("t", "is a piece in"),
        ("\0", "NUL"),
    ]:
        with pytest.raises(ValueError, match=f"special token .* {words}"):
            special.with_special_tokens([token]).convert_to_sentencepiece(tmp_path / "no")
    assert not (tmp_path / "no").exists()


def test_a_stream_decoder_shows_what_decode_shows(special: bytepiece.Tokenizer) -> None:
    ids = [special.bos_id, *special.encode("a"), special.piece_to_id(IM[0]), special.eos_id]
    for skip in (None, True, False):
        decoder = special.stream_decoder(skip_special_tokens=skip)
        shown = "".join(decoder.push(id) for id in ids) + decoder.finish()
        assert shown == special.decode(ids, skip_special_tokens=skip)
