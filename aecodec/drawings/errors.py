"""How wrong a pixel is in the place of another."""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Floats64, Pixels
from aecodec.drawings.canvas import ALPHA, BLUE, GREEN, RED
from aecodec.drawings.inputs import channel

NEVER = 1e15  # more than any other


def squared_errors(pixels: Pixels, given: Pixels) -> Floats64:
    """Return the squared errors of ``pixels`` where others were ``given``, as far as both can be broadcast.

    That is the sum over red, green and blue; 0 where nothing can be seen, NEVER where alpha is other.
    """
    found = np.zeros(np.broadcast_shapes(pixels.shape, given.shape))
    for shift in (RED, GREEN, BLUE):
        found += np.square(channel(pixels, shift) - channel(given, shift))
    alpha = channel(given, ALPHA)
    found = np.where(alpha == 0, 0.0, found)
    return np.where(channel(pixels, ALPHA) == alpha, found, NEVER)
