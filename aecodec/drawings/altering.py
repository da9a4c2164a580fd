"""Drawings that need not stay as they are: pixels give way to those that take fewer bits, where that costs little.

The decoder of pixels knows nothing of it; :mod:`aecodec.drawings.restoration` may bring what comes out nearer to what
was given. First a picture gets fewer colours (:mod:`aecodec.drawings.palette`). Then, wherever a
symbol stands for one pixel, the encoder compares bits and squared error of all such, and of the pixel that there is
(rate-distortion optimized quantization, pixel by pixel). Later pixels follow those chosen, so an error in a colour that
the picture has often weighs more.
"""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Floats64, Indices, Integers, Integers64, Pixels
from aecodec.drawings.canvas import Canvas
from aecodec.drawings.coder import Encoder
from aecodec.drawings.errors import NEVER, squared_errors
from aecodec.drawings.palette import with_fewer_colours
from aecodec.drawings.prices import Prices
from aecodec.drawings.protocol import Offers, Symbols
from aecodec.entropy import StreamWriter
from aecodec.limits import FREQUENCY_TOTAL

# Best for bytes at equal error, on training pictures: icons and glyphs.
_OFTEN, _POWER = 256, 0.6  # a colour weighs as many pixels as there are of it, up to so many, to this power


class AlteringEncoder(Encoder):
    """Symbols of the pictures of ``canvas``, which may change there, to ``writer``.

    ``slope`` is what a squared error is worth, in bits: for colours of each sample, and for grey ones of all three.
    """

    def __init__(self, canvas: Canvas, writer: StreamWriter, slope: float, prices: Prices) -> None:
        super().__init__(canvas, writer)
        slope *= prices.share
        self._prices = prices
        self._given = canvas.pixels().copy()
        slopes = []
        for pixels in canvas.each():
            pixels[...] = with_fewer_colours(pixels, slope, prices.colour)
            slopes.append(slope * _often(pixels))
        self._slopes = np.concatenate(slopes)

    def code(self, lanes: Indices, freq: Integers64, symbols: Symbols, offers: Offers | None = None) -> Integers:
        """See Coder."""
        if offers is not None and len(lanes):
            self._alter(lanes, freq, offers)
        return super().code(lanes, freq, symbols)

    def _alter(self, lanes: Indices, freq: Integers64, offers: Offers) -> None:
        """Put pixels that are offered where others are, if that is cheaper."""
        given, slopes = self._given[lanes], self._slopes[lanes]
        bits = np.log2(FREQUENCY_TOTAL) - np.log2(freq)
        costs = slopes * squared_errors(offers.pixels, given)
        costs += bits[:, offers.first : offers.first + len(costs)].T
        costs[~offers.valid] = NEVER
        best = costs.argmin(0)
        pixels, cost = (each[best, np.arange(len(lanes))] for each in (offers.pixels, costs))
        kept = bits[:, offers.kept] + (self._prices.other if len(costs) == 1 else self._prices.unforeseen)
        kept += slopes * squared_errors(self._canvas.take(lanes), given)
        cheaper = cost < kept
        self._canvas.change(lanes[cheaper], pixels[cheaper])


def _often(pixels: Pixels) -> Floats64:
    """Return the weights of ``pixels`` of a picture, by how many are the same; flat."""
    _, inverse, counts = np.unique(pixels, return_inverse=True, return_counts=True)
    weights: Floats64 = np.minimum(counts, _OFTEN)[inverse.reshape(-1)] ** _POWER
    return weights
