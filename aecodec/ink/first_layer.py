"""The first layer of the ink network, a row of scans at a time.

The sums over what lies above a row are computed for all its pixels at once. Sums are of integers in float32.
:func:`aecodec.exact.scaled_affine` has proved that they are exact in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from aecodec.arrays import Bits, Floats32, Integers64
from aecodec.exact import Affine
from aecodec.frozen import dataclass
from aecodec.ink.condition import GREY_SPAN, GREYS, QUARTERS, Condition, cell, quarter
from aecodec.ink.window import (
    ABOVE,
    BLOCK,
    BLOCK_COLUMNS,
    BLOCK_ROWS,
    BLOCKS,
    NEAR,
    POSITIONS,
    REACH,
    SCAN_SIZES,
    SHARE,
    SPAN,
    UNIT,
    along,
    block_columns,
    block_sums,
)
from aecodec.scans.reduction import BOX

LEFT = (1 << REACH) - 1  # the largest code of the pixels to the left; the nearest of them is the lowest bit
_HEIGHT = BLOCK * BLOCK_ROWS  # rows that blocks reach up
_SLICE = 16  # scans whose windows are laid out at a time


@dataclass(frozen=True)
class FirstLayer:
    """The parts that make up the layer's sum, all float32.

    ``above`` ``[ABOVE, units]`` and ``blocks`` ``[BLOCKS, units]`` are weights of the pixels and blocks above. ``left``
    ``[512, units]`` is indexed by the code of the nine pixels to the left, and ``size`` ``[len(SCAN_SIZES), units]`` by
    the size; it holds the constants, too. ``by_row`` and ``by_column`` are indexed by position: see :meth:`places`.
    ``greys`` is ``[GREYS, units]`` in a network that sees lossy pictures, else ``[0, units]``.
    """

    above: Floats32
    blocks: Floats32
    left: Floats32
    size: Floats32
    by_row: Sequence[Floats32]
    by_column: Sequence[Floats32]
    greys: Floats32

    @classmethod
    def from_affine(cls, layer: Affine) -> FirstLayer:
        """Take apart a ``layer`` of ``INPUTS`` inputs, or of ``CONDITION_INPUTS`` more if it sees lossy pictures."""
        ink = layer.matrix[:NEAR] * np.float32(UNIT)
        blocks, position, greys, quarters = np.split(layer.matrix[NEAR:], np.cumsum([BLOCKS, sum(POSITIONS), GREYS]))
        size, *places = np.split(position * np.float32(UNIT), np.cumsum(POSITIONS)[:-1])
        by_row, by_column = places[:3], places[3:]
        if len(quarters):
            by_row.append(quarters[:QUARTERS] * np.float32(UNIT))
            by_column.append(quarters[QUARTERS:] * np.float32(UNIT))
        constant = np.repeat(size, len(SCAN_SIZES) // len(size), axis=0) + layer.offset
        codes = np.arange(LEFT + 1)[:, None] >> np.arange(REACH)[::-1] & 1
        return cls(
            above=ink[:ABOVE],
            blocks=blocks,
            left=codes.astype(np.float32) @ ink[ABOVE:],
            size=constant,
            by_row=by_row,
            by_column=by_column,
            greys=greys,
        )

    def places(self, scans: Integers64) -> tuple[Floats32, Floats32]:
        """Return the parts of the sum by row and by column, ``[n, 84, units]`` each; the constants are in the first.

        ``scans`` ``[n]`` are indices into ``SCAN_SIZES``.
        """
        sizes, at = np.array(SCAN_SIZES)[scans, None], np.arange(SCAN_SIZES[-1] + 1)
        numbers: tuple[Any, ...] = along(sizes, np.minimum(at, sizes - 1))
        if len(self.greys):
            numbers = (*numbers, quarter(sizes, at))
        return _chosen(self.by_row, numbers) + self.size[scans, None], _chosen(self.by_column, numbers)

    @property
    def units(self) -> int:
        """The number of outputs."""
        return len(self.above[0])


def _times(x: Floats32, matrix: Floats32) -> Floats32:
    """Map ``[n, k, inputs] -> [n, k, units]`` by one matrix product; ``@`` on three axes would make n of them."""
    return (x.reshape(-1, x.shape[2]) @ matrix).reshape(*x.shape[:2], -1)


def _chosen(rows: Sequence[Floats32], numbers: Sequence[Integers64]) -> Floats32:
    """Take from each of ``rows`` the entries with these ``numbers``, and return their sum ``[n, 84, units]``."""
    total = np.zeros((*numbers[0].shape, rows[0].shape[-1]), np.float32)
    for each, which in zip(rows, numbers, strict=True):
        total += each[which]
    return total


class Rows:
    """Scans whose rows become known one by one, from the top. Their ``sizes``, int64 ``[n]``, descend.

    ``base`` are their lossy pictures, if ``layer`` sees such.
    """

    def __init__(self, layer: FirstLayer, sizes: Integers64, base: Condition | None = None) -> None:
        if (base is not None) != bool(len(layer.greys)):
            raise ValueError("an ink network sees lossy pictures if it was made for them, and only then")
        count, most = len(sizes), int(max(sizes, default=0))
        self._layer, self._sizes, self._most = layer, sizes, most
        which = sizes - SCAN_SIZES[0]
        present = np.flatnonzero(np.bincount(which))  # np.unique would import masked arrays
        self._which = np.searchsorted(present, which)
        self._down, self._across = layer.places(present)
        self._ink = np.zeros((count, REACH + most, most + 2 * REACH), np.uint8)
        # Row r has the blocks that begin in row 2 r - _HEIGHT.
        self._blocks = np.zeros((count, (_HEIGHT + most) // SHARE + 1, block_columns(most)), np.uint8)
        self._far = np.empty((count, -(-most // SHARE), layer.units), np.float32)
        self._sums = np.zeros((count, most, layer.units), np.float32)
        self._greys = None if base is None else base.greys()
        self._cells = np.empty((0 if base is None else count, BOX, layer.units), np.float32)

    def sums(self, y: int, count: int) -> Floats32:
        """Return the layer's sums in row ``y`` of the first ``count`` scans, but for the pixels to the left.

        They are float32 ``[count, largest size, units]``. The caller may change the array, and the next call does. Rows
        must be asked for in order.
        """
        for start in range(0, count, _SLICE):
            part = slice(start, min(start + _SLICE, count))
            width = int(self._sizes[start])
            pairs = -(-width // SHARE)
            if y % SHARE == 0:
                self._far[part, :pairs] = _times(self._blocks_seen(part, y, pairs), self._layer.blocks)
            which = self._which[part]
            sums = _times(self._pixels_seen(part, y, width), self._layer.above)
            sums += self._down[which, y][:, None]
            sums += self._across[which, :width]
            if self._greys is not None:
                sums += self._of_base(self._greys, part, y, width)
            for at in range(SHARE):
                mine = sums[:, at::SHARE]
                np.add(mine, self._far[part, : mine.shape[1]], out=self._sums[part, at:width:SHARE])
        return self._sums[:count]

    def _pixels_seen(self, part: slice, y: int, width: int) -> Floats32:
        """Return for each pixel of row ``y`` the pixels above that it sees, ``[n, width, ABOVE]``."""
        ink = self._ink[part, y:]
        scan, row, column = ink.strides
        shape, strides = (len(ink), width, REACH, SPAN), (scan, column, row, column)
        return as_strided(ink, shape, strides).astype(np.float32, order="C").reshape(len(ink), width, ABOVE)

    def _blocks_seen(self, part: slice, y: int, pairs: int) -> Floats32:
        """Return the blocks that each pair of pixels of an even row ``y`` sees, ``[n, pairs, BLOCKS]``."""
        blocks = self._blocks[part, (y + _HEIGHT - BLOCK) // SHARE :]
        scan, row, column = blocks.strides
        shape = (len(blocks), pairs, BLOCK_ROWS, BLOCK_COLUMNS)
        strides = (scan, column, -(BLOCK // SHARE) * row, BLOCK // SHARE * column)
        return as_strided(blocks, shape, strides).astype(np.float32, order="C").reshape(len(blocks), pairs, BLOCKS)

    def _of_base(self, greys: Bits, part: slice, y: int, width: int) -> Floats32:
        """Return the lossy pictures' part of the sums of row ``y``, ``[n, width, units]``.

        It is the same for all pixels of a cell.
        """
        sizes, cells = self._sizes[part], self._cells[part]
        row = cell(sizes, y)
        new = np.flatnonzero(row != cell(sizes, y - 1))
        if len(new):
            scan, down, across = greys.strides
            shape, strides = (len(greys), BOX, BOX, GREY_SPAN, GREY_SPAN), (scan, down, across, down, across)
            seen = as_strided(greys, shape, strides)[part.start + new, row[new]]
            cells[new] = _times(seen.reshape(len(new), BOX, GREYS).astype(np.float32), self._layer.greys)
        columns = np.minimum(cell(sizes[:, None], np.arange(width)), BOX - 1)
        return np.asarray(cells[np.arange(len(cells))[:, None], columns])

    def put(self, y: int, row: Bits) -> None:
        """Put row ``y`` of the first k scans, ``[k, width]``, which is now known."""
        count, width = row.shape
        self._ink[:count, REACH + y, REACH : REACH + width] = row
        first = y - BLOCK + 1
        if first % SHARE == 0:
            rows = self._ink[:count, REACH + first : REACH + y + 1, REACH : REACH + self._most]
            self._blocks[:count, (first + _HEIGHT) // SHARE] = block_sums(rows)

    def scan(self, number: int) -> Bits:
        """Return the pixels ``[size, size]`` of one scan, all of whose rows are known."""
        size = int(self._sizes[number])
        return np.ascontiguousarray(self._ink[number, REACH : REACH + size, REACH : REACH + size])


def codes(row: Bits) -> Integers64:
    """Return for each pixel of rows ``[n, width]`` the code of the nine pixels to its left, ``[n, width]``."""
    padded = np.pad(row, ((0, 0), (REACH, 0))).astype(np.int64)
    code = np.zeros(row.shape, np.int64)
    for back in range(1, REACH + 1):
        code |= padded[:, REACH - back : REACH - back + row.shape[1]] << (back - 1)
    return code
