"""Plain surroundings, where all neighbours are equal: counts of whether the pixel equals them, by their colour."""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Integers, Integers64, Pixels
from aecodec.drawings.recall import scattered
from aecodec.limits import FREQUENCY_TOTAL

_BITS = 12  # of the number of an entry
_MOST = 1 << 12  # pixels that an entry counts, about
_BEGIN = np.array([126, 2])  # where counting begins: equal, and other, in halves of a pixel


class Plain:
    """How often pixels were equal to their plain surroundings."""

    def __init__(self) -> None:
        self._counts = np.zeros((1 << _BITS, 2), np.int64)

    def frequencies(self, pixels: Pixels) -> Integers64:
        """Return the frequencies of *equal* and *other*, ``[lanes, 2]``, for neighbours ``pixels`` ``[lanes]``."""
        counts = 2 * self._counts[scattered(pixels, _BITS)] + _BEGIN
        other = np.maximum(1, counts[:, 1] * FREQUENCY_TOTAL // counts.sum(1))
        return np.stack([FREQUENCY_TOTAL - other, other], axis=1)

    def note(self, pixels: Pixels, other: Integers) -> None:
        """Count what came: ``other`` is 1 where the pixel differed from ``pixels``, else 0."""
        entries = scattered(pixels, _BITS)
        np.add.at(self._counts, (entries, other), 1)
        self._counts[entries] >>= (self._counts[entries].sum(1) > _MOST)[:, None]
