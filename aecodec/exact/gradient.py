"""The gradient of a chain, the same on every machine: backpropagation in integers carried in float64.

Products with weights are exact (:mod:`aecodec.exact.product`). All else is elementwise, so IEEE arithmetic gives the
same bits everywhere. Each operation says itself what it passes back (:mod:`aecodec.exact.operations`).
"""

from __future__ import annotations

import math

import numpy as np

from aecodec.arrays import Floats32, Floats64
from aecodec.errors import ModelError
from aecodec.exact.chain import Chain
from aecodec.exact.operations import Backward

_STEEPEST = math.ldexp(1.0, 500)  # far above any trained chain's gradients, far below the end of float64
Trace = list[Floats32]  # the input of a chain, then the output of each of its steps


class Gradient:
    """The gradient of half a chain's squared error with respect to the chain's inputs."""

    def __init__(self, chain: Chain, error_max: int) -> None:
        """Prepare for errors of at most ``error_max``, either way. Raises ModelError where gradients leave float64."""
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
        """Return the values of the chain, from the input ``x`` ``[B, *input_shape]`` to the output."""
        trace = [x]
        for step in self._steps:
            trace.append(step(trace[-1], x))
        return trace

    def pull(self, trace: Trace, error: Floats64) -> Floats64:
        """Return ``J.T @ error`` for each of the batch, ``[B, inputs]``, with the Jacobian J of the chain.

        ``error`` has the shape and the units of the output.
        """
        gradient = error
        total = np.zeros((len(error), math.prod(trace[0].shape[1:])))
        for back, before, after in zip(self._backs, trace[-2::-1], trace[:0:-1], strict=True):
            gradient, direct = back(gradient, before, after)
            if direct is not None:
                total += direct
        total += gradient.reshape(total.shape)
        return total
