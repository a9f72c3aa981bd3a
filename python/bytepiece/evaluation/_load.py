"""Which tokenizer is it: from what was given, an object of a library or a path, to an engine.

A file is told by its bytes: JSON with a `model` is a tokenizer.json, other JSON ours, lines of base64 and a number are
ranks for tiktoken, and what begins as SentencePiece's protocol does is its model.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from bytepiece._bytepiece import Tokenizer
from bytepiece.evaluation import _peers
from bytepiece.evaluation._engine import Engine
from bytepiece.evaluation._ours import Ours

RANK = re.compile(rb"[A-Za-z0-9+/]+=* \d+\s*\n?")
EXPECTED = "a model of bytepiece or SentencePiece, a tokenizer.json, or ranks of tiktoken"


def engines(tokenizers: Any, pattern: str | None) -> list[Engine]:
    """The tokenizers to evaluate, each with a name of its own."""
    if isinstance(tokenizers, Mapping):
        named = list(tokenizers.items())
    elif isinstance(tokenizers, (str, bytes, os.PathLike)) or not isinstance(tokenizers, Iterable):
        raise TypeError(
            "tokenizers must be a list of tokenizers or paths, or a dict of them by name, "
            f"not {type(tokenizers).__name__}"
        )
    else:
        named = [(None, tokenizer) for tokenizer in tokenizers]
    if not named:
        raise ValueError("there are no tokenizers: pass at least one")
    found: list[Engine] = []
    for name, given in named:
        if name is not None and not isinstance(name, str):
            raise TypeError(f"the name of a tokenizer must be a str, not {type(name).__name__}")
        engine = load(given, pattern)
        engine.name = name if name is not None else distinct(engine.name, [other.name for other in found])
        found.append(engine)
    return found


def distinct(name: str, taken: list[str]) -> str:
    """The name, with a number behind it where another has it already."""
    number = 2
    candidate = name
    while candidate in taken:
        candidate = f"{name} ({number})"
        number += 1
    return candidate


def load(given: Any, pattern: str | None) -> Engine:
    """The engine of a tokenizer or of a path."""
    if isinstance(given, Tokenizer):
        return Ours(given, f"bytepiece {given.vocab_size}")
    if isinstance(given, (str, os.PathLike)):
        return from_file(os.fspath(given), pattern)
    module = type(given).__module__.partition(".")[0]
    if module == "sentencepiece" and hasattr(given, "id_to_piece"):
        return _peers.SentencePiece(given, f"sentencepiece {given.vocab_size()}")
    if module == "tokenizers" and hasattr(given, "encode_batch_fast"):
        return _peers.HuggingFace(given, f"tokenizers {given.get_vocab_size()}")
    if module == "tiktoken" and hasattr(given, "encode_ordinary_batch"):
        return _peers.Tiktoken(given, given.name)
    raise TypeError(
        "a tokenizer must be a path, a bytepiece.Tokenizer, a SentencePieceProcessor, a tokenizers.Tokenizer or a "
        f"tiktoken.Encoding, not {type(given).__name__}"
    )


def from_file(path: str, pattern: str | None) -> Engine:
    """The engine of a file."""
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    with open(path, "rb") as file:
        data = file.read()
    name = os.path.basename(path)
    start = data.lstrip()[:1]
    if start == b"{":
        return from_json(path, name, data)
    if RANK.match(data):
        given = _peers.ranks(data, path)
        tiktoken = _peers.library("tiktoken")
        encoding = tiktoken.Encoding(name, pat_str=pattern or _peers.PATTERN, mergeable_ranks=given, special_tokens={})
        return _peers.Tiktoken(encoding, name)
    if data[:1] == b"\x0a":  # field 1 of the message: its pieces
        processor = _peers.library("sentencepiece").SentencePieceProcessor()
        try:
            processor.LoadFromSerializedProto(data)
            return _peers.SentencePiece(processor, name)
        except RuntimeError as error:
            raise ValueError(f"{path}: it begins as a SentencePiece model does, but is none: {error}") from None
    raise ValueError(f"{path}: no tokenizer that can be evaluated: expected {EXPECTED}")


def from_json(path: str, name: str, data: bytes) -> Engine:
    """Ours, or a tokenizer.json: only that has a key `model` with an object behind it."""
    import json

    try:
        content = json.loads(data)
    except ValueError as error:
        raise ValueError(f"{path}: no tokenizer that can be evaluated: not JSON: {error}") from None
    if not isinstance(content.get("model"), dict):
        return Ours(Tokenizer(path), name)
    tokenizers = _peers.library("tokenizers")
    try:
        return _peers.HuggingFace(tokenizers.Tokenizer.from_str(data.decode()), name)
    except Exception as error:  # the library raises nothing narrower
        raise ValueError(f"{path}: not a tokenizer.json that tokenizers can load: {error}") from None
