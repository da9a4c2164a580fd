"""Bytes under a frequency table that adapts to the bytes before: for numbers that no model predicts.

This is an adaptive model of order 0 (Rissanen and Langdon 1981): it counts the bytes that came. One table serves for a
run of bytes, so that the coder gets up to thousands at a time. The first runs are short, while few bytes are known.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Integers64
from aecodec.entropy.stream import StreamReader, StreamWriter, Table
from aecodec.entropy.tables import shares

SYMBOLS = 256
INCREMENT = 32  # what each byte adds to its count
MOST = INCREMENT << 14  # the sum of counts above which all are halved
REMEMBERED = INCREMENT << 10  # the same when other data begin
FIRST_RUN, LAST_RUN = 32, 4096  # bytes under one table, at first and at most
_START = np.array([max(1, 64 >> value.bit_length()) for value in range(SYMBOLS)], np.int64)


class AdaptiveBytes:
    """The counts of one kind of bytes. Writer and reader have one each, and both see the same bytes."""

    def __init__(self) -> None:
        self._counts: Integers64 = _START.copy()

    def encode(self, values: NDArray[np.uint8], writer: StreamWriter) -> None:
        """Encode bytes ``[n]`` that are of one kind."""
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
        """Yield the runs of bytes under one table: first a short one, then as many as came before, up to a limit."""
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
        """Halve all counts, rounded up, until their sum is at most ``most``. No count becomes 0."""
        while self._counts.sum() > most:
            self._counts = (self._counts + 1) >> 1
