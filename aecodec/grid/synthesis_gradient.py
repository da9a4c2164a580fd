"""The gradient of synthesis, in integers: the same on every machine.

Each operation of synthesis says itself what it passes back (:mod:`aecodec.exact.sheet_operations`). The gradient of the
filter across borders of blocks is exact in float64. It is rounded to float32 before it goes on.
"""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Floats32, Integers, Integers32, Integers64
from aecodec.exact.sheet_gradient import LayerGradient
from aecodec.exact.sheets import Map, Sheet, gathered
from aecodec.grid.eyes import weighed
from aecodec.grid.transforms import FRACTION, Synthesis, strips
from aecodec.limits import GRID_SIDE


class SynthesisGradient:
    """The gradient of half the squared error of pixels with respect to latents, times 16."""

    def __init__(self, synthesis: Synthesis) -> None:
        self._synthesis = synthesis
        self._steps = synthesis.chain.steps
        self._backs = [step.backward() for step in reversed(self._steps)]
        self._linear = LayerGradient(synthesis.linear)

    def __call__(
        self, latents: Sheet, pixels: Integers, known: tuple[int, int], quality: int, run: Map
    ) -> tuple[Floats32, Integers32]:
        """Return the gradient ``[h, w, channels]`` of a grid's latents, and errors ``[H, W, 3]`` in grey levels.

        ``pixels`` ``[H, W, 3]`` are its padded picture. Only ``known`` rows and columns of it count.
        """
        trace = [latents]
        for step in self._steps:
            trace.append(step(trace[-1], quality, run))
        values = trace[-1].inner[0] + self._synthesis.beside(latents, quality, run)
        found = np.clip(np.floor(values / FRACTION + np.float32(0.5)) + 128, 0, 255)
        error = (found - pixels).astype(np.float32)
        error[known[0] :] = 0
        error[:, known[1] :] = 0
        gradient = Sheet.of(error[None], np.float32)
        direct = self._linear(gathered(self._before_filter(gradient, run), GRID_SIDE), None, run)
        for back, before, after in zip(self._backs, trace[-2::-1], trace[:0:-1], strict=True):
            gradient = back(gradient, before, after, run)
        total: Floats32 = gradient.inner[0] + direct.inner[0]
        return total, error.astype(np.int32)

    def _before_filter(self, gradient: Sheet, run: Map) -> Sheet:
        postfilter = self._synthesis.postfilter
        if postfilter is None:
            return gradient
        return Sheet.of(postfilter.back(gradient.inner[0], run)[None], np.float32)

    def of_picture(
        self,
        latents: Integers32,
        pixels: Integers,
        known: tuple[int, int],
        quality: int,
        run: Map,
        counted: Integers64 | None = None,
    ) -> tuple[Floats32, int]:
        """Return the gradient of a whole picture's latents, and its squared error, as errors count at each place if
        they are ``counted`` (:mod:`aecodec.grid.eyes`). It goes strip by strip.
        """
        height, width = latents.shape[:2]
        found = np.empty(latents.shape, np.float32)
        squared = 0
        for first, last, top, bottom in strips(height, width, 2 * self._synthesis.halo):
            sheet = Sheet.of(latents[None, top:bottom], np.float64)
            inside = (min(known[0], bottom * GRID_SIDE) - top * GRID_SIDE, known[1])
            some = pixels[top * GRID_SIDE : bottom * GRID_SIDE]
            gradient, error = self(sheet, some, inside, quality, run)
            found[first:last] = gradient[first - top : last - top]
            own = error[(first - top) * GRID_SIDE : (last - top) * GRID_SIDE]
            if counted is None:
                squared += int(np.square(own, dtype=np.int64).sum())
            else:
                squared += weighed(own, counted[first:last])
        return found, squared
