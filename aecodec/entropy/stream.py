"""One range-coded stream: symbols under integer frequency tables, to bytes and back.

Only this module knows constriction (https://bamler-lab.github.io/constriction). Its range coder (Martin 1979) has a
64-bit state and writes 32-bit words.

The payload is the shortest byte string that lies in the coder's final interval when zeros follow it. So it never ends
in a zero byte. The reader pads it with zeros.
"""

from __future__ import annotations

import sys
from typing import Any

import constriction
import numpy as np

from aecodec.arrays import Floats64, Integers, Integers32, Integers64
from aecodec.entropy.information import counter
from aecodec.errors import FormatError, LimitError
from aecodec.limits import FREQUENCY_TOTAL, MAX_STREAM_SYMBOLS, SYMBOL_MAX

# Categorical(freq - 1) in float64 reproduces exactly a table of integers ``freq`` with the sum 2**24.
_FAMILY = constriction.stream.model.Categorical(perfect=False)
_COIN = np.full(2, FREQUENCY_TOTAL // 2 - 1, np.float64)
_STATE = 1 << 64
_MANY = 1 << 14  # symbols under ready tables that are collected, then written together
_MAX_GOLOMB_BITS = (2 * SYMBOL_MAX).bit_length()


def range_coder_file() -> str:
    """Return the path of constriction's compiled library, the range coder; "" if it has none."""
    found: str = sys.modules["constriction.constriction"].__file__ or ""
    return found


def _probabilities(freq: Integers64) -> Floats64:
    return np.ascontiguousarray(freq - 1, dtype=np.float64)


class Table:
    """One frequency table that many symbols in a row have: ``freq``, int64 ``[K]``, with the sum 2**24."""

    def __init__(self, freq: Integers64) -> None:
        self.freq = freq
        self._ready: object | None = None

    @property
    def ready(self) -> object:
        """The table as constriction takes it; it is made when first asked for."""
        if self._ready is None:
            self._ready = constriction.stream.model.Categorical(_probabilities(self.freq), perfect=False)
        return self._ready


class ReadyTables:
    """Many frequency tables of one length, made beforehand: ``freq``, int64 ``[tables, K]``, each of the sum 2**24."""

    def __init__(self, freq: Integers64) -> None:
        self._probabilities = _probabilities(freq)

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._probabilities)

    def of(self, tables: Integers) -> Floats64:
        """Return the tables numbered ``tables`` ``[n]``, as constriction takes them: float64 ``[n, K]``, less 1."""
        return self._probabilities.take(tables, axis=0)

    def freq(self, tables: Integers) -> Integers64:
        """Return the frequencies of the tables numbered ``tables`` ``[n]``, int64 ``[n, K]``."""
        return self.of(tables).astype(np.int64) + 1


def _spend(left: int, count: int) -> int:
    if count > left:
        raise LimitError(f"more than {MAX_STREAM_SYMBOLS} symbols in one stream")
    return left - count


class StreamWriter:
    """Encodes symbols in the order in which they are given. A writer serves for one stream."""

    def __init__(self) -> None:
        self._encoder = constriction.stream.queue.RangeEncoder()
        self._left = MAX_STREAM_SYMBOLS
        self._ready: ReadyTables | None = None
        self._waiting: list[tuple[Integers, Integers]] = []  # symbols and their ready tables, not written yet
        self._waits = 0

    @property
    def _coder(self) -> Any:
        """The encoder of constriction. Waiting symbols are written first."""
        self._write_waiting()
        return self._encoder

    def encode(self, symbols: Integers, freq: Integers64) -> None:
        """Encode symbols ``[n]`` under tables ``[n, K]``, each ``0 <= symbol < K``."""
        if len(symbols):
            self.encode_as(np.ascontiguousarray(symbols, dtype=np.int32), _probabilities(freq))

    def encode_as(self, symbols: Integers32, probabilities: Floats64) -> None:
        """Encode symbols ``[n]`` under tables as constriction takes them: frequencies less 1, float64 ``[n, K]``."""
        self._left = _spend(self._left, len(symbols))
        self._coder.encode(symbols, _FAMILY, probabilities)

    def encode_alike(self, symbols: Integers, table: Table) -> None:
        """Encode symbols ``[n]`` that all have the same table."""
        self._left = _spend(self._left, len(symbols))
        if len(symbols):
            self._coder.encode(np.ascontiguousarray(symbols, dtype=np.int32), table.ready)

    def encode_ready(self, symbols: Integers, ready: ReadyTables, tables: Integers) -> None:
        """Encode symbols ``[n]``, each under the table of ``ready`` that ``tables`` ``[n]`` says."""
        self._left = _spend(self._left, len(symbols))
        if self._ready is not ready:
            self._write_waiting()
            self._ready = ready
        self._waiting.append((symbols, tables))
        self._waits += len(symbols)
        if self._waits >= _MANY:
            self._write_waiting()

    def _write_waiting(self) -> None:
        """Write the waiting symbols. Many calls with few symbols each would take longer."""
        if self._ready is None or not self._waiting:
            return
        symbols, tables = (np.concatenate(each) for each in zip(*self._waiting, strict=True))
        self._waiting, self._waits = [], 0
        self._encoder.encode(symbols.astype(np.int32), _FAMILY, self._ready.of(tables))

    def encode_excess(self, below: bool, excess: int) -> None:
        """Encode an escaped symbol: one bit for the side, then ``excess >= 1`` in Exp-Golomb code."""
        length = excess.bit_length() - 1
        bits = [int(below)] + [0] * length + [1] + [excess >> k & 1 for k in range(length - 1, -1, -1)]
        self._left = _spend(self._left, len(bits))
        self._coder.encode(np.array(bits, np.int32), _FAMILY, np.tile(_COIN, (len(bits), 1)))

    def finish(self) -> bytes:
        """Return the payload, cut to the shortest prefix that still decodes."""
        words = self._coder.get_compressed()
        position, (lower, span) = self._coder.pos()
        data = words.astype(">u4").tobytes().ljust(4 * (position + 2), b"\0")
        number = int.from_bytes(data, "big")
        window = number >> (8 * (len(data) - 4 * (position + 2)))
        low = window - (window - lower) % _STATE  # where the final interval of the whole stream begins
        best = low
        for zeros in range(8, 72, 8):
            rounded = -(-low >> zeros) << zeros
            if rounded < low + span:
                best = rounded
        payload: bytes = best.to_bytes(4 * (position + 2), "big").rstrip(b"\0")
        return payload


class StreamReader:
    """Decodes what a :class:`StreamWriter` wrote, and encodes it again.

    A range coder decodes damaged bytes without complaint. So :meth:`finish` compares the new bytes with the payload.
    """

    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        self._again = StreamWriter()
        self._counter = counter()
        self._left = MAX_STREAM_SYMBOLS
        padded = payload + b"\0" * (-len(payload) % 4)
        self._coder = constriction.stream.queue.RangeDecoder(np.frombuffer(padded, ">u4").astype(np.uint32))

    def expect(self, count: int) -> None:
        """Raise LimitError, before anything is decoded, if ``count`` more symbols are too many for a stream."""
        _spend(self._left, count)

    def decode(self, freq: Integers64) -> Integers32:
        """Return the next symbols, int32 ``[n]``, under tables ``[n, K]``. Raises FormatError or LimitError."""
        self._left = _spend(self._left, len(freq))
        if not len(freq):
            return np.zeros(0, np.int32)
        probabilities = _probabilities(freq)
        symbols = self._next(_FAMILY, probabilities)
        self._again.encode_as(symbols, probabilities)
        if self._counter is not None:
            self._counter.add(symbols, freq)
        return symbols

    def decode_alike(self, count: int, table: Table) -> Integers32:
        """Return the next ``count`` symbols, which all have the same table. Raises FormatError or LimitError."""
        self._left = _spend(self._left, count)
        symbols = self._next(table.ready, count)
        self._again.encode_alike(symbols, table)
        if self._counter is not None:
            self._counter.add(symbols, np.broadcast_to(table.freq, (count, len(table.freq))))
        return symbols

    def decode_ready(self, ready: ReadyTables, tables: Integers) -> Integers32:
        """Return the next symbols ``[n]``, each under the table of ``ready`` that ``tables`` ``[n]`` says."""
        self._left = _spend(self._left, len(tables))
        if not len(tables):
            return np.zeros(0, np.int32)
        symbols = self._next(_FAMILY, ready.of(tables))
        if self._counter is not None:
            self._counter.add(symbols, ready.freq(tables))
        self._again.encode_ready(symbols, ready, tables)
        return symbols

    def decode_excess(self, most_bits: int = _MAX_GOLOMB_BITS) -> tuple[bool, int]:
        """Return whether an escaped symbol lies below its table, and the excess: by how much it lies outside, from 1.

        Raises FormatError where the excess has more than ``most_bits`` bits after its first.
        """
        below = self._bit()
        length = 0
        while not self._bit():
            length += 1
            if length > most_bits:
                raise FormatError("the payload is damaged: an escape code is too long")
        excess = 1
        for _ in range(length):
            excess = 2 * excess + self._bit()
        return bool(below), excess

    def finish(self) -> None:
        """Raise FormatError unless encoding the decoded symbols gives exactly this payload."""
        if self._again.finish() != self._payload:
            raise FormatError("the payload is damaged: its symbols would not be written so")

    def _next(self, *arguments: Any) -> Integers32:
        """Return what constriction decodes with ``arguments``. Raises FormatError where it refuses."""
        try:
            symbols: Integers32 = self._coder.decode(*arguments)
        except AssertionError as error:  # how constriction reports an impossible state
            raise FormatError("the payload is damaged: impossible range coder state") from error
        return symbols

    def _bit(self) -> int:
        return int(self.decode(np.full((1, 2), FREQUENCY_TOTAL // 2, np.int64))[0])
