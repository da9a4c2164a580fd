"""What the ink network sees of a scan when it codes pixel (y, x). Training and coding share this geometry.

These are the inputs, in the order of the first layer's weights:

========== ================================================================================================
near       the pixels of rows y-9..y-1, columns x-9..x+9, row by row, then the nine left of (y, x); outside
           the scan there is no ink
blocks     for i = 1..8 and j = -10..9 the ink, 0..16, of the 4 x 4 pixels from row v-4i, column u+4j; v is y
           or y-1, u is x or x-1, whichever is even: so 2 x 2 pixels share the same blocks
position   one-hot: the size in steps of four; then of y, and of x, the seventeenth of the size, how many
           follow to the edge (15 for more), and the lowest bit
========== ================================================================================================

Inputs are in eighths: a pixel of ink is 8, a position that applies is 8, and a block is the number of its pixels with
ink. So no input is larger than ``INPUT_MAX``, and one scale of weights suits all.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.scans.reduction import BOX

SCAN_SIZES = range(BOX, 84)  # pixels a side

REACH = 9  # rows above and columns beside a pixel that are seen one by one
SPAN = 2 * REACH + 1
ABOVE = REACH * SPAN  # inputs from the rows above
NEAR = ABOVE + REACH

BLOCK = 4  # pixels a side
BLOCK_ROWS, BLOCK_COLUMNS = 8, 20
BEFORE = BLOCK * BLOCK_COLUMNS // 2  # columns from the first block's to the pixel's
SHARE = 2  # pixels a side that see the same blocks
BLOCKS = BLOCK_ROWS * BLOCK_COLUMNS

PARTS = 17  # of a scan's height and width
LEFT_OVER = 16  # classes of the rows or columns that follow to the edge: 0 to 14, and 15 or more
SIZE_STEP = 4
POSITIONS = (len(SCAN_SIZES) // SIZE_STEP, *(PARTS, LEFT_OVER, SHARE), *(PARTS, LEFT_OVER, SHARE))

UNIT_BITS = 3
UNIT = 1 << UNIT_BITS  # one pixel of ink
INPUT_MAX = BLOCK * BLOCK  # in eighths
INPUTS = NEAR + BLOCKS + sum(POSITIONS)


def positions(size: Any, y: Any, x: Any) -> tuple[Any, ...]:
    """Return which entry of each of ``POSITIONS`` applies to pixel (y, x) of a scan of ``size``.

    The arguments are integer arrays or tensors that broadcast.
    """
    return (size - SCAN_SIZES[0]) // SIZE_STEP, *along(size, y), *along(size, x)


def along(size: Any, at: Any) -> tuple[Any, Any, Any]:
    """Return the three numbers of row (or column) ``at``: the part of ``size``, what follows, and the lowest bit."""
    return at * PARTS // size, (size - 1 - at).clip(0, LEFT_OVER - 1), at % SHARE


def block_columns(size: int) -> int:
    """Return how many even columns there are in which blocks begin that a pixel of a scan up to ``size`` sees."""
    return (size - 1) // SHARE + BLOCK // SHARE * (BLOCK_COLUMNS - 1) + 1


def block_sums(rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the ink of all blocks in ``BLOCK`` rows of scans, ``[n, BLOCK, size]``.

    That is uint8 ``[n, block_columns(size)]``. Entry k is the block from column ``2 k - BEFORE``.
    """
    count, _, size = rows.shape
    columns = rows.sum(1, dtype=np.uint8)
    sums = np.zeros((count, SHARE * block_columns(size)), np.uint8)
    for k in range(BLOCK):
        sums[:, BEFORE - k : BEFORE - k + size] += columns
    return sums[:, ::SHARE]
