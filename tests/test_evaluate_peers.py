"""Tokenizers of other libraries in `bytepiece.evaluate`: the same figures as plain Python's, and errors that say what to do."""

from __future__ import annotations

import base64
import json
import pathlib
import sys
from typing import Any

import naive_evaluation as naive
import pytest

import bytepiece
from bytepiece.evaluation import _load, _peers

TEXTS = [
    "the cat\n\nsat on  the mat.\n",
    "今天 天气, 😀!\r\n\tif (a < b) {\n\t}",
    "",
    "\n\n",
    "no newline",
    "<s>special</s> <|end|>",
]
PATTERN = r"\p{L}+| ?[^\p{L}]+"


def ranks() -> dict[bytes, int]:
    pieces = [bytes([byte]) for byte in range(256)]
    pieces += [b"th", b"the", b"at", b" t", b"  ", "天".encode()[:2], "天".encode()]
    return {piece: rank for rank, piece in enumerate(pieces)}


def rank_file(path: pathlib.Path) -> pathlib.Path:
    path.write_bytes(b"".join(base64.b64encode(piece) + b" %d\n" % rank for piece, rank in ranks().items()))
    return path


def sentencepiece_file(path: pathlib.Path, texts: list[str], **options: Any) -> pathlib.Path:
    sentencepiece = pytest.importorskip("sentencepiece")
    lossless = {"normalization_rule_name": "identity", "add_dummy_prefix": False, "remove_extra_whitespaces": False}
    settings = {
        "vocab_size": 2000,
        "byte_fallback": True,
        "hard_vocab_limit": False,
        "minloglevel": 2,
        **lossless,
        **options,
    }
    lines = (line for text in texts for line in text.split("\n") if line)
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=lines, model_prefix=str(path), **settings)
    return path.with_name(path.name + ".model")


def byte_level(path: pathlib.Path, texts: list[str]) -> pathlib.Path:
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=400, initial_alphabet=alphabet, special_tokens=["<|end|>"], show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.enable_truncation(2)
    tokenizer.save(str(path))
    return path


def check(given: Any, pieces_of: Any, name: str, kind: str, **options: Any) -> None:
    """One lossless tokenizer; `pieces_of` gives the bytes of each token of a text by the library's own words."""
    found = bytepiece.evaluate([given], {"x": TEXTS}, threads=1, **options)
    (one,), (summary,) = found.results, found.tokenizers
    assert (summary.name, summary.kind) == (name, kind)
    engine = _load.load(given, options.get("pattern"))
    expected = naive.measure(TEXTS, pieces_of, {piece for piece in engine.pieces if piece}, summary.vocab_size)
    assert (one.tokens, one.round_trip.lossless) == (expected["tokens"], True)
    assert one.bytes_per_token.value == expected["bytes"] / expected["tokens"]
    assert one.byte_fallback == pytest.approx(expected["byte_fallback"])
    assert one.renyi_efficiency == pytest.approx(expected["renyi"])
    assert (one.dead_pieces, one.single_document_pieces) == (
        expected["dead_pieces"],
        expected["single_document_pieces"],
    )
    assert {script: counts.tokens for script, counts in one.scripts.items() if counts.tokens} == expected["scripts"]


def test_tiktoken(tmp_path: pathlib.Path) -> None:
    tiktoken = pytest.importorskip("tiktoken")
    encoding = tiktoken.Encoding("mine", pat_str=PATTERN, mergeable_ranks=ranks(), special_tokens={"<|end|>": 300})

    def pieces(text: str) -> list[bytes]:
        return [encoding.decode_single_token_bytes(id) for id in encoding.encode_ordinary(text)]

    check(encoding, pieces, "mine", "tiktoken")
    check(rank_file(tmp_path / "r.tiktoken"), pieces, "r.tiktoken", "tiktoken", pattern=PATTERN)
    default = tiktoken.Encoding("d", pat_str=_peers.PATTERN, mergeable_ranks=ranks(), special_tokens={})
    found = bytepiece.evaluate([tmp_path / "r.tiktoken"], {"x": TEXTS}).results[0]
    assert found.tokens == sum(map(len, default.encode_ordinary_batch(TEXTS)))


def test_tokenizers(tmp_path: pathlib.Path, documents: list[str]) -> None:
    path = byte_level(tmp_path / "t.json", documents)
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = tokenizers.Tokenizer.from_file(str(path))
    plain = tokenizers.Tokenizer.from_file(str(path))
    plain.no_truncation()
    plain.encode_special_tokens = True
    names = {name: byte for byte, name in bytes_to_unicode().items()}

    def pieces(text: str) -> list[bytes]:
        return [bytes(names[char] for char in token) for token in plain.encode(text, add_special_tokens=False).tokens]

    check(path, pieces, "t.json", "tokenizers")
    check(tokenizer, pieces, f"tokenizers {tokenizer.get_vocab_size()}", "tokenizers")
    assert tokenizer.truncation is not None  # it was not ours to change


def bytes_to_unicode() -> dict[int, str]:
    """GPT-2's alphabet, as its authors build it."""
    shown = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    names, more = {byte: chr(byte) for byte in shown}, 0
    for byte in range(256):
        if byte not in names:
            names[byte] = chr(256 + more)
            more += 1
    return names


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_sentencepiece_pays_one_token_a_newline(tmp_path: pathlib.Path, documents: list[str], kind: str) -> None:
    path = sentencepiece_file(tmp_path / "s", documents, model_type=kind)
    processor = pytest.importorskip("sentencepiece").SentencePieceProcessor(model_file=str(path))

    def pieces(text: str) -> list[bytes]:
        rows = []
        for number, line in enumerate(text.split("\n")):
            rows += [b"\n"] * bool(number)
            for id in processor.encode(line):
                piece = processor.id_to_piece(id)
                rows.append(bytes([int(piece[3:5], 16)]) if processor.is_byte(id) else piece.replace("▁", " ").encode())
        return rows

    check(path, pieces, "s.model", "sentencepiece")
    check(processor, pieces, f"sentencepiece {processor.vocab_size()}", "sentencepiece")


def test_sentencepiece_without_bytes_loses_and_says_so(tmp_path: pathlib.Path, documents: list[str]) -> None:
    path = sentencepiece_file(
        tmp_path / "s", documents, byte_fallback=False, add_dummy_prefix=True, model_type="bpe", vocab_size=2000
    )
    texts = ["known\nwords", "\u4dff\U0001f9ff", "\n"]
    found = bytepiece.evaluate([path], {"x": texts})
    trip = found.results[0].round_trip
    assert (trip.lossless, trip.failed, trip.first) == (False, 1, 1)
    assert found.samples[0].pieces["s.model"].count(b"\n") == 1
    assert b"" in found.samples[1].pieces["s.model"]


def test_a_conversion_of_ours_gets_whole_texts(tmp_path: pathlib.Path, documents: list[str]) -> None:
    pytest.importorskip("sentencepiece")
    trainer = bytepiece.Trainer(order=4, max_vocab_size=900, ensure_unicode=True)
    trainer.train([text for text in documents if "\0" not in text])
    trainer.save(tmp_path / "m")
    tokenizer = bytepiece.Tokenizer(tmp_path / "m")
    tokenizer.convert_to_sentencepiece(tmp_path / "s.model")
    texts = ["two lines.\nof text, 天地玄黄\n\n", "another one\n"]
    ours, theirs = bytepiece.evaluate([tokenizer, tmp_path / "s.model"], {"x": texts}).results
    assert ours.tokens == theirs.tokens and theirs.round_trip.lossless
    assert theirs.token_lengths == ours.token_lengths


def test_words_of_other_spellings() -> None:
    wordpiece = _peers.spelling({"decoder": {"type": "WordPiece"}, "pre_tokenizer": None})
    assert [wordpiece("##ing"), wordpiece("go"), wordpiece("▁")] == [b"ing", b"go", "▁".encode()]
    metaspace = _peers.spelling({"decoder": {"type": "Metaspace"}, "pre_tokenizer": None})
    assert [metaspace("▁the"), metaspace("<0xE5>")] == [b" the", b"\xe5"]
    assert _peers.byte_alphabet() == {name: bytes([byte]) for byte, name in bytes_to_unicode().items()}


@pytest.mark.parametrize("name", ["sentencepiece", "tokenizers", "tiktoken"])
def test_a_missing_library_is_named(name: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    if name == "tiktoken":
        rank_file(path)
    elif name == "tokenizers":
        path.write_text('{"version": "1.0", "model": {"type": "BPE"}}', "utf-8")
    else:
        path.write_bytes(b"\x0a\x0e\x0a\x05<unk>\x15\x00\x00\x00\x00\x18\x02")
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError) as raised:
        bytepiece.evaluate([path], {"x": ["a"]})
    assert str(raised.value).startswith(f'this tokenizer needs {name}: pip install "bytepiece[eval]" (')


def test_files_of_the_wrong_format(tmp_path: pathlib.Path) -> None:
    expected = "expected a model of bytepiece or SentencePiece, a tokenizer.json, or ranks of tiktoken"
    cases = {
        b"": f"no tokenizer that can be evaluated: {expected}",
        b"some text\n": f"no tokenizer that can be evaluated: {expected}",
        b"\x89PNG": f"no tokenizer that can be evaluated: {expected}",
        b"{": "no tokenizer that can be evaluated: not JSON: Expecting property name enclosed in double quotes: line 1",
        b"{}": "not a BytePiece model",
        b"YQ== 0\nYg== x\n": "line 2: not base64 and a rank: b'Yg== x'",
        b"\x0a\x0e\x0anothing": "it begins as a SentencePiece model does, but is none",
        b'{"model": {}}': "not a tokenizer.json that tokenizers can load",
    }
    for data, words in cases.items():
        for library in ("sentencepiece", "tokenizers", "tiktoken"):
            pytest.importorskip(library)
        (tmp_path / "f").write_bytes(data)
        with pytest.raises(ValueError) as raised:
            bytepiece.evaluate([tmp_path / "f"], {"x": ["a"]})
        assert str(raised.value).startswith(f"{tmp_path / 'f'}: ") or data == b"{}"
        assert words in str(raised.value), data


def test_wrong_arguments(tokenizer: bytepiece.Tokenizer, tmp_path: pathlib.Path) -> None:
    texts = {"x": ["a"]}
    for tokenizers, corpora, options, kind, words in [
        ([], texts, {}, ValueError, "there are no tokenizers: pass at least one"),
        ([tokenizer], {}, {}, ValueError, "there are no corpora: pass at least one, such as {'name': bytepiece.corpus.Text(path)}"),
        ([tokenizer], {"x": []}, {}, ValueError, "corpus 'x' is empty: it has 0 documents and no text"),
        ([tokenizer], {"x": ["", ""]}, {}, ValueError, "corpus 'x' is empty: it has 2 documents and no text"),
        ([tokenizer], {"x": ["a", b"\xff"]}, {}, ValueError, "corpus 'x': document 1 is not UTF-8: only text can be compared; "
         'bytepiece.corpus.Documents(..., errors="replace") makes it text'),
        ([tokenizer], {"x": ["a", "\ud800"]}, {}, ValueError, None),
        ([tokenizer], {"x": "text"}, {}, TypeError, "corpora['x'] is a single str: for a file pass bytepiece.corpus.Text(path)"),
        ([tokenizer], {1: ["a"]}, {}, TypeError, "the name of a corpus must be a str, not int"),
        ([tokenizer], ["a"], {}, TypeError, "corpora must be a dict of readers by name, not list"),
        ("path", texts, {}, TypeError, "tokenizers must be a list of tokenizers or paths, or a dict of them by name, not str"),
        ({1: tokenizer}, texts, {}, TypeError, "the name of a tokenizer must be a str, not int"),
        ([3], texts, {}, TypeError, "a tokenizer must be a path, a bytepiece.Tokenizer, a SentencePieceProcessor, "
         "a tokenizers.Tokenizer or a tiktoken.Encoding, not int"),
        ([tmp_path / "no"], texts, {}, FileNotFoundError, None),
        ([tmp_path], texts, {}, IsADirectoryError, None),
        ([tokenizer], texts, {"documents": 0}, ValueError, "documents must be 1 to 2**63 - 1, not 0"),
        ([tokenizer], texts, {"samples": -1}, ValueError, "samples must be 0 to 2**63 - 1, not -1"),
        ([tokenizer], texts, {"seed": "x"}, TypeError, "seed must be an int, not str"),
        ([tokenizer], texts, {"threads": 2000}, ValueError, "threads must be 1 to 1024, not 2000"),
    ]:  # fmt: skip
        with pytest.raises(kind) as raised:
            bytepiece.evaluate(tokenizers, corpora, **options)
        assert words is None or str(raised.value) == words


def test_names_are_distinct(model: pathlib.Path, tokenizer: bytepiece.Tokenizer) -> None:
    found = bytepiece.evaluate([model, model, str(model), tokenizer], {"x": ["a b c"]})
    names = [one.name for one in found.tokenizers]
    assert names == ["small.model", "small.model (2)", "small.model (3)", f"bytepiece {tokenizer.vocab_size}"]
    assert {row["tokenizer"] for row in json.loads(found.to_json())["results"]} == set(names)
