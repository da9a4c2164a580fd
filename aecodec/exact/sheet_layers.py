"""Layers of a grid model, built from its tensors and proved to be exact.

A layer is ``clip(floor((products + bias + slope * quality) * 2**-shift + 1/2), low, high)``. The products are those of
a convolution of one or more sheets. Not every layer has a slope.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Floats, Integers64, Tensors
from aecodec.errors import ModelError
from aecodec.exact.sheets import Map, Sheet, Sum, Taps
from aecodec.exact.tensors import take
from aecodec.frozen import dataclass
from aecodec.limits import EXACT_FLOAT32, EXACT_FLOAT64, GRID_VALUE_MAX, MAX_QUALITY

CROSS = ((-1, 0), (0, -1), (0, 1), (1, 0))  # neighbours in the other half of a checkerboard
_MOST_SHIFT = 31


@dataclass(frozen=True)
class Part:
    """One input of a layer: its channels, and its ``largest`` value either way.

    Of a ``cross`` only the four places beside the own one are seen.
    """

    channels: int
    largest: int
    cross: bool = False


@dataclass(frozen=True)
class Layer:
    """A layer over sheets.

    ``slope`` ``[outputs]`` is what one unit of quality adds, or None if the layer does not see the quality. ``scale``
    ``[outputs]`` is 2**-shift, which is folded into the matrices of ``sum``.
    """

    sum: Sum
    slope: Floats | None
    scale: Floats
    work: int  # multiplications for one place
    radius: int  # how many places far it sees

    @property
    def outputs(self) -> int:
        """The number of output channels."""
        return len(self.sum.offset)

    def offset(self, quality: int) -> Floats:
        """Return what is added to the products at ``quality``, ``[outputs]``, with the 1/2 for rounding."""
        if self.slope is None:
            return self.sum.offset
        found: Floats = self.sum.offset + self.slope * self.sum.dtype(quality)
        return found

    def __call__(self, inputs: Sequence[Sheet], quality: int, out: type[np.floating[Any]], run: Map = map) -> Sheet:
        """Return the layer's output for ``inputs`` at ``quality``, as a sheet of the type ``out``."""
        return self.sum(inputs, out, run, self.offset(quality))


def build_layer(tensors: Tensors, name: str, parts: Sequence[Part], low: int, high: int) -> Layer:
    """Build the layer ``name`` from its tensors: ``weight.N`` for each part, ``bias``, ``shift``, perhaps ``quality``.

    Raises ModelError if a tensor is missing or misshapen, or where a sum might not be exact in float64.
    """
    if not (-GRID_VALUE_MAX <= low < high <= GRID_VALUE_MAX):
        raise ModelError(f"{name}: clips to {low}..{high}")
    weights = [_weight(tensors, f"{name}.weight.{number}", part) for number, part in enumerate(parts)]
    outputs = len(weights[0])
    bias = take(tensors, f"{name}.bias", np.int32, (outputs,)).astype(np.int64)
    shift = take(tensors, f"{name}.shift", np.int8, (outputs,)).astype(np.int64)
    slope = None
    if f"{name}.quality" in tensors:
        slope = take(tensors, f"{name}.quality", np.int32, (outputs,)).astype(np.int64)
    if any(len(weight) != outputs for weight in weights) or np.any(np.abs(shift) > _MOST_SHIFT):
        raise ModelError(f"{name}: parts of different sizes, or a shift beyond {_MOST_SHIFT}")
    reach = np.abs(bias) + (0 if slope is None else MAX_QUALITY * np.abs(slope))
    for weight, part in zip(weights, parts, strict=True):
        reach = reach + part.largest * np.abs(weight.astype(np.int64)).sum((1, 2, 3))
    dtype = _carrier(name, reach, shift)
    scale = np.ldexp(1.0, -shift).astype(dtype)
    made = Sum(
        [_taps(weight, part, scale, dtype) for weight, part in zip(weights, parts, strict=True)],
        (bias * scale + dtype(0.5)).astype(dtype),
        low,
        high,
        dtype,
    )
    work = sum(weight.size for weight in weights)
    radius = max(weight.shape[1] // 2 for weight in weights)
    return Layer(made, None if slope is None else (slope * scale).astype(dtype), scale, work, radius)


def _weight(tensors: Tensors, name: str, part: Part) -> NDArray[np.int8]:
    """Return the weight of a part, int8 ``[outputs, k, k, channels]``, k 1 or 3, or ``[outputs, 4, 1, channels]``.

    The second shape is that of a cross.
    """
    weight = take(tensors, name, np.int8)
    shapes = ((4, 1, part.channels),) if part.cross else ((1, 1, part.channels), (3, 3, part.channels))
    if weight.ndim != 4 or not weight.size or weight.shape[1:] not in shapes:
        raise ModelError(f"{name} is {weight.shape} on {part.channels} channels")
    return weight


def _carrier(name: str, reach: Integers64, shift: Integers64) -> type[np.floating[Any]]:
    """Return the narrowest type that has all partial sums exactly: float32 or float64.

    Sums are counted in units of the finer of two grids, that of the sum and that of the result.
    """
    most = max(_units(int(sum_), int(by)) for sum_, by in zip(reach, shift, strict=True))
    if most >= EXACT_FLOAT64:
        raise ModelError(f"{name} breaks the bound of exact inference; the model cannot be used")
    return np.float32 if most < EXACT_FLOAT32 else np.float64


def _units(reach: int, shift: int) -> int:
    """Return the largest partial sum, with the 1/2 for rounding, in units of the finer of both grids."""
    return reach + (1 << (shift - 1)) if shift > 0 else (reach << (1 - shift)) + 1


def _taps(weight: NDArray[np.int8], part: Part, scale: Floats, dtype: type[np.floating[Any]]) -> Taps:
    if part.cross:
        places: Sequence[tuple[int, int]] = CROSS
    else:
        side = weight.shape[1]
        places = [(row - side // 2, column - side // 2) for row in range(side) for column in range(side)]
    matrices = weight.reshape(len(weight), len(places), part.channels).transpose(1, 2, 0) * scale
    return [(*place, np.ascontiguousarray(matrix, dtype)) for place, matrix in zip(places, matrices, strict=True)]
