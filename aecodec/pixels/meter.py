"""How many bits pictures would take, without making a stream of them."""

from __future__ import annotations

from functools import cache

import numpy as np

from aecodec.arrays import Integers, Integers32, Integers64, Pictures
from aecodec.entropy import ReadyTables, costs
from aecodec.limits import MAX_PIXEL_LANES
from aecodec.pixels.coder import Begin, encode_pixels
from aecodec.pixels.tables import ready_tables


def measured(pictures: Pictures, begin: Begin) -> Integers64:
    """Return the bits of each picture alone, int64 ``[n]``, in 1/4096 bit.

    ``pictures`` are uint8 ``[n, height, width, planes]``. They go in lockstep, as many at a time as memory allows.
    """
    most = max(1, MAX_PIXEL_LANES // pictures.shape[1])
    meters = []
    for start in range(0, len(pictures), most):
        some = pictures[start : start + most]
        meters.append(_Meter(len(some)))
        encode_pixels(some, begin, meters[-1])
    return np.concatenate([meter.bits for meter in meters])


class _Meter:
    """Counts bits in place of a stream's writer. The symbols of a step run over colours, then rows, then pictures."""

    def __init__(self, count: int) -> None:
        self.bits = np.zeros(count, np.int64)

    def encode_ready(self, symbols: Integers, ready: ReadyTables, tables: Integers) -> None:
        """Add what the symbols cost to the bits of their pictures."""
        self.bits += _costs()[tables, symbols].reshape(-1, len(self.bits)).sum(0, dtype=np.int64)


@cache
def _costs() -> Integers32:
    """Return the cost of each entry of all ready tables, ``[tables, entries]``, in 1/4096 bit."""
    ready = ready_tables()
    return costs(ready.freq(np.arange(ready.count))).astype(np.int32)
