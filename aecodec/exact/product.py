"""Products of gradients with weights, the same on every machine: in integers carried in float64.

The result of a matrix product depends on the order of its sums, unless all partial sums are exact. So the incoming
gradient is first rounded to a grid, which is so coarse that no partial sum reaches 2**53. The grid is fixed when the
product is built.
"""

from __future__ import annotations

import math

import numpy as np

from aecodec.arrays import Floats64
from aecodec.frozen import dataclass

_EXACT_BITS = 53
_MOST_BITS = 24  # of the incoming gradient; more bits would be false precision


@dataclass(frozen=True)
class Product:
    """A product with ``matrix`` ``[outputs, inputs]``, in units of ``unit``, of gradients rounded to ``grid``."""

    matrix: Floats64
    unit: float
    grid: float
    bound: float  # of the resulting gradients

    @classmethod
    def of(cls, matrix: Floats64, bound: float) -> Product:
        """Make the product for gradients of at most ``bound``, either way."""
        finest = math.ldexp(1.0, -31)  # no layer shifts by more
        whole = np.rint(matrix / finest)
        bits = int(np.bitwise_or.reduce(whole.astype(np.int64), axis=None)) or 1
        unit = finest * float(bits & -bits)  # the largest power of two that divides all
        whole = np.rint(matrix / unit)
        reach = float(np.abs(whole).sum(0).max(initial=1.0))
        kept = min(_MOST_BITS, _EXACT_BITS - 1 - _exponent(max(reach, 1.0)))
        grid = math.ldexp(1.0, _exponent(bound) - kept)
        rounded = bound + grid / 2
        return cls(whole, unit, grid, max(reach * unit * rounded, math.ldexp(1.0, -60)))

    def __call__(self, gradient: Floats64) -> Floats64:
        """Map ``[..., outputs] -> [..., inputs]``."""
        product: Floats64 = np.rint(gradient / self.grid) @ self.matrix
        product *= self.unit * self.grid
        return product


def _exponent(x: float) -> int:
    """Return the least n for which ``x <= 2**n``. A platform's own logarithm might be off by one."""
    mantissa, exponent = math.frexp(x)
    return exponent - (mantissa == 0.5)
