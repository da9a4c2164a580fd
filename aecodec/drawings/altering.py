"""Drawings that need not stay as they are: pixels give way to those that take fewer bits, where that costs little.

The decoder knows nothing of it. Wherever a symbol stands for one pixel, the encoder compares bits and squared error of
all such, and of the pixel that there should be (rate-distortion optimized quantization, pixel by pixel). Later pixels
follow those chosen, so an error in a colour that the picture has often weighs more, and a pixel that the decoder cannot
foresee costs more than its own bits: it makes others less foreseeable, too.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aecodec.arrays import Floats64, Indices, Integers, Integers64, Pixels
from aecodec.drawings.canvas import ALPHA, BLUE, GREEN, RED, Canvas
from aecodec.drawings.coder import Encoder
from aecodec.drawings.inputs import channel
from aecodec.drawings.protocol import Offers
from aecodec.entropy import StreamWriter
from aecodec.limits import FREQUENCY_TOTAL

# Best for bytes at equal error, on training pictures: icons and glyphs, at five errors each.
_OFTEN, _POWER = 256, 0.8  # a colour weighs as many pixels as there are of it, up to so many, to this power
_UNFORESEEN = 20.0  # bits, for a pixel that is no candidate, beside those of saying so
_OTHER = 10.0  # and for one that is not the only one that was offered
_NEVER = 1e15


class AlteringEncoder(Encoder):
    """Symbols of the pictures of ``canvas``, which may change there, to ``writer``.

    ``slope`` is what a squared error is worth, in bits: for colours of each sample, and for grey ones of all three.
    """

    def __init__(self, canvas: Canvas, writer: StreamWriter, slope: float) -> None:
        super().__init__(canvas, writer)
        self._slopes = slope * _often(canvas)

    def code(
        self,
        lanes: Indices,
        freq: Integers64,
        symbols: Callable[[Pixels], Integers],
        offers: Offers | None = None,
    ) -> Integers:
        """See Coder."""
        if offers is not None and len(lanes):
            self._alter(lanes, freq, offers)
        return super().code(lanes, freq, symbols)

    def _alter(self, lanes: Indices, freq: Integers64, offers: Offers) -> None:
        """Put pixels that are offered where they should come, if that is cheaper."""
        wanted = self._canvas.take(lanes)
        bits = np.log2(FREQUENCY_TOTAL) - np.log2(freq)
        count = len(offers.pixels)
        costs = bits[:, offers.first : offers.first + count].T + self._slopes[lanes] * _squared(offers.pixels, wanted)
        costs[~offers.valid] = _NEVER
        best = costs.argmin(0)
        pixels, cost = (each[best, np.arange(len(lanes))] for each in (offers.pixels, costs))
        cheaper = cost < bits[:, offers.kept] + (_OTHER if count == 1 else _UNFORESEEN)
        self._canvas.change(lanes[cheaper], pixels[cheaper])


def _often(canvas: Canvas) -> Floats64:
    """Return the weight of each cell, by how many pixels of its picture are the same."""
    weights = []
    for pixels in canvas.each():
        _, inverse, counts = np.unique(pixels, return_inverse=True, return_counts=True)
        weights.append(np.minimum(counts, _OFTEN)[inverse.reshape(-1)] ** _POWER)
    return np.concatenate(weights)


def _squared(pixels: Pixels, wanted: Pixels) -> Floats64:
    """Return the squared errors of ``pixels`` ``[offers, lanes]`` where others are ``wanted`` ``[lanes]``: none where
    nothing is seen, too large where alpha differs.
    """
    found = np.zeros(pixels.shape)
    for shift in (RED, GREEN, BLUE):
        found += np.square(channel(pixels, shift) - channel(wanted, shift))
    alpha = channel(wanted, ALPHA)
    found[:, alpha == 0] = 0
    found[channel(pixels, ALPHA) != alpha] = _NEVER
    return found
