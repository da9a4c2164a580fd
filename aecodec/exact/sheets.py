"""Convolutions over grids of any size, without copies: nine matrix products on shifted views of one flat array.

A *sheet* holds grids of one size, one after the other, as rows ``[places, channels]``. Each grid has a border of zeros,
one place wide. So the neighbour of a place is a fixed number of rows away. And a 3 x 3 convolution is the sum of nine
products of shifted rows, each with its own matrix. What is computed on borders is thrown away.

As everywhere in :mod:`aecodec.exact`, all values are integers, and sums do not depend on their order. Sums below 2**24
are carried in float32, others, below 2**53, in float64.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Floats
from aecodec.frozen import dataclass

Map = Callable[[Callable[[slice], Any], Iterable[slice]], Iterable[Any]]  # calls a function with each of some slices
CHUNK = 1_024  # rows at a time, so that the cache holds their sums


@dataclass(frozen=True)
class Sheet:
    """``count`` grids as ``rows`` ``[count * (height + 2) * (width + 2), channels]``. The borders are zeros."""

    rows: Floats
    count: int
    height: int
    width: int

    @classmethod
    def zeros(cls, count: int, height: int, width: int, channels: int, dtype: type[np.floating[Any]]) -> Sheet:
        """Make a sheet of zeros."""
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
        """The grids with their borders, ``[count, height + 2, width + 2, channels]``, as a view."""
        return self.rows.reshape(self.count, self.height + 2, self.width + 2, -1)

    @property
    def inner(self) -> Floats:
        """The grids without borders, ``[count, height, width, channels]``, as a view."""
        return self.framed[:, 1:-1, 1:-1]

    @property
    def reach(self) -> int:
        """How many rows away the farthest neighbour is. At both ends of the sheet so many rows are border."""
        return self.width + 3

    def like(self, channels: int, dtype: type[np.floating[Any]]) -> Sheet:
        """Return another sheet for grids of the same size. Its values are undefined."""
        return Sheet(np.empty((len(self.rows), channels), dtype), self.count, self.height, self.width)

    def clear_borders(self) -> None:
        """Set the borders to zeros."""
        framed = self.framed
        framed[:, 0] = framed[:, -1] = 0
        framed[:, :, 0] = framed[:, :, -1] = 0


Taps = Sequence[tuple[int, int, Floats]]  # rows down and columns right to a neighbour, its matrix [channels, outputs]


@dataclass(frozen=True)
class Sum:
    """``clip(floor(products + offset), low, high)``, where ``parts`` are the taps of each input.

    Sums are carried in ``dtype``.
    """

    parts: Sequence[Taps]
    offset: Floats
    low: int
    high: int
    dtype: type[np.floating[Any]]

    def products(self, inputs: Sequence[Sheet], rows: slice, out: Floats) -> Floats:
        """Return the sum of the products for ``rows`` of the output, written to ``out`` ``[rows, outputs]``."""
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
        """Add the offset to ``total``, floor and clip it, in place."""
        total += self.offset if offset is None else offset
        np.floor(total, out=total)
        return np.clip(total, self.low, self.high, out=total)

    def __call__(
        self, inputs: Sequence[Sheet], out: type[np.floating[Any]], run: Map = map, offset: Floats | None = None
    ) -> Sheet:
        """Return the output for ``inputs`` as another sheet, of the type ``out``. ``run`` maps the work."""
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
    """Make one place of each block of ``by`` x ``by``: ``[H, W, C] -> [ceil(H / by), ceil(W / by), by * by * C]``.

    The new channels run over row, column and channel of a block. Zeros fill up sides that do not divide.
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
    """Undo :func:`gathered`: make a block of ``by`` x ``by`` places of each place.

    What lies beyond ``size`` (height, width) is cut off.
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
    """Return ``rows @ matrix`` in the type of ``matrix``."""
    found: Floats = np.matmul(rows.astype(matrix.dtype, copy=False), matrix, out=out)
    return found


def chunks(start: int, stop: int, size: int = CHUNK) -> list[slice]:
    """Cut the rows from ``start`` to ``stop`` into slices of at most ``size`` rows."""
    return [slice(at, min(at + size, stop)) for at in range(start, stop, size)]
