"""Frequency tables of a sample's distance from its mean: for each class of scale, class of tail, and phase of the mean.

The distribution is a mixture of two logistic distributions with the same mean. The second is wider by a fixed factor.
(Salimans et al. 2017 use mixtures of logistics for pixels.) A distance counts mod 256. It is coded in two symbols of
16: in which sixteen of distances it is, and which of these it is. So a table has 16 entries. All tables are made
beforehand, in integers.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Integers, Integers64
from aecodec.entropy import ReadyTables
from aecodec.entropy.tables import power
from aecodec.frozen import dataclass
from aecodec.limits import FREQUENCY_TOTAL

SCALES = 56  # classes of scale
SCALE_STEP = 12  # from one class to the next, in 1/64 octave
FIRST_SCALE = -246  # class 0: 64 log2 of its width in grey levels
TAILS = 8  # classes of tails
PHASES = 16  # of the mean: how far it is from a whole grey level, -8 to 7 in 1/16 grey level
NIBBLE = 16
GREYS = 256

# In class 0 the odds lose so many 1/256 octaves for each 1/16 grey level; as 64 log2 of that number.
_RATE = 536
WIDER = 116  # 64 log2 of the factor by which the second distribution is wider
_RATE_BITS = 16
_SHARE_BITS = 16
_SHARES = (1921, 4973, 12454, 24743, 40793, 53082, 60563, 63615)  # of the second distribution, 2**16 sigmoid(n - 3.5)
_CHANCE_BITS = 30


@dataclass(frozen=True)
class Expected:
    """How the samples of a step are distributed, int64 ``[colours, lanes]`` each.

    ``centre`` is the grey level in the middle of a sample's table. ``table`` is that of its first symbol.
    """

    centre: Integers64
    table: Integers64


@cache
def ready_tables() -> ReadyTables:
    """Return all tables: those of the first symbol, by classes and phase, then those of the second symbol.

    A table of the second symbol goes by classes, phase and first symbol.
    """
    cumulative = _cumulative()
    first = np.diff(cumulative[:, ::NIBBLE], axis=1)
    inside = cumulative[:, :-1].reshape(-1, NIBBLE, NIBBLE)
    inside = np.concatenate([inside, cumulative[:, NIBBLE::NIBBLE, None]], axis=2)
    within = inside - inside[:, :, :1]
    scaled = within * (FREQUENCY_TOTAL - NIBBLE) // within[:, :, -1:] + np.arange(NIBBLE + 1)
    second = np.diff(scaled, axis=2).reshape(-1, NIBBLE)
    return ReadyTables(np.concatenate([first, second]))


def scale_class(width: Integers64) -> Integers64:
    """Return the class of scale of distributions, given 64 log2 of their widths in grey levels."""
    found: Integers64 = (width - (FIRST_SCALE - SCALE_STEP // 2)) // SCALE_STEP
    return np.minimum(np.maximum(found, 0), SCALES - 1)


def first_table(scale: Integers64, tail: Integers64, phase: Integers64) -> Integers64:
    """Return which table the first symbol has, by the classes of scale and tail, and the phase, -8 to 7."""
    return (scale * TAILS + tail) * PHASES + phase + PHASES // 2


def second_table(first: Integers64, symbol: Integers) -> Integers64:
    """Return which table the second symbol has, after ``symbol`` under the table ``first``."""
    return first * NIBBLE + symbol + SCALES * TAILS * PHASES


def _cumulative() -> Integers64:
    """Return cumulative frequencies ``[tables, 257]`` over distances -8 to 127, then -128 to -9; the last is 2**24."""
    edges = np.arange(-GREYS // 2, GREYS // 2 + 1) * 16 - 8  # lower edge of each distance, in 1/16 grey level
    reach = np.abs(edges - np.arange(-PHASES // 2, PHASES // 2)[:, None])
    negative = edges < np.arange(-PHASES // 2, PHASES // 2)[:, None]
    narrow, wide = (_logistic(reach, negative, wider) for wider in (0, WIDER))  # [SCALES, PHASES, 257]
    share = np.array(_SHARES)[:, None, None]
    mixed = (narrow[:, None] * ((1 << _SHARE_BITS) - share) + wide[:, None] * share) >> _SHARE_BITS
    mixed[..., 0], mixed[..., -1] = 0, 1 << _CHANCE_BITS
    counted = (mixed * (FREQUENCY_TOTAL - GREYS) >> _CHANCE_BITS) + np.arange(GREYS + 1)
    freq = np.diff(counted.reshape(-1, GREYS + 1), axis=1)
    turned = np.roll(freq, NIBBLE // 2 - GREYS // 2, axis=1)  # so that distance -8 comes first
    return np.concatenate([np.zeros((len(freq), 1), np.int64), turned.cumsum(1)], axis=1)


def _logistic(reach: Integers64, negative: NDArray[np.bool_], wider: int) -> Integers64:
    """Return the logistic distribution function, in units of 2**-30, for each class of scale.

    ``reach`` is the distance from the mean in 1/16 grey level; ``negative`` says where that is below the mean.
    """
    rates = power((_RATE - SCALE_STEP * np.arange(SCALES) - wider) * 4, _RATE_BITS)
    lost = reach * rates[:, None, None] >> _RATE_BITS  # in 1/256 octave
    odds = power(-lost, _CHANCE_BITS)
    below = (odds << _CHANCE_BITS) // ((1 << _CHANCE_BITS) + odds)
    return np.where(negative, below, (1 << _CHANCE_BITS) - below)
