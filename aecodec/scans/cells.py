"""How the cells of a reduced picture lie over its scan, and what a scan's pixels under a cell can be.

Cells are taken in raster order. Of the pixels that a cell sees, those that no cell before has seen are *new*; they
make a block. Outlines are measured between neighbouring pixels that differ: 2 side by side, 1 corner to corner.
"""

from __future__ import annotations

import hashlib
from functools import cached_property, lru_cache

import numpy as np

from aecodec.arrays import Bits, Floats64, Integers64
from aecodec.frozen import dataclass
from aecodec.scans.sizes import strong_taps

STRAIGHT, DIAGONAL = 2, 1
_PATTERN_BITS = 12
_MOST_PATTERNS = 1 << _PATTERN_BITS  # of one block; the smoothest


@dataclass(frozen=True)
class Span:
    """Along one axis: the first pixel that a cell sees, its first new one, and the one after its last.

    ``weights`` are those of all it sees, in ``1 / GRAIN``.
    """

    first: int
    new: int
    end: int
    weights: tuple[float, ...]

    @property
    def length(self) -> int:
        """How many are new."""
        return self.end - self.new

    @cached_property
    def new_weights(self) -> tuple[float, ...]:
        """Those of new pixels."""
        return self.weights[self.new - self.first :]

    @cached_property
    def row(self) -> Floats64:
        """All weights ``[1, n]``."""
        return np.array([self.weights])

    @cached_property
    def column(self) -> Floats64:
        """All weights ``[n, 1]``."""
        return self.row.T


def spans(size: int) -> tuple[Span, ...]:
    """Return the spans of the rows (or columns) of cells over a scan of ``size`` pixels."""
    found, done = [], 0
    for sources, weights in strong_taps(size):
        found.append(Span(sources[0], max(done, sources[0]), sources[-1] + 1, weights))
        done = sources[-1] + 1
    return tuple(found)


@dataclass(frozen=True)
class Block:
    """What a block of new pixels can be, uint8 ``bits`` ``[n, h, w]``; where that is too much, the smoothest of it.

    ``flat`` float64 ``[n, h * w]`` is the same. The length of a pattern's outline is ``inside`` int64 ``[n]``, plus
    ``over`` ``[2**(w + 2), n]`` by the row above, from a column before to one after, plus ``beside`` ``[2**h, n]``
    by the column before: both as numbers, the first pixel lowest.
    """

    bits: Bits
    flat: Floats64
    inside: Integers64
    over: Integers64
    beside: Integers64


@lru_cache(maxsize=32)
def block(height: int, width: int) -> Block:
    """Return all blocks of 0 and 1 ``[height, width]``, or those with the shortest outline."""
    bits = _binary(height * width).reshape(1 << height * width, height, width)
    inside = _straight(bits[:, 1:], bits[:, :-1]) + _straight(bits[:, :, 1:], bits[:, :, :-1])
    smooth = np.sort(np.argsort(inside, kind="stable")[:_MOST_PATTERNS])
    bits, inside = bits[smooth], inside[smooth]
    inside += _diagonal(bits[:, 1:, 1:], bits[:, :-1, :-1]) + _diagonal(bits[:, 1:, :-1], bits[:, :-1, 1:])
    over = np.zeros((1 << width + 2, len(bits)), np.int64)
    beside = np.zeros((1 << height, len(bits)), np.int64)
    if height and width:
        row = _binary(width + 2)[:, None]
        over = _straight(bits[:, 0], row[..., 1:-1], 1) + _diagonal(bits[:, 0], row[..., :-2], 1)
        over += _diagonal(bits[:, 0], row[..., 2:], 1)
        column = _binary(height)[:, None]
        beside = _straight(bits[..., 0], column, 1) + _diagonal(bits[:, 1:, 0], column[..., :-1], 1)
        beside += _diagonal(bits[:, :-1, 0], column[..., 1:], 1)
    return Block(bits, bits.reshape(len(bits), -1).astype(np.float64), inside, over, beside)


def _binary(digits: int) -> Bits:
    """Return all numbers of so many binary digits, ``[n, digits]``, the lowest first."""
    return (np.arange(1 << digits)[:, None] >> np.arange(digits) & 1).astype(np.uint8)


def _straight(one: Bits, other: Bits, axes: int = 2) -> Integers64:
    """Return the length of outline between pixels side by side, summed over the last ``axes``."""
    return STRAIGHT * _differing(one, other, axes)


def _diagonal(one: Bits, other: Bits, axes: int = 2) -> Integers64:
    """Return the same between pixels corner to corner."""
    return DIAGONAL * _differing(one, other, axes)


def _differing(one: Bits, other: Bits, axes: int) -> Integers64:
    count: Integers64 = (one ^ other).sum(axis=tuple(range(-axes, 0)), dtype=np.int64)
    return count


@dataclass(frozen=True)
class Patterns:
    """A block's patterns, ``order`` int64 ``[n]``, ascending by ``sums`` ``[n]``, what they add to their cell."""

    order: Integers64
    sums: Floats64


@lru_cache(maxsize=2048)
def patterns(row_weights: tuple[float, ...], column_weights: tuple[float, ...]) -> Patterns:
    """Return the patterns of new pixels that have these weights."""
    flat = block(len(row_weights), len(column_weights)).flat
    sums = flat @ np.outer(row_weights, column_weights).ravel()
    keys = sums.astype(np.int64) << _PATTERN_BITS | np.arange(len(sums))  # sums are below 2**45
    keys.sort()
    order = keys & (1 << _PATTERN_BITS) - 1
    return Patterns(order, sums[order])


@dataclass(frozen=True)
class Cell:
    """One cell, and its view of a band of the scan's rows with a blank column on either side.

    ``columns`` of the band are in view: its new ones, ``new``, one before and one after; of rows, the new ones
    and one above. ``view`` float64 ``[rows * columns, 4]`` takes what is in view to the sum that the
    cell has already, to the marks of what no cell will look at again, and to the numbers of the row above and of the
    column before, see :class:`Block`. ``marks`` ``[h * w]`` are those of new pixels that will be looked at again.
    """

    columns: slice
    new: slice
    view: Floats64
    marks: Floats64
    block: Block
    patterns: Patterns


@dataclass(frozen=True)
class Grid:
    """All cells over a scan of one size: ``cells`` row by row, their common ``spans``.

    ``marks`` float64 ``[1 + size, size + 2]`` has for each pixel of the scan a random whole number, always the
    same, so large that two sets of pixels will not have one sum; its margins are zero.
    """

    spans: tuple[Span, ...]
    marks: Floats64
    cells: list[list[Cell]]

    @classmethod
    def of(cls, size: int) -> Grid:
        """Return the grid of ``size``."""
        marks = np.zeros((1 + size, size + 2))
        random = np.frombuffer(hashlib.shake_128(b"marks").digest(8 * size * size), "<u8")
        marks[1:, 1:-1] = (random >> np.uint64(20)).reshape(size, size)
        every = spans(size)
        return cls(every, marks, [[_cell(down, across, marks) for across in every] for down in every])


def _cell(down: Span, across: Span, marks: Floats64) -> Cell:
    height, width = down.length, across.length
    view = _blank_view(height, width).copy()
    top, left = down.new - 1, across.new - 1
    sees = view[down.first - top :, across.first - left : -1, 0]
    np.multiply(down.column, across.row, out=sees)
    here = marks[down.new : down.end + 1, across.new : across.end + 2]
    kept = np.zeros((height, width))
    if height and width:
        view[0, :-2, 1] = here[0, :-2]
        view[1:-1, 0, 1] = here[1:-1, 0]
        kept[-1], kept[:, -1] = here[-1, 1:-1], here[1:, -2]
    return Cell(
        columns=slice(across.new, across.end + 2),
        new=slice(across.new + 1, across.end + 1),
        view=view.reshape(-1, 4),
        marks=kept.ravel(),
        block=block(height, width),
        patterns=patterns(down.new_weights, across.new_weights),
    )


@lru_cache(maxsize=32)
def _blank_view(height: int, width: int) -> Floats64:
    view = np.zeros((1 + height, width + 2, 4))
    view[0, :, 2] = 1 << np.arange(width + 2)
    view[1:, 0, 3] = 1 << np.arange(height)
    return view
