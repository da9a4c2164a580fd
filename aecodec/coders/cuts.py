"""Cuts pictures into square pieces, and puts them together again.

Pieces go in lockstep. So a thin picture takes fewer steps in pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from aecodec.arrays import Colour
from aecodec.errors import FormatError
from aecodec.kinds import Size

LEAST_BITS, MOST_BITS = 6, 12  # log2 of a piece's side


def cut(pictures: Sequence[Colour], bits: int) -> list[Colour]:
    """Return the pieces of ``pictures`` ``[height, width, planes]``, row by row.

    A piece has ``2**bits`` pixels a side, at the lower and right edges perhaps fewer.
    """
    return [
        np.ascontiguousarray(picture[rows, columns])
        for picture in pictures
        for rows, columns in _places(Size(*picture.shape), bits)
    ]


def cut_sizes(sizes: Sequence[Size], bits: int) -> list[Size]:
    """Return the sizes of the pieces of pictures of ``sizes``. Raises FormatError for a forbidden ``bits``."""
    if not LEAST_BITS <= bits <= MOST_BITS:
        raise FormatError(f"pictures cut into pieces of 2**{bits} a side")
    return [
        Size(rows.stop - rows.start, columns.stop - columns.start, size.planes)
        for size in sizes
        for rows, columns in _places(size, bits)
    ]


def put_together(pieces: Sequence[Colour], sizes: Sequence[Size], bits: int) -> list[Colour]:
    """Return the pictures of ``sizes`` that were cut into ``pieces``."""
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
