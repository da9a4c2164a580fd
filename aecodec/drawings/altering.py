"""Lossy drawings: the encoder replaces pixels by others that take fewer bits, where the error is small.

The result is coded exactly, so decoding needs nothing new. :mod:`aecodec.drawings.restoration` may then bring it nearer
to the picture that was given.

First the picture gets fewer colours (:mod:`aecodec.drawings.palette`). Then the pixels are coded one by one. Some
symbols stand for one certain pixel each. The encoder compares the bits and the squared error of each of these pixels
with those of the pixel that is there, and takes the cheapest (rate-distortion optimized quantization). Later pixels
depend on the ones that were chosen. So an error counts more in a colour that the picture has often.
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

# These gave the fewest bytes at equal error, on training pictures: icons and glyphs.
_OFTEN, _POWER = 256, 0.6  # weight of an error: min(pixels of that colour, _OFTEN) ** _POWER


class AlteringEncoder(Encoder):
    """Writes the symbols of the pictures on ``canvas`` to ``writer``, and may change these pictures.

    ``slope`` is how many bits a squared error of one sample is worth. A grey pixel counts as three samples.
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
        """Replace pixels by offered ones, where these are cheaper."""
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
    """Return what an error counts for each of ``pixels``, flat: more for a colour that comes often."""
    _, inverse, counts = np.unique(pixels, return_inverse=True, return_counts=True)
    weights: Floats64 = np.minimum(counts, _OFTEN)[inverse.reshape(-1)] ** _POWER
    return weights
