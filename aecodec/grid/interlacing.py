"""Interlacing: the places of a grid in steps, so that nearly every place lies between known ones when its turn comes.

Step 0 has the places whose row and column are multiples of 2**octaves. Two steps follow for each octave. First come the
centres of the squares that known places form, then the places between known ones in their row and column. Each step
about doubles how many are known, as in hierarchical interpolation (Roos et al. 1988) and interlaced PNG.

Every step but the first sees the 12 known places that are nearest. Nothing here needs more than NumPy.
"""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Indices

_STRAIGHT = ((-1, 0), (0, -1), (0, 1), (1, 0), (-2, -1), (-2, 1), (-1, -2), (-1, 2), (1, -2), (1, 2), (2, -1), (2, 1))
_TURNED = tuple((down - right, down + right) for down, right in _STRAIGHT)
NEIGHBOURS = len(_STRAIGHT)


def step_count(octaves: int) -> int:
    """Return how many steps there are."""
    return 1 + 2 * octaves


def places(step: int, octaves: int, height: int, width: int) -> Indices:
    """Return the places of a step, in raster order, as numbers ``row * width + column``."""
    row, column = np.arange(height)[:, None], np.arange(width)
    if step == 0:
        return np.flatnonzero((row % (1 << octaves) == 0) & (column % (1 << octaves) == 0))
    by = _distance(step, octaves)
    down, right = row % (2 * by), column % (2 * by)
    if step % 2:
        return np.flatnonzero((down == by) & (right == by))
    return np.flatnonzero((down + right == by) & ((down == 0) | (right == 0)))


def surroundings(step: int, octaves: int, height: int, width: int) -> Indices:
    """Return the neighbours of each place of a step behind the first, ``[places, 12]``.

    They are numbers like those of :func:`places`, and ``height * width`` where the grid has none.
    """
    row, column = np.divmod(places(step, octaves, height, width)[:, None], width)
    down, right = _distance(step, octaves) * np.array(_TURNED if step % 2 else _STRAIGHT).T
    row, column = row + down, column + right
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    return np.where(inside, row * width + column, height * width)


def _distance(step: int, octaves: int) -> int:
    """Return how many places lie from one row of known places to the next, behind a step."""
    return 1 << (octaves - (step + 1) // 2)
