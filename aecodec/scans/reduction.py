"""The reduction: how grey pictures were made from bilevel scans, with a fixed arithmetic.

Some collections were scanned in black and white and then scaled down, MNIST above all. Such a picture holds no more
than its scan. Where the reduction is known to the last bit, the scan can be coded instead.

The reduction is the area resampling of MNIST's makers. A square of ``size`` x ``size`` bilevel pixels becomes a box of
``BOX`` x ``BOX`` grey ones. A grey pixel is the ink that lies on it, where a pixel of the scan is only 0.99 as long as
its pitch. Yadav and Bottou, "Cold Case: the Lost MNIST Digits" (NeurIPS 2019), section 2, have the outline.

The rest was settled by trial, until pictures came out right in every value. All positions and sums are IEEE binary32.
Sums run over the scan in raster order. The largest sum becomes 255. What lies between two grey values goes to the one
that is nearer to 128.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Floats32, Integers64
from aecodec.errors import ModelError
from aecodec.frozen import dataclass
from aecodec.limits import PIXEL_MAX

BOX = 20  # grey pixels a side
_LENGTH = 0.99  # of a scan's pixel, in pitches
MIDDLE = 128  # values are cut towards this one
_ANSWER_SIZES = range(23, 84, 6)  # of the known answer
_ANSWER_COUNT = 2  # scans of each size
_ANSWER = "701e25fc6ebfcd279fd084a9bef5b8eea504becc143dcb91ff6e2508db534758"


@dataclass(frozen=True)
class Taps:
    """What each of ``BOX`` rows (or columns) of cells sees of a scan.

    ``sources``, int64 ``[BOX, k]``, are rows of the scan, ascending; ``weights``, float32 ``[BOX, k]``, are theirs.
    Where fewer than ``k`` are seen, the last are source 0 with weight 0.
    """

    sources: Integers64
    weights: Floats32


@lru_cache(maxsize=256)
def taps(size: int) -> Taps:
    """Return the taps of a scan of ``size`` pixels; ``size`` is at least ``BOX``."""
    pitch = np.float32(BOX) / np.float32(size)
    start = np.float32(BOX // 2) + pitch * (np.arange(size, dtype=np.float32) - np.float32(size / 2))
    end = (start.astype(np.float64) + _LENGTH * float(pitch)).astype(np.float32)
    first, last = (np.clip(np.floor(at), 0, BOX - 1).astype(np.int64) for at in (start, end))
    upper = np.where(first == last, pitch, (first + 1).astype(np.float32) - start)  # weight for the first of its rows
    lower = end - last.astype(np.float32)
    seen: list[list[tuple[int, np.float32]]] = [[] for _ in range(BOX)]
    for source in range(size):
        seen[first[source]].append((source, upper[source]))
        if last[source] != first[source]:
            seen[last[source]].append((source, lower[source]))
    most = max(len(row) for row in seen)
    padded = [row + [(0, np.float32(0))] * (most - len(row)) for row in seen]
    sources = np.array([[source for source, _ in row] for row in padded], np.int64)
    return Taps(sources, np.array([[weight for _, weight in row] for row in padded], np.float32))


def reduce_scans(scans: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Reduce scans ``[n, size, size]`` of 0 and 1 to grey boxes, uint8 ``[n, BOX, BOX]``.

    All operations are elementwise, in binary32 and in a fixed order. So every machine gives the same values.
    """
    count, size = scans.shape[:2]
    rows = columns = taps(size)
    ink = np.ascontiguousarray(scans.reshape(count, -1).T, np.float32)  # the same pixel of all scans lies together
    sums = np.zeros((BOX, BOX, count), np.float32)
    for row_source, row_weight in zip(rows.sources.T, rows.weights.T, strict=True):
        for column_source, column_weight in zip(columns.sources.T, columns.weights.T, strict=True):
            seen = ink.take(row_source[:, None] * size + column_source, axis=0)
            seen *= (row_weight[:, None] * column_weight)[..., None]
            sums += seen
    largest = sums.max(axis=(0, 1)).astype(np.float64)
    scale = np.where(largest > 0, PIXEL_MAX / np.where(largest > 0, largest, 1), 0).astype(np.float32)
    sums *= scale
    sums -= np.float32(MIDDLE)
    values: NDArray[np.uint8] = (np.trunc(sums, out=sums) + MIDDLE).astype(np.uint8).transpose(2, 0, 1)
    return values


@lru_cache(maxsize=1)
def check_reduction() -> None:
    """Raise ModelError if this machine reduces some fixed scans to other values than the known answer."""
    digest = hashlib.sha256()
    for size in _ANSWER_SIZES:
        numbers = np.arange(_ANSWER_COUNT * size * size)
        scans = (numbers * numbers % 1009 < 600).astype(np.uint8).reshape(_ANSWER_COUNT, size, size)
        digest.update(reduce_scans(scans).tobytes())
    if digest.hexdigest() != _ANSWER:
        raise ModelError("scans are reduced to wrong values on this machine; models that know them cannot be used")


def place(box: NDArray[np.uint8], tile: tuple[int, int]) -> tuple[int, int]:
    """Return the top and left that a ``box`` ``[BOX, BOX]``, not blank, gets in a ``tile`` of (height, width).

    In whole pixels, the box's centre of mass comes as near as it can to a point half a pixel before the tile's middle.
    """
    top, left = places(box[None], tile)[0].tolist()
    return top, left


def places(boxes: NDArray[np.uint8], tile: tuple[int, int]) -> Integers64:
    """Return :func:`place` for each of ``boxes`` ``[n, BOX, BOX]``, int64 ``[n, 2]``."""
    total = boxes.sum(axis=(1, 2), dtype=np.int64)
    odd = 2 * np.arange(BOX) + 1  # twice the middle of each pixel
    found = np.empty((len(boxes), 2), np.int64)
    for axis, size in enumerate(tile):
        moment = boxes.sum(axis=2 - axis, dtype=np.int64) @ odd
        found[:, axis] = (((size + 2) * total - moment) // (2 * total)).clip(0, size - BOX)
    return found
