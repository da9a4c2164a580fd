"""Which reductions could have made a picture: the size of its scan, its scale, and where it was put.

Under one cell of the reduced picture lie but a few pixels of the scan, so that only some grey values can come
out there at all. A picture that has none but those, in every cell, tells the size of its scan.
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
SLACK = 1 / 1024  # grey values; more than binary32 sums can be off
GRAIN = 2.0**22  # weights are rounded to its inverse, so that those that ought to be equal are
_NEGLIGIBLE = 2.0**-16  # a tap so weak sways no more than a rounding
_MOST_SCALES = 4
_MOST_WAYS = 6  # in which a picture is tried to have come about
_FINE = 128  # steps of a grey value in which sums are told apart
_ALIKE = 2.0**8  # weights that differ by less, in 1 / GRAIN, make no other kind of cell
_ONES = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1, dtype=np.uint16)  # in a byte
_FIRST = 5  # cells; then more at a time, as there are fewer boxes left
_FEW = 12  # boxes
_Corner = tuple[int, int, int]  # of a box: by how many cells the ink's margins differ there, top, and left


@dataclass(frozen=True, order=True)
class Reduction:
    """One way in which a picture may have come about, the likelier the less.

    ``off_centre``, cells by which the ink's margins in the box differ (a scan's ink is centred in its square);
    ``choice``, in 1/4096 bit, how many pictures could have come about so: where they are few, that the picture is
    among them is no chance (0 for the only way); ``size`` of the scan; ``scale``, an index into
    :func:`scales`; the box's corner.
    """

    off_centre: int
    choice: int
    size: int
    scale: int
    top: int
    left: int


@lru_cache(maxsize=256)
def strong_taps(size: int) -> tuple[tuple[tuple[int, ...], tuple[float, ...]], ...]:
    """Return of each row the sources and their weights in ``1 / GRAIN``, whole numbers, without those that sway
    nothing.
    """
    every = taps(size)
    rows = []
    for sources, weights in zip(every.sources, every.weights, strict=True):
        strong = weights > _NEGLIGIBLE
        rows.append((tuple(map(int, sources[strong])), tuple(map(float, np.rint(weights[strong] * GRAIN)))))
    return tuple(rows)


@lru_cache(maxsize=256)
def scales(size: int) -> tuple[float, ...]:
    """Return what the largest sum, in ``1 / GRAIN**2``, may be where a cell is all ink, from the top; at most four."""
    full = np.array([sum(weights) for _, weights in strong_taps(size)])
    found: list[float] = []
    for product in sorted(set(np.outer(full, full).ravel().tolist()), reverse=True):
        if not found or found[-1] - product > 1e-4 * GRAIN**2:
            found.append(product)
    return tuple(found[:_MOST_SCALES])


def bounds(scale: float) -> tuple[Floats64, Floats64]:
    """Return least and largest sum, in the unit of ``scale``, that gives each of the 256 values, ``SLACK`` included."""
    value = np.arange(PIXEL_MAX + 1.0)
    low = np.where(value <= MIDDLE, value - 1, value) - SLACK
    high = np.where(value < MIDDLE, value, value + 1) + SLACK
    low[0], high[0] = -SLACK, SLACK
    return low * scale / PIXEL_MAX, high * scale / PIXEL_MAX


class Reach:
    """Which values each cell can have that a scan of one ``size`` gives; none that it can have is left out.

    Cells are worked out when they are asked for: of most sizes, a few tell that a picture is not theirs.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        weights = [tuple(sorted(round(w / _ALIKE) for w in each)) for _, each in strong_taps(size)]
        self._kinds = sorted(set(weights))
        line = np.array([self._kinds.index(each) for each in weights])
        larger, smaller = np.maximum.outer(line, line), np.minimum.outer(line, line)
        self._pair = (larger * len(self._kinds) + smaller).ravel()  # of kinds, that each cell is of
        every = scales(size)
        self._unit = every[0] / (PIXEL_MAX * _FINE)
        edges = np.array([bounds(scale) for scale in every]) / self._unit  # [scales, 2, 256]
        self._edges = np.rint(edges).astype(np.int64)
        self._bytes = 8 * np.arange(len(every), dtype=np.uint32)
        self._table = np.zeros((len(self._kinds) ** 2, PIXEL_MAX + 1), np.uint32)  # of pairs; a byte is a scale
        self._filled = np.zeros(len(self._table), np.bool_)
        common = np.array([weights.count(each) for each in weights])
        self._order = np.argsort(-np.outer(common, common).ravel(), kind="stable")  # cells that are alike come first

    def fits(self, boxes: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Return ``[n, scales]``: whether all values of ``boxes`` ``[n, BOX * BOX]`` can come out."""
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
        """Do the same of one box without tables, which take longer to make than a few boxes take without them."""
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
        """Return how many values the inked cells of each of ``boxes`` could have, which fit, in 1/4096 bit, ``[n]``."""
        cells = np.flatnonzero(boxes.any(axis=0))
        possible = (self._table[self._filled_pairs(cells)] >> self._bytes[scale] & 1).sum(axis=1, dtype=np.int64)
        return (boxes[:, cells] > 0) @ log2_fixed(np.maximum(possible, 1))

    def _filled_pairs(self, cells: Integers64) -> Integers64:
        """Return the pairs of kinds that ``cells`` are of, whose values are in the table then."""
        pairs: Integers64 = self._pair[cells]
        for pair in set(pairs[~self._filled[pairs]].tolist()):
            self._table[pair] = self._values(pair)
            self._filled[pair] = True
        return pairs

    def _sums(self, pair: int) -> tuple[int, int]:
        """Return all sums of some of a cell's weights, as the bits of one number, moved up by how far they may be
        off.
        """
        larger, smaller = (self._kinds[at] for at in divmod(pair, len(self._kinds)))
        weights = np.rint(np.outer(larger, smaller).ravel() * (_ALIKE**2 / self._unit))
        sums = 1
        for weight in map(int, weights):
            sums |= sums << weight
        off = len(weights) // 2 + ceil((len(larger) + len(smaller)) * _ALIKE * GRAIN / self._unit)
        return _spread(sums << off, off), off

    def _values(self, pair: int) -> Unsigned32:
        """Return which of the 256 values come out, a byte a scale."""
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
    """Return every bit set within ``by`` of one that is."""
    done = 0
    while done < by:
        step = min(done + 1, by - done)
        bits |= bits << step | bits >> step
        done += step
    return bits


@lru_cache(maxsize=256)
def reach(size: int) -> Reach:
    """Return the reach of ``size``, kept."""
    return Reach(size)


@lru_cache(maxsize=1 << 12)
def _fits_one(size: int, box: bytes) -> list[bool]:
    """Remember it: a picture that is tried first and then coded is asked for twice."""
    return reach(size).fits_one(np.frombuffer(box, np.uint8))


def likely_reductions(pictures: Pictures, largest: int = SEARCHED_SIZES[-1]) -> list[list[Reduction]]:
    """Return reductions that can give every value of each of ``pictures`` ``[n, h, w]``, some at most, the likeliest
    first.

    None from a size above ``largest``.
    """
    return [ways[:_MOST_WAYS] for ways in _fitting(pictures, _corners(pictures), largest)]


def likeliest_reductions(pictures: Pictures, largest: int = SEARCHED_SIZES[-1]) -> list[Reduction | None]:
    """Return the first of those that :func:`likely_reductions` gives, or None where there are none, in less time.

    Most often it is one of those with the ink in the middle of the box, and no other boxes need be looked at.
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
    """Return all reductions that can give each of ``pictures``, of those whose boxes have ``corners``."""
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
    """Return of each of ``pictures`` the box with its corner there, ``[n, BOX, BOX]``."""
    y, x = (np.array(each)[:, None] + np.arange(BOX) for each in (tops, lefts))
    boxes: NDArray[np.uint8] = pictures[np.arange(len(pictures))[:, None, None], y[:, :, None], x[:, None]]
    return boxes


def _choices(ways: list[tuple[int, int, int]], boxes: NDArray[np.uint8]) -> dict[tuple[int, int, int], int]:
    """Return what :meth:`Reach.choices` says of each of ``ways``: size, scale, and which of ``boxes``."""
    groups: dict[tuple[int, int], list[int]] = {}
    for size, scale, at in ways:
        groups.setdefault((size, scale), []).append(at)
    return {
        (size, scale, at): choice
        for (size, scale), members in groups.items()
        for at, choice in zip(members, reach(size).choices(boxes[members], scale).tolist(), strict=True)
    }


def _corners(pictures: Pictures) -> list[list[_Corner]]:
    """Return of each picture that has ink the corners of boxes that hold all of it."""
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
    """Return where a box can begin in ``size`` pixels that holds ink from ``first`` to ``last``; nowhere, if it is too
    large.
    """
    return range(max(0, last - BOX + 1), min(first, size - BOX) + 1)
