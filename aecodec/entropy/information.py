"""The information in a stream's symbols: bits by their frequency tables, before the range coder rounds to bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from aecodec.arrays import Integers, Integers64
from aecodec.frozen import dataclass
from aecodec.limits import FREQUENCY_TOTAL


@dataclass
class Information:
    """The sum of -log2 of the probabilities of the symbols so far, in bits, and the number of these symbols."""

    bits: float = 0.0
    symbols: int = 0

    def add(self, symbols: Integers, freq: Integers64) -> None:
        """Count symbols ``[n]`` under tables ``[n, K]``."""
        taken = np.take_along_axis(freq, symbols[:, None].astype(np.intp), axis=1)
        self.bits -= float(np.log2(taken / FREQUENCY_TOTAL).sum())
        self.symbols += len(symbols)


_counter: ContextVar[Information | None] = ContextVar("information", default=None)


@contextmanager
def count_information() -> Iterator[Information]:
    """Count the bits that a file holds by its model's own tables: all that streams made in this context decode."""
    found = Information()
    token = _counter.set(found)
    try:
        yield found
    finally:
        _counter.reset(token)


def counter() -> Information | None:
    """Return the sum to which a new stream adds what it decodes, or None if nobody counts."""
    return _counter.get()
