"""What the ink network sees of a scan when it codes pixel (y, x): the geometry, shared by training and run time.

The inputs, in the order of the first layer's weights:

========== ================================================================================================
near       the pixels of rows y-9..y-1, columns x-9..x+9, row by row, then the nine left of (y, x); outside
           the scan there is no ink
blocks     for i = 1..8 and j = -10..9 the ink, 0..16, of the 4 x 4 pixels from row v-4i, column u+4j, where
           v and u are the even ones of y, y-1 and of x, x-1: four pixels share what is far from them all
position   one-hot: the size in steps of four; then of y, and of x, the seventeenth of the size, how many
           follow to the edge (15 for more), and the lowest bit
========== ================================================================================================

They count in eighths: a pixel of ink, or a position that applies, is 8, and a block is the number of its pixels. So
no input is larger than ``INPUT_MAX``, and one weight scale suits all.
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
LEFT_OVER = 16  # rows or columns to the edge, counted to 15
SIZE_STEP = 4
POSITIONS = (len(SCAN_SIZES) // SIZE_STEP, *(PARTS, LEFT_OVER, SHARE), *(PARTS, LEFT_OVER, SHARE))

UNIT_BITS = 3
UNIT = 1 << UNIT_BITS  # one pixel of ink
INPUT_MAX = BLOCK * BLOCK  # in eighths
INPUTS = NEAR + BLOCKS + sum(POSITIONS)


def positions(size: Any, y: Any, x: Any) -> tuple[Any, ...]:
    """Return which of each of ``POSITIONS`` applies; arguments are integer arrays (or tensors) that broadcast."""
    return (size - SCAN_SIZES[0]) // SIZE_STEP, *along(size, y), *along(size, x)


def along(size: Any, at: Any) -> tuple[Any, Any, Any]:
    """Return the three numbers of a row or of a column."""
    return at * PARTS // size, (size - 1 - at).clip(0, LEFT_OVER - 1), at % SHARE


def block_columns(size: int) -> int:
    """Return in how many even columns blocks begin that pixels of scans up to ``size`` see."""
    return (size - 1) // SHARE + BLOCK // SHARE * (BLOCK_COLUMNS - 1) + 1


def block_sums(rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Sum the blocks that begin in one row: of the ``BLOCK`` rows of scans ``[n, BLOCK, size]`` their ink.

    Returns ``[n, block_columns(size)]``, where entry k is the block from column ``2 k - BEFORE``.
    """
    count, _, size = rows.shape
    columns = rows.sum(1, dtype=np.uint8)
    sums = np.zeros((count, SHARE * block_columns(size)), np.uint8)
    for k in range(BLOCK):
        sums[:, BEFORE - k : BEFORE - k + size] += columns
    return sums[:, ::SHARE]
