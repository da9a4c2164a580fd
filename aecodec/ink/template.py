"""The pixels that the context of a pixel of a scan is made of, and the contexts of whole rows at once.

A context is computed as a *code*: the rows of ``TEMPLATE`` from the pixel's own row upwards, each from right to left.
So a row's part of a code is that of the code before, moved by one bit, and each row above is looked at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Bits, Indices, Integers32, Integers64

# Rows and columns from a pixel to those that its context sees; bit k of a context is the k-th.
TEMPLATE = (
    *((0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0), (-1, 2), (-1, -2), (-2, 1), (-2, -1)),
    *((0, -3), (-1, 3), (-3, 0), (-2, 2), (-2, -2), (-1, -3), (-3, 1), (-3, -1), (0, -4), (-4, 0)),
)
LEFT_BITS = 4  # the lowest bits of a code: the pixels to the left, the nearest lowest
LEFT = (1 << LEFT_BITS) - 1
_REACH = 3  # columns either side that are seen of the row above; one less in each row above that
_ROWS = 4
_CODE = sorted(TEMPLATE, key=lambda place: (-place[0], -place[1]))  # bit j of a code is the j-th


def by_code(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return ``values`` of contexts of the first n of ``TEMPLATE``, ``[2**n]``, for every code: ``[2**20]``."""
    half = len(_CODE) // 2
    bits = np.arange(1 << half, dtype=np.int32)
    contexts = contexts_of(bits << half)[:, None] | contexts_of(bits)
    return values.take(contexts & len(values) - 1).reshape(-1)


def contexts_of(codes: Integers32) -> Integers64:
    """Return the contexts of ``codes``."""
    found = np.zeros(codes.shape, np.int64)
    for bit, place in enumerate(_CODE):
        found |= (codes >> bit & 1).astype(np.int64) << TEMPLATE.index(place)
    return found


class Above:
    """What the rows above give to the codes of a row, of ``count`` scans that are ``width`` wide at most."""

    def __init__(self, width: int, count: int) -> None:
        self._windows: list[Bits] = [np.zeros((width, count), np.uint8) for _ in range(_ROWS)]  # the last row's first

    def codes(self) -> Integers32:
        """Return them with no pixels to the left, int32 ``[width, count]``."""
        bits, found = LEFT_BITS, np.zeros(self._windows[0].shape, np.int32)
        for up, window in enumerate(self._windows):
            seen = 2 * (_REACH - up) + 1
            found |= (window >> up & (1 << seen) - 1).astype(np.int32) << bits
            bits += seen
        return found

    def put(self, row: Bits) -> None:
        """Take the next row, ``[width, count]``."""
        wide = len(row) + 2 * _REACH, row.shape[1]
        near, far = np.zeros(wide, np.uint8), np.zeros(wide, np.uint8)
        near[_REACH:-_REACH] = row
        for step in (1, 2):  # two pixels, and then four, from the left
            far[step:] = near[step:] | near[:-step] << step
            far[:step] = near[:step]
            near, far = far, near
        near = near[2 * _REACH :] | near[_REACH:-_REACH] << np.uint8(_REACH)
        self._windows = [near, *self._windows[:-1]]

    def keep(self, scans: Indices) -> None:
        """Forget all but these of the scans."""
        self._windows = [window.take(scans, axis=1) for window in self._windows]


def codes_and_ink(scans: Sequence[Bits]) -> Iterator[tuple[Integers32, Bits]]:
    """Yield row by row of all ``scans`` the codes and values of the pixels, in the order of their coding: column by
    column, and in a column all scans that have it.
    """
    sizes = np.array([len(bits) for bits in scans], np.int64)
    size = int(max(sizes, default=0))
    ink = np.zeros((size, size, len(scans)), np.uint8)
    for number, bits in enumerate(scans):
        ink[: len(bits), : len(bits), number] = bits
    above, columns = Above(size, len(scans)), np.arange(size)[:, None]
    for y, row in enumerate(ink):
        codes = above.codes()
        for back in range(1, LEFT_BITS + 1):
            codes[back:] |= row[:-back].astype(np.int32) << (back - 1)
        there = (sizes > y) & (columns < sizes)
        yield codes[there], row[there]
        above.put(row)


def contexts_and_ink(scans: Sequence[Bits]) -> Iterator[tuple[Integers64, Bits]]:
    """Yield the same with contexts in the codes' place."""
    for codes, ink in codes_and_ink(scans):
        yield contexts_of(codes), ink
