"""A tokenizer as a SentencePiece model: the same pieces and scores, as 0.6.3 writes it.

In: a tokenizer whose pieces are whole characters (trained with `ensure_unicode`). Out: a `.model` of SentencePiece. The
first three specials become `<unk> <s> </s>`, those that were added control symbols with the same ids; a space becomes
U+2581, a single byte the byte piece `<0xNN>`; printable ones are normal pieces as well, and their byte pieces come last
with score -100, to be used only where nothing else fits.
"""

from __future__ import annotations

import os
from typing import Any

from bytepiece._bytepiece import Tokenizer, _write_atomically

NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6
"""Types of pieces in SentencePiece's protocol."""
UNIGRAM = 1
BYTE_SCORE = -100.0
"""The score of the byte piece of a byte that is also a normal piece."""
TAKEN = {"<unk>": "a special", "<s>": "a special", "</s>": "a special"}
TAKEN |= {f"<0x{byte:02X}>": "a byte piece" for byte in range(256)}
"""Names that every model has, and what they name."""


def convert(tokenizer: Tokenizer, path: str | os.PathLike[str]) -> None:
    """Write the model, beside `path` first."""
    pb2 = _protocol()
    scores = tokenizer._scores()
    pieces = [piece for piece in tokenizer.get_vocab() if isinstance(piece, bytes)]
    words = _words(pieces)
    entries = [
        pb2.ModelProto.SentencePiece(piece="<unk>", score=0, type=UNKNOWN),
        pb2.ModelProto.SentencePiece(piece="<s>", score=0, type=CONTROL),
        pb2.ModelProto.SentencePiece(piece="</s>", score=0, type=CONTROL),
    ]
    last: list[Any] = []
    for piece, score in zip(pieces, scores, strict=True):
        if piece in words:
            entries.append(pb2.ModelProto.SentencePiece(piece=words[piece], score=score))
        if len(piece) == 1:
            normal = piece in words
            name, byte_score = f"<0x{piece[0]:02X}>", BYTE_SCORE if normal else score
            byte = pb2.ModelProto.SentencePiece(piece=name, score=byte_score, type=BYTE)
            (last if normal else entries).append(byte)
    added = [
        pb2.ModelProto.SentencePiece(piece=token, score=0, type=CONTROL)
        for token in _added(tokenizer, set(words.values()))
    ]
    _write_atomically(path, _model(pb2, entries + added + last).SerializeToString())


def _model(pb2: Any, entries: list[Any]) -> Any:
    """The whole protocol message: no normalization, nothing added, nothing removed."""
    return pb2.ModelProto(
        pieces=entries,
        trainer_spec=pb2.TrainerSpec(
            model_type=UNIGRAM, vocab_size=len(entries), split_by_unicode_script=False, byte_fallback=True
        ),
        normalizer_spec=pb2.NormalizerSpec(
            name="identity", precompiled_charsmap=b"", add_dummy_prefix=False, remove_extra_whitespaces=False
        ),
    )


def _printable(byte: bytes) -> bool:
    r"""Whether 0.6.3 makes a normal piece of a single byte: those whose repr is `b'x'`, so not the backslash."""
    return len(repr(byte)) == 4


def _added(tokenizer: Tokenizer, words: set[str]) -> list[str]:
    """The special tokens that were added; a ValueError for those SentencePiece would refuse to load."""
    added = list(tokenizer.special_tokens)[3:]
    for token in added:
        if token in words or token in TAKEN:
            raise ValueError(f"special token {token!r} is {TAKEN.get(token, 'a piece')} in SentencePiece already")
        if "\0" in token:
            raise ValueError(f"special token {token!r} has a NUL character, which SentencePiece cannot hold")
    return added


def _words(pieces: list[bytes]) -> dict[bytes, str]:
    """The normal pieces as SentencePiece writes them; a ValueError for those it would refuse to load."""
    words: dict[bytes, str] = {}
    taken = dict(TAKEN)
    for piece in pieces:
        if len(piece) == 1 and not _printable(piece):
            continue
        try:
            word = piece.decode().replace(" ", "\u2581")
        except UnicodeDecodeError:
            raise ValueError(
                f"piece {piece!r} splits a character, which SentencePiece cannot hold; "
                "only models trained with ensure_unicode=True convert"
            ) from None
        if "\0" in word:
            raise ValueError(f"piece {piece!r} has a NUL character, which SentencePiece cannot hold")
        if word in taken:
            raise ValueError(f"piece {piece!r} would be {word!r} in SentencePiece, which is {taken[word]} already")
        taken[word] = f"piece {piece!r}"
        words[piece] = word
    return words


def _protocol() -> Any:
    """SentencePiece's protocol messages."""
    try:
        from sentencepiece import sentencepiece_model_pb2
    except ImportError as error:
        raise ImportError(
            f"convert_to_sentencepiece needs sentencepiece and protobuf: pip install 'bytepiece[sentencepiece]' ({error})"
        ) from error
    return sentencepiece_model_pb2
