"""Special tokens in texts: where they are parsed and where not, and where they are refused."""

from __future__ import annotations

import itertools
import re
import threading
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import CHAT, GOLDEN, IM, adversarial_texts

import bytepiece


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
