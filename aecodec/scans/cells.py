"""How the cells of a reduced picture lie over its scan, and which pixels they see; for scans of several sizes at once.

Cells are taken in raster order. The pixels that a cell is the first to see are *new*. They make a block, see
:mod:`aecodec.scans.blocks`. All else that the cell sees lies in the row above that block, or in the column to its left.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cached_property, lru_cache

import numpy as np

from aecodec.arrays import Bits, Integers16, Integers64
from aecodec.frozen import dataclass
from aecodec.scans.blocks import AROUND, LONGEST, Blocks, blocks
from aecodec.scans.patterns import Patterns
from aecodec.scans.reduction import BOX
from aecodec.scans.sizes import strong_taps

SUM_BITS = 48  # sums are below 2**45


@dataclass(frozen=True)
class Span:
    """What a cell sees along one axis: its first pixel, its first ``new`` pixel, and the pixel after its last.

    ``weights`` are those of all pixels that it sees, in ``1 / GRAIN``.
    """

    first: int
    new: int
    end: int
    weights: tuple[float, ...]

    @property
    def length(self) -> int:
        """How many pixels are new."""
        return self.end - self.new

    @cached_property
    def new_weights(self) -> tuple[float, ...]:
        """The weights of the new pixels."""
        return self.weights[self.new - self.first :]


def spans(size: int) -> tuple[Span, ...]:
    """Return the spans of the rows (or columns) of cells over a scan of ``size`` pixels."""
    found, done = [], 0
    for sources, weights in strong_taps(size):
        found.append(Span(sources[0], max(done, sources[0]), sources[-1] + 1, weights))
        done = sources[-1] + 1
    return tuple(found)


@dataclass(frozen=True)
class Grid:
    """All cells over a scan of one size.

    ``lengths``, int64 ``[BOX]``, count the new pixels of each row (or column) of cells. ``above`` and ``left``, int64
    ``[BOX, BOX, AROUND]``, are what the row above and the column to the left, by their numbers, add to the sum of each
    cell, in ``1 / GRAIN**2``.
    """

    lengths: Integers64
    above: Integers64
    left: Integers64
    patterns: Patterns


@lru_cache(maxsize=64)
def grid(size: int) -> Grid:
    """Return the grid of cells over a scan of ``size`` pixels."""
    every = spans(size)
    before = np.array([span.weights[0] if span.first < span.new else 0.0 for span in every])
    weights = np.zeros((BOX, LONGEST))
    for row, span in zip(weights, every, strict=True):
        row[: span.length] = span.new_weights
    digits = np.arange(AROUND)[:, None] >> np.arange(LONGEST + 1) & 1
    new = weights @ digits[:, :-1].T  # [BOX, AROUND]
    seen = before[:, None] * digits[:, 0] + weights @ digits[:, 1:].T
    return Grid(
        np.array([span.length for span in every]),
        above=(before[:, None, None] * new).astype(np.int64),
        left=(before[:, None] * seen[:, None]).astype(np.int64),
        patterns=Patterns([span.new_weights for span in every]),
    )


@dataclass(frozen=True)
class Cell:
    """One cell over scans of some sizes. Its ``number`` counts row by row. All arrays are int64.

    The first five are ``[sizes * AROUND]``: for scans of each size, indexed by what lies around the cell's block.
    ``above`` and ``left`` are parts of the cell's sum. ``over_at`` and ``left_at`` are places in the tables of
    :class:`Blocks`. ``corner`` is the last pixel above the block.

    ``patterns`` are those of the block, for all sizes; ``sums`` are what they add to the cell. A sum has the place of
    its size in the bits from ``SUM_BITS`` on, and sums ascend. ``blank`` ``[sizes]`` says where the first pattern of
    each size is, which has no ink.
    """

    number: int
    above: Integers64
    left: Integers64
    over_at: Integers64
    left_at: Integers64
    corner: Integers64
    sums: Integers64
    patterns: Integers64
    blank: Integers64

    @property
    def column(self) -> int:
        """The cell's place in its row."""
        return self.number % BOX


class Grids:
    """The cells over scans of some ``sizes``, which ascend."""

    def __init__(self, sizes: tuple[int, ...]) -> None:
        self.sizes = sizes
        every = [grid(size) for size in sizes]
        lengths = np.stack([each.lengths for each in every], axis=1)  # [BOX, sizes]
        self.blocks: Blocks = blocks(int(lengths.max()))
        down, across = lengths[:, None], lengths[None]
        self._above = np.stack([each.above for each in every], axis=2).reshape(BOX, BOX, -1)
        self._left = np.stack([each.left for each in every], axis=2).reshape(BOX, BOX, -1)
        self._over_at = self.blocks.over_at[down, across].reshape(BOX, BOX, -1)
        self._left_at = self.blocks.left_at[down, across].reshape(BOX, BOX, -1)
        self._corner = (np.arange(AROUND) >> lengths[..., None] - 1 & 1).reshape(BOX, -1)
        self._first = self.blocks.first[down, across]
        self._patterns = [each.patterns for each in every]

    def row(self, row: int) -> Iterator[Cell]:
        """Yield the cells of ``row``."""
        every = list(itertools.chain.from_iterable(zip(*(each.row(row) for each in self._patterns), strict=True)))
        counts = np.array([len(sums) for sums, _ in every])
        size = np.tile(np.arange(len(self.sizes)), BOX)
        sums = np.concatenate([sums for sums, _ in every]) + (size << SUM_BITS).repeat(counts)
        patterns = np.concatenate([order for _, order in every]) + self._first[row].ravel().repeat(counts)
        ends = np.cumsum(counts).reshape(BOX, -1)
        starts = ends - counts.reshape(BOX, -1)
        for column in range(BOX):
            part = slice(starts[column, 0], ends[column, -1])
            yield Cell(
                row * BOX + column,
                self._above[row, column],
                self._left[row, column],
                self._over_at[row, column],
                self._left_at[row, column],
                self._corner[column],
                sums[part],
                patterns[part],
                starts[column] - starts[column, 0],
            )


@lru_cache(maxsize=64)
def _places(size: int) -> tuple[Integers64, Integers64]:
    """Return for each pixel of a scan the cell in which it is new, and its bit in that cell's pattern.

    Both are int64 ``[size, size]``.
    """
    every = spans(size)
    cell = np.repeat(np.arange(BOX), [span.length for span in every])
    place = np.arange(size) - np.array([span.new for span in every])[cell]
    width = np.array([span.length for span in every])[cell]
    return BOX * cell[:, None] + cell, place[:, None] * width + place


def drawn(patterns: Integers16, size: int, table: Blocks) -> Bits:
    """Return the scans ``[k, size, size]`` whose cells have the ``patterns`` ``[k, BOX * BOX]`` of ``table``."""
    cell, bit = _places(size)
    bits: Bits = (table.pixels[patterns[:, cell]] >> bit & 1).astype(np.uint8)
    return bits
