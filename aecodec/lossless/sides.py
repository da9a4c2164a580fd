"""Which reductions could have made a picture: the side of its origin, its scale, and where it was put.

Under one cell of the reduced picture lie but a few pixels of the origin, so that only some grey values can come
out there at all. A picture that has none but those, in every cell, tells the side of its origin.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from aecodec.limits import PIXEL_MAX
from aecodec.lossless.reduction import BOX, MIDDLE, taps

SIDES = range(BOX, 74)  # beyond them nearly every value can come out
SLACK = 1 / 1024  # grey values; more than binary32 sums can be off
_NEGLIGIBLE = 2.0**-16  # a tap so weak sways no more than a rounding
GRAIN = 2.0**22  # weights are rounded to its inverse, so that those that ought to be equal are
_MOST_SCALES = 4
_STRIDE = 7  # so many cells apart are those that are looked at first
Sums = NDArray[np.float64]


@dataclass(frozen=True, order=True)
class Reduction:
    """One way in which a picture may have come about, the likelier the less.

    ``off_centre``, cells by which the ink's margins in the box differ (an origin's ink is centred in its square);
    ``side`` of the origin; ``scale``, an index into :func:`scales`; the box's corner.
    """

    off_centre: int
    side: int
    scale: int
    top: int
    left: int


@lru_cache(maxsize=256)
def strong_taps(side: int) -> tuple[tuple[tuple[int, ...], tuple[float, ...]], ...]:
    """Of each row the sources and their weights in ``1 / GRAIN``, whole numbers, without those that sway nothing."""
    every = taps(side)
    rows = []
    for sources, weights in zip(every.sources, every.weights, strict=True):
        strong = weights > _NEGLIGIBLE
        rows.append((tuple(map(int, sources[strong])), tuple(map(float, np.rint(weights[strong] * GRAIN)))))
    return tuple(rows)


@lru_cache(maxsize=256)
def scales(side: int) -> tuple[float, ...]:
    """What the largest sum, in ``1 / GRAIN**2``, may be where a cell is all ink, from the top; at most four."""
    full = np.array([sum(weights) for _, weights in strong_taps(side)])
    found: list[float] = []
    for product in np.unique(np.outer(full, full))[::-1]:
        if not found or found[-1] - product > 1e-4 * GRAIN**2:
            found.append(float(product))
    return tuple(found[:_MOST_SCALES])


def bounds(scale: float) -> tuple[Sums, Sums]:
    """Least and largest sum, in the unit of ``scale``, that gives each of the 256 values, ``SLACK`` included."""
    value = np.arange(PIXEL_MAX + 1.0)
    low = np.where(value <= MIDDLE, value - 1, value) - SLACK
    high = np.where(value < MIDDLE, value, value + 1) + SLACK
    low[0], high[0] = -SLACK, SLACK
    return low * scale / PIXEL_MAX, high * scale / PIXEL_MAX


@lru_cache(maxsize=256)
def reachable(side: int) -> NDArray[np.bool_]:
    """``[scales, BOX, BOX, 256]``: which values a cell can have."""
    kinds = [tuple(sorted(weights)) for _, weights in strong_taps(side)]
    limits = [bounds(scale) for scale in scales(side)]
    out = np.zeros((len(limits), BOX, BOX, PIXEL_MAX + 1), np.bool_)
    known: dict[tuple[tuple[float, ...], tuple[float, ...]], NDArray[np.bool_]] = {}
    for row in range(BOX):
        for column in range(row + 1):
            kind = (max(kinds[row], kinds[column]), min(kinds[row], kinds[column]))
            if kind not in known:
                sums = _subset_sums(np.outer(*kind).ravel())
                known[kind] = np.array(
                    [np.searchsorted(sums, high, "right") > np.searchsorted(sums, low, "left") for low, high in limits]
                )
            out[:, row, column] = out[:, column, row] = known[kind]
    return out


def _subset_sums(weights: NDArray[np.float64]) -> Sums:
    """All sums of some of ``weights``, ascending, equal ones joined."""
    values, counts = np.unique(weights, return_counts=True)
    sums = np.zeros(1)
    for value, count in zip(values, counts, strict=True):
        sums = (sums[:, None] + value * np.arange(count + 1)).ravel()
        if len(sums) > 4096:
            sums = np.unique(sums)
    return np.sort(sums)


def likely_reductions(picture: NDArray[np.uint8], most: int = 6) -> list[Reduction]:
    """Reductions that can give every value of a ``[h, w]`` picture, the likeliest ``most``, best first."""
    rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
    if not len(rows):
        return []
    corners = [(top, left) for top in _starts(rows, len(picture)) for left in _starts(columns, len(picture[0]))]
    if not corners:
        return []
    boxes = np.array([picture[top : top + BOX, left : left + BOX].ravel() for top, left in corners])
    cells = np.arange(BOX * BOX)
    found = []
    for side in SIDES:
        table = reachable(side).reshape(-1, BOX * BOX, PIXEL_MAX + 1)
        if not table[:, cells[::_STRIDE], boxes[:, ::_STRIDE]].all(axis=2).any():
            continue
        for scale, at in np.argwhere(table[:, cells, boxes].all(axis=2)):
            top, left = corners[at]
            off = abs(2 * top + BOX - rows[0] - rows[-1] - 1) + abs(2 * left + BOX - columns[0] - columns[-1] - 1)
            found.append(Reduction(int(off), side, int(scale), top, left))
    return sorted(found)[:most]


def _starts(inked: NDArray[np.int64], size: int) -> range:
    """Where a box that holds all the ink can begin in ``size`` pixels."""
    return range(max(0, int(inked[-1]) - BOX + 1), min(int(inked[0]), size - BOX) + 1)
