"""Moves the values of pictures ``[B, H, W, C]``: into windows, and by sub-pixel steps. Nothing is computed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

_Real = TypeVar("_Real", np.float32, np.float64)
_HELD_BYTES = 1 << 20  # of windows at a time


def windows(x: NDArray[_Real], kernel: int, stride: int = 1) -> Iterator[tuple[slice, NDArray[_Real]]]:
    """Yield the zero-padded windows of ``x`` ``[B, H, W, C]``, a few pictures at a time.

    Each time these are which pictures, and their windows as rows ``[b * H' * W', kernel * kernel * C]``. The next rows
    overwrite them. They are so few that the processor's cache holds them, or copying would take most of a layer's time.
    """
    pad = kernel // 2
    batch, height, width, channels = x.shape
    padded = np.zeros((batch, height + 2 * pad, width + 2 * pad, channels), x.dtype)
    padded[:, pad : pad + height, pad : pad + width] = x
    picture, row, column, channel = padded.strides
    shape: tuple[int, ...] = (batch, -(-height // stride), -(-width // stride), kernel, kernel * channels)
    seen = as_strided(padded, shape, (picture, stride * row, stride * column, row, channel), writeable=False)
    at_once = max(1, _HELD_BYTES // max(1, seen[:1].size * x.itemsize))
    held = np.empty((min(at_once, batch), *shape[1:]), x.dtype)
    for start in range(0, batch, at_once):
        part = slice(start, min(start + at_once, batch))
        rows = held[: part.stop - start]
        np.copyto(rows, seen[part])
        yield part, rows.reshape(-1, kernel**2 * channels)


def pixel_unshuffle(x: NDArray[_Real]) -> NDArray[_Real]:
    """Undo :func:`pixel_shuffle`, ``[B, 2H, 2W, C] -> [B, H, W, 4C]``."""
    batch, height, width, channels = x.shape
    x = x.reshape(batch, height // 2, 2, width // 2, 2, channels)
    return x.transpose(0, 1, 3, 5, 2, 4).reshape(batch, height // 2, width // 2, 4 * channels)


def pixel_shuffle(x: NDArray[_Real]) -> NDArray[_Real]:
    """Do a sub-pixel step by 2, ``[B, H, W, 4C] -> [B, 2H, 2W, C]`` (Shi et al. 2016)."""
    batch, height, width, channels = x.shape
    x = x.reshape(batch, height, width, channels // 4, 2, 2)
    return x.transpose(0, 1, 4, 2, 5, 3).reshape(batch, 2 * height, 2 * width, channels // 4)
