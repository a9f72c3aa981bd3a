"""Special tokens in files: how they are kept, shown and exported."""

from __future__ import annotations

import base64
import copy
import json
import multiprocessing
import pathlib
import pickle
import re
import subprocess
import sys
from typing import Any

import pytest
from support import CHAT, GOLDEN, IM, NO_SHARED, SHARED, same

import bytepiece


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
    "a newer format": (
        {"format": 2},
        'the field "format" is 2, not 1: a newer bytepiece wrote this model; update to read it',
    ),
    "an unknown field": ({"format": 1, "casefold": True}, 'the field "casefold": a newer bytepiece'),
    "an unknown form": (
        {"format": 1, "normalization": "NFKC"},
        'the field "normalization": "NFKC": a newer bytepiece',
    ),
    "no format": ({"special_tokens": ["<x>"]}, 'the metadata has no field "format"'),
    "format 1.0": ({"format": 1.0}, 'the field "format": invalid type: floating point'),
    "format True": ({"format": True}, 'the field "format": invalid type: boolean'),
    "no list": (
        {"format": 1, "special_tokens": "<x>"},
        'the field "special_tokens": invalid type: string "<x>", expected an array of strings',
    ),
    "no str": (
        {"format": 1, "special_tokens": [1]},
        'the field "special_tokens": element 0: invalid type: integer `1`, expected a string',
    ),
    "twice": ({"format": 1, "special_tokens": ["<x>", "<x>"]}, 'bytepiece: special_tokens[1]: it is "<x>", which'),
    "one of the three": ({"format": 1, "special_tokens": ["<bos>"]}, "bytepiece: special_tokens[0]: it is"),
    "empty": ({"format": 1, "special_tokens": [""]}, "bytepiece: special_tokens[0]: it is empty"),
    "a surrogate": ({"format": 1, "special_tokens": ["\ud800"]}, 'the field "special_tokens": element 0: '),
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
            ValueError,
            match="the dictionary: not a BytePiece model: bytepiece: the field 'special_tokens': .*not JSON serializable",
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
    trainer = bytepiece.Trainer(order=3, progress=False, ensure_unicode=True)
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
