"""What the new pixels under a cell can be, and how much outline each of it adds.

A block is at most ``LONGEST`` pixels high and wide. Outlines are measured between neighbouring pixels that differ: 2
side by side, 1 corner to corner. What lies around a block is two numbers below ``AROUND``: the row *above* it, its
first pixel lowest, with the pixel behind its end as bit ``LONGEST``; and the column to its *left*, from that row down,
lowest first.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Bits, Floats64, Integers64, Unsigned16
from aecodec.frozen import dataclass

STRAIGHT, DIAGONAL = 2, 1
LONGEST = 4
AROUND = 1 << LONGEST + 1
_MOST_PATTERNS = 1 << 12  # of one block; the smoothest


@dataclass(frozen=True)
class Block:
    """What a block of new pixels can be, uint8 ``bits`` ``[n, h, w]``; where that is too much, the smoothest of it.

    ``flat`` float64 ``[n, h * w]`` is the same. The length of a pattern's outline is ``inside`` int64 ``[n]``, plus
    ``over`` and ``left`` ``[AROUND, n]`` by the numbers of the row above and of the column to the left.
    """

    bits: Bits
    flat: Floats64
    inside: Integers64
    over: Integers64
    left: Integers64


@lru_cache(maxsize=16)
def block(height: int, width: int) -> Block:
    """Return all blocks of 0 and 1 ``[height, width]``, or those with the shortest outline."""
    bits = _binary(height * width).reshape(1 << height * width, height, width)
    inside = _straight(bits[:, 1:], bits[:, :-1]) + _straight(bits[:, :, 1:], bits[:, :, :-1])
    smooth = np.sort(np.argsort(inside, kind="stable")[:_MOST_PATTERNS])
    bits, inside = bits[smooth], inside[smooth]
    inside += _diagonal(bits[:, 1:, 1:], bits[:, :-1, :-1]) + _diagonal(bits[:, 1:, :-1], bits[:, :-1, 1:])
    around = _binary(LONGEST + 1)[:, None]
    above = np.concatenate([around[..., :width], around[..., LONGEST:]], axis=-1)
    over = _straight(bits[:, 0], above[..., :-1], 1) + _diagonal(bits[:, 0], above[..., 1:], 1)
    over += _diagonal(bits[:, 0, 1:], above[..., :-2], 1)
    before = around[..., : height + 1]
    left = _straight(bits[..., 0], before[..., 1:], 1) + _diagonal(bits[..., 0], before[..., :-1], 1)
    left += _diagonal(bits[:, :-1, 0], before[..., 2:], 1)
    return Block(bits, bits.reshape(len(bits), -1).astype(np.float64), inside, over, left)


def _binary(digits: int) -> Bits:
    """Return all numbers of so many binary digits, ``[n, digits]``, the lowest first."""
    return (np.arange(1 << digits)[:, None] >> np.arange(digits) & 1).astype(np.uint8)


def _straight(one: Bits, other: Bits, axes: int = 2) -> Integers64:
    """Return the length of outline between pixels side by side, summed over the last ``axes``."""
    return STRAIGHT * _differing(one, other, axes)


def _diagonal(one: Bits, other: Bits, axes: int = 2) -> Integers64:
    """Return the same between pixels corner to corner."""
    return DIAGONAL * _differing(one, other, axes)


def _differing(one: Bits, other: Bits, axes: int) -> Integers64:
    count: Integers64 = (one ^ other).sum(axis=tuple(range(-axes, 0)), dtype=np.int64)
    return count


@dataclass(frozen=True)
class Blocks:
    """The patterns of blocks of all shapes up to some length, numbered through, in flat tables.

    Of a block ``[h, w]`` the first pattern has the number ``first[h, w]``, int64. Pattern ``p`` of that block adds an
    outline of ``over[over_at[h, w, above] + p]``, with the one inside it, ``+ left[left_at[h, w, left] + p]``; both
    tables are uint8, both places int64 ``[LONGEST + 1, LONGEST + 1, AROUND]``. ``rim`` uint8 has the pattern's last row
    as a number and, ``LONGEST`` bits higher, its last column; ``pixels`` uint16 all of it, row by row, the first pixel
    lowest.
    """

    first: Integers64
    over: NDArray[np.uint8]
    over_at: Integers64
    left: NDArray[np.uint8]
    left_at: Integers64
    rim: NDArray[np.uint8]
    pixels: Unsigned16


@lru_cache(maxsize=LONGEST)
def blocks(longest: int) -> Blocks:
    """Return those up to ``longest`` pixels high and wide; a larger table begins with the patterns of a smaller."""
    lengths = range(1, longest + 1)
    shapes = sorted(((h, w) for h in lengths for w in lengths), key=max)
    every = [block(*shape) for shape in shapes]
    counts = np.array([len(each.bits) for each in every])
    begin = np.cumsum(counts) - counts
    first = np.zeros((LONGEST + 1, LONGEST + 1), np.int64)
    at = np.zeros((*first.shape, AROUND), np.int64)
    for shape, start, count in zip(shapes, begin.tolist(), counts.tolist(), strict=True):
        first[shape] = start
        at[shape] = AROUND * start + count * np.arange(AROUND) - start
    return Blocks(
        first,
        over=np.concatenate([(each.over + each.inside).ravel() for each in every]).astype(np.uint8),
        over_at=at,
        left=np.concatenate([each.left.ravel() for each in every]).astype(np.uint8),
        left_at=at,
        rim=np.concatenate(
            [_number(each.bits[:, -1]) | _number(each.bits[:, :, -1]) << LONGEST for each in every]
        ).astype(np.uint8),
        pixels=np.concatenate([_number(each.bits.reshape(len(each.bits), -1)) for each in every]).astype(np.uint16),
    )


def _number(bits: Bits) -> Integers64:
    """Return the numbers of binary digits ``[n, digits]``, the lowest first."""
    return bits.astype(np.int64) @ (1 << np.arange(bits.shape[1]))
