"""Integer layers over NumPy arrays: affine maps with requantization, convolution, sub-pixel step.

All activations are float32 arrays that hold integers. Pictures are ``[B, H, W, C]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from aecodec.errors import ModelError
from aecodec.limits import EXACT_FLOAT32

Floats = NDArray[np.float32]
_Real = TypeVar("_Real", np.float32, np.float64)


@dataclass(frozen=True)
class Affine:
    """``clip(floor((w @ x + b) * 2**-shift + 1/2), low, high)``, one shift an output.

    The power of two is folded into ``matrix`` ``[inputs, outputs]`` and, with the 1/2,
    into ``offset`` ``[outputs]``: scaling by it is exact, so one GEMM, one floor and one
    clip are the whole layer.
    """

    matrix: Floats
    offset: Floats
    low: int
    high: int

    def __call__(self, x: Floats) -> Floats:
        """``[..., inputs] -> [..., outputs]``."""
        return self.finish(x @ self.matrix)

    def finish(self, acc: Floats) -> Floats:
        """Offset, floor and clip ``acc`` in place; ``acc`` is scaled, without the offset."""
        acc += self.offset
        np.floor(acc, out=acc)
        return np.clip(acc, self.low, self.high, out=acc)


def scaled_affine(
    weight: NDArray[np.int8],
    bias: NDArray[np.int32],
    shift: NDArray[np.int8],
    *,
    input_max: int,
    low: int,
    high: int,
) -> Affine:
    """Build an :class:`Affine` from integers, weight ``[outputs, inputs]``, and prove its bound.

    Raises ModelError where a partial sum could reach 2**24 units of the result's grid.
    """
    weights = weight.astype(np.int64)
    shifts = shift.astype(np.int64)
    reach = input_max * np.abs(weights).sum(1) + np.abs(bias.astype(np.int64))
    reach = np.minimum(reach, EXACT_FLOAT32)  # enough to refuse, and the shift below cannot wrap around
    # In units of the finer of the two grids 2**-shift and 1/2, including the added 1/2.
    down, up = np.maximum(shifts, 0), np.maximum(-shifts, 0)
    units = np.where(shifts > 0, reach + (np.int64(1) << np.maximum(down - 1, 0)), (reach << (up + 1)) + 1)
    if np.any(np.abs(shifts) > 31) or (units.size and int(units.max()) >= EXACT_FLOAT32):
        raise ModelError("a layer breaks the bound of exact inference; the model cannot be used")
    scale = np.ldexp(np.float32(1), -shifts).astype(np.float32)
    return Affine(
        matrix=np.ascontiguousarray(weights.T * scale, dtype=np.float32),
        offset=(bias * scale + np.float32(0.5)).astype(np.float32),
        low=low,
        high=high,
    )


@dataclass(frozen=True)
class Conv:
    """Convolution with zero padding of ``kernel // 2``: one window view, one GEMM.

    ``[B, H, W, C] -> [B, ceil(H / stride), ceil(W / stride), outputs]``; the matrix's rows
    run over kernel row, kernel column, input channel.
    """

    affine: Affine
    kernel: int
    stride: int

    def __call__(self, x: Floats) -> Floats:
        """Apply the layer."""
        batch, height, width, _ = x.shape
        after = (batch, -(-height // self.stride), -(-width // self.stride), -1)
        return self.affine(windows(x, self.kernel, self.stride)).reshape(after)


def windows(x: NDArray[_Real], kernel: int, stride: int = 1) -> NDArray[_Real]:
    """The zero-padded windows of ``[B, H, W, C]`` as rows ``[B * H' * W', kernel * kernel * C]``."""
    pad = kernel // 2
    batch, height, width, channels = x.shape
    padded = np.zeros((batch, height + 2 * pad, width + 2 * pad, channels), x.dtype)
    padded[:, pad : pad + height, pad : pad + width] = x
    views = sliding_window_view(padded, (kernel, kernel), axis=(1, 2))
    views = views[:, ::stride, ::stride]  # [B, H', W', C, k, k]
    return views.transpose(0, 1, 2, 4, 5, 3).reshape(-1, kernel**2 * channels)


def pixel_unshuffle(x: NDArray[_Real]) -> NDArray[_Real]:
    """The way back, ``[B, 2H, 2W, C] -> [B, H, W, 4C]``."""
    batch, height, width, channels = x.shape
    x = x.reshape(batch, height // 2, 2, width // 2, 2, channels)
    return x.transpose(0, 1, 3, 5, 2, 4).reshape(batch, height // 2, width // 2, 4 * channels)


def pixel_shuffle(x: Floats) -> Floats:
    """Sub-pixel step, ``[B, H, W, 4C] -> [B, 2H, 2W, C]`` (Shi et al. 2016)."""
    batch, height, width, channels = x.shape
    x = x.reshape(batch, height, width, channels // 4, 2, 2)
    return x.transpose(0, 1, 4, 2, 5, 3).reshape(batch, 2 * height, 2 * width, channels // 4)
