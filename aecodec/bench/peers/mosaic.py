"""Many pictures become one large one, row by row: the headers of picture formats then count once."""

from __future__ import annotations

import math

import numpy as np

from aecodec.arrays import Pictures


def columns_and_rows(count: int, height: int, width: int, side: int, columns: int | None = None) -> tuple[int, int]:
    """Return the grid of a mosaic of ``count`` pictures: no side over ``side`` pixels, ``columns`` or square."""
    columns = max(1, min(columns or math.ceil(math.sqrt(count * height / width)), side // width))
    return columns, max(1, min(-(-count // columns), side // height))


def join(pictures: Pictures, side: int, columns: int | None = None, *, even: bool = False) -> list[Pictures]:
    """Make as few mosaics as hold ``pictures``, ``[H, W]`` or ``[H, W, 3]`` each; blank behind the last.

    ``even``: all of one size; else the last has no more lines than it needs.
    """
    count, height, width = pictures.shape[:3]
    columns, rows = columns_and_rows(count, height, width, side, columns)
    mosaics = []
    for start in range(0, count, columns * rows):
        some = pictures[start : start + columns * rows]
        lines = rows if even else -(-len(some) // columns)
        cells = np.zeros((lines * columns, *pictures.shape[1:]), np.uint8)
        cells[: len(some)] = some
        grid = cells.reshape(lines, columns, *pictures.shape[1:]).swapaxes(1, 2)
        mosaics.append(grid.reshape(lines * height, columns * width, *pictures.shape[3:]))
    return mosaics


def split(mosaics: list[Pictures], shape: tuple[int, ...], side: int, columns: int | None = None) -> Pictures:
    """Return the pictures of ``shape`` that :func:`join` laid out."""
    count, height, width = shape[:3]
    columns, _ = columns_and_rows(count, height, width, side, columns)
    found = []
    for mosaic in mosaics:
        lines = mosaic.shape[0] // height
        cells = mosaic.reshape(lines, height, columns, width, *shape[3:]).swapaxes(1, 2)
        found.append(cells.reshape(lines * columns, *shape[1:]))
    return np.concatenate(found)[:count]
