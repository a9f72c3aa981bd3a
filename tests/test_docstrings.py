"""`help()` of every public name says what it does and names each of its parameters."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest

import bytepiece
from bytepiece import _bytepiece

CLASSES = [value for name, value in vars(_bytepiece).items() if inspect.isclass(value) and not name.startswith("_")]


def documented() -> Iterator[Any]:
    """Every public function, class and method."""
    for name in dir(bytepiece):
        if not name.startswith("_") and inspect.isroutine(getattr(bytepiece, name)):
            yield pytest.param(getattr(bytepiece, name), id=name)
    for owner in CLASSES:
        yield pytest.param(owner, id=owner.__name__)
        for name, value in vars(owner).items():
            if not name.startswith("_") and not isinstance(value, int):
                yield pytest.param(value, id=f"{owner.__name__}.{name}")


def test_they_are_found() -> None:
    names = {parameter.id for parameter in documented()}
    assert {"normalize", "Text", "Tokenizer", "Tokenizer.encode", "Tokenizer.vocab_size", "Trainer.order"} <= names
    assert {"StreamDecoder.push", "StreamEncoder.finish", "convert_to_bytepiece", "Trainer.train"} <= names


@pytest.mark.parametrize("value", list(documented()))
def test_a_docstring_names_each_parameter(value: Any) -> None:
    text = inspect.getdoc(value) or ""
    assert re.match(r"[A-Z].*[.:]", text), text
    made_by_others = value in (_bytepiece.StreamEncoder, _bytepiece.StreamDecoder)
    if not callable(value) or made_by_others:
        return
    names = [name for name in inspect.signature(value).parameters if name != "self"]
    missing = [name for name in names if not re.search(rf"^    (\w+, )*{name}(, \w+)*: ", text, re.MULTILINE)]
    assert not missing, text
