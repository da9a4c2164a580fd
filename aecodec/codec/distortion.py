"""How far pictures are from others: mean squared error, and peak signal-to-noise ratio.

Of a picture with alpha only what can be seen counts: the colours of pixels whose alpha is not 0. Alpha itself is exact
in every file, so it is no part of the mean.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aecodec.limits import DEEP_MAX, PIXEL_MAX

if TYPE_CHECKING:
    from aecodec.arrays import Picture

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


def visible_mse(picture: Picture, decoded: Picture) -> float:
    """Return the mean squared error of the colours that can be seen in ``picture``, samples scaled to 0..1.

    Both are uint8 ``[H, W]`` or ``[H, W, C]`` of one shape; without alpha it is :func:`mse`, and 0 where nothing can be
    seen.
    """
    import numpy as np

    if picture.ndim == 2 or picture.shape[2] % 2:
        return mse(picture, decoded)
    seen, colours = picture[..., -1] != 0, picture.shape[2] - 1
    squared, rows = 0, max(1, _CHUNK // (colours * picture.shape[1]))
    for at in range(0, len(picture), rows):
        its = seen[at : at + rows]
        ours, theirs = (each[at : at + rows, :, :-1][its] for each in (picture, decoded))
        squared += int(np.square(ours.astype(np.int64) - theirs).sum())
    samples = colours * int(seen.sum())
    return squared / samples / PIXEL_MAX**2 if samples else 0.0


def psnr(error: float) -> float:
    """Return the peak signal-to-noise ratio in dB of an MSE on 0..1; infinite for 0."""
    return math.inf if error == 0 else -10 * math.log10(error)
