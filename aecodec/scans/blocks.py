"""Blocks of new pixels under a cell: which patterns they can have, and how much outline each pattern adds.

A block is at most ``LONGEST`` pixels high and wide. Outline lies between neighbouring pixels that differ: its length is
2 for pixels side by side, 1 for pixels corner to corner.

What lies around a block is held in two numbers below ``AROUND``. One is the row *above*: its first pixel is the lowest
bit, and the pixel behind its end is bit ``LONGEST``. The other is the column to the *left*, from the row above down;
its first pixel is the lowest bit.
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
_MOST_PATTERNS = 1 << 12  # of one block; of more, the smoothest are taken


@dataclass(frozen=True)
class Block:
    """The patterns of a block of one shape: ``bits``, uint8 ``[n, h, w]``. Of too many, only the smoothest are here.

    ``flat``, float64 ``[n, h * w]``, are the same. The outline of a pattern is the sum of three lengths: ``inside``,
    int64 ``[n]``; ``over``, int64 ``[AROUND, n]``, indexed by the number of the row above; and ``left``, alike, by that
    of the column to the left.
    """

    bits: Bits
    flat: Floats64
    inside: Integers64
    over: Integers64
    left: Integers64


@lru_cache(maxsize=16)
def block(height: int, width: int) -> Block:
    """Return the block of shape ``[height, width]``: all patterns of 0 and 1, or those with the shortest outline."""
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
    """Return all numbers of so many binary digits, ``[2**digits, digits]``, the lowest digit first."""
    return (np.arange(1 << digits)[:, None] >> np.arange(digits) & 1).astype(np.uint8)


def _straight(one: Bits, other: Bits, axes: int = 2) -> Integers64:
    """Return the length of the outline between pixels side by side, summed over the last ``axes`` axes."""
    return STRAIGHT * _differing(one, other, axes)


def _diagonal(one: Bits, other: Bits, axes: int = 2) -> Integers64:
    """Return the length of the outline between pixels corner to corner, summed over the last ``axes`` axes."""
    return DIAGONAL * _differing(one, other, axes)


def _differing(one: Bits, other: Bits, axes: int) -> Integers64:
    count: Integers64 = (one ^ other).sum(axis=tuple(range(-axes, 0)), dtype=np.int64)
    return count


@dataclass(frozen=True)
class Blocks:
    """The patterns of blocks of all shapes up to some length, in flat tables. They have one numbering.

    The patterns of a block ``[h, w]`` begin with the number ``first[h, w]``, int64. Pattern ``p`` of that block adds an
    outline of ``over[over_at[h, w, above] + p] + left[left_at[h, w, left] + p]``, where ``over`` has the outline inside
    the pattern, too. Both tables are uint8, both places int64 ``[LONGEST + 1, LONGEST + 1, AROUND]``.

    ``rim``, uint8, is a pattern's last row as a number and, ``LONGEST`` bits higher, its last column. ``pixels``,
    uint16, is all of the pattern, row by row; the first pixel is the lowest bit.
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
    """Return the patterns of blocks up to ``longest`` pixels high and wide.

    A pattern has the same number in the tables of every ``longest`` that has it.
    """
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
    """Return the numbers ``[n]`` of binary digits ``[n, digits]``, the lowest digit first."""
    return bits.astype(np.int64) @ (1 << np.arange(bits.shape[1]))
