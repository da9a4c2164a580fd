"""Symbols that are counted by what was known before them: frequencies that adapt."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aecodec.arrays import Indices, Integers, Integers64
from aecodec.limits import FREQUENCY_TOTAL

_SPARE = 64  # of the total, so that each symbol has some


class Counts:
    """How often each symbol has come, by entry."""

    def __init__(self, entries: int, begin: Sequence[int], weight: int, most: int) -> None:
        """Weigh symbols as ``begin`` says, and ``weight`` more for each time; an entry remembers about ``most``."""
        self._counts = np.zeros((entries, len(begin)), np.int64)
        self._begin, self._weight, self._most = np.array(begin), weight, most

    def frequencies(self, entries: Indices) -> Integers64:
        """Return the frequencies of the symbols, ``[lanes, symbols]``."""
        weights = self._weight * self._counts[entries] + self._begin
        found: Integers64 = np.maximum(1, weights * (FREQUENCY_TOTAL - _SPARE) // weights.sum(1)[:, None])
        found[:, 0] += FREQUENCY_TOTAL - found.sum(1)
        return found

    def note(self, entries: Indices, symbols: Integers) -> None:
        """Note what came. An entry that has too many is halved, once."""
        np.add.at(self._counts, (entries, symbols), 1)
        self._counts[entries] >>= (self._counts[entries].sum(1) > self._most)[:, None]
