"""`return_offsets=True`: where in the text as given, before NFC, each id comes from."""

from __future__ import annotations

import base64
import itertools
import re
import unicodedata
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import GOLDEN, adversarial_texts

import bytepiece

SMALL = bytepiece.Tokenizer(GOLDEN / "small.model")
# composed and not, reordered (dot below behind acute), singletons, exclusions from composition, expansions, Hangul
AWKWARD = [
    *("\u00e9", "e\u0301", "e\u0301\u0323", "\u0323", "\u0301", "\u0344", "\u212b", "\u2126", "\u0958", "\u0915\u093c"),
    *("\ufb1d", "\U0001d15e", "\u1e9b\u0323", "\uac00\u11a8", "\u1112\u1161\u11ab", "\u1161", "\uf900", "\U0002f800"),
    *("\u0f73", "=\u0338", "\n", "\r\n", "\u5929", "\U0001f600", "\U0001f469\u200d\U0001f680", "a", "the ", " "),
]
# no unassigned characters: the tables of Python may be older than ours
ANY = st.characters(exclude_categories=["Cs", "Cn"])
TEXTS = st.lists(st.sampled_from(AWKWARD) | ANY, max_size=30).map("".join)
BYTES = st.lists(
    st.sampled_from([sign.encode() for sign in AWKWARD] + [b"\xff", b"\x80", b"\xcc", b"\xe5\xa4", b"\xed\xa0\x80"]),
    max_size=30,
).map(b"".join)
ALPHAS = st.sampled_from([-1.0, 0.0])
Spans = list[tuple[int, int]]


def begins_cluster(character: str) -> bool:
    """Whether NFC of what is before `character` never depends on it, nor the other way round."""
    first = unicodedata.normalize("NFD", character)[0]
    if unicodedata.combining(first):
        return False
    # medial vowels and final consonants of Hangul, and all that composes with something before it
    return not ("\u1161" <= first <= "\u1175" or "\u11a8" <= first <= "\u11c2" or first in COMPOSES)


COMPOSES = {
    unicodedata.normalize("NFD", chr(code))[-1]
    for code in range(0x110000)
    if not 0xD800 <= code < 0xE000
    if len(unicodedata.normalize("NFD", chr(code))) > 1
    if unicodedata.normalize("NFC", chr(code)) == chr(code)
}


def clusters(text: str) -> list[str]:
    """The stretches of `text` between normalization boundaries."""
    found: list[str] = []
    for character in text:
        # a surrogate stands for an invalid byte
        if not found or found[-1] == "\n" or "\udc80" <= found[-1][0] <= "\udcff" or begins_cluster(character):
            found.append("")
        found[-1] += character
    return found


def naive_spans(data: bytes, pieces: list[bytes]) -> Spans:
    """Where each byte of the NFC comes from, in a table; then the first and the last byte of each piece."""
    origins: Spans = []
    text, at = data.decode("utf-8", "surrogateescape"), 0
    for cluster in clusters(text):
        given = cluster.encode("utf-8", "surrogateescape")
        made = unicodedata.normalize("NFC", cluster).encode("utf-8", "surrogateescape")
        whole = [(at, at + len(given))] * len(made)
        origins += [(at + byte, at + byte + 1) for byte in range(len(given))] if given == made else whole
        at += len(given)
    ends = list(itertools.accumulate(map(len, pieces)))
    assert len(origins) == sum(map(len, pieces))
    return [(origins[end - len(piece)][0], origins[end - 1][1]) for piece, end in zip(pieces, ends, strict=True)]


def touched(text: str, span: tuple[int, int]) -> tuple[int, int]:
    """The characters that `span`, in bytes, touches."""
    ends = list(itertools.accumulate(len(character.encode()) for character in text))
    first = sum(end <= span[0] for end in ends)
    return first, sum(end < span[1] for end in ends) + 1


def check(text: str | bytes, ids: list[int], spans: Spans, chars: Spans | None) -> None:
    data = text.encode() if isinstance(text, str) else text
    pieces = [piece for piece in SMALL.ids_to_pieces(ids) if isinstance(piece, bytes)]
    assert spans == naive_spans(data, pieces)
    assert spans == sorted(spans) and [end for _, end in spans] == sorted(end for _, end in spans)
    assert set().union(*(range(*span) for span in spans)) == set(range(len(data)))
    if b"".join(pieces) == data:
        assert [data[start:end] for start, end in spans] == pieces
    if isinstance(text, str):
        assert chars == [touched(text, span) for span in spans]
        for (start, end), (first, last) in zip(spans, chars, strict=True):
            assert data[start:end] in text[first:last].encode()
    else:
        assert chars is None


@given(TEXTS, ALPHAS)
def test_spans_of_str_are_those_of_the_naive_twin(text: str, alpha: float) -> None:
    check(text, *SMALL.encode(text, alpha=alpha, return_offsets=True))


@given(BYTES, ALPHAS)
def test_spans_of_bytes_are_those_of_the_naive_twin(text: bytes, alpha: float) -> None:
    check(text, *SMALL.encode(text, alpha=alpha, return_offsets=True))


@given(TEXTS)
def test_text_that_is_normalized_is_cut_exactly(text: str) -> None:
    text = unicodedata.normalize("NFC", text)
    _, spans, chars = SMALL.encode(text, return_offsets=True)
    assert [text.encode()[start:end] for start, end in spans] == SMALL.tokenize(text)
    for (start, end), piece in zip(chars, SMALL.tokenize(text), strict=True):
        assert piece in text[start:end].encode()


def test_the_corpus_and_adversarial_texts(documents: list[str]) -> None:
    texts: list[str | bytes] = [*documents, *adversarial_texts().values()]
    for text in texts:
        check(text[:300], *SMALL.encode(text[:300], return_offsets=True))


@pytest.mark.parametrize(
    ("text", "spans", "chars"),
    [
        ("xe\u0301y", [(0, 1), (1, 4), (1, 4), (4, 5)], [(0, 1), (1, 3), (1, 3), (3, 4)]),
        ("x\u5929", [(0, 1), (1, 2), (2, 3), (3, 4)], [(0, 1), (1, 2), (1, 2), (1, 2)]),
        ("\u212b", [(0, 3), (0, 3)], [(0, 1), (0, 1)]),
        ("\u1112\u1161\u11ab", [(0, 9)] * 3, [(0, 3)] * 3),
        ("\u0958", [(0, 3)] * 6, [(0, 1)] * 6),
        ("", [], []),
    ],
)
def test_every_byte_of_a_changed_cluster_comes_from_all_of_it(text: str, spans: Spans, chars: Spans) -> None:
    pieces = {base64.b64encode(bytes([byte])).decode(): [byte + 3, "", 1] for byte in range(256)}
    bytes_only = bytepiece.Tokenizer(pieces)
    ids, *found = bytes_only.encode(text, return_offsets=True)
    assert found == [spans, chars]
    assert bytes_only.encode(text.encode(), return_offsets=True) == (ids, spans, None)


def test_specials_are_empty_at_the_ends() -> None:
    text = "x\u5929 e\u0301"
    plain, spans, chars = SMALL.encode(text, return_offsets=True)
    ids, with_specials, chars_with_specials = SMALL.encode(text, True, True, return_offsets=True)
    assert ids == [1, *plain, 2]
    assert with_specials == [(0, 0), *spans, (8, 8)]
    assert chars_with_specials == [(0, 0), *chars, (5, 5)]
    assert SMALL.encode("", True, True, return_offsets=True) == ([1, 2], [(0, 0)] * 2, [(0, 0)] * 2)


@given(TEXTS, st.integers(2, 12))
def test_a_row_that_is_cut_short_has_the_first_spans(text: str, most: int) -> None:
    _, spans, chars = SMALL.encode(text, return_offsets=True)
    ids, *short = SMALL.encode(text, max_length=most, return_offsets=True)
    assert ids == SMALL.encode(text, max_length=most)
    assert short == [spans[:most], chars[:most]]
    _, with_eos, _ = SMALL.encode(text, add_eos=True, max_length=most, return_offsets=True)
    assert with_eos == [*spans[: most - 1], (len(text.encode()),) * 2]


def as_lists(values: Any, ends: Any) -> list[list[Any]]:
    return [row.tolist() for row in np.split(values, ends)[:-1]]


@pytest.mark.parametrize("threads", [1, 3])
def test_a_batch_gives_the_spans_of_single_calls(documents: list[str], threads: int) -> None:
    texts = [*documents, *(unicodedata.normalize("NFD", document) for document in documents), "", *AWKWARD]
    texts.append("a line e\u0301\n" * 20_000)  # enough for threads
    options: dict[str, Any] = {"add_bos": True, "max_length": 5000, "return_offsets": True}
    single = [SMALL.encode(text, **options) for text in texts]
    ids, spans, chars = SMALL.encode_batch(texts, threads=threads, **options)
    assert [tuple(row) for row in zip(ids, spans, chars, strict=True)] == single
    flat, row_ends, flat_spans, flat_chars = SMALL.encode_batch(texts, threads=threads, output="numpy", **options)
    assert flat_spans.shape == flat_chars.shape == (len(flat), 2)
    assert flat_spans.dtype == flat_chars.dtype == np.int64
    assert as_lists(flat, row_ends) == ids
    assert [list(map(tuple, row)) for row in as_lists(flat_spans, row_ends)] == spans
    assert [list(map(tuple, row)) for row in as_lists(flat_chars, row_ends)] == chars


@pytest.mark.parametrize("side", ["left", "right"])
def test_padding_has_empty_spans_at_0(side: Any) -> None:
    texts = ["e\u0301t", "", "one two three"]
    options: dict[str, Any] = {"padding": "longest", "padding_side": side, "return_offsets": True}
    _, spans, chars = SMALL.encode_batch(texts, return_offsets=True)
    ids, mask, padded, padded_chars = SMALL.encode_batch(texts, output="numpy", **options)
    assert padded.shape == padded_chars.shape == (*ids.shape, 2)
    for row in range(len(texts)):
        assert list(map(tuple, padded[row][mask[row]].tolist())) == spans[row]
        assert list(map(tuple, padded_chars[row][mask[row]].tolist())) == chars[row]
        assert not padded[row][~mask[row]].any() and not padded_chars[row][~mask[row]].any()
    lists = SMALL.encode_batch(texts, **options)
    assert lists[:2] == (ids.tolist(), mask.tolist())
    assert [[list(map(list, row)) for row in rows] for rows in lists[2:]] == [padded.tolist(), padded_chars.tolist()]


def test_bytes_have_no_characters() -> None:
    ids, spans, chars = SMALL.encode_batch(["\u00e9", b"\xc3\xa9\xff"], return_offsets=True)
    assert chars == [[(0, 1)] * len(ids[0]), None]
    assert spans[1] == SMALL.encode(b"\xc3\xa9\xff", return_offsets=True)[1]
    assert SMALL.encode_batch([b"\xff"], return_offsets=True)[2] == [None]
    assert SMALL.encode_batch(["a", b"a"], output="numpy", return_offsets=True)[3] is None
    assert SMALL.encode_batch([b"a"], output="numpy", padding="longest", return_offsets=True)[3] is None


def test_an_empty_batch_has_no_spans() -> None:
    assert SMALL.encode_batch([], return_offsets=True) == ([], [], [])
    _, _, spans, chars = SMALL.encode_batch([], output="numpy", return_offsets=True)
    assert spans.shape == chars.shape == (0, 2)
    _, _, spans, _ = SMALL.encode_batch([], output="numpy", padding="longest", return_offsets=True)
    assert spans.shape == (0, 0, 2)


def test_samples_have_spans_and_stay_the_same() -> None:
    text = "which segmentation will it be this time? e\u0301"
    SMALL.set_seed(3)
    plain = [SMALL.encode(text, alpha=0) for _ in range(3)]
    SMALL.set_seed(3)
    assert [SMALL.encode(text, alpha=0, return_offsets=True)[0] for _ in range(3)] == plain
    batch, spans, chars = SMALL.encode_batch([text] * 3, alpha=0, seed=3, return_offsets=True)
    assert batch == plain
    for row in zip(batch, spans, chars, strict=True):
        check(text, *row)


def test_a_long_text_of_one_cluster_and_one_of_many() -> None:
    marks = "e" + "\u0301\u0323" * 50_000
    ids, spans, chars = SMALL.encode(marks, return_offsets=True)
    assert set(spans) == {(0, len(marks.encode()))} and set(chars) == {(0, len(marks))} and len(ids) == len(spans)
    signs = "\u212b" * 500_000
    _, spans, chars = SMALL.encode(signs, return_offsets=True)
    assert (spans[-1], chars[-1]) == ((1_499_997, 1_500_000), (499_999, 500_000))


SPECIALS = ["<s>", "<s>x", "e\u0301|", "\n<"]
WITH_SPECIALS = SMALL.with_special_tokens(SPECIALS)


@given(st.lists(st.sampled_from([*SPECIALS, *AWKWARD]), max_size=20).map("".join), st.integers(1, 30))
def test_special_tokens_have_their_place_and_part_the_text(text: str, most: int) -> None:
    ids: list[int] = []
    spans: Spans = []
    at = 0
    # the longest first, as they are found
    for part in re.split("(" + "|".join(map(re.escape, sorted(SPECIALS, key=len, reverse=True))) + ")", text):
        if part in SPECIALS:
            ids.append(WITH_SPECIALS.piece_to_id(part))
            spans.append((at, at + len(part.encode())))
        else:
            part_ids, part_spans, _ = SMALL.encode(part, return_offsets=True)
            ids += part_ids
            spans += [(at + start, at + end) for start, end in part_spans]
        at += len(part.encode())
    chars = [touched(text, span) for span in spans]
    expected = (ids, spans, chars)
    assert WITH_SPECIALS.encode(text, allowed_special="all", return_offsets=True) == expected
    batch = WITH_SPECIALS.encode_batch([text] * 2, allowed_special="all", max_length=most, return_offsets=True)
    assert batch == tuple([values[:most]] * 2 for values in expected)


def test_a_refused_special_token_is_an_error_with_spans_too() -> None:
    with pytest.raises(ValueError) as plain:
        WITH_SPECIALS.encode("a<s>", disallowed_special="all")
    with pytest.raises(ValueError) as with_spans:
        WITH_SPECIALS.encode("a<s>", disallowed_special="all", return_offsets=True)
    assert str(plain.value) == str(with_spans.value)


def test_what_cannot_be() -> None:
    with pytest.raises(ValueError, match="return_offsets=True gives the spans of all ids of a text at once: leave out"):
        SMALL.encode("a", iter=True, return_offsets=True)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="return_offsets must be"):
        SMALL.encode("a", return_offsets="yes")  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="return_offsets must be"):
        SMALL.encode_batch(["a"], return_offsets=None)  # type: ignore[call-overload]
