"""Bits that nothing can predict: numbers of a few bits each, one behind the other, the highest bit first."""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Integers64
from aecodec.entropy.information import counter
from aecodec.errors import FormatError

MOST_BITS = 16  # of a number
_BYTE = 8
_WINDOW = 24  # bits from the first byte of a number on, which hold all of it
_MANY = 1 << 16  # numbers that are collected, then written together


class LowBitsWriter:
    """Writes numbers of known lengths to bytes."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Integers64, Integers64]] = []
        self._waits = 0
        self._bytes: list[bytes] = []
        self._left = np.empty(0, np.uint8)  # bits that do not fill a byte yet

    def put(self, numbers: Integers64, lengths: Integers64) -> None:
        """Write ``numbers`` ``[n]`` in ``lengths`` ``[n]`` bits each, 0 to MOST_BITS."""
        self._waiting.append((numbers, lengths))
        self._waits += len(numbers)
        if self._waits >= _MANY:
            self._write()

    def finish(self) -> bytes:
        """Return all bytes. Unused bits of the last one are 0."""
        self._write()
        return b"".join([*self._bytes, np.packbits(self._left).tobytes()])

    def _write(self) -> None:
        if not self._waiting:
            return
        numbers, lengths = (np.concatenate(each) for each in zip(*self._waiting, strict=True))
        self._waiting, self._waits = [], 0
        ends = lengths.cumsum()
        below = np.repeat(ends, lengths) - 1 - np.arange(ends[-1])  # for each bit, how many of its number follow
        bits = np.concatenate([self._left, (np.repeat(numbers, lengths) >> below & 1).astype(np.uint8)])
        whole = len(bits) // _BYTE * _BYTE
        self._bytes.append(np.packbits(bits[:whole]).tobytes())
        self._left = bits[whole:]


class LowBitsReader:
    """Reads the numbers from these bytes again, given their lengths."""

    def __init__(self, content: bytes) -> None:
        self._bytes = np.frombuffer(content + bytes(3), np.uint8)
        self._bits, self._at = _BYTE * len(content), 0
        self._counter = counter()

    def take(self, lengths: Integers64) -> Integers64:
        """Return the next numbers ``[n]``, of ``lengths`` ``[n]`` bits each. Raises FormatError if too few are left."""
        ends = self._at + lengths.cumsum()
        starts = ends - lengths
        if len(ends):
            self._at = int(ends[-1])
        if self._at > self._bits:
            raise FormatError("the payload is damaged: its low bits are cut short")
        if self._counter is not None:
            self._counter.bits += float(lengths.sum())
        first, into = starts >> 3, starts & 7
        high, middle, last = (self._bytes[first + at].astype(np.int64) for at in range(3))
        window = high << 16 | middle << 8 | last
        found: Integers64 = window >> (_WINDOW - into - lengths) & ((1 << lengths) - 1)
        return found

    def finish(self) -> None:
        """Raise FormatError unless all bits were taken, except for less than a byte, whose bits are 0."""
        left = self._bits - self._at
        if left >= _BYTE or (left and self._bytes[self._at >> 3] & ((1 << left) - 1)):
            raise FormatError("the payload is damaged: more low bits than its samples have")
