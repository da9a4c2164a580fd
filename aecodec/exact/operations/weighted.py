"""Operations with weights, the layers: ``dense``, ``conv`` and ``add``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Floats32
from aecodec.exact.affine import Affine, scaled_affine
from aecodec.exact.moves import windows
from aecodec.exact.operations.protocol import Given, Operation, Value
from aecodec.exact.tensors import require, take, whole
from aecodec.frozen import dataclass
from aecodec.limits import MAX_WINDOWS

if TYPE_CHECKING:  # the ways back are imported only when a search needs them
    from aecodec.exact.operations.backward import AddBack, ConvBack, DenseBack


def _affine(given: Given, weight: NDArray[np.int8], source: Value) -> Affine:
    """Return the affine map of ``source`` by ``weight`` ``[outputs, ...]``."""
    outputs = len(weight)
    bias = take(given.tensors, f"{given.name}.bias", np.int32, (outputs,))
    shift = take(given.tensors, f"{given.name}.shift", np.int8, (outputs,))
    low, high = given.clip()
    return scaled_affine(weight.reshape(outputs, -1), bias, shift, input_max=source.largest, low=low, high=high)


def _dense(given: Given, shape: tuple[int, ...], source: Value) -> Affine:
    """Return the affine map of ``source`` by a weight ``[outputs, inputs]``. ``shape`` must be ``(inputs,)``."""
    weight = take(given.tensors, f"{given.name}.weight", np.int8)
    fits = weight.ndim == 2 and weight.size and shape == weight.shape[1:]
    require(fits, f"{given.name}: {weight.shape} on {shape}")
    return _affine(given, weight, source)


@dataclass(frozen=True)
class _Layer(Operation):
    """The common part of all layers: the affine map that their outputs come from."""

    affine: Affine
    weighted: ClassVar[bool] = True

    @property
    def work(self) -> int:
        """See Operation."""
        return self.after.size * len(self.affine.matrix)


@dataclass(frozen=True)
class Dense(_Layer):
    """A dense layer, ``[B, inputs] -> [B, outputs]``."""

    @classmethod
    def build(cls, given: Given) -> Dense:
        """See Operation."""
        affine = _dense(given, given.value.shape, given.value)
        return cls(given.value, Value(affine.offset.shape, affine.low, affine.high), affine)

    def __call__(self, x: Floats32, start: Floats32) -> Floats32:
        """See Operation."""
        return self.affine(x)

    def backward(self, bound: float) -> DenseBack:
        """See Operation."""
        from aecodec.exact.operations.backward import DenseBack

        return DenseBack.of(self, bound)


@dataclass(frozen=True)
class Conv(_Layer):
    """A convolution with zero padding of ``kernel // 2``, as matrix products of windows.

    It maps ``[B, H, W, C] -> [B, ceil(H / stride), ceil(W / stride), outputs]``. The rows of the matrix run over kernel
    row, kernel column, input channel.
    """

    kernel: int
    stride: int

    @classmethod
    def build(cls, given: Given) -> Conv:
        """See Operation."""
        shape, weight = given.value.shape, take(given.tensors, f"{given.name}.weight", np.int8)
        kernel, stride = weight.shape[1] if weight.ndim == 4 else 0, whole(given.entry["stride"])
        fits = weight.size and len(shape) == 3 and weight.shape[1:] == (kernel, kernel, shape[2])
        require(fits and kernel % 2 == 1 and stride in (1, 2), f"{given.name}: {weight.shape} on {shape}")
        places = -(-shape[0] // stride), -(-shape[1] // stride)
        seen = math.prod(places) * kernel**2 * shape[2]
        require(seen <= MAX_WINDOWS, f"{given.name}: windows of {seen} values for one tile, more than {MAX_WINDOWS}")
        affine = _affine(given, weight, given.value)
        return cls(given.value, Value((*places, len(weight)), affine.low, affine.high), affine, kernel, stride)

    @property
    def held(self) -> int:
        """See Operation; windows are held, too."""
        height, width, outputs = self.after.shape
        return height * width * max(outputs, len(self.affine.matrix))

    def __call__(self, x: Floats32, start: Floats32) -> Floats32:
        """See Operation."""
        found = np.empty((len(x), *self.after.shape), np.float32)
        for part, rows in windows(x, self.kernel, self.stride):
            self.affine.into(found[part].reshape(-1, found.shape[3]), rows)
        return found

    def backward(self, bound: float) -> ConvBack:
        """See Operation."""
        from aecodec.exact.operations.backward import ConvBack

        return ConvBack.of(self, bound)


@dataclass(frozen=True)
class Add(_Layer):
    """Adds a dense layer of the chain's own input, flattened."""

    @classmethod
    def build(cls, given: Given) -> Add:
        """See Operation."""
        affine, value = _dense(given, (given.start.size,), given.start), given.value
        added = affine.offset.shape
        require(added == (value.size,), f"{given.name}: cannot add {added} to {value.shape}")
        return cls(value, Value(value.shape, value.low + affine.low, value.high + affine.high), affine)

    def __call__(self, x: Floats32, start: Floats32) -> Floats32:
        """See Operation."""
        return x + self.affine(start.reshape(len(start), -1)).reshape(x.shape)

    def backward(self, bound: float) -> AddBack:
        """See Operation."""
        from aecodec.exact.operations.backward import AddBack

        return AddBack.of(self, bound)
