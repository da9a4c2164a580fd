"""Bins of values, as wide as suits what is expected of a sample, for tables that are made for grey levels."""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Integers64
from aecodec.frozen import dataclass
from aecodec.pixels.grain import Lanes
from aecodec.pixels.tables import FIRST_SCALE, GREYS, PHASES, SCALE_STEP, SCALES, first_table, scale_class

NEAREST, FARTHEST = -GREYS // 2, GREYS // 2 - 1  # bins from the centre, of which these two stand for all beyond
_OCTAVE = 64
_WIDEST, _WIDEST_HEAVY = 192, 128  # 64 log2 of what is expected, in bins, at most; the same with heavy tails
_HEAVY = 4  # class of tails from which on they are
_LEAST, _MOST = FIRST_SCALE, FIRST_SCALE + SCALE_STEP * (SCALES - 1)  # of 64 log2 of a width, in grey levels
_HALF_UNIT_BITS = 7  # 1/128 of a grey level


@dataclass(frozen=True)
class DeepExpected:
    """Of the samples of a step, ``[colours, lanes]``: how many ``low`` bits of a value the bins leave out, the bin in
    the middle of the tables, and which table the first symbol has.
    """

    low: Integers64
    centre: Integers64
    table: Integers64


def expected(lanes: Lanes, mean: Integers64, width: Integers64, tails: Integers64) -> DeepExpected:
    """Return the bins and tables of samples ``[colours, lanes]``, of a ``mean`` in 1/64 grey level, 64 log2 of a
    ``width`` in grey levels, and a class of ``tails``.
    """
    wide = np.minimum(np.maximum(width, _LEAST), _MOST) + _OCTAVE * lanes.exponents  # in values
    low = np.maximum(-((np.where(tails < _HEAVY, _WIDEST, _WIDEST_HEAVY) - wide) // _OCTAVE), 0)
    bin_bits = low - lanes.exponents + _HALF_UNIT_BITS
    sixteenths = ((lanes.edges(mean) << 5 >> bin_bits) + 1 >> 1) - PHASES // 2
    centre = (sixteenths + PHASES // 2) // PHASES
    table = first_table(scale_class(wide - _OCTAVE * low), tails, sixteenths - PHASES * centre)
    return DeepExpected(low, centre, table)


def distances(values: Integers64, low: Integers64, centre: Integers64) -> Integers64:
    """Return how many bins ``values`` are from the centre, or the nearest or farthest that stand for all beyond."""
    away: Integers64 = (values >> low) - centre
    return np.minimum(np.maximum(away, NEAREST), FARTHEST)
