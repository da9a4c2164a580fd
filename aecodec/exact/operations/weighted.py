"""Operations with weights, the layers: ``dense``, ``conv`` and ``add``.

Where the output of a dense or convolutional layer was clipped it has no gradient. What ``add`` adds passes its clip
straight through, as rounding does everywhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Floats32, Floats64
from aecodec.exact.affine import Affine, scaled_affine
from aecodec.exact.moves import windows
from aecodec.exact.operations.protocol import Given, Gradients, Operation, Value
from aecodec.exact.product import Product
from aecodec.exact.tensors import require, take, whole
from aecodec.limits import MAX_WINDOWS


def _affine(given: Given, weight: NDArray[np.int8], source: Value) -> Affine:
    """Return the map by ``weight`` ``[outputs, ...]`` of what ``source`` holds."""
    outputs = len(weight)
    bias = take(given.tensors, f"{given.name}.bias", np.int32, (outputs,))
    shift = take(given.tensors, f"{given.name}.shift", np.int8, (outputs,))
    low, high = given.clip()
    return scaled_affine(weight.reshape(outputs, -1), bias, shift, input_max=source.largest, low=low, high=high)


def _dense(given: Given, shape: tuple[int, ...], source: Value) -> Affine:
    """Return the map by a weight ``[outputs, inputs]`` of ``shape``, which must be one number."""
    weight = take(given.tensors, f"{given.name}.weight", np.int8)
    fits = weight.ndim == 2 and weight.size and shape == weight.shape[1:]
    require(fits, f"{given.name}: {weight.shape} on {shape}")
    return _affine(given, weight, source)


@dataclass(frozen=True)
class _Layer(Operation):
    """What all have: the map that their outputs come from."""

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
        return DenseBack(self.affine, Product.of(_transposed(self.affine), bound))


@dataclass(frozen=True)
class Conv(_Layer):
    """A convolution with zero padding of ``kernel // 2``: one window view, one GEMM.

    ``[B, H, W, C] -> [B, ceil(H / stride), ceil(W / stride), outputs]``; the matrix's rows run over kernel row, kernel
    column, input channel.
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
        return self.affine(windows(x, self.kernel, self.stride)).reshape(len(x), *self.after.shape)

    def backward(self, bound: float) -> ConvBack:
        """See Operation."""
        return ConvBack(self, Product.of(self._turned(), bound))

    def _turned(self) -> Floats64:
        """Return the matrix for the way back: rows run over kernel row, kernel column, output."""
        kernel, outputs = self.kernel, self.after.shape[2]
        taps = self.affine.matrix.reshape(kernel, kernel, -1, outputs)[::-1, ::-1]
        return taps.transpose(0, 1, 3, 2).reshape(kernel * kernel * outputs, -1).astype(np.float64)


@dataclass(frozen=True)
class Add(_Layer):
    """Plus a dense layer of the chain's own input, flattened."""

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
        return AddBack(bound, Product.of(_transposed(self.affine), bound))


@dataclass(frozen=True)
class DenseBack:
    """A :class:`Backward` of a dense layer."""

    affine: Affine
    product: Product

    @property
    def bound(self) -> float:
        """See Backward."""
        return self.product.bound

    def __call__(self, gradient: Floats64, before: Floats32, after: Floats32) -> Gradients:
        """See Backward."""
        return self.product(gradient * self.affine.passes(after)), None


@dataclass(frozen=True)
class ConvBack:
    """A :class:`Backward` of a convolution: one with the kernel turned by 180 degrees."""

    conv: Conv
    product: Product

    @property
    def bound(self) -> float:
        """See Backward."""
        return self.product.bound

    def __call__(self, gradient: Floats64, before: Floats32, after: Floats32) -> Gradients:
        """See Backward."""
        spaced = np.zeros((*before.shape[:3], after.shape[3]))
        spaced[:, :: self.conv.stride, :: self.conv.stride] = gradient * self.conv.affine.passes(after)
        return self.product(windows(spaced, self.conv.kernel)).reshape(before.shape), None


@dataclass(frozen=True)
class AddBack:
    """A :class:`Backward` of what is added: the value before has the same gradients, the chain's input more."""

    bound: float
    product: Product

    def __call__(self, gradient: Floats64, before: Floats32, after: Floats32) -> Gradients:
        """See Backward."""
        return gradient, self.product(gradient.reshape(len(gradient), -1))


def _transposed(affine: Affine) -> NDArray[Any]:
    return affine.matrix.T.astype(np.float64)
