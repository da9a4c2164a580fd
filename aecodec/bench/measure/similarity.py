"""The module measures SSIM and multi-scale SSIM of two pictures of any size.

SSIM is that of Wang et al. 2004, a Gaussian window of 11 × 11 and 1.5 pixels; MS-SSIM that of Wang et al. 2003, five
scales, each half of the one before by means of 2 × 2 pixels. Only windows that lie inside the picture count. Channels
are compared one by one, and the mean of them is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from aecodec.arrays import Floats64, Pictures
from aecodec.errors import UsageError
from aecodec.limits import PIXEL_MAX

WINDOW, SIGMA = 11, 1.5
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of the scales, from the finest
SMALLEST = WINDOW * 2 ** (len(WEIGHTS) - 1)  # of a side for all scales to have a window
_C1, _C2 = (0.01 * PIXEL_MAX) ** 2, (0.03 * PIXEL_MAX) ** 2


@dataclass(frozen=True)
class Similarity:
    """Each figure is 1 for equal pictures, or None if a side is too short."""

    ssim: float | None
    ms_ssim: float | None


def similarity(ours: Pictures, theirs: Pictures) -> Similarity:
    """Compare two pictures uint8 ``[H, W, C]``. Raises UsageError if SciPy is missing."""
    shortest = min(ours.shape[:2])
    if shortest < WINDOW:
        return Similarity(None, None)
    several = shortest >= SMALLEST
    found = np.array(
        [
            list(_scales(ours[..., channel].astype(float), theirs[..., channel].astype(float), several))
            for channel in range(ours.shape[2])
        ]
    )  # [C, scales, 2]: with luminance, and without
    if not several:
        return Similarity(float(found[:, 0, 0].mean()), None)
    parts = np.maximum(np.append(found[:, :-1, 1], found[:, -1:, 0], axis=1), 0)
    return Similarity(float(found[:, 0, 0].mean()), float((parts ** np.array(WEIGHTS)).prod(axis=1).mean()))


def _scales(ours: Floats64, theirs: Floats64, several: bool) -> Iterator[tuple[float, float]]:
    for _ in WEIGHTS if several else WEIGHTS[:1]:
        yield _compared(ours, theirs)
        ours, theirs = _halved(ours), _halved(theirs)


def _compared(ours: Floats64, theirs: Floats64) -> tuple[float, float]:
    """Return the means of SSIM and of its part without luminance."""
    mean, other = _blurred(ours), _blurred(theirs)
    square, other_square, product = mean * mean, other * other, mean * other
    spread = _blurred(ours * ours) + _blurred(theirs * theirs) - square - other_square
    common = _blurred(ours * theirs) - product
    structure = (2 * common + _C2) / (spread + _C2)
    luminance = (2 * product + _C1) / (square + other_square + _C1)
    return float((luminance * structure).mean()), float(structure.mean())


def _blurred(plane: Floats64) -> Floats64:
    """Blur ``plane`` ``[H, W]`` under the window, where it lies inside: ``[H - 10, W - 10]``."""
    try:
        from scipy.ndimage import correlate1d
    except ModuleNotFoundError as error:
        raise UsageError(f'{error.name} is missing; SSIM needs: pip install "aecodec[bench]"') from error
    half = WINDOW // 2
    taps = np.exp(-(np.arange(-half, half + 1) ** 2) / (2 * SIGMA**2))
    taps /= taps.sum()
    down: Floats64 = correlate1d(plane, taps, axis=0)[half:-half]
    across: Floats64 = correlate1d(down, taps, axis=1)[:, half:-half]
    return across


def _halved(plane: Floats64) -> Floats64:
    """Return the means of 2 × 2; an odd last line or column is left out."""
    height, width = plane.shape[0] // 2, plane.shape[1] // 2
    halved: Floats64 = plane[: 2 * height, : 2 * width].reshape(height, 2, width, 2).mean(axis=(1, 3))
    return halved
