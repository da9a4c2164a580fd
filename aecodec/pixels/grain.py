"""Samples of many bits as the grey levels that predictions and networks know.

Networks know photographs of 8 bits, in which neighbours differ by a few grey levels. So of deeper samples a grey level
is made as wide as suits their noise, ``2**exponent`` values, and the value in the middle becomes grey 128. Then all
that is known of 8 bits holds, but that there are darker and lighter greys than 0 and 255, and fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from aecodec.arrays import Floats32, Integers64
from aecodec.pixels.inputs import UNIT, UNIT_BITS

MOST_EXPONENT = UNIT_BITS  # then a value is 1/64 of a grey level, in which predictions count
_MIDDLE = 128  # grey
_BRIGHT_BITS = 9
_F = np.float32


class Lanes(NamedTuple):
    """What is known of the picture that each lane is of, ``[lanes]``: samples are 0 to ``counts - 1``, ``bits`` each;
    ``middles`` are grey 128, and a value is ``parts`` of 64 of a grey level, which is ``2**exponents`` values.
    """

    exponents: Integers64
    counts: Integers64
    bits: Integers64
    middles: Integers64
    parts: Integers64

    def greys(self, values: Integers64) -> Floats32:
        """Return ``values`` ``[..., lanes]`` in grey levels: multiples of 1/64 below 2**17, so exact."""
        parts = ((values - self.middles) * self.parts).astype(_F)
        found: Floats32 = parts * _F(1 / UNIT) + _F(_MIDDLE)
        return found

    def edges(self, means: Integers64) -> Integers64:
        """Return how far ``means`` ``[..., lanes]``, in 1/64 grey level, lie above the lower edge of value 0, in 1/128
        grey level. The edge is half a value below that value.
        """
        found: Integers64 = 2 * (means - _MIDDLE * UNIT + self.middles * self.parts) + self.parts
        return found


class Grain:
    """Of pictures in lockstep: samples of each are 0 to ``counts - 1``, and ``2**exponents`` of them a grey level.

    Lanes run over rows, then pictures.
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
        """How many there are."""
        return len(self._low)

    def bounds(self, lanes: int) -> tuple[Floats32, Floats32]:
        """Return the darkest and the lightest grey that there is in each of so many lanes, in 1/64."""
        times = lanes // self.pictures
        return np.tile(self._low, times), np.tile(self._high, times)

    def brightness(self, greys: Floats32) -> Floats32:
        """Return how bright ``greys`` ``[..., lanes]`` are, which count in 1/64: from -256 to some 255 for the
        lightest.
        """
        times = greys.shape[-1] // self.pictures
        above = (greys - np.tile(self._low, times)) * np.tile(self._bright, times)
        found: Floats32 = np.floor(above) - _F(1 << _BRIGHT_BITS - 1)
        return found

    def spread(self, lanes: int) -> Lanes:
        """Return what is known of each of so many lanes; that of the last number of lanes is kept."""
        if len(self._spread.counts) != lanes:
            self._spread = Lanes(*(np.tile(each, lanes // self.pictures) for each in self._known))
        return self._spread
