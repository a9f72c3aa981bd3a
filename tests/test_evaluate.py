"""The figures of `bytepiece.evaluate`, compared with plain Python."""

from __future__ import annotations

import json
import pathlib
import random

import naive_evaluation as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bytepiece
from bytepiece._bytepiece import _CountedTexts, _piece_classes, _TokenCounts
from bytepiece.evaluation import Estimate, Measures, _bootstrap, _measures, _scripts, _texts
from bytepiece.evaluation._ours import Ours

TEXTS = [
    "The weather is fine today, isn't it? 3.14 and 42.\n\n",
    "今天天气不错。ひらがなカタカナ。今天e\u0301é\n",
    "Привет, мир! नमस्ते दुनिया สวัสดี 안녕하세요\n",
    "",
    "😀👩\u200d🚀 𝄞𠀀 \x00\t \u3000 x\u0323\u0307 天\u0301a\n",
    "The weather is fine today.\n",
]
LETTERS = "ab zé天あア1\u0301_-\n😀नि\x00я"


def check(one: Measures, expected: dict, name: str = "") -> None:
    """Compare all figures that are not of time or chance."""
    assert one.tokens == expected["tokens"]
    assert one.bytes_per_token.value == pytest.approx(expected["bytes"] / expected["tokens"])
    assert one.characters_per_token.value == pytest.approx(expected["characters"] / expected["tokens"])
    assert one.words_per_token.value == pytest.approx(expected["words"] / expected["tokens"])
    assert one.byte_fallback == pytest.approx(expected["byte_fallback"])
    assert (one.dead_pieces, one.single_document_pieces) == (
        expected["dead_pieces"],
        expected["single_document_pieces"],
    )
    assert one.renyi_efficiency == pytest.approx(expected["renyi"])
    assert one.code_length == pytest.approx(expected["tokens"] * expected["entropy"] / expected["bytes"], abs=1e-12)
    assert {length: count for length, count in enumerate(one.token_lengths) if count} == expected["lengths"]
    assert {name: script.tokens for name, script in one.scripts.items() if script.tokens} == expected["scripts"]
    characters = {name: script.characters for name, script in one.scripts.items() if script.characters}
    assert characters == expected["script_characters"]
    assert {name: script.words for name, script in one.scripts.items() if script.words} == expected["script_words"]
    assert one.rank_frequency[0] == (1, expected["ranks"][0])
    assert all(count == expected["ranks"][rank - 1] for rank, count in one.rank_frequency)
    assert one.rank_frequency[-1][0] == len(expected["ranks"])


@pytest.mark.parametrize("batch", [1, 60, 1 << 20])
def test_figures_are_those_of_plain_python(
    tokenizer: bytepiece.Tokenizer, documents: list[str], monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(_texts, "BATCH_BYTES", batch)
    pieces = {piece for piece in tokenizer.get_vocab() if isinstance(piece, bytes)}
    corpora = {"awkward": TEXTS, "documents": documents}
    found = bytepiece.evaluate([tokenizer], corpora, threads=2)
    for one, corpus, texts in zip(found.results, found.corpora, corpora.values(), strict=True):
        expected = naive.measure(texts, tokenizer.tokenize, pieces, tokenizer.vocab_size)
        check(one, expected)
        assert (corpus.documents, corpus.bytes) == (len(texts), expected["bytes"])
        assert (corpus.characters, corpus.words) == (expected["characters"], expected["words"])
        assert (one.round_trip.lossless, one.round_trip.failed, one.round_trip.first) == (True, 0, None)
        assert one.mb_per_second > 0
    assert found.results[0].byte_fallback > 0
    both = naive.measure([*TEXTS, *documents], tokenizer.tokenize, pieces, tokenizer.vocab_size)
    (summary,) = found.tokenizers
    assert (summary.dead_pieces, summary.single_document_pieces) == (
        both["dead_pieces"],
        both["single_document_pieces"],
    )
    assert (summary.pieces, summary.vocab_size) == (tokenizer.vocab_size - 259, tokenizer.vocab_size)
    means = [one.bytes_per_token.value for one in found.results]
    assert summary.bytes_per_token.value == pytest.approx((means[0] * means[1]) ** 0.5)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.sampled_from(LETTERS), max_size=12), min_size=1, max_size=6))
def test_figures_of_any_text(texts: list[str]) -> None:
    tokenizer = small()
    if not any(texts):
        return
    pieces = {piece for piece in tokenizer.get_vocab() if isinstance(piece, bytes)}
    (one,) = bytepiece.evaluate([tokenizer], {"x": texts}, threads=1).results
    check(one, naive.measure(texts, tokenizer.tokenize, pieces, tokenizer.vocab_size))


def small() -> bytepiece.Tokenizer:
    """A model some of whose pieces are parts of characters."""
    import base64

    pieces = {bytes([byte]): 2 for byte in range(256)}
    pieces |= {
        piece: 50
        for piece in (b"ab", b" z", "天あ".encode(), "天".encode()[1:], "é".encode() + b"a", b"\n\n", b"1\xcc")
    }
    rows = {base64.b64encode(piece).decode(): [3 + id, "", count] for id, (piece, count) in enumerate(pieces.items())}
    return bytepiece.Tokenizer(rows)


@given(st.lists(st.binary(max_size=6) | st.text(st.sampled_from(LETTERS), max_size=4).map(str.encode), max_size=8))
def test_classes_of_pieces(pieces: list[bytes]) -> None:
    pieces += [b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xff", "é".encode()[:1] + b"a"]
    classes, broken = _scripts.classes_of(pieces)
    assert [_scripts.CLASSES[number] for number in classes] == [naive.class_of_piece(piece) for piece in pieces]
    assert broken.tolist() == [not naive.is_whole(piece) for piece in pieces]
    names = _scripts.names_of(pieces)
    assert names[-3] == _scripts.PARTS and _scripts.PARTS not in [
        n for n, b in zip(names, broken, strict=True) if not b
    ]


def test_scripts_are_those_of_the_letters() -> None:
    expected = {
        "a": "Latin", "Ａ": "Latin", "ª": "Latin", "é": "Latin", "я": "Cyrillic", "天": "Han", "々": "Han", "あ": "Hiragana",
        "ア": "Katakana", "ｱ": "Katakana", "한": "Hangul", "ด": "Thai", "ا": "Arabic", "न": "Devanagari", "ि": "Devanagari",
        "5": "digits", "٣": "digits", "½": "digits", "\u0301": "marks", "_": "punctuation", "+": "punctuation", "😀": "punctuation",
        " ": "white space", "\u3000": "white space", "\n": "white space", "\0": "other", "\u200d": "other", "𐎠": "other letters",
    }  # fmt: skip
    assert {char: _scripts.CLASSES[_scripts.table()[ord(char)]] for char in expected} == expected
    assert len(_scripts.CLASSES) == len(set(_scripts.CLASSES)) < 256


def test_words_are_stated() -> None:
    for text, count in {
        "it isn't 3.14": 5,
        "今天 ok": 3,
        "カタカナ": 1,
        "天\u0301気": 2,
        "\u0301 a": 2,
        "iPhone手机": 3,
        "": 0,
    }.items():
        assert first_batch([text]).words.tolist() == [count] == [len(naive.words(text))], text
    assert first_batch(["a", "b", "", "c"]).words.tolist() == [1, 1, 0, 1]


def first_batch(texts: list[str]) -> _texts.Batch:
    return next(_texts.batches("x", texts, None, strings=True))


@given(
    st.lists(st.lists(st.integers(0, 5), max_size=5), min_size=1, max_size=5), st.sampled_from([np.uint16, np.uint32])
)
def test_spread_over_documents(rows: list[list[int]], kind: type) -> None:
    pieces = [b"a", b"", b"\xe5", b"\xa4\xa9", b"longer than eight", b"b"]
    counts = _TokenCounts(pieces, bytes([0, 0, 1, 1, 0, 0]), _scripts.packed())
    texts = ["aba", "天", "longer than eight", "", "bbb"][: len(rows)]
    ids = np.array([id for row in rows for id in row], kind)
    different = counts.add(texts, ids, np.cumsum([len(row) for row in rows]))
    laid = [b"".join(pieces[id] for id in row) for row in rows]
    assert different == [number for number, text in enumerate(texts) if laid[number] != text.encode()]
    found, spread, parts = counts.result()
    assert found.tolist() == [sum(row.count(id) for row in rows) for id in range(6)]
    assert spread.tolist() == [min(2, sum(id in row for row in rows)) for id in range(6)]
    assert parts.sum() == sum(row.count(2) + row.count(3) for row in rows)


def test_parts_of_characters_of_a_long_text_take_no_longer() -> None:
    """Each looked through the rest of its text once: this would take minutes."""
    text = "天" * 400_000
    tokenizer = small()
    found = bytepiece.evaluate([tokenizer], {"x": [text]}, threads=1).results[0]
    assert found.scripts["Han"].tokens == found.tokens == len(tokenizer.encode(text))


def test_ids_that_are_none_are_errors() -> None:
    counts = _TokenCounts([b"a"], b"\0", _scripts.packed())
    for ids, ends, kind, words in [
        (np.array([0, 1], np.uint16), [2], KeyError, "1"),
        (np.array([0], np.uint16), [2], ValueError, r"row_ends\[0\] must be 0 to 1"),
        (np.array([0], np.int64), [1], TypeError, "ids must be an array of uint16 or uint32"),
    ]:
        with pytest.raises(kind, match=words):
            counts.add(["a"], ids, np.array(ends))
    with pytest.raises(ValueError, match="kinds must have 256 bytes"):
        _CountedTexts([], "x", b"", b"")
    with pytest.raises(ValueError, match="weights must have 256 bytes"):
        _piece_classes([], b"", b"")


def test_texts_are_composed_by_our_tables() -> None:
    batch = first_batch(["plain", "e\u0301", "é", "\u0958", ""])
    assert batch.strings == ["plain", "é", "é", "\u0915\u093c", ""]
    assert batch.texts == [text.encode() for text in batch.strings]
    assert (batch.bytes.tolist(), batch.characters.tolist()) == ([5, 2, 2, 6, 0], [5, 1, 1, 2, 0])


@pytest.mark.parametrize(("size", "documents"), [(1, 9), (5, 2), (1 << 20, 1)])
def test_batches_are_the_corpus_cut(monkeypatch: pytest.MonkeyPatch, size: int, documents: int) -> None:
    monkeypatch.setattr(_texts, "BATCH_BYTES", size)
    monkeypatch.setattr(_texts, "BATCH_DOCUMENTS", documents)
    for most in (None, 1, 3, 4, 9):
        texts = iter(["ab", "", "c", "defgh", "ij"])
        found = list(_texts.batches("x", texts, most, strings=False))
        assert (
            b"".join(text for batch in found for text in batch.texts)
            == "".join(["ab", "", "c", "defgh", "ij"][:most]).encode()
        )
        assert [batch.first for batch in found] == [
            sum(len(before.texts) for before in found[:at]) for at in range(len(found))
        ]
        assert all(len(batch.texts) <= documents and not batch.strings for batch in found)


def test_the_table_of_classes_is_that_of_each_character() -> None:
    expected = np.fromiter((_scripts.class_of(code) for code in range(0x110000)), np.uint8, 0x110000)
    assert (_scripts.table() == expected).all()


def test_many_documents_are_resampled_in_groups() -> None:
    resamples = _bootstrap.Resamples(1700, 3)
    assert resamples.times.shape == (_bootstrap.RESAMPLES, _bootstrap.GROUPS)
    assert set(resamples.times.sum(axis=1)) == {_bootstrap.GROUPS}
    assert sorted(np.bincount(resamples.groups)) == [3] * 300 + [4] * 200
    (sums,) = resamples.sums([np.ones(1700, np.int64)])
    assert 1600 < sums.mean() < 1800


def test_intervals_are_those_of_resampled_documents(tokenizer: bytepiece.Tokenizer, documents: list[str]) -> None:
    """The same draws, added up one by one."""
    (one,) = bytepiece.evaluate([tokenizer], {"x": documents}, seed=7).results
    sizes = [
        (len("".join(map(bytes.decode, bytepiece.normalize(text))).encode()), len(tokenizer.encode(text)))
        for text in documents
    ]
    times = _bootstrap.Resamples(len(documents), 7).times
    drawn = []
    for row in times.tolist():
        pairs = [(n * size, n * tokens) for n, (size, tokens) in zip(row, sizes, strict=True)]
        drawn.append(sum(size for size, _ in pairs) / sum(tokens for _, tokens in pairs))
    assert one.bytes_per_token.low == pytest.approx(np.percentile(drawn, 2.5))
    assert one.bytes_per_token.high == pytest.approx(np.percentile(drawn, 97.5))
    assert one.bytes_per_token.low < one.bytes_per_token.value < one.bytes_per_token.high


def test_intervals_hold_the_truth_about_as_often_as_they_say(tokenizer: bytepiece.Tokenizer) -> None:
    """Of documents of known kinds, in 200 draws of 60: the mean over all is in 95 % of intervals, within chance."""
    chance = random.Random(11)
    kinds = [(30, 10), (50, 10), (90, 20), (400, 90)]
    truth = sum(size for size, _ in kinds) / sum(tokens for _, tokens in kinds)
    held = 0
    for seed in range(200):
        rows = [chance.choice(kinds) for _ in range(60)]
        resamples = _bootstrap.Resamples(60, seed)
        values = [np.array(column) for column in zip(*rows, strict=True)]
        pairs = [(int(column.sum()), sums) for column, sums in zip(values, resamples.sums(values), strict=True)]
        estimate, _ = _measures.quotient(*pairs, 60)
        assert estimate.low is not None and estimate.high is not None
        held += estimate.low <= truth <= estimate.high
    assert 175 <= held <= 199


def test_gain_is_over_the_first_on_the_same_documents(model: pathlib.Path, documents: list[str]) -> None:
    trainer = bytepiece.Trainer(order=3, max_vocab_size=400)
    trainer.train(documents)
    trainer.save(model.with_name("less.model"))
    paths = [model, str(model.with_name("less.model"))]
    found = bytepiece.evaluate(paths, {"a": documents[::2], "b": documents[1::2]})
    assert [one.name for one in found.tokenizers] == ["small.model", "less.model"]
    assert [one.kind for one in found.tokenizers] == ["bytepiece"] * 2
    for more, less in zip(found.results[::2], found.results[1::2], strict=True):
        assert more.gain == Estimate(0.0, 0.0, 0.0)
        assert less.gain.value == pytest.approx(less.bytes_per_token.value / more.bytes_per_token.value - 1)
        assert less.gain.low is not None and less.gain.high is not None
        assert less.gain.low < less.gain.value < less.gain.high < 0
    assert found.tokenizers[1].gain.value < 0 == found.tokenizers[0].gain.value


def test_same_figures_for_any_threads_and_batches(
    tokenizer: bytepiece.Tokenizer, documents: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def figures(threads: int) -> dict:
        found = bytepiece.evaluate([tokenizer], {"x": iter(documents)}, threads=threads, seed=1).to_dict()
        for one in found["results"]:
            del one["mb_per_second"]
        return found

    first = figures(1)
    assert figures(2) == first
    monkeypatch.setattr(_texts, "BATCH_DOCUMENTS", 2)
    assert figures(2) == first


def test_one_document_has_no_interval(tokenizer: bytepiece.Tokenizer) -> None:
    found = bytepiece.evaluate({"ours": tokenizer}, {"x": ["one document"]})
    (one,) = found.results
    assert (one.bytes_per_token.low, one.bytes_per_token.high) == (None, None) == (one.gain.low, one.gain.high)
    assert "–" in str(found) and "nan" not in found.to_json().lower()


def test_documents_and_samples_are_limited(tokenizer: bytepiece.Tokenizer) -> None:
    texts = ["short", "x" * 50 + "\n", "y" * 39, "word " * 100, "z" * 60]
    found = bytepiece.evaluate([tokenizer], {"x": texts}, documents=4)
    assert found.corpora[0].documents == 4
    assert [one.text for one in found.samples] == ["x" * 50 + "\n", "word " * 59 + "word"]
    for one in found.samples:
        assert b"".join(one.pieces[found.tokenizers[0].name]).decode() == one.text
    assert bytepiece.evaluate([tokenizer], {"x": texts}, samples=0).samples == []
    assert [one.text for one in bytepiece.evaluate([tokenizer], {"x": ["a", "", "b"]}, samples=2).samples] == ["a", "b"]


def test_json_and_text(tokenizer: bytepiece.Tokenizer, tmp_path: pathlib.Path) -> None:
    found = bytepiece.evaluate({"ours": tokenizer}, {"x": [*TEXTS, "\U0010ffff" * 30]}, samples=9)
    content = json.loads(found.to_json())
    assert content == json.loads(json.dumps(found.to_dict()))
    assert content["results"][0]["bytes_per_token"]["value"] == found.results[0].bytes_per_token.value
    assert {"hex": "f4"} in content["samples"][-1]["pieces"]["ours"]
    found.save_json(tmp_path / "r.json")
    assert json.loads((tmp_path / "r.json").read_text("utf-8")) == content
    lines = str(found).split("\n")
    assert lines[0] == f"x: 7 documents, {found.corpora[0].bytes} bytes, {found.corpora[0].words} words"
    assert lines[1].split()[:3] == ["tokenizer", "bytes/token", "95"]
    assert lines[3].startswith("ours ") and lines[3].endswith("yes")
    assert len({len(line) for line in lines[1:4]}) == 1


def test_a_text_that_does_not_come_back_is_counted(
    tokenizer: bytepiece.Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(self: Ours, ids: list[int]) -> str:
        return self.tokenizer.decode(ids).replace("q", "")

    monkeypatch.setattr(Ours, "decode", decode)
    found = bytepiece.evaluate([tokenizer], {"x": ["a", "quick", "e\u0301", "q"]})
    trip = found.results[0].round_trip
    assert (trip.lossless, trip.failed, trip.first) == (False, 2, 1)
    assert "no: 2" in str(found)
