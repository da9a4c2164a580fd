"""Gains: the factors by which latents are scaled before they are rounded, by channel and quality.

A log-gain is log2 of a gain, in 1/96. It is stored for qualities 0, 10, ..., 100, and is linear between them (Cui et
al. 2021). A symbol is multiplied by the step: 2**(15 - log-gain / 96), rounded down, in 1/256 of the latents' unit.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from aecodec.arrays import Integers16, Integers64
from aecodec.errors import ModelError
from aecodec.limits import GRID_VALUE_MAX

OCTAVE = 96  # units of a log-gain, and of a log-scale, in a factor of two
ANCHOR_DISTANCE = 10  # qualities
BEST = 100
GAIN_MAX = 8 * OCTAVE  # either way, so that steps are 2**7 to 2**23
STEP_BITS = 8  # of a step's fraction


class Gains:
    """The gains of some channels, from stored log-gains, int16 ``[11, channels]``."""

    def __init__(self, stored: Integers16) -> None:
        """Check the gains. Raises ModelError for another number of stored qualities, or a gain out of range."""
        if stored.ndim != 2 or len(stored) != BEST // ANCHOR_DISTANCE + 1:
            raise ModelError(f"gains of shape {stored.shape}")
        if np.abs(stored.astype(np.int64)).max(initial=0) > GAIN_MAX:
            raise ModelError("a gain is out of range")
        self._stored = stored.astype(np.int64)

    def at(self, quality: int) -> Integers64:
        """Return the log-gains at ``quality``, 0 to 100, int64 ``[channels]``, in 1/96 octave."""
        left = min(quality // ANCHOR_DISTANCE, BEST // ANCHOR_DISTANCE - 1)
        part = quality - left * ANCHOR_DISTANCE
        weighted = self._stored[left] * (ANCHOR_DISTANCE - part) + self._stored[left + 1] * part
        found: Integers64 = (weighted + ANCHOR_DISTANCE // 2) // ANCHOR_DISTANCE
        return found

    def steps(self, quality: int) -> Integers64:
        """Return the steps at ``quality``, int64 ``[channels]``, in 1/256 of the latents' unit."""
        return steps_of(self.at(quality))


def steps_of(gains: Integers64) -> Integers64:
    """Return the steps of log-gains: ``floor(2**(15 - gain / 96))``."""
    table = _steps()
    found: Integers64 = table[gains + GAIN_MAX]
    return found


@cache
def _steps() -> Integers64:
    return np.array([power_of_two(15 * OCTAVE - gain, OCTAVE) for gain in range(-GAIN_MAX, GAIN_MAX + 1)], np.int64)


def power_of_two(exponent: int, parts: int) -> int:
    """Return ``floor(2**(exponent / parts))``: the largest n with ``n**parts <= 2**exponent``."""
    most, low, high = 1 << exponent, 0, 1 << (exponent // parts + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**parts <= most else (low, middle)
    return low


def dequantized(means: Integers64, halves: Integers64, steps: Integers64) -> Integers64:
    """Return the latents of a decoder: ``mean + round(halves * step / 2)``, clipped, int64 ``[..., channels]``.

    ``halves`` are half steps: two for each symbol, where quantization is not dependent.
    """
    found: Integers64 = means + ((halves * steps + (1 << STEP_BITS)) >> (STEP_BITS + 1))
    return np.clip(found, -GRID_VALUE_MAX, GRID_VALUE_MAX, out=found)


def quantized(values: Integers64, means: Integers64, steps: Integers64, most: int) -> Integers64:
    """Return the symbols nearest to ``values``, int64 ``[..., channels]``, clipped to ``most`` either way."""
    away = (values - means) << (STEP_BITS + 1)
    found: Integers64 = (away + steps) // (2 * steps)
    return np.clip(found, -most, most, out=found)
