"""The patterns of new pixels under each cell, for scans of one size, sorted by what they add to the cell's sum."""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Floats64, Integers16, Integers64
from aecodec.scans.blocks import block

_PATTERN_BITS = 12
_FEW = 1 << 9  # patterns of a block; more are sorted each time anew, and not kept
_Ascending = tuple[Integers64, Integers16]  # sums, ascending, and the place in the block of each sum's pattern


class Patterns:
    """All patterns under cells. ``weights`` ``[BOX]`` are those of the new pixels of each row (or column) of cells."""

    def __init__(self, weights: list[tuple[float, ...]]) -> None:
        kinds = {length: sorted({each for each in weights if len(each) == length}) for length in map(len, weights)}
        self._place = [(len(each), kinds[len(each)].index(each)) for each in weights]
        self._kinds = {length: np.array(some) for length, some in kinds.items()}
        self._blocks: dict[tuple[int, int], _Ascending] = {}
        self._rows: dict[tuple[int, int], list[_Ascending]] = {}

    def row(self, row: int) -> list[_Ascending]:
        """Return for each cell of ``row`` what the patterns add to it, ascending, and their places in the block.

        These are int64 and int16, ``[n]`` both.
        """
        height, y = self._place[row]
        if (height, y) in self._rows:
            return self._rows[height, y]
        found = []
        for width, x in self._place:
            if 1 << height * width > _FEW:
                sums, order = _ascending(self._kinds[height][y : y + 1], self._kinds[width][x : x + 1])
                found.append((sums[0, 0], order[0, 0]))
                continue
            if (height, width) not in self._blocks:
                self._blocks[height, width] = _ascending(self._kinds[height], self._kinds[width])
            sums, order = self._blocks[height, width]
            found.append((sums[y, x], order[y, x]))
        if 1 << height * max(self._kinds) <= _FEW:
            self._rows[height, y] = found
        return found


def _ascending(rows: Floats64, columns: Floats64) -> _Ascending:
    """Return the sums, ascending, and the places of all patterns, ``[r, c, n]`` each.

    ``rows`` ``[r, h]`` and ``columns`` ``[c, w]`` are weights.
    """
    flat = block(rows.shape[1], columns.shape[1]).flat
    weights = rows[:, None, :, None] * columns[None, :, None, :]
    sums = weights.reshape(len(rows), len(columns), -1) @ flat.T
    key = sums.astype(np.int64) << _PATTERN_BITS | np.arange(len(flat))
    key.sort(kind="stable")
    return key >> _PATTERN_BITS, (key & (1 << _PATTERN_BITS) - 1).astype(np.int16)
