"""Corrects what the networks predict, by how well they did so far: the widths of distributions, and their means.

The networks know photographs of 8 bits. In deep samples the noise may be far less than the slopes, or of another kind.
So the outcome of the predictions is counted, apart for each picture, each colour, and each octave of the local scale.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from aecodec.arrays import Floats32, Integers64
from aecodec.entropy.tables import COST_UNIT_BITS, log2_fixed, power
from aecodec.pixels.inputs import UNIT, UNIT_BITS
from aecodec.pixels.order import Memory

_CLASSES = 9  # octaves of the local scale, from half a grey level on
_MOST_COUNTED = 512  # samples; after so many, earlier ones are forgotten
_BEGIN = 16  # samples that count as predicted rightly at the beginning
_RATIO_BITS = 8  # of a distance in widths, below the point
_USUAL, _MOST = 355, 1280  # distances in 1/256 width: the mean of a logistic distribution, and the most that counts
_SPEED = 64  # of learning corrections
_FRACTION_BITS = 8  # of a correction in 1/64 octave
_MOST_CORRECTION = 512 << _FRACTION_BITS
_FORGET_BITS = 10  # each step forgets 2**-10 of the errors
_LOWEST = -512  # 64 log2 of a distance in widths; lower ones count as this


class Calibration:
    """The corrections of widths and the errors of means, for each colour, picture and class of the local scale.

    For each step of the ``memory`` the caller first calls :meth:`correct`, then :meth:`learn`.
    """

    def __init__(self, memory: Memory) -> None:
        self._count = memory.count
        states = memory.colours * memory.count * _CLASSES
        self._correction, self._seen = np.zeros(states, np.int64), np.full(states, _BEGIN)
        self._errors = np.zeros((2, states), np.int64)  # of predictions, and of the networks' means

    def correct(
        self, octaves: Integers64, prediction: Integers64, mean: Integers64, width: Integers64
    ) -> tuple[Integers64, Integers64]:
        """Return better means and widths than ``mean`` and ``width``.

        All arrays are int64 ``[colours, lanes]``: means in 1/64 grey level, widths in 1/64 octave. The ``prediction``
        replaces the mean where it was nearer so far. ``octaves`` are 64 log2 of the local scale in grey levels, from
        -64 on.
        """
        colours, lanes = mean.shape
        octave = np.minimum((octaves >> UNIT_BITS) + 1, _CLASSES - 1)
        state = np.arange(colours)[:, None] * self._count + np.arange(lanes) % self._count
        self._state = state * _CLASSES + octave
        better = self._errors[0] < self._errors[1]
        self._means = prediction, mean
        self._mean = np.where(better[self._state], prediction, mean)
        half = 1 << (_FRACTION_BITS - 1)
        self._width = width + ((self._correction[self._state] + half) >> _FRACTION_BITS)
        return self._mean, self._width

    def learn(self, greys: Floats32, lanes: list[slice]) -> None:
        """Learn samples in ``greys`` ``[colours, lanes]``, in grey levels. ``lanes`` says where each colour has any."""
        found = (greys * UNIT).astype(np.int64)
        for colour, some in enumerate(lanes):
            state, values = self._state[colour, some], found[colour, some]
            self._count_widths(state, np.abs(values - self._mean[colour, some]), self._width[colour, some])
            for errors, means in zip(self._errors, self._means, strict=True):
                errors += self._sums(state, np.abs(values - means[colour, some]))
        self._errors -= self._errors >> _FORGET_BITS

    def _count_widths(self, state: Integers64, away: Integers64, width: Integers64) -> None:
        octaves = (log2_fixed(np.maximum(away, 1)) >> (COST_UNIT_BITS - UNIT_BITS)) - (UNIT_BITS << UNIT_BITS) - width
        wider = np.where(away > 0, _ratios()[np.minimum(np.maximum(octaves, _LOWEST), -_LOWEST) - _LOWEST], 0) - _USUAL
        self._seen = np.minimum(self._seen + np.bincount(state, minlength=len(self._seen)), _MOST_COUNTED)
        self._correction += _SPEED * self._sums(state, wider) // self._seen
        np.clip(self._correction, -_MOST_CORRECTION, _MOST_CORRECTION, out=self._correction)

    def _sums(self, state: Integers64, values: Integers64) -> Integers64:
        """Return the sums of ``values`` for each state. They are exact: integers below 2**53."""
        return np.bincount(state, values, len(self._seen)).astype(np.int64)


@cache
def _ratios() -> Integers64:
    """Return the table of distances in 1/256 width, by 64 log2 of the distance in widths, from ``_LOWEST`` on."""
    return np.minimum(power(np.arange(_LOWEST, 1 - _LOWEST) * 4, _RATIO_BITS), _MOST)
