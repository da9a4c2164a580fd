"""Bytes under a table that adapts to those before: for numbers of which nobody has a model.

Counts of what came are an adaptive model of order 0 (Rissanen and Langdon 1981). The table stays for a run of bytes, so
that the coder gets thousands at a time; runs are short where there is little to go by.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Integers64
from aecodec.entropy.stream import StreamReader, StreamWriter, Table
from aecodec.entropy.tables import shares

SYMBOLS = 256
INCREMENT = 32  # of a count, for each byte that came
MOST = INCREMENT << 14  # the sum of counts above which they are halved
REMEMBERED = INCREMENT << 10  # the same at the beginning of other data
FIRST_RUN, LAST_RUN = 32, 4096  # bytes under one table
_START = np.array([max(1, 64 >> value.bit_length()) for value in range(SYMBOLS)], np.int64)


class AdaptiveBytes:
    """The counts of one kind of bytes. Writer and reader have one each, and both see the same bytes."""

    def __init__(self) -> None:
        self._counts: Integers64 = _START.copy()

    def encode(self, values: NDArray[np.uint8], writer: StreamWriter) -> None:
        """Encode bytes ``[n]`` that are alike."""
        for run in self._runs(len(values)):
            writer.encode_alike(values[run], self._table())
            self._count(values[run])

    def decode(self, count: int, reader: StreamReader) -> NDArray[np.uint8]:
        """Return the next ``count`` bytes, which were encoded in one call. Raises FormatError or LimitError."""
        reader.expect(count)
        values = np.empty(count, np.uint8)
        for run in self._runs(count):
            values[run] = reader.decode_alike(run.stop - run.start, self._table())
            self._count(values[run])
        return values

    def _runs(self, count: int) -> Iterator[slice]:
        """Yield what goes under one table: first few bytes, then as many as came before, up to a limit."""
        self._halve(REMEMBERED)
        at = 0
        while at < count:
            stop = min(count, at + min(max(at, FIRST_RUN), LAST_RUN))
            yield slice(at, stop)
            at = stop

    def _table(self) -> Table:
        return Table(shares(self._counts[None])[0])

    def _count(self, values: NDArray[np.uint8]) -> None:
        self._counts += INCREMENT * np.bincount(values, minlength=SYMBOLS)
        self._halve(MOST)

    def _halve(self, most: int) -> None:
        """Halve all counts, none to 0, until their sum is at most ``most``."""
        while self._counts.sum() > most:
            self._counts = (self._counts + 1) >> 1
