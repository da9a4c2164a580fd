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
_AT_ONCE = 12  # cells
_SCATTERED = np.arange(BOX * BOX) * 127 % (BOX * BOX)  # all cells, far apart one after another
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


class Reach:
    """Which values each cell can have that an origin of one ``side`` gives.

    Cells are worked out when they are asked for: of most sides, some dozen tell that a picture is not theirs.
    """

    def __init__(self, side: int) -> None:
        self._kinds = [tuple(sorted(weights)) for _, weights in strong_taps(side)]
        self._limits = [bounds(scale) for scale in scales(side)]
        self._known: dict[tuple[tuple[float, ...], tuple[float, ...]], NDArray[np.bool_]] = {}
        self._table = np.zeros((BOX * BOX, len(self._limits), PIXEL_MAX + 1), np.bool_)
        self._filled = np.zeros(BOX * BOX, np.bool_)

    def cells(self, at: NDArray[np.int64]) -> NDArray[np.bool_]:
        """``[n, scales, 256]`` of the cells ``at``, counted in raster order."""
        self._fill(at)
        return self._table[at]

    def fits(self, boxes: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """``[scales, n]``: whether all values of ``boxes`` ``[n, BOX * BOX]`` can come out."""
        fits = np.ones((len(self._limits), len(boxes)), np.bool_)
        inked = np.asarray(boxes.any(axis=0))
        order = _SCATTERED[inked[_SCATTERED]]
        for start in range(0, len(order), _AT_ONCE):
            some = order[start : start + _AT_ONCE]
            self._fill(some)
            hits = self._table[some[:, None], :, boxes[:, some].T]  # [cells, n, scales]
            fits &= np.logical_and.reduce(hits, axis=0).T
            if not fits.any():
                break
        return fits

    def _fill(self, at: NDArray[np.int64]) -> None:
        missing = at[~self._filled[at]]
        for cell in missing:
            self._table[cell] = self._cell(*divmod(int(cell), BOX))
        self._filled[missing] = True

    def _cell(self, row: int, column: int) -> NDArray[np.bool_]:
        one, other = self._kinds[row], self._kinds[column]
        kind = (max(one, other), min(one, other))
        if kind not in self._known:
            sums = _subset_sums(np.outer(*kind).ravel())
            self._known[kind] = np.array(
                [
                    np.searchsorted(sums, high, "right") > np.searchsorted(sums, low, "left")
                    for low, high in self._limits
                ]
            )
        return self._known[kind]


@lru_cache(maxsize=256)
def reach(side: int) -> Reach:
    """The one of ``side``, kept."""
    return Reach(side)


def _subset_sums(weights: NDArray[np.float64]) -> Sums:
    """All sums of some of ``weights``, ascending."""
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
    found = []
    for side in SIDES:
        for scale, at in np.argwhere(reach(side).fits(boxes)):
            top, left = corners[at]
            off = abs(2 * top + BOX - rows[0] - rows[-1] - 1) + abs(2 * left + BOX - columns[0] - columns[-1] - 1)
            found.append(Reduction(int(off), side, int(scale), top, left))
    return sorted(found)[:most]


def _starts(inked: NDArray[np.int64], size: int) -> range:
    """Where a box that holds all the ink can begin in ``size`` pixels."""
    return range(max(0, int(inked[-1]) - BOX + 1), min(int(inked[0]), size - BOX) + 1)
