"""The patterns of new pixels under each cell over scans of one size, by what they add to that cell."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from aecodec.arrays import Floats64, Integers16, Integers64
from aecodec.scans.blocks import block

_PATTERN_BITS = 12
_FEW = 1 << 9  # of a block; those of larger ones are put in order each time, and not kept


class Patterns:
    """All patterns under the cells of rows and columns of which ``weights`` are those of the new pixels, ``[BOX]``."""

    def __init__(self, weights: list[tuple[float, ...]]) -> None:
        self._lengths = list(map(len, weights))
        kinds = {length: sorted({each for each in weights if len(each) == length}) for length in self._lengths}
        self._place = [kinds[len(each)].index(each) for each in weights]
        self._kinds = {length: np.array(some) for length, some in kinds.items()}
        self._known: dict[tuple[int, int], tuple[Integers64, Integers16]] = {}

    def of(self, row: int, column: int) -> tuple[Integers64, Integers16]:
        """Return what each pattern of a cell adds to it, ascending, int64 ``[n]``, and its place in the block, int16."""
        shape = height, width = self._lengths[row], self._lengths[column]
        y, x = self._place[row], self._place[column]
        if 1 << height * width > _FEW:
            sums, order = _ascending(self._kinds[height][y : y + 1], self._kinds[width][x : x + 1])
            return sums[0, 0], order[0, 0]
        if shape not in self._known:
            self._known[shape] = _ascending(self._kinds[height], self._kinds[width])
        sums, order = self._known[shape]
        return sums[y, x], order[y, x]


def _ascending(rows: Floats64, columns: Floats64) -> tuple[Integers64, Integers16]:
    """Return sums and places ``[r, c, n]`` of all patterns under weights of rows ``[r, h]`` and columns ``[c, w]``."""
    flat = block(rows.shape[1], columns.shape[1]).flat
    weights = rows[:, None, :, None] * columns[None, :, None, :]
    sums = weights.reshape(len(rows), len(columns), -1) @ flat.T
    key = sums.astype(np.int64) << _PATTERN_BITS | np.arange(len(flat))
    key.sort(kind="stable")
    return key >> _PATTERN_BITS, (key & (1 << _PATTERN_BITS) - 1).astype(np.int16)
