"""Affine maps of integers with requantization, of which every layer is made.

All activations are integers in float32 arrays.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Floats32, Integers32, Integers64
from aecodec.errors import ModelError
from aecodec.frozen import dataclass
from aecodec.limits import EXACT_FLOAT32


@dataclass(frozen=True)
class Affine:
    """``clip(floor((w @ x + b) * 2**-shift + 1/2), low, high)``, with one shift an output.

    The power of two is folded into ``matrix`` ``[inputs, outputs]`` and, with the 1/2, into ``offset`` ``[outputs]``.
    Scaling by a power of two is exact. So one matrix product, one floor and one clip are the whole layer.
    """

    matrix: Floats32
    offset: Floats32
    low: int
    high: int

    def __call__(self, x: Floats32) -> Floats32:
        """Map ``[..., inputs] -> [..., outputs]``."""
        return self.finish(x @ self.matrix)

    def into(self, found: Floats32, x: Floats32) -> None:
        """Map ``x`` ``[n, inputs]``, and write the result to ``found`` ``[n, outputs]``, a contiguous array."""
        self.finish(np.matmul(x, self.matrix, out=found))

    def finish(self, acc: Floats32) -> Floats32:
        """Add the offset to ``acc`` ``[..., outputs]``, the scaled products; floor and clip it, in place."""
        acc += self.offset
        np.floor(acc, out=acc)
        return acc.clip(self.low, self.high, out=acc)

    def passes(self, output: Floats32) -> NDArray[np.bool_]:
        """Return where a gradient passes: where ``output`` was not clipped."""
        return (output > self.low) & (output < self.high)


def scaled_affine(
    weight: NDArray[np.int8],
    bias: Integers32,
    shift: NDArray[np.int8],
    *,
    input_max: int,
    low: int,
    high: int,
) -> Affine:
    """Build an :class:`Affine` from integers, and prove its bound.

    ``weight`` is ``[outputs, inputs]``, ``bias`` and ``shift`` are ``[outputs]``; no input is larger than
    ``input_max``, either way. Raises ModelError where a partial sum could reach 2**24 units of the result's grid.
    """
    sums = np.abs(weight.astype(np.int16)).sum(1, dtype=np.int64)
    return _scaled(weight, *_proved(sums, bias, shift, input_max), low, high)


def scaled_affines(
    weight: NDArray[np.int8],
    shapes: Sequence[tuple[int, int]],
    bias: Integers32,
    shift: NDArray[np.int8],
    *,
    input_max: int,
    low: int,
    high: int,
) -> list[Affine]:
    """Build several maps of ``shapes`` (outputs, inputs), and prove their bounds at once.

    Their weights lie one behind the other in ``weight`` ``[n]``, and so do biases and shifts. Raises ModelError as
    :func:`scaled_affine` does.
    """
    columns = np.repeat([inputs for _, inputs in shapes], [outputs for outputs, _ in shapes])
    running = np.concatenate([[0], np.abs(weight.astype(np.int16)).cumsum(dtype=np.int64)])
    ends = columns.cumsum()
    scale, offset = _proved(running[ends] - running[ends - columns], bias, shift, input_max)
    found, row, place = [], 0, 0
    for outputs, inputs in shapes:
        rows, size = slice(row, row + outputs), outputs * inputs
        block = weight[place : place + size].reshape(outputs, inputs)
        found.append(_scaled(block, scale[rows], offset[rows], low, high))
        row, place = row + outputs, place + size
    return found


def _proved(sums: Integers64, bias: Integers32, shift: NDArray[np.int8], input_max: int) -> tuple[Floats32, Floats32]:
    """Return the scale and the offset of each output. ``sums`` are those of the absolute weights of each output."""
    shifts = shift.astype(np.int64)
    reach = input_max * sums + np.abs(bias.astype(np.int64))
    reach = np.minimum(reach, EXACT_FLOAT32)  # which is refused anyway; so the shift below cannot wrap around
    # Units are those of the finer of two grids, 2**-shift and 1/2. The added 1/2 is counted.
    down, up = np.maximum(shifts, 0), np.maximum(-shifts, 0)
    units = np.where(shifts > 0, reach + (np.int64(1) << np.maximum(down - 1, 0)), (reach << (up + 1)) + 1)
    if np.any(np.abs(shifts) > 31) or (units.size and int(units.max()) >= EXACT_FLOAT32):
        raise ModelError("a layer breaks the bound of exact inference; the model cannot be used")
    scale = np.ldexp(np.float32(1), -shifts).astype(np.float32)
    return scale, (bias * scale + np.float32(0.5)).astype(np.float32)


def _scaled(weight: NDArray[np.int8], scale: Floats32, offset: Floats32, low: int, high: int) -> Affine:
    matrix = np.empty(weight.shape[::-1], np.float32)
    np.multiply(weight.T, scale, out=matrix)
    return Affine(matrix, offset, low, high)
