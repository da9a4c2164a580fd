"""Pictures cut into square pieces, and put together again: thin ones whose pieces go in lockstep take fewer steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from aecodec.arrays import Colour
from aecodec.errors import FormatError
from aecodec.kinds import Size

LEAST_BITS, MOST_BITS = 6, 12  # of a piece's side


def cut(pictures: Sequence[Colour], bits: int) -> list[Colour]:
    """Return the pieces of ``pictures`` ``[height, width, planes]``, ``2**bits`` a side or what is left, row by row."""
    return [
        np.ascontiguousarray(picture[rows, columns])
        for picture in pictures
        for rows, columns in _places(Size(*picture.shape), bits)
    ]


def cut_sizes(sizes: Sequence[Size], bits: int) -> list[Size]:
    """Return the sizes of the pieces. Raises FormatError for pieces of a side that there is not."""
    if not LEAST_BITS <= bits <= MOST_BITS:
        raise FormatError(f"pictures cut into pieces of 2**{bits} a side")
    return [
        Size(rows.stop - rows.start, columns.stop - columns.start, size.planes)
        for size in sizes
        for rows, columns in _places(size, bits)
    ]


def put_together(pieces: Sequence[Colour], sizes: Sequence[Size], bits: int) -> list[Colour]:
    """Return the pictures of ``sizes`` again."""
    each, found = iter(pieces), list[Colour]()
    for size in sizes:
        picture = np.empty(size, np.uint8)
        for place in _places(size, bits):
            picture[place] = next(each)
        found.append(picture)
    return found


def _places(size: Size, bits: int) -> Iterator[tuple[slice, slice]]:
    down, right = (
        [slice(start, min(length, start + (1 << bits))) for start in range(0, length, 1 << bits)]
        for length in (size.height, size.width)
    )
    return ((rows, columns) for rows in down for columns in right)
