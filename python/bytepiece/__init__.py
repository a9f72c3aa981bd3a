"""Byte-level unigram tokenizer: trains a vocabulary, encodes, decodes and samples.

A drop-in successor of bytepiece 0.6.3, written in Rust. Method: https://kexue.fm/archives/9752,
https://kexue.fm/archives/9768.
"""

import logging

from bytepiece import corpus
from bytepiece._bytepiece import (
    StreamDecoder,
    StreamEncoder,
    Tokenizer,
    Trainer,
    __version__,
    convert_to_bytepiece,
    normalize,
)
from bytepiece.evaluation import Evaluation, evaluate

__all__ = [
    "Evaluation",
    "StreamDecoder",
    "StreamEncoder",
    "Tokenizer",
    "Trainer",
    "__version__",
    "convert_to_bytepiece",
    "corpus",
    "evaluate",
    "normalize",
]

logging.getLogger("bytepiece").addHandler(logging.NullHandler())  # silent unless the program wants to hear
