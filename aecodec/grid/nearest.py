"""Which pictures look alike. Thumbnails are compared, so that many pictures take little time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from aecodec.arrays import Floats64, Indices, Picture

NEAREST = 8  # pictures that each one is compared with
_CELLS = 16  # of a thumbnail's side
_NEAR = 4  # near means: a squared distance of at most 1/4 of the thumbnail's variance. Beyond, little was saved
_ROWS = 256  # pictures whose distances are worked out at a time, which bounds memory


def nearest(pictures: Sequence[Picture]) -> Iterator[Indices]:
    """Yield for each of ``pictures`` ``[H, W, 3]``, all of one size, the numbers of those nearest to it, ascending."""
    count = len(pictures)
    if count <= NEAREST + 1:
        every = np.arange(count)
        yield from (every[every != number] for number in range(count))
        return
    small = np.stack([_thumbnail(picture) for picture in pictures])
    squares = np.square(small).sum(1)
    for first in range(0, count, _ROWS):
        rows = slice(first, first + _ROWS)
        # These are sums of at most 768 products of bytes, so they are exact in any order.
        distances = squares[rows, None] + squares - 2 * (small[rows] @ small.T)
        keys = distances.astype(np.int64) * count + np.arange(count)  # all differ: of equally near ones the first wins
        keys[np.arange(len(keys)), np.arange(len(keys)) + first] = np.iinfo(np.int64).max
        for found in np.partition(keys, NEAREST, axis=1)[:, :NEAREST] % count:
            yield np.sort(found)


def resembles(picture: Picture, other: Picture) -> bool:
    """Return whether ``picture`` ``[H, W, planes]`` looks so much like ``other`` that coding a difference may pay."""
    if picture.shape != other.shape:
        return False
    small, its = (_thumbnail(each).reshape(-1, picture.shape[2]) for each in (picture, other))
    variance = np.square(small - np.rint(small.mean(0))).sum()
    return bool(_NEAR * np.square(small - its).sum() <= variance)


def _thumbnail(picture: Picture) -> Floats64:
    """Return the mean colours of at most 16 x 16 cells of ``picture``, rounded down, as one list."""
    rows, columns = (_starts(length) for length in picture.shape[:2])
    sums = np.add.reduceat(np.add.reduceat(picture.astype(np.int64), rows, axis=0), columns, axis=1)
    heights, widths = np.diff(rows, append=picture.shape[0]), np.diff(columns, append=picture.shape[1])
    means: Floats64 = (sums // (heights[:, None] * widths)[..., None]).astype(np.float64)
    return means.ravel()


def _starts(length: int) -> Indices:
    """Return where cells begin that cut a side of ``length`` pixels into nearly equal parts."""
    count = min(_CELLS, length)
    return np.arange(count) * length // count
