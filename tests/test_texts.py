"""Every way in which the texts of a batch can come: Python's objects, numpy, Arrow; and what is wrong with some of them."""

from __future__ import annotations

import collections
import ctypes
import re
from collections.abc import Callable
from typing import Any

import arro3.core as arro3
import nanoarrow
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bytepiece

TEXTS = ["hello\n\nworld", "", "天地玄黄", "e\u0301 " * 20, "a\0b"]
STRINGS = [arro3.DataType.string(), arro3.DataType.large_string(), arro3.DataType.string_view()]
BINARIES = [arro3.DataType.binary(), arro3.DataType.large_binary(), arro3.DataType.binary_view()]
KEYS = [getattr(arro3.DataType, f"{sign}int{bits}")() for sign in ("", "u") for bits in (8, 16, 32, 64)]


def strings(*texts: str) -> arro3.Array:
    return arro3.Array(texts, type=arro3.DataType.string())


class Exports:
    """An object that exports what it is told to, and nothing else."""

    def __init__(self, **exported: Callable[[], object]) -> None:
        for name, function in exported.items():
            setattr(self, f"__arrow_c_{name}__", function)


def as_array(exported: Any) -> Exports:
    return Exports(array=lambda: exported)


def as_stream(exported: Any) -> Exports:
    return Exports(stream=lambda: exported)


class Lazy:
    """Iterable by the old protocol only."""

    def __getitem__(self, index: int) -> str:
        return TEXTS[index]


ITERABLES: dict[str, Callable[[], Any]] = {
    "list": lambda: list(TEXTS),
    "tuple": lambda: tuple(TEXTS),
    "generator": lambda: (text for text in TEXTS),
    "dict": lambda: dict.fromkeys(TEXTS),
    "deque": lambda: collections.deque(TEXTS),
    "__getitem__": Lazy,
    "str and bytes": lambda: [text.encode() if index % 2 else text for index, text in enumerate(TEXTS)],
    "numpy str": lambda: np.array(TEXTS),
    "numpy str, big-endian": lambda: np.array(TEXTS).astype(np.array(TEXTS).dtype.newbyteorder(">")),
    "numpy str, every other": lambda: np.array([text for text in TEXTS for _ in range(2)])[::2],
    "numpy bytes": lambda: np.array([text.encode() for text in TEXTS]),
    "numpy objects": lambda: np.array(TEXTS, dtype=object),
    "numpy scalars": lambda: list(np.array(TEXTS)),
}


@pytest.mark.parametrize("name", ITERABLES)
def test_iterables(tokenizer: bytepiece.Tokenizer, name: str) -> None:
    assert tokenizer.encode_batch(ITERABLES[name]()) == [tokenizer.encode(text) for text in TEXTS]


@pytest.mark.skipif(not hasattr(np.dtypes, "StringDType"), reason="StringDType is new in numpy 2")
def test_numpy_strings_of_variable_width(tokenizer: bytepiece.Tokenizer) -> None:
    expected = tokenizer.encode_batch(TEXTS)
    assert tokenizer.encode_batch(np.array(TEXTS, dtype=np.dtypes.StringDType())) == expected
    missing = np.array(["a", None], dtype=np.dtypes.StringDType(na_object=None))
    with pytest.raises(TypeError, match="^text 1 must be str or bytes, not NoneType$"):
        tokenizer.encode_batch(missing)


def test_numpy_pads_with_nul_and_takes_it_off(tokenizer: bytepiece.Tokenizer) -> None:
    for texts in (["a\0\0", "b"], [b"a\0\0", b"b"]):
        assert tokenizer.encode_batch(np.array(texts)) == tokenizer.encode_batch(["a", "b"])


@pytest.mark.parametrize("data_type", STRINGS + BINARIES, ids=str)
def test_arrow_types(tokenizer: bytepiece.Tokenizer, data_type: arro3.DataType) -> None:
    texts = TEXTS if data_type in STRINGS else [text.encode() for text in TEXTS]
    expected = tokenizer.encode_batch(TEXTS)
    array = arro3.Array(texts, type=data_type)
    assert tokenizer.encode_batch(array) == expected
    assert tokenizer.encode_batch(array.slice(1, 3)) == expected[1:4]
    assert tokenizer.encode_batch(array.slice(2, 0)) == []
    chunks = arro3.ChunkedArray([array.slice(3, 2), array.slice(0, 0), array])
    assert tokenizer.encode_batch(chunks) == expected[3:] + expected


@pytest.mark.parametrize("keys", KEYS, ids=str)
@pytest.mark.parametrize("values", STRINGS + BINARIES, ids=str)
def test_arrow_dictionaries(tokenizer: bytepiece.Tokenizer, keys: arro3.DataType, values: arro3.DataType) -> None:
    texts = [*TEXTS, *reversed(TEXTS)]
    given = texts if values in STRINGS else [text.encode() for text in texts]
    array = arro3.Array(given, type=values).cast(arro3.DataType.dictionary(keys, values))
    assert tokenizer.encode_batch(array) == tokenizer.encode_batch(texts)
    assert tokenizer.encode_batch(array.slice(3, 4)) == tokenizer.encode_batch(texts[3:7])


@given(st.data())
def test_arrow_equals_lists(model: Any, data: st.DataObject) -> None:
    tokenizer = bytepiece.Tokenizer(model)
    binary = data.draw(st.booleans())
    element = st.binary(max_size=20) if binary else st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    chunks: list[list[Any]] = data.draw(st.lists(st.lists(element, max_size=8), max_size=4))
    data_type = data.draw(st.sampled_from(BINARIES if binary else STRINGS))
    cut = []
    for chunk in chunks:
        start = data.draw(st.integers(0, len(chunk)))
        stop = data.draw(st.integers(start, len(chunk)))
        cut.append((arro3.Array(chunk, type=data_type).slice(start, stop - start), chunk[start:stop]))
    array = arro3.ChunkedArray([array for array, _ in cut], type=data_type)
    assert tokenizer.encode_batch(array) == tokenizer.encode_batch([text for _, chunk in cut for text in chunk])


def test_an_arrow_stream_is_read_to_its_end(tokenizer: bytepiece.Tokenizer) -> None:
    texts = [f"text {index}" * 1000 for index in range(20)]
    field = arro3.Field("", arro3.DataType.string())
    reader = arro3.ArrayReader.from_arrays(field, [strings(text) for text in texts])
    assert tokenizer.encode_batch(reader) == tokenizer.encode_batch(texts)


def test_nulls_are_named(tokenizer: bytepiece.Tokenizer) -> None:
    words = (
        "^text {} is null; leave the nulls of the Arrow array out \\(drop_null\\), or give them a text \\(fill_null\\)$"
    )
    for data_type in STRINGS:
        array = arro3.Array(["a", "b", None, None], type=data_type)
        for nulls, place in [(array, 2), (array.slice(1, 2), 1), (arro3.ChunkedArray([array.slice(0, 2), array]), 4)]:
            with pytest.raises(ValueError, match=words.format(place)):
                tokenizer.encode_batch(nulls)
        assert len(tokenizer.encode_batch(array.slice(0, 2))) == 2  # the nulls are outside
    with pytest.raises(ValueError, match=words.format(0)):
        tokenizer.encode_batch(nanoarrow.c_array_from_buffers(nanoarrow.null(), 2, [], null_count=2))
    assert tokenizer.encode_batch(nanoarrow.c_array_from_buffers(nanoarrow.null(), 0, [])) == []


def test_nulls_of_dictionaries_are_named(tokenizer: bytepiece.Tokenizer) -> None:
    array = arro3.Array(["a", "b", None, "a"], type=arro3.DataType.string())
    array = array.cast(arro3.DataType.dictionary(arro3.DataType.int8(), arro3.DataType.string()))
    with pytest.raises(ValueError, match="^text 2 is null"):
        tokenizer.encode_batch(array)
    assert len(tokenizer.encode_batch(array.slice(0, 2))) == 2


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (lambda: nanoarrow.c_array([1, 2], nanoarrow.int64()), "Int64"),
        (lambda: nanoarrow.c_array([b"ab"], nanoarrow.fixed_size_binary(2)), r"FixedSizeBinary\(2\)"),
        (lambda: arro3.Table.from_pydict({"a": strings("x")}), "Struct.*Utf8.*"),
        (lambda: arro3.list_array(arro3.Array(np.array([0, 1], np.int32)), strings("a")), "List.*"),
    ],
)
def test_other_arrow_types_are_named(tokenizer: bytepiece.Tokenizer, given: Callable[[], Any], name: str) -> None:
    words = rf"^texts is an Arrow array of {name}; the types of texts are Utf8, .* and dictionaries of those$"
    with pytest.raises(TypeError, match=words):
        tokenizer.encode_batch(given())


def test_arrow_strings_are_utf8(tokenizer: bytepiece.Tokenizer) -> None:
    offsets, content = np.array([0, 1, 2, 3], dtype=np.int32), b"a\xffb"
    array = nanoarrow.c_array_from_buffers(nanoarrow.string(), 3, [None, offsets, content])
    with pytest.raises(ValueError, match="^text 1 is not UTF-8, as Arrow's strings must be; cast the array to binary"):
        tokenizer.encode_batch(array)
    array = nanoarrow.c_array_from_buffers(nanoarrow.binary(), 3, [None, offsets, content])
    assert tokenizer.encode_batch(array) == tokenizer.encode_batch([b"a", b"\xff", b"b"])


def test_offsets_that_lead_nowhere_are_refused(tokenizer: bytepiece.Tokenizer) -> None:
    for offsets in ([0, 5, 3], [-1, 2, 3]):
        buffers = [None, np.array(offsets, dtype=np.int32), b"abc"]
        array = nanoarrow.c_array_from_buffers(nanoarrow.binary(), 2, buffers, validation_level="none")
        with pytest.raises(ValueError, match="^texts is not what Arrow's PyCapsule interface asks for: .*[Oo]ffset"):
            tokenizer.encode_batch(array)


def test_a_capsule_is_used_once(tokenizer: bytepiece.Tokenizer) -> None:
    array = strings("a", "b")
    twice = as_array(array.__arrow_c_array__())
    assert len(tokenizer.encode_batch(twice)) == 2
    with pytest.raises(
        ValueError, match='interface asks for: the capsule "arrow_schema" has been used or released before$'
    ):
        tokenizer.encode_batch(twice)
    (schema, _), (_, used) = array.__arrow_c_array__(), twice.__arrow_c_array__()  # type: ignore[attr-defined]
    with pytest.raises(
        ValueError, match='interface asks for: the capsule "arrow_array" has been used or released before$'
    ):
        tokenizer.encode_batch(as_array((schema, used)))
    twice = as_stream(arro3.ChunkedArray([array]).__arrow_c_stream__())
    assert len(tokenizer.encode_batch(twice)) == 2
    with pytest.raises(ValueError, match='the capsule "arrow_array_stream" has been used or released before$'):
        tokenizer.encode_batch(twice)


def test_exports_of_something_else_are_refused(tokenizer: bytepiece.Tokenizer) -> None:
    schema, array = strings("a").__arrow_c_array__()
    for pair in (None, (schema,), [schema, array, array], "ab"):
        with pytest.raises(ValueError, match="^texts is not what Arrow's PyCapsule interface asks for: "):
            tokenizer.encode_batch(as_array(pair))
    with pytest.raises(ValueError, match='a capsule named "arrow_schema" is wanted, not <capsule object "arrow_array"'):
        tokenizer.encode_batch(as_array((array, schema)))
    with pytest.raises(
        ValueError, match='a capsule named "arrow_array_stream" is wanted, not <capsule object "arrow_a'
    ):
        tokenizer.encode_batch(as_stream(array))
    with pytest.raises(ValueError, match='a capsule named "arrow_array_stream" is wanted, not 3$'):
        tokenizer.encode_batch(as_stream(3))


FILL = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
SAY = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
RELEASE = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
STREAM = b"arrow_array_stream"


class CStream(ctypes.Structure):
    """`struct ArrowArrayStream` of Arrow's C stream interface."""

    _fields_ = (
        ("get_schema", FILL),
        ("get_next", FILL),
        ("get_last_error", SAY),
        ("release", RELEASE),
        ("private_data", ctypes.c_void_p),
    )


def broken_stream(**functions: Any) -> tuple[Exports, CStream]:
    """A stream of strings that does what it is told to instead of what it should; the struct is to be kept."""
    capsules: list[Any] = []

    def get_schema(_: int, out: int) -> int:
        capsules.append(arro3.DataType.string().__arrow_c_schema__())
        get = ctypes.pythonapi.PyCapsule_GetPointer
        get.restype, get.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
        source = get(capsules[-1], b"arrow_schema")
        ctypes.memmove(out, source, 72)
        ctypes.memset(source + 56, 0, 8)  # moved: its `release` is null
        return 0

    defaults = {"get_schema": FILL(get_schema), "release": RELEASE(lambda _: None)}
    stream = CStream(**(defaults | functions))
    new = ctypes.pythonapi.PyCapsule_New
    new.restype, new.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    return as_stream(new(ctypes.addressof(stream), STREAM, None)), stream


def test_a_stream_that_fails_says_why(tokenizer: bytepiece.Tokenizer) -> None:
    message = ctypes.create_string_buffer(b"the disk is gone")
    says, silent = SAY(lambda _: ctypes.addressof(message)), SAY(lambda _: None)
    fails = FILL(lambda stream, out: 5)
    for functions, words in [
        ({"get_next": fails, "get_last_error": says}, "the disk is gone"),
        ({"get_schema": fails, "get_last_error": says}, "the disk is gone"),
        ({"get_next": fails, "get_last_error": silent}, "the stream failed with error 5"),
        ({"get_next": fails}, "the stream failed with error 5"),
        ({}, "a function of the stream is missing"),
        ({"get_schema": FILL()}, "a function of the stream is missing"),
        ({"get_schema": FILL(lambda stream, out: 0)}, 'the capsule "arrow_schema" has been used or released before'),
        ({"release": RELEASE()}, 'the capsule "arrow_array_stream" has been used or released before'),
    ]:
        exports, _kept = broken_stream(**functions)
        with pytest.raises(ValueError, match=f"^texts is not what Arrow's PyCapsule interface asks for: {words}$"):
            tokenizer.encode_batch(exports)  # type: ignore[call-overload]


def test_what_cannot_be_exported_is_iterated(tokenizer: bytepiece.Tokenizer) -> None:
    class Column(list[str]):
        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            raise ImportError("pyarrow is needed")

    assert tokenizer.encode_batch(Column(TEXTS)) == tokenizer.encode_batch(TEXTS)

    def fails() -> object:
        raise ImportError("pyarrow is needed")

    with pytest.raises(ImportError, match="^pyarrow is needed$"):
        tokenizer.encode_batch(Exports(array=fails))  # type: ignore[call-overload]


WRONG: dict[str, tuple[Any, type[Exception], str]] = {
    "None": (["a", None], TypeError, "text 1 must be str or bytes, not NoneType"),
    "a number": (["a", "b", 3], TypeError, "text 2 must be str or bytes, not int"),
    "nested": ([["a"]], TypeError, "text 0 must be str or bytes, not list"),
    "a lone surrogate": (("a", "b\ud800"), ValueError, "text 1 has the lone surrogate U+D800 at character 1, "),
    "numpy None": (np.array(["a", None], dtype=object), TypeError, "text 1 must be str or bytes, not NoneType"),
    "numpy NaN": (np.array(["a", np.nan], dtype=object), TypeError, "text 1 must be str or bytes, not float"),
    "numpy lone surrogate": (
        np.array(["a", "\udc00"]),
        ValueError,
        "text 1 has the lone surrogate U+DC00 at character 0",
    ),
    "numpy masked": (np.ma.array(["a", "b"], mask=[0, 1]), TypeError, "text 1 must be str or bytes, not NoneType"),
    "numpy numbers": (np.arange(3), TypeError, "texts must be str or bytes, not an array of int64"),
    "numpy scalar": (np.array("a"), ValueError, "texts must be an array of 1 dimension, not 0; call ravel() first"),
    "numpy table": (np.array([["a"]]), ValueError, "texts must be an array of 1 dimension, not 2; call ravel() first"),
    "a scalar of numpy": (np.str_("a"), TypeError, "texts is a single str_: call encode(text), or pass a list"),
    "no iterable": (5, TypeError, "texts must be an iterable of str or bytes, not int"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_text_is_named(tokenizer: bytepiece.Tokenizer, name: str) -> None:
    given, kind, words = WRONG[name]
    with pytest.raises(kind, match=f"^{re.escape(words)}"):
        tokenizer.encode_batch(given)


def test_an_empty_array_has_no_texts(tokenizer: bytepiece.Tokenizer) -> None:
    for empty in (np.array([]), np.array([], dtype=str), arro3.ChunkedArray([], type=arro3.DataType.string())):
        assert tokenizer.encode_batch(empty) == []


@pytest.mark.parametrize("module", ["pyarrow", "polars", "pandas"])
def test_libraries_of_tables(tokenizer: bytepiece.Tokenizer, module: str) -> None:
    library = pytest.importorskip(module, reason=f"{module} is large: installed by hand")
    expected = tokenizer.encode_batch(TEXTS)
    column = {"pyarrow": "array", "polars": "Series", "pandas": "Series"}[module]
    given = getattr(library, column)(TEXTS)
    assert tokenizer.encode_batch(given) == expected
    with pytest.raises((ValueError, TypeError), match="^text 1 (is null|must be str or bytes)"):
        tokenizer.encode_batch(getattr(library, column)(["a", None, "b"]))
    if module == "pyarrow":
        assert tokenizer.encode_batch(library.chunked_array([TEXTS, [], TEXTS])) == expected + expected
        assert tokenizer.encode_batch(given.dictionary_encode()) == expected
        assert tokenizer.encode_batch(library.array([])) == []
    if module == "polars":
        assert tokenizer.encode_batch(given.cast(library.Categorical)) == expected
    if module == "pandas":
        assert tokenizer.encode_batch(given.astype("category")) == expected
        assert tokenizer.encode_batch(given[given != ""]) == [row for row in expected if row]
