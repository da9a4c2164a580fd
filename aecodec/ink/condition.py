"""What the ink network sees of a lossy picture when it codes pixel (y, x) of that picture's scan.

In a progressive file a scan follows the lossy picture of its tile, and is coded given that picture. The reduced scan is
a box of ``BOX`` x ``BOX`` cells. The box lies somewhere in the tile; its corner is coded before the ink. The centre of
the pixel (y, x) falls in one of the cells.

These inputs follow those of :mod:`aecodec.ink.window`, in the order of the first layer's weights:

========== ================================================================================================
greys      the 7 x 7 values of the tile around that cell, row by row, from 0 to 16; outside the tile they are 0
quarters   one-hot: in which quarter of the cell's height, and of its width, the centre falls
========== ================================================================================================

All inputs are in eighths, as in that module.
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
_GREY_BITS = 4  # low bits of a grey level that are rounded off; the rest is at most window.INPUT_MAX


def cell(size: Any, at: Any) -> Any:
    """Return the row (or column) of cells, 0..``BOX`` - 1, in which row (column) ``at`` of a scan of ``size`` falls.

    Both are integer arrays or tensors that broadcast.
    """
    return _centre(at) // size


def quarter(size: Any, at: Any) -> Any:
    """Return in which quarter, 0..3, of its cell's height (or width) row (column) ``at`` falls; see :func:`cell`."""
    return _centre(at) % size * QUARTERS // size


def _centre(at: Any) -> Any:
    """Return the centre of row (column) ``at`` in cells, times the scan's size, which makes it an integer."""
    return (2 * at + 1) * (BOX // 2)


@dataclass(frozen=True)
class Condition:
    """The lossy pictures of ``n`` scans: ``tiles``, uint8 ``[n, h, w]``, and ``corners``, int64 ``[n, 2]``.

    A corner is the top and the left of the scan's box, which lies within its tile.
    """

    tiles: Tiles
    corners: Integers64

    def __len__(self) -> int:
        return len(self.tiles)

    def __getitem__(self, which: slice | Integers) -> Condition:
        return Condition(self.tiles[which], self.corners[which])

    def greys(self) -> NDArray[np.uint8]:
        """Return the greys 0..16 of the boxes and ``GREY_REACH`` cells around them, ``[n, BOX + 6, BOX + 6]``."""
        step = 1 << _GREY_BITS
        coarse = (self.tiles.astype(np.uint16) + step // 2 >> _GREY_BITS).astype(np.uint8)
        edge = (GREY_REACH, GREY_REACH)
        rows, columns = (self.corners[:, k, None] + np.arange(BOX + 2 * GREY_REACH) for k in range(2))
        padded = np.pad(coarse, ((0, 0), edge, edge))
        return np.asarray(padded[np.arange(len(self))[:, None, None], rows[:, :, None], columns[:, None]])
