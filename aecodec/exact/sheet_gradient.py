"""The gradient of a layer over sheets, in integers: the same on every machine.

The incoming gradient is rounded to a grid, which is so coarse that no partial sum of its products with int8 weights
reaches 2**24. So float32 carries the sums exactly. The grid follows from the largest gradient in the sheet. A clipped
output has no gradient. Rounding passes gradients straight through (Bengio et al. 2013).
"""

from __future__ import annotations

import math

import numpy as np

from aecodec.arrays import Floats32
from aecodec.exact.sheet_layers import Layer
from aecodec.exact.sheets import Map, Sheet, chunks
from aecodec.limits import EXACT_FLOAT32

Pull = list[tuple[int, int, Floats32]]  # row and column to look at, and the weights [outputs, channels]


class LayerGradient:
    """The way back of a layer: gradients of its outputs to gradients of its first input."""

    def __init__(self, layer: Layer) -> None:
        """Prepare the weights of ``layer`` for the way back."""
        whole = [(down, right, matrix / layer.scale) for down, right, matrix in layer.sum.parts[0]]
        self._scale = layer.scale.astype(np.float32)  # of each output; its weights are integers times its scale
        self._pull: Pull = [(-down, -right, np.ascontiguousarray(each.T, np.float32)) for down, right, each in whole]
        reach = sum(np.abs(each).sum(1) for _, _, each in whole)
        self._most = (EXACT_FLOAT32 - 1) // max(1, int(np.max(reach)))  # an integer, so rounding stays within it
        self._low, self._high = layer.sum.low, layer.sum.high

    def __call__(self, gradient: Sheet, after: Sheet | None, run: Map) -> Sheet:
        """Return the gradient of the first input. ``after`` is the layer's output, or None if nothing was clipped."""
        rows = gradient.rows * self._scale
        if after is not None:
            rows *= (after.rows > self._low) & (after.rows < self._high)
        largest = float(np.abs(rows).max(initial=0.0))
        unit = math.ldexp(1.0, math.frexp(largest / self._most)[1]) if largest else 1.0
        np.rint(rows / np.float32(unit), out=rows)
        made = gradient.like(self._pull[0][2].shape[1], np.float32)
        ends = gradient.reach

        def work(some: slice) -> None:
            out = made.rows[some]
            for number, (down, right, matrix) in enumerate(self._pull):
                shift = down * (gradient.width + 2) + right
                found = rows[some.start + shift : some.stop + shift] @ matrix
                if number:
                    out += found
                else:
                    out[...] = found
            out *= np.float32(unit)

        for _ in run(work, chunks(ends, len(rows) - ends)):
            pass
        made.clear_borders()
        return made
