"""The patterns of new pixels under each cell over scans of one size, by what they add to that cell."""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Floats64, Integers16, Integers64
from aecodec.scans.blocks import block

_PATTERN_BITS = 12
_FEW = 1 << 9  # of a block; those of larger ones are put in order each time, and not kept


class Patterns:
    """All patterns under the cells of rows and columns of which ``weights`` are those of the new pixels, ``[BOX]``."""

    def __init__(self, weights: list[tuple[float, ...]]) -> None:
        kinds = {length: sorted({each for each in weights if len(each) == length}) for length in map(len, weights)}
        self._place = [(kinds[len(each)].index(each), len(each)) for each in weights]
        self._kinds = {length: np.array(some) for length, some in kinds.items()}
        self._shapes: dict[tuple[int, int], tuple[Integers64, Integers16]] = {}
        self._cells: dict[tuple[int, int], tuple[Integers64, Integers16]] = {}

    def of(self, cell: tuple[int, int]) -> tuple[Integers64, Integers16]:
        """Return what each pattern of a ``cell`` (row, column) adds to it, ascending, and its place in the block.

        int64 and int16, both ``[n]``.
        """
        known = self._cells.get(cell)
        if known is not None:
            return known
        (y, height), (x, width) = (self._place[at] for at in cell)
        if 1 << height * width > _FEW:
            sums, order = _ascending(self._kinds[height][y : y + 1], self._kinds[width][x : x + 1])
            return sums[0, 0], order[0, 0]
        if (height, width) not in self._shapes:
            self._shapes[height, width] = _ascending(self._kinds[height], self._kinds[width])
        sums, order = self._shapes[height, width]
        self._cells[cell] = sums[y, x], order[y, x]
        return self._cells[cell]


def _ascending(rows: Floats64, columns: Floats64) -> tuple[Integers64, Integers16]:
    """Return sums and places ``[r, c, n]`` of all patterns under weights of rows ``[r, h]`` and columns ``[c, w]``."""
    flat = block(rows.shape[1], columns.shape[1]).flat
    weights = rows[:, None, :, None] * columns[None, :, None, :]
    sums = weights.reshape(len(rows), len(columns), -1) @ flat.T
    key = sums.astype(np.int64) << _PATTERN_BITS | np.arange(len(flat))
    key.sort(kind="stable")
    return key >> _PATTERN_BITS, (key & (1 << _PATTERN_BITS) - 1).astype(np.int16)
