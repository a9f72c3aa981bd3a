"""NFKC and no normalization: kept by the model, the same in every way text goes in."""

from __future__ import annotations

import copy
import io
import json
import pathlib
import pickle
import random
import unicodedata
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bytepiece
from bytepiece.corpus import Text

WORDS = [
    "Ｗｉｄｅ ",
    "ﬁne ",
    "㌔ｱﾞ①",
    "e\N{COMBINING ACUTE ACCENT}te\N{COMBINING ACUTE ACCENT} ",
    "é½ ",
    "ㅎㅏㄴ",
    "x\N{NO-BREAK SPACE}",
    "ﷺ¨",
    "\n",
]
CHANCE = random.Random(1)
TEXTS = ["".join(CHANCE.choices(WORDS, k=12)) for _ in range(200)]


def tokenizer(normalization: str, **options: Any) -> bytepiece.Tokenizer:
    trainer = bytepiece.Trainer(max_vocab_size=400, min_count=1, normalization=normalization, **options)  # type: ignore[arg-type]
    trainer.train(TEXTS)
    path = pathlib.Path(tokenizer.folder) / "m"  # type: ignore[attr-defined]
    trainer.save(path)
    return bytepiece.Tokenizer(path, seed=3)


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    tokenizer.folder = str(tmp_path_factory.mktemp("models"))  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def nfkc(folder: None) -> bytepiece.Tokenizer:
    return tokenizer("nfkc")


@pytest.fixture(scope="module")
def none(folder: None) -> bytepiece.Tokenizer:
    return tokenizer("none")


def normal(form: Literal["nfkc", "none"], text: str) -> str:
    return unicodedata.normalize("NFKC", text) if form == "nfkc" else text


def test_the_model_says_so(nfkc: bytepiece.Tokenizer, none: bytepiece.Tokenizer, tmp_path: pathlib.Path) -> None:
    assert (nfkc.normalization, none.normalization, tokenizer("nfc").normalization) == ("nfkc", "none", "nfc")
    plain = json.loads((pathlib.Path(tokenizer.folder) / "m").read_text("utf-8"))  # type: ignore[attr-defined]
    assert "bytepiece" not in plain
    with_tokens = tokenizer("none", special_tokens=["<a>"])
    made = json.loads((pathlib.Path(tokenizer.folder) / "m").read_text("utf-8"))  # type: ignore[attr-defined]
    assert made["bytepiece"] == {"format": 1, "special_tokens": ["<a>"], "normalization": "none"}
    assert bytepiece.Tokenizer(made).normalization == "none"
    for one in (nfkc, none, with_tokens, nfkc.with_special_tokens(["<b>"])):
        for other in (pickle.loads(pickle.dumps(one)), copy.deepcopy(one), one.with_special_tokens(["<c>"])):
            assert other.normalization == one.normalization
            assert other.encode("ﬁ ① é e\N{COMBINING ACUTE ACCENT}") == one.encode("ﬁ ① é e\N{COMBINING ACUTE ACCENT}")


def test_what_is_trained_on_is_normalized() -> None:
    trainer = bytepiece.Trainer(max_vocab_size=400, min_count=1, normalization="nfkc", required_pieces=["ｚｅｂｒａ"], ensure_unicode=True)
    trainer.train(TEXTS)
    pieces = [piece.decode() for piece in trainer.pieces[0] if len(piece) > 1]
    assert "zebra" in pieces and all(unicodedata.is_normalized("NFKC", piece) for piece in pieces)
    trainer.normalization = "none"
    trainer.train(TEXTS)
    pieces = [piece.decode() for piece in trainer.pieces[0] if len(piece) > 1]
    assert any("ﬁ" in piece for piece in pieces) and any("\N{COMBINING ACUTE ACCENT}" in piece for piece in pieces)
    assert "ｚｅｂｒａ" in pieces
    assert trainer.report["settings"]["normalization"] == "none"


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "ﬁ",
                "a",
                "e",
                "\u0301",
                "か",
                "ﾞ",
                "゙",
                "¨",
                "\n",
                "㌔",
                "ㅎ",
                "ㅏ",
                "ﷺ",
                "\u00a0",
                "½",
                "é",
                "\u0345",
                " ",
                "天",
            ]
        ),
        max_size=30,
    ),
    st.integers(1, 5),
    st.sampled_from(["nfkc", "none"]),
)
def test_every_way_in_gives_the_same(
    nfkc: bytepiece.Tokenizer, none: bytepiece.Tokenizer, units: list[str], size: int, form: Literal["nfkc", "none"]
) -> None:
    text, one = "".join(units), nfkc if form == "nfkc" else none
    expected = normal(form, text)
    ids = one.encode(text)
    assert one.decode(ids) == expected
    assert one.decode_bytes(one.encode(b"\xff" + text.encode() + b"\xff")) == b"\xff" + expected.encode() + b"\xff"
    assert one.encode_batch([text, "x", text], threads=2)[2] == ids
    assert list(one.encode(text, iter=True)) == ids
    assert b"".join(one.tokenize(text)) == expected.encode()
    assert one.decode(one.encode(text, alpha=0.5)) == expected
    assert one.decode(one.nbest(text, 2)[0][0]) == expected
    stream, data = one.stream_encoder(), text.encode()
    parts = [stream.push(data[at : at + size]) for at in range(0, len(data), size)]
    assert [id for part in [*parts, stream.finish()] for id in part] == ids
    again, spans, chars = one.encode(text, return_offsets=True)
    assert again == ids and len(spans) == len(ids)
    for id, (start, end) in zip(ids, spans, strict=True):
        assert form == "nfkc" or data[start:end] == one.id_to_piece(id)
    assert chars is not None and (not ids or (spans[0][0], spans[-1][1], chars[-1][1]) == (0, len(data), len(text)))


def test_offsets_are_those_of_the_text_as_given(nfkc: bytepiece.Tokenizer, none: bytepiece.Tokenizer) -> None:
    text = "x①ﬁ㌔"
    for one, clusters in ((nfkc, [(0, 1), (1, 4), (4, 7), (7, 10)]), (none, None)):
        ids, spans, chars = one.encode(text, return_offsets=True)
        pieces = [one.id_to_piece(id) for id in ids]
        if clusters is None:
            assert [text.encode()[start:end] for start, end in spans] == pieces
            continue
        assert b"".join(map(bytes, pieces)) == "x1fiキロ".encode()
        borders = {place for cluster in clusters for place in cluster}
        assert all({start, end} <= borders for start, end in spans)
        assert chars is not None and [text[start:end].encode() for start, end in chars] == [
            text.encode()[start:end] for start, end in spans
        ]


def test_files_are_normalized(nfkc: bytepiece.Tokenizer, tmp_path: pathlib.Path) -> None:
    (tmp_path / "t").write_text("".join(TEXTS), "utf-8", newline="")
    rows = [row for batch in nfkc.encode_files(Text(tmp_path / "t"), output="lists") for row in batch]
    assert rows == [nfkc.encode("".join(TEXTS))]


def test_special_tokens_are_found_before(nfkc: bytepiece.Tokenizer) -> None:
    chat = nfkc.with_special_tokens(["①", "<x>"])
    ids = chat.encode("1①ﬁ<x>\u0301", allowed_special="all")
    assert chat.decode(ids, skip_special_tokens=False) == "1①fi<x>\u0301"
    assert chat.decode(chat.encode("①")) == "1"


def test_what_is_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match='normalization must be "nfc" or "nfkc" or "none", not \'NFKC\''):
        bytepiece.Trainer(normalization="NFKC")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match='normalization must be left out with compat=True.*not another than "nfc"'):
        bytepiece.Trainer(normalization="none", compat=True)
    made = io.StringIO()
    json.dump({"bytepiece": {"format": 1, "normalization": "NFKC"}} | {"AA==": [3, "", 1]}, made)
    with pytest.raises(ValueError, match='"NFKC": a newer bytepiece wrote this model'):
        bytepiece.Tokenizer(json.loads(made.getvalue()))
