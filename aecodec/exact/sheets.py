"""Convolutions over grids of any size, without copies: nine GEMMs on shifted views of one flat array.

A *sheet* holds grids of one size, one after the other, each with a border of zeros of one place, as rows
``[places, channels]``. In it the neighbour of a place is a fixed number of rows away, so a 3 x 3 convolution is the sum
of nine products of the sheet's rows, shifted, with a matrix each. What is computed on borders is thrown away.

As everywhere in :mod:`aecodec.exact`, all values are integers, so that sums do not depend on their order: below 2**24
carried in float32, else below 2**53 in float64.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Floats
from aecodec.frozen import dataclass

Map = Callable[[Callable[[slice], None], Iterable[slice]], Iterable[Any]]  # calls a function with each of some slices
CHUNK = 1_024  # rows at a time; keeps sums in the cache


@dataclass(frozen=True)
class Sheet:
    """``rows`` ``[count * (height + 2) * (width + 2), channels]``; the borders are zeros."""

    rows: Floats
    count: int
    height: int
    width: int

    @classmethod
    def zeros(cls, count: int, height: int, width: int, channels: int, dtype: type[np.floating[Any]]) -> Sheet:
        """Make a sheet without anything in it."""
        return cls(np.zeros((count * (height + 2) * (width + 2), channels), dtype), count, height, width)

    @classmethod
    def of(cls, grids: NDArray[Any], dtype: type[np.floating[Any]]) -> Sheet:
        """Make a sheet of ``grids`` ``[count, height, width, channels]``."""
        count, height, width, channels = grids.shape
        sheet = cls.zeros(count, height, width, channels, dtype)
        sheet.inner[...] = grids
        return sheet

    @property
    def framed(self) -> Floats:
        """``[count, height + 2, width + 2, channels]``, a view."""
        return self.rows.reshape(self.count, self.height + 2, self.width + 2, -1)

    @property
    def inner(self) -> Floats:
        """``[count, height, width, channels]``, a view."""
        return self.framed[:, 1:-1, 1:-1]

    @property
    def reach(self) -> int:
        """How many rows away the farthest neighbour is; so many rows at both ends are border."""
        return self.width + 3

    def like(self, channels: int, dtype: type[np.floating[Any]]) -> Sheet:
        """Return another one for grids of the same size, with anything in it."""
        return Sheet(np.empty((len(self.rows), channels), dtype), self.count, self.height, self.width)

    def clear_borders(self) -> None:
        """Make the borders zeros."""
        framed = self.framed
        framed[:, 0] = framed[:, -1] = 0
        framed[:, :, 0] = framed[:, :, -1] = 0


Taps = Sequence[tuple[int, int, Floats]]  # row and column of the neighbour, and the matrix [channels, outputs]


@dataclass(frozen=True)
class Sum:
    """``clip(floor(products + offset), low, high)`` of the taps of some sheets; ``dtype`` carries the sums."""

    parts: Sequence[Taps]
    offset: Floats
    low: int
    high: int
    dtype: type[np.floating[Any]]

    def products(self, inputs: Sequence[Sheet], rows: slice, out: Floats) -> Floats:
        """Return the sum of products for ``rows``, into ``out`` ``[rows, outputs]``."""
        spare: Floats | None = None
        started = False
        for sheet, taps in zip(inputs, self.parts, strict=True):
            for down, right, matrix in taps:
                shift = down * (sheet.width + 2) + right
                seen = sheet.rows[rows.start + shift : rows.stop + shift]
                if not started:
                    product(seen, matrix, out)
                    started = True
                else:
                    spare = np.empty_like(out) if spare is None else spare
                    out += product(seen, matrix, spare)
        return out

    def finish(self, total: Floats, offset: Floats | None = None) -> Floats:
        """Offset, floor and clip, in place."""
        total += self.offset if offset is None else offset
        np.floor(total, out=total)
        return np.clip(total, self.low, self.high, out=total)

    def __call__(
        self, inputs: Sequence[Sheet], out: type[np.floating[Any]], run: Map = map, offset: Floats | None = None
    ) -> Sheet:
        """Return the layer's output as another sheet, of ``out``."""
        first = inputs[0]
        made = first.like(len(self.offset), out)

        def work(rows: slice) -> None:
            direct = made.rows.dtype == self.dtype
            count = rows.stop - rows.start
            into = made.rows[rows] if direct else np.empty((count, len(self.offset)), self.dtype)
            self.finish(self.products(inputs, rows, into), offset)
            if not direct:
                made.rows[rows] = into

        for _ in run(work, chunks(first.reach, len(first.rows) - first.reach)):
            pass
        made.clear_borders()
        return made


def gathered(sheet: Sheet, by: int) -> Sheet:
    """Turn blocks of ``by`` x ``by`` places into one, ``[H, W, C] -> [ceil(H / by), ceil(W / by), by * by * C]``.

    Channels run over row, column and channel. Where sides do not divide, zeros fill them up.
    """
    channels = sheet.rows.shape[1]
    height, width = -(-sheet.height // by), -(-sheet.width // by)
    inner: NDArray[Any] = sheet.inner
    below, right = height * by - sheet.height, width * by - sheet.width
    if below or right:
        inner = np.pad(inner, ((0, 0), (0, below), (0, right), (0, 0)))
    made = Sheet.zeros(sheet.count, height, width, by * by * channels, sheet.rows.dtype.type)
    blocks = inner.reshape(sheet.count, height, by, width, by, channels)
    made.inner.reshape(sheet.count, height, width, by, by, channels)[...] = blocks.transpose(0, 1, 3, 2, 4, 5)
    return made


def spread(sheet: Sheet, by: int, size: tuple[int, int] | None = None) -> Sheet:
    """Turn one place into ``by`` x ``by``, the way back; what lies beyond ``size``, height and width, is cut
    off.
    """
    channels = sheet.rows.shape[1] // by**2
    height, width = (sheet.height * by, sheet.width * by) if size is None else size
    made = Sheet.zeros(sheet.count, height, width, channels, sheet.rows.dtype.type)
    for row in range(by):
        for column in range(by):
            first = (row * by + column) * channels
            into = made.inner[:, row::by, column::by]
            into[...] = sheet.inner[:, : into.shape[1], : into.shape[2], first : first + channels]
    return made


def product(rows: Floats, matrix: Floats, out: Floats | None = None) -> Floats:
    """Return ``rows @ matrix`` in the matrix's type."""
    found: Floats = np.matmul(rows.astype(matrix.dtype, copy=False), matrix, out=out)
    return found


def chunks(start: int, stop: int, size: int = CHUNK) -> list[slice]:
    """Return the rows from ``start`` to ``stop``, some at a time."""
    return [slice(at, min(at + size, stop)) for at in range(start, stop, size)]
