"""The module measures how like two sets of pictures are."""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Floats64, Pictures
from aecodec.codec.distortion import visible_mse
from aecodec.errors import UsageError
from aecodec.limits import PIXEL_MAX

ROUNDING = 1e-12  # of a mean squared error that was summed in another order
SSIM_BORDER = 5  # half a window of SSIM, 11 x 11 under a Gaussian of 1.5 pixels
_AT_ONCE = 1_024  # pictures in one mosaic


def picture_errors(ours: Pictures, theirs: Pictures) -> Floats64:
    """Return the mean squared error of each picture, samples in 0..1, float64 ``[N]``."""
    squared = [np.square(a.astype(np.int32) - b).mean() for a, b in zip(ours, theirs, strict=True)]
    return np.array(squared, np.float64) / PIXEL_MAX**2


def visible_errors(pictures: Pictures, decoded: Pictures) -> Floats64:
    """Return the same over what can be seen of each of ``pictures``, which is what an encoder of ours promises."""
    pairs = zip(pictures, decoded, strict=True)
    return np.array([visible_mse(picture, found) for picture, found in pairs], np.float64)


def mean_ssim(ours: Pictures, theirs: Pictures) -> float | None:
    """Return the mean structural similarity of pictures, with the window and constants of Wang et al. 2004.

    None where a side is shorter than the window. Many pictures go through scikit-image as one mosaic, of which only
    windows inside of one picture count: the same figure as picture by picture. Raises UsageError where
    scikit-image is missing.
    """
    try:
        from skimage.metrics import structural_similarity
    except ModuleNotFoundError as error:
        raise UsageError(f'{error.name} is missing; SSIM needs: pip install "aecodec[bench]"') from error
    count, height, width = ours.shape[:3]
    if min(height, width) <= 2 * SSIM_BORDER:
        return None
    total = 0.0
    inside = slice(SSIM_BORDER, -SSIM_BORDER)
    for start in range(0, count, _AT_ONCE):
        one, other = _column(ours[start : start + _AT_ONCE]), _column(theirs[start : start + _AT_ONCE])
        _, each = structural_similarity(  # type: ignore[no-untyped-call]
            one,
            other,
            data_range=PIXEL_MAX,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            full=True,
            channel_axis=-1 if one.ndim == 3 else None,
        )
        whole = np.asarray(each, np.float64).reshape(-1, height, *each.shape[1:])[:, inside, inside]
        total += float(whole.mean()) * len(whole)
    return float(total / count)


def _column(pictures: Pictures) -> Pictures:
    """Put all pictures below one another."""
    return pictures.reshape(-1, *pictures.shape[2:])
