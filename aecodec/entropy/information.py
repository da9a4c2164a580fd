"""How many bits a stream's symbols are worth by their frequency tables, whatever the range coder makes of them."""

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
    """Sum of -log2 of the probabilities of the symbols seen, in bits."""

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
    """Count all that streams made in this context decode: what a file holds, by its model's own tables."""
    found = Information()
    token = _counter.set(found)
    try:
        yield found
    finally:
        _counter.reset(token)


def counter() -> Information | None:
    """Return where a new stream is to add what it decodes, or None if nobody counts."""
    return _counter.get()
