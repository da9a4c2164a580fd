"""The gradient of a chain, the same on every machine: backpropagation in integers carried in float64.

Products with weights are exact (:mod:`aecodec.exact.product`); everything else is elementwise, and IEEE arithmetic
settles that. What each operation passes back it says itself (:mod:`aecodec.exact.operations`).
"""

from __future__ import annotations

import math

import numpy as np

from aecodec.arrays import Floats32, Floats64
from aecodec.errors import ModelError
from aecodec.exact.chain import Chain
from aecodec.exact.operations import Backward

_STEEPEST = math.ldexp(1.0, 500)  # far beyond any trained chain, far below where float64 ends
Trace = list[Floats32]


class Gradient:
    """How a chain's inputs move half its squared error."""

    def __init__(self, chain: Chain, error_max: int) -> None:
        """Prepare for errors that ``error_max`` bounds: what :meth:`pull` is given. Raises ModelError where
        gradients leave float64.
        """
        self._steps = chain.steps
        self._backs: list[Backward] = []  # from the last step to the first
        bound = float(error_max)
        for step in reversed(chain.steps):
            back = step.backward(bound)
            bound = back.bound
            if bound > _STEEPEST:
                raise ModelError("a chain is too steep for its gradient; the model cannot be searched with")
            self._backs.append(back)

    def forward(self, x: Floats32) -> Trace:
        """Return the chain's values from ``x`` to its output."""
        trace = [x]
        for step in self._steps:
            trace.append(step(trace[-1], x))
        return trace

    def pull(self, trace: Trace, error: Floats64) -> Floats64:
        """Return ``J.T @ error`` for each row, ``[B, inputs]``; ``error`` is shaped like the output, in its units."""
        gradient = error
        total = np.zeros((len(error), math.prod(trace[0].shape[1:])))
        for back, before, after in zip(self._backs, trace[-2::-1], trace[:0:-1], strict=True):
            gradient, direct = back(gradient, before, after)
            if direct is not None:
                total += direct
        total += gradient.reshape(total.shape)
        return total
