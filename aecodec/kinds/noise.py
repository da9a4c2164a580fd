"""Pseudo-random inputs of known answers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def noise(count: int) -> NDArray[np.uint8]:
    """Return ``count`` fixed pseudo-random grey levels, uint8 ``[count]``."""
    state, grey = 1, bytearray()
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2**31  # the generator that the C standard has as an example
        grey.append(state >> 16 & 255)
    return np.frombuffer(bytes(grey), np.uint8)
