"""What the ink network sees of a lossy picture when it codes pixel (y, x) of that picture's scan.

A scan that follows a lossy picture in a file is coded given it. The pixel's centre falls in one of the ``BOX`` x
``BOX`` cells of the reduced picture, and these lie somewhere in the tile, at a corner that is coded before the ink.
The inputs, in the order of the first layer's weights, after those of :mod:`aecodec.ink.window`:

========== ================================================================================================
greys      the 7 x 7 values of the tile around that cell, row by row, from 0 to 16; outside the tile they are 0
quarters   one-hot: in which quarter of the cell's height, and of its width, the centre falls
========== ================================================================================================

They count in eighths, as all inputs do.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Integers, Integers64, Tiles
from aecodec.frozen import dataclass
from aecodec.scans.reduction import BOX

GREY_REACH = 3  # cells on each side
GREY_SPAN = 2 * GREY_REACH + 1
GREYS = GREY_SPAN**2
QUARTERS = 4
CONDITION_INPUTS = GREYS + 2 * QUARTERS
_GREY_BITS = 4  # of a grey level that are not seen; what is left goes up to window.INPUT_MAX


def cell(size: Any, at: Any) -> Any:
    """Return the cell's row, 0..``BOX`` - 1, of row ``at`` of a scan, or its column; integer arrays (or tensors)."""
    return _centre(at) // size


def quarter(size: Any, at: Any) -> Any:
    """Return in which quarter of the cell's height or width it is."""
    return _centre(at) % size * QUARTERS // size


def _centre(at: Any) -> Any:
    """Return the centre of a row, in cells, times the size."""
    return (2 * at + 1) * (BOX // 2)


@dataclass(frozen=True)
class Condition:
    """Lossy pictures of scans: ``tiles`` uint8 ``[n, h, w]``, and ``corners`` int64 ``[n, 2]``.

    A corner is the top and the left of a box, which lies within its tile.
    """

    tiles: Tiles
    corners: Integers64

    def __len__(self) -> int:
        return len(self.tiles)

    def __getitem__(self, which: slice | Integers) -> Condition:
        return Condition(self.tiles[which], self.corners[which])

    def greys(self) -> NDArray[np.uint8]:
        """Return the boxes, ``GREY_REACH`` wider on each side, ``[n, BOX + 6, BOX + 6]``, 0..16."""
        step = 1 << _GREY_BITS
        coarse = (self.tiles.astype(np.uint16) + step // 2 >> _GREY_BITS).astype(np.uint8)
        edge = (GREY_REACH, GREY_REACH)
        rows, columns = (self.corners[:, k, None] + np.arange(BOX + 2 * GREY_REACH) for k in range(2))
        padded = np.pad(coarse, ((0, 0), edge, edge))
        return np.asarray(padded[np.arange(len(self))[:, None, None], rows[:, :, None], columns[:, None]])
