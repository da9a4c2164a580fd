"""How much errors count at each place of a picture that is for eyes.

Eyes see errors on smooth parts, and hardly any where much goes on already. So a place's squared error counts by the
inverse root of its activity, as in adaptive quantization of video encoders (variance of 8 x 8 blocks, as in x264). All
is in integers, so every machine chooses the same symbols.
"""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Integers, Integers64, Picture
from aecodec.entropy.tables import COST_UNIT_BITS, log2_fixed, power
from aecodec.limits import GRID_SIDE

COUNT_BITS = 6  # an error that counts as usual counts 64
MOST = 2  # octaves by which it counts more or less
_LUMA = np.array([77, 150, 29], np.int64)  # of 256
_BLOCK = GRID_SIDE // 2  # pixels
_PIXEL_BITS = 6  # of a block's number of pixels
_ACTIVITY_BITS = 8  # of an activity's fraction
_NOISE = 20 << _ACTIVITY_BITS  # variance in squared grey levels below which a block is as good as flat
_HALVES = 1  # an octave of activity is half an octave of weight
_EXPONENT_BITS = 8  # as power has them


def counts(picture: Picture) -> Integers64:
    """Return how much the errors of each place count, in 1/64, int64 ``[h, w]``: 16 to 256, around 64.

    ``picture`` is uint8 ``[16 h, 16 w, 3]``.
    """
    height, width = picture.shape[0] // GRID_SIDE, picture.shape[1] // GRID_SIDE
    luma = picture @ _LUMA
    blocks = luma.reshape(2 * height, _BLOCK, 2 * width, _BLOCK)
    spread = (np.square(blocks).sum((1, 3)) << _PIXEL_BITS) - np.square(blocks.sum((1, 3)))
    activity = (spread >> (2 * _PIXEL_BITS + 16 - _ACTIVITY_BITS)) + _NOISE
    octaves = log2_fixed(activity).reshape(height, 2, width, 2).sum((1, 3)) // 4
    calmer = (int(octaves.sum()) // octaves.size - octaves) >> (_HALVES + COST_UNIT_BITS - _EXPONENT_BITS)
    limit = MOST << _EXPONENT_BITS
    return power(np.minimum(np.maximum(calmer, -limit), limit), COUNT_BITS)


def weighed(errors: Integers, counted: Integers64) -> int:
    """Return the sum of squared ``errors`` ``[H, W, 3]`` in grey levels, as they count at each place: ``counted``
    ``[h, w]``, in 1/64.
    """
    total = 0
    for row, its in enumerate(counted):  # row by row, which takes little memory
        own = errors[row * GRID_SIDE : (row + 1) * GRID_SIDE]
        columns = np.zeros(len(its) * GRID_SIDE, np.int64)
        columns[: errors.shape[1]] = np.square(own, dtype=np.int64).sum((0, 2))
        total += int(columns.reshape(-1, GRID_SIDE).sum(1) @ its)
    return total >> COUNT_BITS
