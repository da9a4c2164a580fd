"""The squared error of one pixel in place of another."""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Floats64, Pixels
from aecodec.drawings.canvas import ALPHA, BLUE, GREEN, RED
from aecodec.drawings.inputs import channel

NEVER = 1e15  # more than any other


def squared_errors(pixels: Pixels, given: Pixels) -> Floats64:
    """Return the squared errors of ``pixels`` in place of ``given`` ones. The two are broadcast.

    An error is the sum over red, green and blue. It is 0 where alpha is 0, and NEVER where alpha differs.
    """
    found = np.zeros(np.broadcast_shapes(pixels.shape, given.shape))
    for shift in (RED, GREEN, BLUE):
        found += np.square(channel(pixels, shift) - channel(given, shift))
    alpha = channel(given, ALPHA)
    found = np.where(alpha == 0, 0.0, found)
    return np.where(channel(pixels, ALPHA) == alpha, found, NEVER)
