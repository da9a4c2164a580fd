"""Which reductions could have made a picture: the size of its scan, its scale, and the place of its box.

Only a few pixels of the scan lie under one cell of the reduced picture. So only some grey values can come out there,
and which ones depends on the size of the scan. A size is likely where every cell of the picture has a possible value.
"""

from __future__ import annotations

import itertools
from functools import lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Floats64, Integers64, Pictures, Unsigned32
from aecodec.entropy import log2_fixed
from aecodec.frozen import dataclass
from aecodec.limits import PIXEL_MAX
from aecodec.scans.reduction import BOX, MIDDLE, taps

SEARCHED_SIZES = range(BOX, 81)  # beyond them nearly every value can come out
SLACK = 1 / 1024  # in grey values; binary32 sums are off by less
GRAIN = 2.0**22  # weights are rounded to multiples of 1 / GRAIN, so that those that ought to be equal are
_NEGLIGIBLE = 2.0**-16  # a weaker tap changes no more than a rounding does
_MOST_SCALES = 4
_MOST_WAYS = 6  # reductions that are tried for a picture
_FINE = 128  # sums are told apart in steps of 1/128 of a grey value
_ALIKE = 2.0**8  # cells whose weights differ by less, in 1 / GRAIN, are of one kind
_ONES = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1, dtype=np.uint16)  # set in a byte
_FIRST = 5  # cells that are looked at first; then more at a time, as fewer boxes are left
_FEW = 12  # boxes that are quicker without tables
_Corner = tuple[int, int, int]  # of a box: by how many cells the ink's margins in it differ, top, and left


@dataclass(frozen=True, order=True)
class Reduction:
    """One way in which a picture may have been made. Of two ways the smaller one is the likelier.

    ``off_centre`` counts the cells by which the ink's margins in the box differ, for a scan's ink is centred in its
    square. ``choice``, in 1/4096 bit, is log2 of how many pictures this way could make: where these are few, the
    picture is hardly one of them by chance. It is 0 for the only way. ``size`` is that of the scan, ``scale`` an index
    into :func:`scales`; ``top`` and ``left`` are the box's corner.
    """

    off_centre: int
    choice: int
    size: int
    scale: int
    top: int
    left: int


@lru_cache(maxsize=256)
def strong_taps(size: int) -> tuple[tuple[tuple[int, ...], tuple[float, ...]], ...]:
    """Return for each row (or column) of cells its sources, and their weights in ``1 / GRAIN``, but negligible ones."""
    every = taps(size)
    rows = []
    for sources, weights in zip(every.sources, every.weights, strict=True):
        strong = weights > _NEGLIGIBLE
        rows.append((tuple(map(int, sources[strong])), tuple(map(float, np.rint(weights[strong] * GRAIN)))))
    return tuple(rows)


@lru_cache(maxsize=256)
def scales(size: int) -> tuple[float, ...]:
    """Return sums of cells that are all ink, in ``1 / GRAIN**2``: the four largest at most, the largest first."""
    full = np.array([sum(weights) for _, weights in strong_taps(size)])
    found: list[float] = []
    for product in sorted(set(np.outer(full, full).ravel().tolist()), reverse=True):
        if not found or found[-1] - product > 1e-4 * GRAIN**2:
            found.append(product)
    return tuple(found[:_MOST_SCALES])


def bounds(scale: float) -> tuple[Floats64, Floats64]:
    """Return the least and the largest sum that give each value 0 to 255, where ``scale`` is the sum that gives 255."""
    value = np.arange(PIXEL_MAX + 1.0)
    low = np.where(value <= MIDDLE, value - 1, value) - SLACK
    high = np.where(value < MIDDLE, value, value + 1) + SLACK
    low[0], high[0] = -SLACK, SLACK
    return low * scale / PIXEL_MAX, high * scale / PIXEL_MAX


class Reach:
    """Which values each cell can have over scans of one ``size``. It may list a few too many, but never too few.

    Cells are worked out when they are asked for. With most sizes, a few cells show that a picture does not fit.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        weights = [tuple(sorted(round(w / _ALIKE) for w in each)) for _, each in strong_taps(size)]
        self._kinds = sorted(set(weights))
        line = np.array([self._kinds.index(each) for each in weights])
        larger, smaller = np.maximum.outer(line, line), np.minimum.outer(line, line)
        self._pair = (larger * len(self._kinds) + smaller).ravel()  # each cell's pair of kinds, of its row and column
        every = scales(size)
        self._unit = every[0] / (PIXEL_MAX * _FINE)
        edges = np.array([bounds(scale) for scale in every]) / self._unit  # [scales, 2, 256]
        self._edges = np.rint(edges).astype(np.int64)
        self._bytes = 8 * np.arange(len(every), dtype=np.uint32)
        self._table = np.zeros((len(self._kinds) ** 2, PIXEL_MAX + 1), np.uint32)  # by pair and value; a byte a scale
        self._filled = np.zeros(len(self._table), np.bool_)
        common = np.array([weights.count(each) for each in weights])
        self._order = np.argsort(-np.outer(common, common).ravel(), kind="stable")  # cells that are alike come first

    def fits(self, boxes: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Return ``[n, scales]``: whether all values of a box can come out; ``boxes`` are ``[n, BOX * BOX]``."""
        if len(boxes) <= _FEW:
            return np.array([_fits_one(self._size, box.tobytes()) for box in boxes])
        fits = np.full(len(boxes), 0x01010101, np.uint32)
        left = np.arange(len(boxes))
        order = self._order[np.asarray(boxes.any(axis=0))[self._order]]  # a cell can always be blank
        start, end = 0, _FIRST
        while start < len(order) and len(left):
            cells = order[start:end]
            pairs = self._filled_pairs(cells)
            fits[left] &= np.bitwise_and.reduce(self._table[pairs, boxes[left[:, None], cells]], axis=1)
            left = left[fits[left] > 0]
            start, end = end, 2 * end
        every: NDArray[np.bool_] = fits[:, None] >> self._bytes & 1 > 0
        return every

    def fits_one(self, box: NDArray[np.uint8]) -> list[bool]:
        """Return the same for one ``box`` ``[BOX * BOX]``, without tables. For a few boxes tables would take longer."""
        fits = [True] * len(self._edges)
        known: dict[int, tuple[int, int]] = {}
        for cell in self._order[box[self._order] > 0]:
            pair = int(self._pair[cell])
            if pair not in known:
                known[pair] = self._sums(pair)
            sums, off = known[pair]
            for scale, (low, high) in enumerate(self._edges[:, :, box[cell]].tolist()):
                fits[scale] &= sums >> max(low + off, 0) & (2 << high - max(low, -off)) - 1 > 0
            if not any(fits):
                break
        return fits

    def choices(self, boxes: NDArray[np.uint8], scale: int) -> Integers64:
        """Return for each of ``boxes`` the sum over inked cells of log2 of how many values fit there, in 1/4096 bit."""
        cells = np.flatnonzero(boxes.any(axis=0))
        possible = (self._table[self._filled_pairs(cells)] >> self._bytes[scale] & 1).sum(axis=1, dtype=np.int64)
        return (boxes[:, cells] > 0) @ log2_fixed(np.maximum(possible, 1))

    def _filled_pairs(self, cells: Integers64) -> Integers64:
        """Return the pairs of kinds of ``cells``, and see that the table has their values."""
        pairs: Integers64 = self._pair[cells]
        for pair in set(pairs[~self._filled[pairs]].tolist()):
            self._table[pair] = self._values(pair)
            self._filled[pair] = True
        return pairs

    def _sums(self, pair: int) -> tuple[int, int]:
        """Return which sums a cell of this pair can have, as the bits of one number, and by how much they may be off.

        Bit ``s + off`` stands for the sum s, in 1 / ``_FINE`` of a grey value.
        """
        larger, smaller = (self._kinds[at] for at in divmod(pair, len(self._kinds)))
        weights = np.rint(np.outer(larger, smaller).ravel() * (_ALIKE**2 / self._unit))
        sums = 1
        for weight in map(int, weights):
            sums |= sums << weight
        off = len(weights) // 2 + ceil((len(larger) + len(smaller)) * _ALIKE * GRAIN / self._unit)
        return _spread(sums << off, off), off

    def _values(self, pair: int) -> Unsigned32:
        """Return which of the 256 values a cell of this pair can have, uint32 ``[256]``, with a byte for each scale."""
        sums, off = self._sums(pair)
        size = (PIXEL_MAX + 4) * _FINE
        packed = np.frombuffer((sums & (1 << size) - 1).to_bytes(size // 8 + 1, "little"), np.uint8)
        before = np.cumsum(_ONES[packed], dtype=np.uint16) - _ONES[packed]
        edges = (self._edges + np.array([[off], [off + 1]])).clip(0, size)
        place = edges >> 3
        low, high = (before[place] + _ONES[packed[place] & (1 << (edges & 7)) - 1]).transpose(1, 0, 2)
        possible = (high > low).astype(np.uint32)
        values: Unsigned32 = np.bitwise_or.reduce(possible << self._bytes[:, None], axis=0)
        return values


def _spread(bits: int, by: int) -> int:
    """Set every bit that lies within ``by`` places of a bit of ``bits`` that is set."""
    done = 0
    while done < by:
        step = min(done + 1, by - done)
        bits |= bits << step | bits >> step
        done += step
    return bits


@lru_cache(maxsize=256)
def reach(size: int) -> Reach:
    """Return the reach of scans of ``size``, which is kept."""
    return Reach(size)


@lru_cache(maxsize=1 << 12)
def _fits_one(size: int, box: bytes) -> list[bool]:
    """Return :meth:`Reach.fits_one`, remembered: a picture that is tried first and then coded is asked for twice."""
    return reach(size).fits_one(np.frombuffer(box, np.uint8))


def likely_reductions(pictures: Pictures, largest: int = SEARCHED_SIZES[-1]) -> list[list[Reduction]]:
    """Return for each of ``pictures`` ``[n, h, w]`` reductions that can give all its values, the likeliest first.

    There are six at most, and none is from a scan of more than ``largest`` pixels a side.
    """
    return [ways[:_MOST_WAYS] for ways in _fitting(pictures, _corners(pictures), largest)]


def likeliest_reductions(pictures: Pictures, largest: int = SEARCHED_SIZES[-1]) -> list[Reduction | None]:
    """Return the first that :func:`likely_reductions` gives for each picture, or None, in less time.

    Mostly it is a reduction with the ink in the middle of its box. Then no other boxes are looked at.
    """
    corners = []
    for some in _corners(pictures):
        least = min(some)[0] if some else 0
        corners.append([each for each in some if each[0] == least])
    first = [ways[0] if ways else None for ways in _fitting(pictures, corners, largest)]
    left = [at for at, some in enumerate(corners) if some and first[at] is None]
    for at, ways in zip(left, likely_reductions(pictures[left], largest) if left else [], strict=True):
        first[at] = ways[0] if ways else None
    return first


def _fitting(pictures: Pictures, corners: list[list[_Corner]], largest: int) -> list[list[Reduction]]:
    """Return for each of ``pictures`` all reductions to its ``corners`` that can give it, the likeliest first."""
    owners = [owner for owner, some in enumerate(corners) for _ in some]
    every = list(itertools.chain.from_iterable(corners))
    fitting: list[list[tuple[int, int, int]]] = [[] for _ in corners]  # size, scale, which box
    if not every:
        return [[] for _ in corners]
    _, tops, lefts = map(list, zip(*every, strict=True))
    boxes = boxes_at(pictures[owners], tops, lefts).reshape(len(owners), -1)
    for size in range(SEARCHED_SIZES[0], largest + 1):
        for at, scale in np.argwhere(reach(size).fits(boxes)).tolist():
            fitting[owners[at]].append((size, scale, at))
    choices = _choices([way for ways in fitting if len(ways) > 1 for way in ways], boxes)
    return [
        sorted(
            Reduction(every[at][0], choices.get((size, scale, at), 0), size, scale, *every[at][1:])
            for size, scale, at in ways
        )
        for ways in fitting
    ]


def boxes_at(pictures: Pictures, tops: list[int], lefts: list[int]) -> NDArray[np.uint8]:
    """Return the box of each of ``pictures`` at these tops and lefts, ``[n, BOX, BOX]``."""
    y, x = (np.array(each)[:, None] + np.arange(BOX) for each in (tops, lefts))
    boxes: NDArray[np.uint8] = pictures[np.arange(len(pictures))[:, None, None], y[:, :, None], x[:, None]]
    return boxes


def _choices(ways: list[tuple[int, int, int]], boxes: NDArray[np.uint8]) -> dict[tuple[int, int, int], int]:
    """Return :meth:`Reach.choices` for each of ``ways``. A way is a size, a scale, and which of ``boxes``."""
    groups: dict[tuple[int, int], list[int]] = {}
    for size, scale, at in ways:
        groups.setdefault((size, scale), []).append(at)
    return {
        (size, scale, at): choice
        for (size, scale), members in groups.items()
        for at, choice in zip(members, reach(size).choices(boxes[members], scale).tolist(), strict=True)
    }


def _corners(pictures: Pictures) -> list[list[_Corner]]:
    """Return for each picture the corners of boxes that hold all its ink; a picture without ink has none."""
    edges = []  # of the ink: first and last row, first and last column
    inked = np.asarray(pictures.any(axis=(1, 2)))
    for axis in (2, 1):
        lines = np.asarray(pictures.any(axis=axis))
        edges += [lines.argmax(axis=1), lines.shape[1] - 1 - lines[:, ::-1].argmax(axis=1)]
    height, width = pictures.shape[1:]
    return [
        [
            (abs(2 * top + BOX - first - last - 1) + abs(2 * left + BOX - begin - end - 1), top, left)
            for top in _starts(first, last, height)
            for left in _starts(begin, end, width)
        ]
        if any_ink
        else []
        for any_ink, first, last, begin, end in zip(inked.tolist(), *(each.tolist() for each in edges), strict=True)
    ]


def _starts(first: int, last: int, size: int) -> range:
    """Return where a box can begin, in ``size`` pixels, that holds ink from ``first`` to ``last``; perhaps nowhere."""
    return range(max(0, last - BOX + 1), min(first, size - BOX) + 1)
