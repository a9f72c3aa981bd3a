"""How sure a figure is: resampling of documents with replacement, seeded, the same for all tokenizers.

In: sums a document. Out: sums a resample, of which quotients and percentiles are taken. Resampled are the documents;
of more than `GROUPS`, groups of documents, to which a seeded shuffle deals them out: that bounds the work at
`RESAMPLES * GROUPS` without changing what the spread estimates. Every tokenizer meets the same resamples, so
differences of tokenizers are sure where each figure alone is not. Sums are of integers under 2**53, so they are exact
in any order. Source: Efron 1979; percentile intervals.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

GROUPS = 500
RESAMPLES = 1000
LOW, HIGH = 2.5, 97.5
"""Percentiles: intervals of 95 %."""


class Resamples:
    """The resamples of one corpus."""

    def __init__(self, documents: int, seed: int) -> None:
        generator = np.random.default_rng(seed)
        self.documents = documents
        self.groups = np.arange(documents)
        """The group of each document."""
        if documents > GROUPS:
            self.groups = generator.permutation(documents) % GROUPS
        count = min(documents, GROUPS)
        drawn = generator.integers(0, count, size=(RESAMPLES, count)) + np.arange(RESAMPLES)[:, None] * count
        times = np.bincount(drawn.ravel(), minlength=RESAMPLES * count)
        self.times = times.reshape(RESAMPLES, count).astype(np.float64)
        """How often each group is in each resample."""

    def sums(self, values: list[NDArray[np.int64]]) -> list[NDArray[np.float64]]:
        """The sums of values a document over the documents of each resample."""
        count = self.times.shape[1]
        grouped = [np.bincount(self.groups, weights=value, minlength=count) for value in values]
        # not `@`, whose threads would be busy for longer than so small a product takes
        return list(np.einsum("ij,kj->ki", self.times, np.stack(grouped)))


def percentiles(values: NDArray[np.float64]) -> tuple[float, float] | None:
    """The interval, or None where it means nothing."""
    if not np.isfinite(values).all():
        return None
    ordered = np.sort(values)  # numpy's own percentile takes several times as long
    low, high = np.interp(np.array([LOW, HIGH]) / 100 * (len(values) - 1), np.arange(len(values)), ordered)
    return float(low), float(high)
