"""Benchmarks: named cases over several engines, checked before they are timed. See bench/README.md."""
