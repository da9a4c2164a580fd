"""The gradient of a chain, the same on every machine: backpropagation in integers carried in float64.

A GEMM's partial sums depend on order unless they are exact. So before each product the incoming
gradient is put on a grid so coarse that no partial sum reaches 2**53, a bound that is known when
the gradient is built; everything else is elementwise, and IEEE arithmetic settles that.
A dense or convolutional layer's output has no gradient where it was clipped; rounding passes it straight
through, and so do the clips of ``round`` and of what ``add`` adds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aecodec.errors import ModelError
from aecodec.exact.affine import Conv, Floats, pixel_unshuffle, windows
from aecodec.exact.chain import Chain
from aecodec.exact.steps import Add, Concat, Convolution, Dense, Round, Shuffle, Step

Reals = NDArray[np.float64]
_EXACT_BITS = 53
_MOST_BITS = 24  # of the incoming gradient; more would be false precision
_STEEPEST = math.ldexp(1.0, 500)  # far beyond any trained chain, far below where float64 ends
Trace = list[Floats]


@dataclass(frozen=True)
class _Pull:
    """A product with ``matrix`` ``[outputs, inputs]`` in units of ``unit``, of gradients rounded to ``grid``."""

    matrix: Reals
    unit: float
    grid: float
    bound: float  # of what comes out

    @classmethod
    def of(cls, matrix: Reals, bound: float) -> _Pull:
        """For gradients of at most ``bound``."""
        finest = math.ldexp(1.0, -31)  # no layer shifts farther
        whole = np.rint(matrix / finest)
        common = np.gcd.reduce(whole.astype(np.int64), axis=None) or 1
        unit = finest * float(common & -common)
        whole = np.rint(matrix / unit)
        reach = float(np.abs(whole).sum(0).max(initial=1.0))
        bits = min(_MOST_BITS, _EXACT_BITS - 1 - _exponent(max(reach, 1.0)))
        grid = math.ldexp(1.0, _exponent(bound) - bits)
        rounded = bound + grid / 2
        return cls(whole, unit, grid, max(reach * unit * rounded, math.ldexp(1.0, -60)))

    def __call__(self, gradient: Reals) -> Reals:
        product: Reals = np.rint(gradient / self.grid) @ self.matrix
        product *= self.unit * self.grid
        return product


def _exponent(x: float) -> int:
    """The least n for which ``x <= 2**n``; a logarithm of the platform's might be one off."""
    mantissa, exponent = math.frexp(x)
    return exponent - (mantissa == 0.5)


class Gradient:
    """How a chain's inputs move half its squared error."""

    def __init__(self, chain: Chain, error_max: int) -> None:
        """``error_max`` bounds what :meth:`pull` is given. Raises ModelError where gradients leave float64."""
        self._steps = chain.steps
        self._pulls: list[_Pull | None] = []
        bound = float(error_max)
        for step in reversed(chain.steps):
            pull = _pull_of(step, bound)
            self._pulls.insert(0, pull)
            if isinstance(step, Round):
                bound = math.ldexp(bound, -step.shift)
            elif pull is not None and not isinstance(step, Add):
                bound = pull.bound
            if bound > _STEEPEST:
                raise ModelError("a chain is too steep for its gradient; the model cannot be searched with")

    def forward(self, x: Floats) -> Trace:
        """The chain's values from ``x`` to its output."""
        trace = [x]
        for step in self._steps:
            trace.append(step(trace[-1], x))
        return trace

    def pull(self, trace: Trace, error: Reals) -> Reals:
        """``J.T @ error`` for each row, ``[B, inputs]``; ``error`` is shaped like the output, in its units."""
        gradient = error
        direct = np.zeros((len(error), math.prod(trace[0].shape[1:])))
        for number in reversed(range(len(self._steps))):
            step, pull, before, after = self._steps[number], self._pulls[number], trace[number], trace[number + 1]
            if isinstance(step, Add) and pull is not None:
                direct += pull(gradient.reshape(len(gradient), -1))
            elif isinstance(step, Concat):
                gradient, rest = np.split(gradient, [before.shape[1]], axis=1)
                direct += rest
            else:
                gradient = _back(step, pull, before, after, gradient)
        direct += gradient.reshape(direct.shape)
        return direct


def _pull_of(step: Step, bound: float) -> _Pull | None:
    if isinstance(step, Dense | Add):
        return _Pull.of(step.affine.matrix.T.astype(np.float64), bound)
    if isinstance(step, Convolution):
        return _Pull.of(_turned(step.conv), bound)
    return None


def _back(step: Step, pull: _Pull | None, before: Floats, after: Floats, gradient: Reals) -> Reals:
    if isinstance(step, Round):
        return gradient * 2.0**-step.shift
    if isinstance(step, Shuffle):
        return pixel_unshuffle(gradient)
    if pull is not None and isinstance(step, Dense | Convolution):
        affine = step.affine if isinstance(step, Dense) else step.conv.affine
        gradient = gradient * ((after > affine.low) & (after < affine.high))
        if isinstance(step, Convolution):
            spaced = np.zeros((*before.shape[:3], after.shape[3]))
            spaced[:, :: step.conv.stride, :: step.conv.stride] = gradient
            gradient = windows(spaced, step.conv.kernel)
        gradient = pull(gradient)
    return gradient.reshape(before.shape)


def _turned(conv: Conv) -> Reals:
    """A convolution's matrix for the way back: rows run over kernel row, kernel column, output."""
    kernel, outputs = conv.kernel, conv.affine.matrix.shape[1]
    taps = conv.affine.matrix.reshape(kernel, kernel, -1, outputs)[::-1, ::-1]
    return taps.transpose(0, 1, 3, 2).reshape(kernel * kernel * outputs, -1).astype(np.float64)
