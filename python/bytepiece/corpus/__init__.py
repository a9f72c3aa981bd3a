"""Readers of files for `Trainer.train`: read in Rust, any number of times, cheap to pickle."""

from bytepiece._bytepiece import Jsonl, Text

__all__ = ["Jsonl", "Text"]
