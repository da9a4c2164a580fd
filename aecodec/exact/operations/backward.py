"""The ways back of layers, for gradients.

A clipped output of a dense or convolutional layer has no gradient. Gradients of ``add`` pass its clip straight through,
as they pass rounding everywhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Floats32, Floats64
from aecodec.exact.affine import Affine
from aecodec.exact.moves import windows
from aecodec.exact.operations.protocol import Gradients
from aecodec.exact.operations.weighted import Add, Conv, Dense
from aecodec.exact.product import Product
from aecodec.frozen import dataclass


@dataclass(frozen=True)
class DenseBack:
    """A :class:`Backward` of a dense layer."""

    affine: Affine
    product: Product

    @classmethod
    def of(cls, layer: Dense, bound: float) -> DenseBack:
        """Make the way back of ``layer``."""
        return cls(layer.affine, Product.of(_transposed(layer.affine), bound))

    @property
    def bound(self) -> float:
        """See Backward."""
        return self.product.bound

    def __call__(self, gradient: Floats64, before: Floats32, after: Floats32) -> Gradients:
        """See Backward."""
        return self.product(gradient * self.affine.passes(after)), None


@dataclass(frozen=True)
class ConvBack:
    """A :class:`Backward` of a convolution: another convolution, with the kernel turned by 180 degrees."""

    conv: Conv
    product: Product

    @classmethod
    def of(cls, layer: Conv, bound: float) -> ConvBack:
        """Make the way back of ``layer``. The rows of its matrix run over kernel row, kernel column, output."""
        kernel, outputs = layer.kernel, layer.after.shape[2]
        taps = layer.affine.matrix.reshape(kernel, kernel, -1, outputs)[::-1, ::-1]
        turned = taps.transpose(0, 1, 3, 2).reshape(kernel * kernel * outputs, -1).astype(np.float64)
        return cls(layer, Product.of(turned, bound))

    @property
    def bound(self) -> float:
        """See Backward."""
        return self.product.bound

    def __call__(self, gradient: Floats64, before: Floats32, after: Floats32) -> Gradients:
        """See Backward."""
        spaced = np.zeros((*before.shape[:3], after.shape[3]))
        spaced[:, :: self.conv.stride, :: self.conv.stride] = gradient * self.conv.affine.passes(after)
        found = np.empty(before.shape)
        for part, rows in windows(spaced, self.conv.kernel):
            found[part] = self.product(rows).reshape(found[part].shape)
        return found, None


@dataclass(frozen=True)
class AddBack:
    """A :class:`Backward` of ``add``. Gradients pass unchanged to the value before, by weights to the chain's input."""

    bound: float
    product: Product

    @classmethod
    def of(cls, layer: Add, bound: float) -> AddBack:
        """Make the way back of ``layer``."""
        return cls(bound, Product.of(_transposed(layer.affine), bound))

    def __call__(self, gradient: Floats64, before: Floats32, after: Floats32) -> Gradients:
        """See Backward."""
        return gradient, self.product(gradient.reshape(len(gradient), -1))


def _transposed(affine: Affine) -> NDArray[Any]:
    return affine.matrix.T.astype(np.float64)
