"""Whether a pixel is as those around it where these are all the same: counted by what they are."""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Integers, Integers64, Pixels
from aecodec.drawings.recall import scattered
from aecodec.limits import FREQUENCY_TOTAL

_BITS = 12  # of the entries
_MOST = 1 << 12  # pixels that an entry remembers about
_BEGIN = np.array([126, 2])  # halves of pixels that were the same, and other, before any


class Plain:
    """What became of pixels in plain surroundings."""

    def __init__(self) -> None:
        self._counts = np.zeros((1 << _BITS, 2), np.int64)

    def frequencies(self, pixels: Pixels) -> Integers64:
        """Return the frequencies that the pixel is as ``pixels`` ``[lanes]`` around it, and that it is not,
        ``[lanes, 2]``.
        """
        counts = 2 * self._counts[scattered(pixels, _BITS)] + _BEGIN
        other = np.maximum(1, counts[:, 1] * FREQUENCY_TOTAL // counts.sum(1))
        return np.stack([FREQUENCY_TOTAL - other, other], axis=1)

    def note(self, pixels: Pixels, other: Integers) -> None:
        """Note what came: 1 for ``other`` pixels than those around."""
        entries = scattered(pixels, _BITS)
        np.add.at(self._counts, (entries, other), 1)
        self._counts[entries] >>= (self._counts[entries].sum(1) > _MOST)[:, None]
