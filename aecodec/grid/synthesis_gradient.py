"""The gradient of synthesis, in integers: the same on every machine.

A layer's incoming gradient is put on a grid so coarse that no partial sum of its products with int8 weights reaches
2**24, so that float32 carries them exactly. The grid follows from the largest gradient of the strip at hand. Where an
output was clipped it has no gradient; rounding passes it straight through (Bengio et al. 2013). The gradient of the
filter across borders of blocks is exact in float64, and is rounded to float32 before it goes on.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from aecodec.exact.sheets import Map, Sheet, chunks
from aecodec.grid.sheet_chain import Down, Up
from aecodec.grid.sheet_layers import Layer
from aecodec.grid.transforms import FRACTION, Synthesis, strips
from aecodec.limits import EXACT_FLOAT32, GRID_SIDE

Pull = list[tuple[int, int, NDArray[np.float32]]]  # row and column to look at, and the weights [outputs, channels]


class _Back:
    """A layer the other way: gradients of its outputs to gradients of its first input."""

    def __init__(self, layer: Layer) -> None:
        whole = [(down, right, matrix / layer.scale) for down, right, matrix in layer.sum.parts[0]]
        self.scale = layer.scale.astype(np.float32)  # of each output: its weights are integers times that
        self.pull: Pull = [(-down, -right, np.ascontiguousarray(each.T, np.float32)) for down, right, each in whole]
        reach = sum(np.abs(each).sum(1) for _, _, each in whole)
        self.most = (EXACT_FLOAT32 - 1) // max(1, int(np.max(reach)))  # whole: rounding does not go beyond it
        self.low, self.high = layer.sum.low, layer.sum.high

    def __call__(self, gradient: Sheet, after: Sheet | None, run: Map) -> Sheet:
        """``after`` is the layer's output, where that may have been clipped."""
        rows = gradient.rows * self.scale
        if after is not None:
            rows *= (after.rows > self.low) & (after.rows < self.high)
        largest = float(np.abs(rows).max(initial=0.0))
        unit = math.ldexp(1.0, math.frexp(largest / self.most)[1]) if largest else 1.0
        np.rint(rows / np.float32(unit), out=rows)
        made = gradient.like(self.pull[0][2].shape[1], np.float32)
        ends = gradient.reach

        def work(some: slice) -> None:
            out = made.rows[some]
            for number, (down, right, matrix) in enumerate(self.pull):
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


class SynthesisGradient:
    """How latents move half the squared error of the pixels, times 16."""

    def __init__(self, synthesis: Synthesis) -> None:
        self._synthesis = synthesis
        self._steps = synthesis.chain.steps
        self._backs = [_Back(step) if isinstance(step, Layer) else None for step in self._steps]
        self._linear = _Back(synthesis.linear)

    def __call__(
        self, latents: Sheet, pixels: NDArray[np.uint8], known: tuple[int, int], quality: int, run: Map
    ) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Gradient ``[h, w, channels]`` and errors ``[H, W, 3]`` in grey levels, of a grid whose picture is ``pixels``.

        Of that only ``known`` rows and columns count; what lies beyond is padding.
        """
        trace = [latents]
        for step in self._steps:
            before = trace[-1]
            trace.append(step([before], quality, np.float32, run) if isinstance(step, Layer) else step(before))
        values = trace[-1].inner[0] + self._synthesis.beside(latents, quality, run)
        found = np.clip(np.floor(values / FRACTION + np.float32(0.5)) + 128, 0, 255)
        error = (found - pixels).astype(np.float32)
        error[known[0] :] = 0
        error[:, known[1] :] = 0
        gradient = Sheet.of(error[None], np.float32)
        direct = self._linear(Down(GRID_SIDE)(self._before_filter(gradient, run)), None, run)
        for number in reversed(range(len(self._steps))):
            step, back = self._steps[number], self._backs[number]
            if back is not None:
                gradient = back(gradient, trace[number + 1], run)
            else:
                gradient = Down(step.by)(gradient) if isinstance(step, Up) else Up(step.by)(gradient)  # type: ignore[union-attr]
        total: NDArray[np.float32] = gradient.inner[0] + direct.inner[0]
        return total, error.astype(np.int32)

    def _before_filter(self, gradient: Sheet, run: Map) -> Sheet:
        postfilter = self._synthesis.postfilter
        if postfilter is None:
            return gradient
        return Sheet.of(postfilter.back(gradient.inner[0], run)[None], np.float32)

    def of_picture(
        self, latents: NDArray[np.int32], pixels: NDArray[np.uint8], known: tuple[int, int], quality: int, run: Map
    ) -> tuple[NDArray[np.float32], int]:
        """The same of a whole picture, a strip at a time; its squared error."""
        height, width = latents.shape[:2]
        found = np.empty(latents.shape, np.float32)
        squared = 0
        for first, last, top, bottom in strips(height, width, 2 * self._synthesis.halo):
            sheet = Sheet.of(latents[None, top:bottom], np.float64)
            inside = (min(known[0], bottom * GRID_SIDE) - top * GRID_SIDE, known[1])
            some = pixels[top * GRID_SIDE : bottom * GRID_SIDE]
            gradient, error = self(sheet, some, inside, quality, run)
            found[first:last] = gradient[first - top : last - top]
            squared += int(np.square(error[(first - top) * GRID_SIDE : (last - top) * GRID_SIDE], dtype=np.int64).sum())
        return found, squared
