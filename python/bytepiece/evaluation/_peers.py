"""Tokenizers of other libraries, each asked as its own documentation says for many texts; the libraries are an extra.

*SentencePiece* reads lines and cannot hold a newline unless a piece has one, so a text is encoded line by line, and
each newline is paid for with one token and put back: its byte piece `<0x0A>`, or an id of its own behind the
vocabulary. A model with newlines in its pieces (`Tokenizer.convert_to_sentencepiece` makes such) gets whole texts.
*tokenizers* gets whole texts without the special tokens that a template adds; special tokens in texts are text.
*tiktoken* likewise (`encode_ordinary`).
"""

from __future__ import annotations

import base64
import contextlib
import importlib
import json
import os
import re
from itertools import chain
from typing import Any

import numpy as np

from bytepiece.evaluation._engine import Engine, Rows, rows_of

PATTERN = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
    r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
)
"""How text is cut for a rank file where nothing else is said: tiktoken's `cl100k_base`."""
BYTE_PIECE = re.compile(r"<0x([0-9A-Fa-f]{2})>")
SPACE = "\u2581"


def library(name: str) -> Any:
    """A library of the extra, or what to do about it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(
            f'this tokenizer needs {name}: pip install "bytepiece[eval]" ({error})', name=error.name
        ) from error


class SentencePiece(Engine):
    """A `sentencepiece.SentencePieceProcessor`."""

    kind = "sentencepiece"

    def __init__(self, processor: Any, name: str) -> None:
        self.processor = processor
        self.name = name
        self.vocab_size = processor.vocab_size()
        ids = list(range(self.vocab_size))  # the library takes lists in less time than as many ids
        no_text = map(
            any, zip(processor.is_control(ids), processor.is_unknown(ids), processor.is_unused(ids), strict=True)
        )
        columns = zip(processor.id_to_piece(ids), processor.is_byte(ids), no_text, strict=True)
        self.pieces = [b"" if none else bytes_of(piece, is_byte) for piece, is_byte, none in columns]
        self.lines = not any(b"\n" in piece and len(piece) > 1 for piece in self.pieces)
        byte = processor.piece_to_id("<0x0A>")
        self.newline = byte if processor.is_byte(byte) else self.vocab_size
        if self.newline == self.vocab_size:
            self.pieces.append(b"\n")

    def encode(self, texts: list[str], threads: int | None) -> Rows:
        threads = threads or os.cpu_count() or 1
        if not self.lines:
            return rows_of(self.processor.encode(texts, num_threads=threads))
        lines = [text.split("\n") for text in texts]
        flat, ends = rows_of(self.processor.encode([*chain.from_iterable(lines)], num_threads=threads))
        counts = np.fromiter(map(len, lines), np.int64, len(lines))
        last = np.cumsum(counts) - 1  # the line of each text behind which there is no newline
        inner = np.delete(np.arange(len(ends)), last)
        newlines = np.arange(1, len(ends) + 1) - np.searchsorted(last, np.arange(len(ends)), side="right")
        return np.insert(flat, ends[inner], self.newline), (ends + newlines)[last]

    def decode(self, ids: list[int]) -> str:
        if not self.lines:
            return str(self.processor.decode(ids))
        rows: list[list[int]] = [[]]
        for id in ids:
            if id == self.newline:
                rows.append([])
            else:
                rows[-1].append(id)
        return "\n".join(self.processor.decode(rows))


def bytes_of(piece: str, is_byte: bool) -> bytes:
    """What a piece of SentencePiece stands for."""
    return bytes([int(piece[1:-1], 16)]) if is_byte else piece.replace(SPACE, " ").encode()


class HuggingFace(Engine):
    """A `tokenizers.Tokenizer`."""

    kind = "tokenizers"

    def __init__(self, tokenizer: Any, name: str) -> None:
        self.tokenizer = type(tokenizer).from_str(tokenizer.to_str())  # ours to change
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        self.tokenizer.encode_special_tokens = True
        self.name = name
        words = self.tokenizer.get_vocab(with_added_tokens=True)
        special = {
            id
            for id, token in self.tokenizer.get_added_tokens_decoder().items()
            if token.special or id not in words.values()
        }
        self.vocab_size = max(words.values(), default=-1) + 1
        self.pieces = [b""] * self.vocab_size
        spelled = spelling(json.loads(self.tokenizer.to_str()))
        for word, id in words.items():
            if id not in special:
                self.pieces[id] = spelled(word)

    def encode(self, texts: list[str], threads: int | None) -> Rows:
        before = os.environ.get("TOKENIZERS_PARALLELISM")
        os.environ["TOKENIZERS_PARALLELISM"] = "false" if threads == 1 else "true"
        try:
            rows = self.tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        finally:
            if before is None:
                del os.environ["TOKENIZERS_PARALLELISM"]
            else:
                os.environ["TOKENIZERS_PARALLELISM"] = before
        return rows_of([row.ids for row in rows])

    def decode(self, ids: list[int]) -> str:
        return str(self.tokenizer.decode(ids, skip_special_tokens=False))


def spelling(config: dict[str, Any]) -> Any:
    """The function from a word of a `tokenizer.json` to its bytes, by what decoder and pre-tokenizer it names."""
    parts = json.dumps([config.get("decoder"), config.get("pre_tokenizer")])
    if '"ByteLevel"' in parts:
        alphabet = byte_alphabet()
        return lambda word: b"".join(alphabet.get(char) or char.encode() for char in word)
    space = SPACE in parts or '"Metaspace"' in parts
    pieces = '"WordPiece"' in parts

    def spelled(word: str) -> bytes:
        if byte := BYTE_PIECE.fullmatch(word):
            return bytes([int(byte[1], 16)])
        if pieces:
            word = word.removeprefix("##")
        return (word.replace(SPACE, " ") if space else word).encode()

    return spelled


def byte_alphabet() -> dict[str, bytes]:
    """GPT-2's names of bytes: printable ones are themselves, the others follow each other from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    names = {chr(byte): bytes([byte]) for byte in printable}
    return names | {chr(0x100 + number): bytes([byte]) for number, byte in enumerate(others)}


class Tiktoken(Engine):
    """A `tiktoken.Encoding`."""

    kind = "tiktoken"

    def __init__(self, encoding: Any, name: str) -> None:
        self.encoding = encoding
        self.name = name
        self.vocab_size = encoding.n_vocab
        self.pieces = [b""] * self.vocab_size
        special = set(encoding._special_tokens.values())
        for id in range(self.vocab_size):
            if id not in special:
                with contextlib.suppress(KeyError):  # there may be gaps between ids
                    self.pieces[id] = encoding.decode_single_token_bytes(id)

    def encode(self, texts: list[str], threads: int | None) -> Rows:
        return rows_of(self.encoding.encode_ordinary_batch(texts, num_threads=threads or os.cpu_count() or 1))

    def decode(self, ids: list[int]) -> str:
        return str(self.encoding.decode_bytes(ids).decode("utf-8", "replace"))


def ranks(data: bytes, path: str) -> dict[bytes, int]:
    """The ranks of a rank file: lines of base64 and a number."""
    found = {}
    for number, line in enumerate(data.splitlines(), 1):
        if not line:
            continue
        try:
            token, rank = line.split()
            found[base64.b64decode(token, validate=True)] = int(rank)
        except ValueError:
            raise ValueError(f"{path}: line {number}: not base64 and a rank: {line[:40]!r}") from None
    return found
