"""Samples of more than 8 bits as the grey levels that predictions and networks know.

The networks know photographs of 8 bits, in which neighbours differ by a few grey levels. So a grey level of deeper
samples is made as wide as suits their noise: it is ``2**exponent`` values. The value in the middle becomes grey 128.
Then all that holds for 8 bits holds here. Only, greys may be fractions, or lie below 0 and above 255.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from aecodec.arrays import Floats32, Integers64
from aecodec.pixels.inputs import UNIT, UNIT_BITS

MOST_EXPONENT = UNIT_BITS  # with which a value is 1/64 of a grey level, the unit of predictions
_MIDDLE = 128  # grey
_BRIGHT_BITS = 9
_F = np.float32


class Lanes(NamedTuple):
    """For each lane, what is known of its picture, int64 ``[lanes]`` each.

    Samples are values 0 to ``counts - 1``, of ``bits`` each. A grey level is ``2**exponents`` values, so a value is
    ``parts`` / 64 of a grey level. The value ``middles`` is grey 128.
    """

    exponents: Integers64
    counts: Integers64
    bits: Integers64
    middles: Integers64
    parts: Integers64

    def greys(self, values: Integers64) -> Floats32:
        """Return ``values`` ``[..., lanes]`` in grey levels. They are exact: multiples of 1/64 below 2**17."""
        parts = ((values - self.middles) * self.parts).astype(_F)
        found: Floats32 = parts * _F(1 / UNIT) + _F(_MIDDLE)
        return found

    def edges(self, means: Integers64) -> Integers64:
        """Return how far ``means`` ``[..., lanes]`` lie above the lower edge of value 0, in 1/128 grey level.

        The means are in 1/64 grey level. The edge is half a value below value 0.
        """
        found: Integers64 = 2 * (means - _MIDDLE * UNIT + self.middles * self.parts) + self.parts
        return found


class Grain:
    """The grain of each picture in lockstep: samples are 0 to ``counts - 1``, a grey level is ``2**exponents`` of them.

    Lanes run over rows, and in a row over the pictures.
    """

    def __init__(self, exponents: Sequence[int], counts: Sequence[int]) -> None:
        widths, numbers = np.array(exponents, np.int64), np.array(counts, np.int64)
        bits = np.array([(count - 1).bit_length() for count in counts], np.int64)
        middles, parts = numbers // 2, UNIT >> widths
        self._known = Lanes(widths, numbers, bits, middles, parts)
        low = _MIDDLE * UNIT - middles * parts
        span = (numbers - 1) * parts
        self._low, self._high = low.astype(_F), (low + span).astype(_F)
        self._bright = np.array([2.0 ** (_BRIGHT_BITS - int(each).bit_length()) for each in span], _F)
        self._spread = self._known

    @property
    def pictures(self) -> int:
        """How many pictures there are."""
        return len(self._low)

    def bounds(self, lanes: int) -> tuple[Floats32, Floats32]:
        """Return the darkest and the lightest possible grey of each of so many lanes, in 1/64 grey level."""
        times = lanes // self.pictures
        return np.tile(self._low, times), np.tile(self._high, times)

    def brightness(self, greys: Floats32) -> Floats32:
        """Return how bright ``greys`` ``[..., lanes]`` in 1/64 grey level are: -256 for the darkest, to 255 at most."""
        times = greys.shape[-1] // self.pictures
        above = (greys - np.tile(self._low, times)) * np.tile(self._bright, times)
        found: Floats32 = np.floor(above) - _F(1 << _BRIGHT_BITS - 1)
        return found

    def spread(self, lanes: int) -> Lanes:
        """Return what is known of each of so many lanes. The last answer is kept for the next call."""
        if len(self._spread.counts) != lanes:
            self._spread = Lanes(*(np.tile(each, lanes // self.pictures) for each in self._known))
        return self._spread
