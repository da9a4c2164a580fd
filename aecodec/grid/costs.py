"""What symbols cost a search: their bits, in 1/4096 bit, by the very tables of the decoder."""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Classes, Integers64
from aecodec.entropy import COST_UNIT_BITS, costs
from aecodec.grid.model import CURVATURE_BITS
from aecodec.grid.scales import Scales

LMBDA_BITS = 20  # λ is in 1/2**20 bit for each squared grey level
COST_SHIFT = CURVATURE_BITS + LMBDA_BITS - COST_UNIT_BITS  # from λ * curvature * squared error to 1/4096 bit


class Costs:
    """The bits of every symbol under every table, in 1/4096 bit."""

    def __init__(self, scales: Scales) -> None:
        self._reach = scales.reach
        tables = [np.zeros(2, np.int64) if table is None else costs(table.freq) for table in scales.tables]
        self._first = np.cumsum([0, *(len(each) for each in tables[:-1])])
        self._costs = np.concatenate(tables)

    def __call__(self, symbols: Integers64, tables: Classes) -> Integers64:
        """Return the bits of ``symbols`` under the tables numbered ``tables``, in the same shape.

        In class 0, which is not coded, they are 0. An escape counts with its side and excess.
        """
        reach = self._reach[tables]
        inside = np.abs(symbols) <= reach
        place = np.where(inside, symbols + reach, 2 * reach + 1)
        found: Integers64 = self._costs[self._first[tables] + place]
        if not inside.all():
            excess = np.maximum(np.abs(symbols) - reach, 1)
            bits = 2 * (np.frexp(excess.astype(np.float64))[1].astype(np.int64) - 1) + 2
            found = np.where(inside | (tables == 0), found, found + (bits << COST_UNIT_BITS))
        return found
