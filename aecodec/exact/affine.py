"""Affine maps of integers with requantization, which every layer is made of.

All activations are float32 arrays that hold integers.
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
    """``clip(floor((w @ x + b) * 2**-shift + 1/2), low, high)``, one shift an output.

    The power of two is folded into ``matrix`` ``[inputs, outputs]`` and, with the 1/2,
    into ``offset`` ``[outputs]``: scaling by it is exact, so one GEMM, one floor and one
    clip are the whole layer.
    """

    matrix: Floats32
    offset: Floats32
    low: int
    high: int

    def __call__(self, x: Floats32) -> Floats32:
        """Map ``[..., inputs] -> [..., outputs]``."""
        return self.finish(x @ self.matrix)

    def into(self, found: Floats32, x: Floats32) -> None:
        """Map ``x`` ``[n, inputs]``, and put the result in ``found`` ``[n, outputs]``, which lies in one piece."""
        self.finish(np.matmul(x, self.matrix, out=found))

    def finish(self, acc: Floats32) -> Floats32:
        """Offset, floor and clip ``acc`` in place; ``acc`` is scaled, without the offset."""
        acc += self.offset
        np.floor(acc, out=acc)
        return acc.clip(self.low, self.high, out=acc)

    def passes(self, output: Floats32) -> NDArray[np.bool_]:
        """Return where a gradient goes back: where ``output`` was not clipped."""
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
    """Build an :class:`Affine` from integers, weight ``[outputs, inputs]``, and prove its bound.

    Raises ModelError where a partial sum could reach 2**24 units of the result's grid.
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
    """Build several, whose weights, of ``shapes`` ``(outputs, inputs)``, lie one behind the other in ``weight``, and
    prove them at once.

    Raises ModelError as :func:`scaled_affine` does.
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
    """Return the scale and the offset of each output, of whose weights the sizes have these ``sums``."""
    shifts = shift.astype(np.int64)
    reach = input_max * sums + np.abs(bias.astype(np.int64))
    reach = np.minimum(reach, EXACT_FLOAT32)  # enough to refuse, and the shift below cannot wrap around
    # In units of the finer of the two grids 2**-shift and 1/2, including the added 1/2.
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
