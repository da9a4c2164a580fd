"""Moving the values of pictures ``[B, H, W, C]``: windows, and sub-pixel steps by 2. Nothing is computed."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

_Real = TypeVar("_Real", np.float32, np.float64)


def windows(x: NDArray[_Real], kernel: int, stride: int = 1) -> NDArray[_Real]:
    """Return the zero-padded windows of ``[B, H, W, C]`` as rows ``[B * H' * W', kernel * kernel * C]``."""
    pad = kernel // 2
    batch, height, width, channels = x.shape
    padded = np.zeros((batch, height + 2 * pad, width + 2 * pad, channels), x.dtype)
    padded[:, pad : pad + height, pad : pad + width] = x
    views = sliding_window_view(padded, (kernel, kernel), axis=(1, 2))
    views = views[:, ::stride, ::stride]  # [B, H', W', C, k, k]
    return views.transpose(0, 1, 2, 4, 5, 3).reshape(-1, kernel**2 * channels)


def pixel_unshuffle(x: NDArray[_Real]) -> NDArray[_Real]:
    """Take the way back, ``[B, 2H, 2W, C] -> [B, H, W, 4C]``."""
    batch, height, width, channels = x.shape
    x = x.reshape(batch, height // 2, 2, width // 2, 2, channels)
    return x.transpose(0, 1, 3, 5, 2, 4).reshape(batch, height // 2, width // 2, 4 * channels)


def pixel_shuffle(x: NDArray[_Real]) -> NDArray[_Real]:
    """Do a sub-pixel step, ``[B, H, W, 4C] -> [B, 2H, 2W, C]`` (Shi et al. 2016)."""
    batch, height, width, channels = x.shape
    x = x.reshape(batch, height, width, channels // 4, 2, 2)
    return x.transpose(0, 1, 4, 2, 5, 3).reshape(batch, 2 * height, 2 * width, channels // 4)
