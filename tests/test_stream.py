"""Streams: wherever a text is cut, its pieces give the ids of the whole, soon; what streams of both directions refuse."""

from __future__ import annotations

import copy
import json
import pathlib
import pickle
import signal
import tempfile
import zipfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import GOLDEN, NO_SHARED, SHARED, adversarial_texts, read_jsonl

import bytepiece

SMALL = bytepiece.Tokenizer(GOLDEN / "small.model")


def nested() -> bytepiece.Tokenizer:
    """A tokenizer whose pieces nest, hold newlines, and split characters."""
    words = {"a" * length: 1 << length for length in range(1, 9)} | {"\n" * length: 5 for length in range(1, 6)}
    words |= {"a\n": 90, "\na": 900, "é": 40, "e\u0301": 50, "天地": 30, "각": 20, " a": 64}
    pieces = {word.encode(): count for word, count in words.items()} | {b"\xe5\xa4": 70, b"\x81e": 60}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "nested.model"
        bytepiece.convert_to_bytepiece(pieces, path)
        return bytepiece.Tokenizer(path)


TOKENIZERS = {"small": SMALL, "nested": nested()}
PARTS = [
    "a",
    "aaaaa",
    "e",
    "\u0301",
    "\u0323",
    "\n",
    "\n\n\n",
    "a\na",
    "天地",
    "ᄀ",
    "ᅡ",
    "ᆨ",
    "한글",
    " and the ",
    "😀",
    "ẛ̣",
]
PIECES = st.lists(
    st.lists(st.sampled_from(PARTS), max_size=8).map("".join)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    | st.sampled_from(
        [b"\xe5", b"\xa4", b"\xa9", b"\xcc", b"\x81", b"\xf0\x9f", b"\x98", b"\x80", b"\xff", b"e", b"\n", b""]
    ),
    max_size=12,
)


def joined(pieces: Iterable[str | bytes]) -> bytes:
    return b"".join(piece.encode() if isinstance(piece, str) else piece for piece in pieces)


def stream(encoder: bytepiece.StreamEncoder[list[int]], pieces: Iterable[str | bytes]) -> list[int]:
    return [id for piece in pieces for id in encoder.push(piece)] + encoder.finish()


@pytest.mark.parametrize("name", TOKENIZERS)
@given(pieces=PIECES)
def test_pieces_give_the_ids_of_the_whole(name: str, pieces: list[str | bytes]) -> None:
    tokenizer, text = TOKENIZERS[name], joined(pieces)
    expected, encoder = tokenizer.encode(text), tokenizer.stream_encoder()
    assert stream(encoder, pieces) == expected
    encoder.reset()
    assert stream(encoder, (bytes([byte]) for byte in text)) == expected


@pytest.mark.parametrize("name", TOKENIZERS)
def test_awkward_texts_a_byte_at_a_time(name: str) -> None:
    encoder = TOKENIZERS[name].stream_encoder()
    for label, text in adversarial_texts().items():
        for size in (1, 3):
            pieces = [text[start : start + size] for start in range(0, len(text), size)]
            assert stream(encoder, pieces) == TOKENIZERS[name].encode(text), label
            encoder.reset()


@given(PIECES, st.binary(max_size=20))
def test_ids_that_were_given_do_not_change(pieces: list[str | bytes], more: bytes) -> None:
    for tokenizer in TOKENIZERS.values():
        encoder = tokenizer.stream_encoder()
        given = [id for piece in pieces for id in encoder.push(piece)]
        for text in (joined(pieces), joined(pieces) + more):
            assert tokenizer.encode(text)[: len(given)] == given


def test_ids_come_as_soon_as_they_are_certain() -> None:
    encoder = TOKENIZERS["nested"].stream_encoder()
    ids = {byte: 3 + byte for byte in range(256)}

    def one(piece: str) -> int:
        return TOKENIZERS["nested"].piece_to_id(piece)

    assert encoder.push("x") == []  # a mark could come
    assert encoder.push("1") == [
        ids[ord("x")],
        ids[ord("1")],
    ]  # nothing joins a digit, and no longer piece begins with it
    assert encoder.push("e") == []
    assert encoder.push("\u0301") == []  # so could another
    assert encoder.push("2") == [one("é"), ids[ord("2")]]
    assert encoder.push("\n") == []  # the run may go on
    assert encoder.push("3") == [one("\n"), ids[ord("3")]]
    assert encoder.push(b"\xe5\xa4") == []
    assert encoder.push(b"\xff") == [TOKENIZERS["nested"].piece_to_id(b"\xe5\xa4"), ids[0xFF]]
    assert encoder.finish() == []


def test_few_ids_are_left_for_the_end(documents: list[str]) -> None:
    encoder = SMALL.stream_encoder()
    for text in documents:
        if "a" * 200 in text:
            continue  # where the pieces begin in such a run hangs on where it ends
        pieces = [text[start : start + 5] for start in range(0, len(text), 5)]
        before = sum(len(encoder.push(piece)) for piece in pieces)
        late = encoder.finish()
        assert before + len(late) == len(SMALL.encode(text))
        assert len(SMALL.decode_bytes(late)) < 200
        encoder.reset()


@pytest.mark.skipif(not (SHARED / "models").exists(), reason=NO_SHARED)
@pytest.mark.parametrize("name", ["bytepiece_80k", "bytepiece.id.eu.plus.80k"])
def test_published_models(name: str, tmp_path: pathlib.Path) -> None:
    with zipfile.ZipFile(SHARED / "models" / f"{name}.zip") as archive:
        member = next(member for member in archive.namelist() if member.endswith(".model"))
        tokenizer = bytepiece.Tokenizer(json.loads(archive.read(member)))
    for corpus in ("en", "zh", "code"):
        texts = list(read_jsonl(SHARED / "corpus" / f"{corpus}.dev.jsonl.gz"))
        text = "\n".join(texts).encode()[:500_000]
        expected = tokenizer.encode(text)
        for size in (7, 1 << 17):
            pieces = (text[start : start + size] for start in range(0, len(text), size))
            assert stream(tokenizer.stream_encoder(), pieces) == expected


@pytest.mark.parametrize("pieces", [[], [""], [b"", ""], ["a"], ["a\n", "b"]])
def test_bos_comes_first_and_eos_last(pieces: list[str | bytes]) -> None:
    encoder = SMALL.stream_encoder(add_bos=True, add_eos=True)
    for _ in range(2):
        first = encoder.push(pieces[0]) if pieces else []
        assert first[:1] == [1] * bool(pieces)
        assert first + stream(encoder, pieces[1:]) == SMALL.encode(joined(pieces), True, True)
        encoder.reset()
    assert stream(SMALL.stream_encoder(add_eos=True), pieces) == SMALL.encode(joined(pieces), add_eos=True)


def test_ids_as_arrays() -> None:
    encoder = SMALL.stream_encoder(output="numpy", add_eos=True)
    parts = [encoder.push("hello "), encoder.push(""), encoder.push("world\n\nand more"), encoder.finish()]
    assert [part.dtype for part in parts] == [np.uint16] * 4
    assert np.concatenate(parts).tolist() == SMALL.encode("hello world\n\nand more", add_eos=True)


def test_what_is_refused_is_not_taken() -> None:
    encoder = SMALL.stream_encoder()
    given = encoder.push("one text ")
    with pytest.raises(TypeError, match="^text must be str or bytes, not list$"):
        encoder.push(["two"])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="^text must be str or bytes, not bytearray$"):
        encoder.push(bytearray(b"two"))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="text has the lone surrogate U\\+D800 at character 1,"):
        encoder.push("x\ud800")
    assert given + stream(encoder, ["and no more"]) == SMALL.encode("one text and no more")


def test_wrong_options() -> None:
    with pytest.raises(TypeError, match="^add_bos must be True or False, not int$"):
        SMALL.stream_encoder(add_bos=1)  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="^output must be 'lists' or 'numpy', not 'arrow'$"):
        SMALL.stream_encoder(output="arrow")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="^errors must be 'ignore' or 'replace', not 'strict'$"):
        SMALL.stream_decoder(errors="strict")  # type: ignore[arg-type]
    for kind in (bytepiece.StreamEncoder, bytepiece.StreamDecoder):
        with pytest.raises(TypeError, match=f"cannot create 'bytepiece.{kind.__name__}' instances"):
            kind()


@pytest.mark.parametrize("made", [SMALL.stream_encoder, SMALL.stream_decoder])
def test_after_the_end_only_a_reset_goes_on(made: Any) -> None:
    ended = made()
    piece = "a" if isinstance(ended, bytepiece.StreamEncoder) else 100
    alone = ended.push(piece) + ended.finish()
    for call in (lambda: ended.push(piece), ended.finish):
        with pytest.raises(
            ValueError, match=r"^(push|finish)\(\) after finish\(\): the text has ended; reset\(\) begins"
        ):
            call()
    ended.reset()
    ended.push(piece)
    ended.reset()  # in the middle of a text: that one is forgotten
    assert ended.push(piece) + ended.finish() == alone


@pytest.mark.parametrize("made", [SMALL.stream_encoder, SMALL.stream_decoder])
def test_a_stream_is_not_pickled(made: Any) -> None:
    for work in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(
            TypeError, match=f"^{type(made()).__name__} objects cannot be pickled or copied: they are in"
        ):
            work(made())


def test_a_stream_outlives_its_tokenizer(model: pathlib.Path) -> None:
    encoder, decoder = (lambda tokenizer: (tokenizer.stream_encoder(), tokenizer.stream_decoder()))(
        bytepiece.Tokenizer(model)
    )
    ids = stream(encoder, ["hello ", "world"])
    assert decoder.push(ids) + decoder.finish() == "hello world"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers that signal")
def test_a_signal_handler_meets_a_running_call_and_loses_its_text() -> None:
    encoder, text, met = SMALL.stream_encoder(), "e\u0301 one line of a text " * 3_000_000, []

    class Enough(Exception):
        pass

    def handler(number: int, frame: FrameType | None) -> None:
        for call in (lambda: encoder.push("more"), encoder.finish, encoder.reset):
            with pytest.raises(RuntimeError, match="while another call on the same stream is running") as error:
                call()
            met.append(str(error.value).split()[0])
        raise Enough

    before = signal.signal(signal.SIGALRM, handler)
    try:
        with pytest.raises(Enough):
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            encoder.push(text)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert met == ["push()", "finish()", "reset()"]
    for call in (lambda: encoder.push("a"), encoder.finish):
        with pytest.raises(ValueError, match=r"after a call that was interrupted: part of the text is lost; reset\(\)"):
            call()
    encoder.reset()
    assert stream(encoder, ["hello ", "world"]) == SMALL.encode("hello world")


def test_threads_that_share_a_stream_meet_an_error_at_worst() -> None:
    encoder, line = SMALL.stream_encoder(), "hello world, hello\n" * 2000

    def push(_: int) -> tuple[int, int]:
        try:
            return len(encoder.push(line)), 1
        except RuntimeError as error:
            assert "a stream takes one call at a time" in str(error)
            return 0, 0

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(push, range(64)))
    taken = sum(count for _, count in results)
    assert taken > 0
    assert sum(ids for ids, _ in results) + len(encoder.finish()) == len(SMALL.encode(line * taken))


def test_streams_of_one_tokenizer_run_beside_each_other(documents: list[str]) -> None:
    def encode(text: str) -> list[int]:
        return stream(SMALL.stream_encoder(), (text[start : start + 50] for start in range(0, len(text), 50)))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(encode, documents)) == [SMALL.encode(text) for text in documents]
