"""Bins of values, so that tables made for grey levels serve deep samples. Their width suits the expected spread."""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Integers64
from aecodec.frozen import dataclass
from aecodec.pixels.grain import Lanes
from aecodec.pixels.tables import FIRST_SCALE, GREYS, PHASES, SCALE_STEP, SCALES, first_table, scale_class

# The first and the last bin, counted from the centre. Each of them stands for all bins beyond it.
NEAREST, FARTHEST = -GREYS // 2, GREYS // 2 - 1
_OCTAVE = 64
_WIDEST, _WIDEST_HEAVY = 192, 128  # 64 log2 of the largest width of a distribution in bins; the same for heavy tails
_HEAVY = 4  # the first class of tails that counts as heavy
_LEAST, _MOST = FIRST_SCALE, FIRST_SCALE + SCALE_STEP * (SCALES - 1)  # 64 log2 of the tables' widths, in grey levels
_HALF_UNIT_BITS = 7  # 1/128 of a grey level


@dataclass(frozen=True)
class DeepExpected:
    """How the samples of a step are distributed, int64 ``[colours, lanes]`` each.

    A bin is ``2**low`` values, so it leaves out so many ``low`` bits. ``centre`` is the bin in the middle of a sample's
    table. ``table`` is that of its first symbol.
    """

    low: Integers64
    centre: Integers64
    table: Integers64


def expected(lanes: Lanes, mean: Integers64, width: Integers64, tails: Integers64) -> DeepExpected:
    """Return the bins and tables of samples, given their distributions, int64 ``[colours, lanes]`` each.

    ``mean`` is in 1/64 grey level. ``width`` is 64 log2 of the width in grey levels. ``tails`` is the class of tails.
    """
    wide = np.minimum(np.maximum(width, _LEAST), _MOST) + _OCTAVE * lanes.exponents  # in values
    low = np.maximum(-((np.where(tails < _HEAVY, _WIDEST, _WIDEST_HEAVY) - wide) // _OCTAVE), 0)
    bin_bits = low - lanes.exponents + _HALF_UNIT_BITS
    sixteenths = ((lanes.edges(mean) << 5 >> bin_bits) + 1 >> 1) - PHASES // 2
    centre = (sixteenths + PHASES // 2) // PHASES
    table = first_table(scale_class(wide - _OCTAVE * low), tails, sixteenths - PHASES * centre)
    return DeepExpected(low, centre, table)


def distances(values: Integers64, low: Integers64, centre: Integers64) -> Integers64:
    """Return how many bins ``values`` are from the centre, clipped to NEAREST..FARTHEST."""
    away: Integers64 = (values >> low) - centre
    return np.minimum(np.maximum(away, NEAREST), FARTHEST)
