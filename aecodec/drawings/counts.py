"""Frequencies that adapt: symbols are counted, apart for each context."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aecodec.arrays import Indices, Integers, Integers64
from aecodec.limits import FREQUENCY_TOTAL

_SPARE = 64  # frequency that is kept back, so that each symbol has at least 1


class Counts:
    """How often each symbol has come, by the entry of its context."""

    def __init__(self, entries: int, begin: Sequence[int], weight: int, most: int) -> None:
        """Begin with weights ``begin``; each time a symbol comes adds ``weight``. An entry counts about ``most``."""
        self._counts = np.zeros((entries, len(begin)), np.int64)
        self._begin, self._weight, self._most = np.array(begin), weight, most

    def frequencies(self, entries: Indices) -> Integers64:
        """Return the frequencies of the symbols, ``[lanes, symbols]``."""
        weights = self._weight * self._counts[entries] + self._begin
        found: Integers64 = np.maximum(1, weights * (FREQUENCY_TOTAL - _SPARE) // weights.sum(1)[:, None])
        found[:, 0] += FREQUENCY_TOTAL - found.sum(1)
        return found

    def note(self, entries: Indices, symbols: Integers) -> None:
        """Count what came. The counts of an entry that has too many are halved, once."""
        np.add.at(self._counts, (entries, symbols), 1)
        self._counts[entries] >>= (self._counts[entries].sum(1) > self._most)[:, None]
