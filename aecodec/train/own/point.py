"""The usual quality of a model of one's own: the one that is used if nobody asks for another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aecodec.arrays import Picture
from aecodec.kinds import GridCodec, TileCodec
from aecodec.limits import MAX_QUALITY
from aecodec.train.own.halves import lossy_bytes, middles

EFFORT = 3  # of the search for vectors: the usual one, since vectors without a search are far from their best
_SLACK = 1.02  # the target is met with some margin, since it is measured on a few pictures only


@dataclass(frozen=True)
class Point:
    """A quality, and the mean squared error of pictures held back at it, samples in 0..255, for a grid without a
    search.

    ``is_met`` says whether that error is within the target.
    """

    quality: int
    mse: float
    is_met: bool = True


def point_for(codec: GridCodec | TileCodec, held: Sequence[Picture], target: float | None) -> Point:
    """Return the least quality whose error on ``held`` is at most ``target``, samples in 0..255; the highest where none
    is, and the codec's own where there is no target. Vectors are made for one point, and that is their own quality.
    """
    some = middles(held)
    if isinstance(codec, TileCodec):
        mse = lossy_bytes(codec, some, codec.default_quality, EFFORT)[1]
        return Point(codec.default_quality, mse, target is None or mse <= _SLACK * target)

    def error(quality: int) -> float:
        return lossy_bytes(codec, some, quality)[1]

    if target is None:
        return Point(codec.default_quality, error(codec.default_quality))
    low, high = 0, MAX_QUALITY
    while low < high:  # as if the error fell with every quality; it nearly does
        middle = (low + high) // 2
        low, high = (low, middle) if error(middle) <= target else (middle + 1, high)
    found = error(low)
    return Point(low, found, found <= target)
