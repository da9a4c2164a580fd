"""How far pictures are from others: mean squared error, and peak signal-to-noise ratio."""

from __future__ import annotations

import math

from aecodec.limits import DEEP_MAX, PIXEL_MAX

_CHUNK = 1 << 20  # samples


def mse(ours: object, theirs: object) -> float:
    """Return the mean squared error of two arrays of one shape, both uint8 or uint16, samples scaled to 0..1."""
    import numpy as np

    first, second = (np.asarray(each).ravel() for each in (ours, theirs))
    squared = 0
    for at in range(0, len(first), _CHUNK):  # of a large picture, eight bytes a sample would be much
        difference = first[at : at + _CHUNK].astype(np.int64) - second[at : at + _CHUNK]
        squared += int(np.square(difference).sum())
    most = PIXEL_MAX if first.dtype == np.uint8 else DEEP_MAX
    return squared / len(first) / most**2


def psnr(error: float) -> float:
    """Return the peak signal-to-noise ratio in dB of an MSE on 0..1; infinite for 0."""
    return math.inf if error == 0 else -10 * math.log10(error)
