"""Batches: what goes around, off and beside the ids of texts, against lists put together from single calls."""

from __future__ import annotations

import inspect
import pathlib
import re
import subprocess
import sys
import textwrap
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bytepiece

PAD, BOS, EOS = 0, 1, 2

# Lines, newline runs, what NFC changes, bytes that are no text.
UNITS = st.sampled_from(["a", "the ", "\n", "\n\n", "e\u0301", "天地", "\u1112\u1161\u11ab", "=" * 20, " \n"])
TEXT = st.one_of(st.lists(UNITS, max_size=30).map("".join), st.binary(max_size=20), st.text(max_size=20))


@pytest.fixture(scope="module")
def shared(model: pathlib.Path) -> bytepiece.Tokenizer:
    """One tokenizer for all examples."""
    return bytepiece.Tokenizer(model)


def naive_row(
    tokenizer: bytepiece.Tokenizer, text: str | bytes, add_bos: bool, add_eos: bool, limit: int | None
) -> list[int]:
    """The ids of the text, cut to what is left beside `<bos>` and `<eos>`."""
    ids = tokenizer.encode(text)
    ids = ids if limit is None else ids[: limit - add_bos - add_eos]
    return [BOS] * add_bos + ids + [EOS] * add_eos


@settings(max_examples=300, deadline=None)
@given(
    st.lists(TEXT, max_size=6),
    st.booleans(),
    st.booleans(),
    st.one_of(st.none(), st.integers(2, 40)),
    st.sampled_from([False, "longest", "max_length"]),
    st.sampled_from(["left", "right"]),
    st.one_of(st.none(), st.integers(1, 9)),
    st.integers(1, 3),
)
def test_every_combination_is_the_naive_one(
    shared: bytepiece.Tokenizer,
    texts: list[str | bytes],
    add_bos: bool,
    add_eos: bool,
    max_length: int | None,
    padding: Any,
    side: Any,
    multiple: int | None,
    threads: int,
) -> None:
    rows = [naive_row(shared, text, add_bos, add_eos, max_length) for text in texts]
    options: dict[str, Any] = {"add_bos": add_bos, "add_eos": add_eos}
    assert [shared.encode(text, **options, max_length=max_length) for text in texts] == rows
    assert [list(shared.encode(text, **options, max_length=max_length, iter=True)) for text in texts] == rows
    counts = shared.count_tokens(texts, **options, threads=threads)
    assert (counts.dtype, counts.shape) == (np.int64, (len(texts),))
    assert counts.tolist() == [len(naive_row(shared, text, add_bos, add_eos, None)) for text in texts]
    options |= {"max_length": max_length, "threads": threads}
    if padding is False or (padding == "max_length" and max_length is None):
        assert shared.encode_batch(texts, **options) == rows
        ids, row_ends = shared.encode_batch(texts, **options, output="numpy")
        assert [row.tolist() for row in np.split(ids, row_ends)[:-1]] == rows
        return
    options |= {"padding": padding, "padding_side": side, "pad_to_multiple_of": multiple}
    width = max_length if padding == "max_length" else max(map(len, rows), default=0)
    assert width is not None
    width += -width % (multiple or 1)
    fill = [width - len(row) for row in rows]
    left = side == "left"
    expected = [[PAD] * n * left + row + [PAD] * n * (not left) for n, row in zip(fill, rows, strict=True)]
    mask = [
        [False] * n * left + [True] * len(row) + [False] * n * (not left) for n, row in zip(fill, rows, strict=True)
    ]
    assert shared.encode_batch(texts, **options) == (expected, mask)
    array, held = shared.encode_batch(texts, **options, output="numpy")
    assert (array.dtype, held.dtype, array.shape, held.shape) == (np.uint16, np.bool_, (len(texts), width), array.shape)
    assert (array.tolist(), held.tolist()) == (expected, mask)
    assert array[held].tolist() == [id for row in rows for id in row]
    assert array.flags.writeable and array.flags.c_contiguous


@pytest.mark.parametrize("threads", [1, 2, 5, None])
def test_one_huge_text_and_many_tiny_ones(
    shared: bytepiece.Tokenizer, documents: list[str], threads: int | None
) -> None:
    huge = "\n".join(documents) * 12
    assert len(huge) > 500_000
    lines = [line for document in documents for line in document.splitlines(keepends=True)]
    expected = naive_lines(shared, huge)
    texts = [huge, *lines, "", huge[:1000]]
    rows = [expected, *map(shared.encode, lines), [], shared.encode(huge[:1000])]
    assert shared.encode_batch(texts, threads=threads) == rows
    assert shared.count_tokens(texts, threads=threads).tolist() == [len(row) for row in rows]
    assert shared.encode(huge) == expected


def naive_lines(tokenizer: bytepiece.Tokenizer, text: str) -> list[int]:
    """Line by line: nothing reaches across the end of a newline run."""
    return [id for line in re.findall(r".*\n+|.+", text) for id in tokenizer.encode(line)]


@pytest.mark.parametrize("alpha", [0, 0.5])
def test_samples_of_a_text_that_several_threads_share(shared: bytepiece.Tokenizer, alpha: float) -> None:
    texts = ["a line of a text\n" * 40_000, "one more", "another\n\nline" * 3000]
    expected = shared.encode_batch(texts, alpha=alpha, seed=7, threads=1)
    assert [shared.decode(row) for row in expected] == texts
    assert shared.encode_batch(texts, alpha=alpha, seed=7, threads=4) == expected
    assert shared.encode_batch(texts[1:], alpha=alpha, seed=7, first_index=1) == expected[1:]
    short = shared.encode_batch(texts, alpha=alpha, seed=7, threads=3, max_length=100, add_eos=True)
    assert short == [[*row[:99], EOS] for row in expected]


def test_counting_one_text(shared: bytepiece.Tokenizer) -> None:
    text = "how many ids has this text?\n" * 50_000
    for given_text in (text, text.encode()):
        count = shared.count_tokens(given_text)
        assert type(count) is int
        assert count == len(shared.encode(text))
    assert shared.count_tokens("", add_bos=True, add_eos=True) == 2
    assert shared.count_tokens([]).tolist() == []
    assert shared.count_tokens(iter(["a", b"b"])).tolist() == [1, 1]


def test_padding_an_empty_batch(shared: bytepiece.Tokenizer) -> None:
    assert shared.encode_batch([], padding="longest") == ([], [])
    ids, mask = shared.encode_batch([], padding="max_length", max_length=5, output="numpy")
    assert (ids.shape, mask.shape, ids.dtype) == ((0, 5), (0, 5), np.uint16)
    ids, mask = shared.encode_batch(["", ""], padding="longest", output="numpy")
    assert (ids.shape, mask.shape) == ((2, 0), (2, 0))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"max_length": 0}, "max_length must be at least 1, not 0"),
        ({"max_length": -3}, "max_length must be at least 1, not -3"),
        ({"max_length": -(10**30)}, f"max_length must be at least 1, not -{10**30}"),
        (
            {"max_length": 1, "add_bos": True, "add_eos": True},
            "max_length must be at least 2 with add_bos and add_eos, not 1",
        ),
        ({"padding": True}, "padding must be False, 'longest' or 'max_length', not True"),
        ({"padding": "shortest"}, "padding must be False, 'longest' or 'max_length', not 'shortest'"),
        ({"padding": "max_length"}, "padding='max_length' needs max_length, the length of all rows"),
        ({"padding_side": "middle"}, "padding_side must be 'left' or 'right', not 'middle'"),
        ({"padding": "longest", "pad_to_multiple_of": 0}, "pad_to_multiple_of must be at least 1, not 0"),
        (
            {"pad_to_multiple_of": 8},
            "pad_to_multiple_of is 8, but nothing is padded: pass padding='longest' or padding='max_length'",
        ),
        *(
            (options, f"{name} must be at most 2147483647 where rows are padded, not {wrong}; {way_out}")
            for wrong in (2**31, 2**62, 10**30)
            for name, way_out, options in (
                ("pad_to_multiple_of", "pass 8 or 64, say", {"padding": "longest", "pad_to_multiple_of": wrong}),
                (
                    "max_length",
                    "padding='longest' makes rows no longer than the longest is",
                    {"padding": "max_length", "max_length": wrong},
                ),
            )
        ),
        ({"threads": -1}, "threads must be 1 to 1024, not -1"),
        ({"output": "torch"}, "output must be 'lists' or 'numpy', not 'torch'"),
    ],
)
def test_values_that_are_refused(shared: bytepiece.Tokenizer, options: dict[str, Any], words: str) -> None:
    calls = [getattr(shared, name) for name in ("encode", "encode_batch", "count_tokens")]
    for call in calls:
        if set(options) <= set(inspect.signature(call).parameters):
            with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
                call("a" if call == shared.encode else ["a"], **options)
    if "padding" in options:
        with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
            shared.encode_batch([], **options)


@pytest.mark.parametrize(
    ("name", "expected", "values"),
    [
        ("max_length", "must be an int", ["5", 5.0, True, [5]]),
        ("pad_to_multiple_of", "must be an int", ["8", 8.0, False]),
        ("add_bos", "must be True or False", [1, None, "yes"]),
        ("add_eos", "must be True or False", [0, None, "no"]),
        ("padding", "must be False, 'longest' or 'max_length'", [None, 0, 1.5, b"longest"]),
        ("padding_side", "must be a str", [None, True, b"left"]),
        ("threads", "must be an int", ["2", 2.0, True]),
    ],
)
def test_types_that_are_refused(shared: bytepiece.Tokenizer, name: str, expected: str, values: list[Any]) -> None:
    for call in (shared.encode, shared.encode_batch, shared.count_tokens):
        if name not in inspect.signature(call).parameters:
            continue
        for value in values:
            with pytest.raises(TypeError, match=f"^{name} {re.escape(expected)}, not {type(value).__name__}$"):
                call("a" if call == shared.encode else ["a"], **{name: value})  # type: ignore[operator]


def test_texts_that_cannot_be_counted(shared: bytepiece.Tokenizer) -> None:
    for texts, words in (
        (3, "texts must be an iterable of str or bytes, not int"),
        (["a", None], "text 1 must be str or bytes, not NoneType"),
        (bytearray(b"ab"), "text 0 must be str or bytes, not int"),
    ):
        with pytest.raises(TypeError, match=f"^{words}$"):
            shared.count_tokens(texts)  # type: ignore[call-overload]
    with pytest.raises(ValueError, match=r"^text 1 has the lone surrogate U\+D800 at character 1"):
        shared.count_tokens(["a", "b\ud800"])
    with pytest.raises(ValueError, match=r"^texts has the lone surrogate U\+D800 at character 1"):
        shared.count_tokens("b\ud800")


@pytest.mark.parametrize("output", ["lists", "numpy"])
def test_a_rectangle_larger_than_memory(shared: bytepiece.Tokenizer, output: Any) -> None:
    # over 2**47 bytes, more than a process can address
    texts, words = ["a"] * 40_000, "pass fewer texts at a time, or a smaller max_length or pad_to_multiple_of"
    for options in (
        {"padding": "max_length", "max_length": 2**31 - 1},
        {"padding": "longest", "pad_to_multiple_of": 2**31 - 1},
    ):
        with pytest.raises(
            MemoryError, match=f"^a padded batch of 40000 rows of {2**31 - 1} ids does not fit into memory; {words}$"
        ):
            shared.encode_batch(texts, output=output, **options)
    assert shared.encode_batch(["a"], max_length=10**30) == [shared.encode("a")]


@pytest.mark.skipif(not pathlib.Path("/proc/self/status").exists(), reason="the peak of memory is read from /proc")
@pytest.mark.parametrize("texts", ["[text]", "[text[at : at + 60] for at in range(0, len(text), 60)]"])
def test_memory_beside_the_result_is_small(texts: str, model: pathlib.Path) -> None:
    """One text of 24 MB, or 400,000 of 60 bytes: to hold the ids twice would take over 16 MB more."""
    code = f"""
        import pathlib, bytepiece
        def peak():
            return int(pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) * 1024
        tokenizer = bytepiece.Tokenizer({str(model)!r})
        text = b"The quick brown fox jumps over the lazy dog, line by line.\\n\\n" * 400_000
        texts = {texts}
        tokenizer.count_tokens(texts[:1000], threads=2)
        before = peak()
        counts = tokenizer.count_tokens(texts, threads=2)
        counted = peak() - before
        ids, row_ends = tokenizer.encode_batch(texts, output="numpy", threads=2)
        assert len(ids) == counts.sum() > 8_000_000
        # what the border keeps of a text (the object's address, its bytes' place) is at most 64 bytes
        print(counted - 64 * len(texts), peak() - before - ids.nbytes - row_ends.nbytes - 64 * len(texts))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    counted, encoded = map(int, done.stdout.split())
    assert counted < 12_000_000
    assert encoded < 12_000_000
