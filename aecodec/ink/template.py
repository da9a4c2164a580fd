"""The template: which pixels make the context of a pixel of a scan. And the contexts of whole rows at once.

A context is first computed as a *code*. A code has the same pixels in another order: row by row from the pixel's own
row upwards, and in a row from right to left, from the lowest bit on. So the part of a row in the code of the next pixel
is the part in this one, moved by one bit. And each row above is looked at only once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Bits, Indices, Integers32, Integers64

# The pixels of a context, as rows and columns from the pixel that is coded. Bit k of a context is the k-th.
TEMPLATE = (
    *((0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0), (-1, 2), (-1, -2), (-2, 1), (-2, -1)),
    *((0, -3), (-1, 3), (-3, 0), (-2, 2), (-2, -2), (-1, -3), (-3, 1), (-3, -1), (0, -4), (-4, 0)),
)
LEFT_BITS = 4  # the lowest bits of a code are the pixels to the left, the nearest one lowest
LEFT = (1 << LEFT_BITS) - 1
_REACH = 3  # columns on either side that are seen of the row above; one fewer in each row further up
_ROWS = 4
_CODE = sorted(TEMPLATE, key=lambda place: (-place[0], -place[1]))  # bit j of a code is the j-th


def by_code(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return ``values`` for every code, ``[2**20]``, from those for every context of n pixels, ``[2**n]``."""
    half = len(_CODE) // 2
    bits = np.arange(1 << half, dtype=np.int32)
    contexts = contexts_of(bits << half)[:, None] | contexts_of(bits)
    return values.take(contexts & len(values) - 1).reshape(-1)


def contexts_of(codes: Integers32) -> Integers64:
    """Return the contexts of ``codes``, of all twenty pixels."""
    found = np.zeros(codes.shape, np.int64)
    for bit, place in enumerate(_CODE):
        found |= (codes >> bit & 1).astype(np.int64) << TEMPLATE.index(place)
    return found


class Above:
    """The parts of a row's codes that the rows above give, in ``count`` scans that are at most ``width`` wide."""

    def __init__(self, width: int, count: int) -> None:
        self._windows: list[Bits] = [np.zeros((width, count), np.uint8) for _ in range(_ROWS)]  # the last row first

    def codes(self) -> Integers32:
        """Return the codes of the next row without the pixels to the left, int32 ``[width, count]``."""
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
        for step in (1, 2):  # first two pixels, then four, to the left from each one
            far[step:] = near[step:] | near[:-step] << step
            far[:step] = near[:step]
            near, far = far, near
        near = near[2 * _REACH :] | near[_REACH:-_REACH] << np.uint8(_REACH)
        self._windows = [near, *self._windows[:-1]]

    def keep(self, scans: Indices) -> None:
        """Forget all scans but those numbered ``scans``."""
        self._windows = [window.take(scans, axis=1) for window in self._windows]


def codes_and_ink(scans: Sequence[Bits]) -> Iterator[tuple[Integers32, Bits]]:
    """Yield the codes and values of the pixels of all ``scans``, row by row, in the order of coding.

    A row goes column by column, and a column through all scans that have it.
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
    """Yield the same with contexts in place of codes."""
    for codes, ink in codes_and_ink(scans):
        yield contexts_of(codes), ink
