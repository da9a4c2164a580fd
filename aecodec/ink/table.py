"""Scans as bits, each pixel under a chance of ink that a table has for the twenty pixels before it: quick, and good.

The idea is that of JBIG (ITU-T T.82), with a larger template and probabilities that were counted beforehand: they cost
nothing at the beginning of a file and are the same for every file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Bits, Integers64
from aecodec.entropy import (
    COST_UNIT_BITS,
    FINE_COST_UNIT_BITS,
    ReadyTables,
    StreamReader,
    StreamWriter,
    fine_costs,
    frequencies,
)
from aecodec.errors import ModelError
from aecodec.frozen import dataclass

# Rows and columns from a pixel to those that its context sees; bit k of a context is the k-th.
TEMPLATE = (
    *((0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0), (-1, 2), (-1, -2), (-2, 1), (-2, -1)),
    *((0, -3), (-1, 3), (-3, 0), (-2, 2), (-2, -2), (-1, -3), (-3, 1), (-3, -1), (0, -4), (-4, 0)),
)
LOGIT_STEP = 32  # stored logits count 1/8 bit; those of the tables 1/256
_TOP, _LEFT, _RIGHT = 4, 4, 3  # what the template sees around a scan


@dataclass(frozen=True)
class InkTable:
    """``chances`` uint8 ``[2**n]``: each context's of ``tables`` ``[256, 2]``, where the first n of ``TEMPLATE`` make
    the context.
    """

    chances: NDArray[np.uint8]
    tables: Integers64

    @property
    def template(self) -> int:
        """How many pixels make a context."""
        return len(self.chances).bit_length() - 1

    @cached_property
    def _ready(self) -> ReadyTables:
        return ReadyTables(self.tables)

    @classmethod
    def from_logits(cls, logits: NDArray[np.int8]) -> InkTable:
        """Build the table from the ``logits`` of ink, int8 ``[2**n]`` in 1/8 bit; raises ModelError for another
        shape or dtype.
        """
        if logits.shape not in [(1 << n,) for n in range(1, len(TEMPLATE) + 1)] or logits.dtype != np.int8:
            raise ModelError(f"origins.ink is {logits.dtype} {logits.shape}, not a table of this version")
        logit = np.arange(-128, 128).astype(np.float32) * LOGIT_STEP
        return cls(
            chances=logits.view(np.uint8) ^ np.uint8(128),
            tables=frequencies(np.stack([np.zeros(256, np.float32), logit], axis=1)),
        )

    def encode(self, scans: Sequence[Bits], writer: StreamWriter) -> None:
        """Code scans ``[size, size]`` of 0 and 1 pixel by pixel, those that are large enough to have it in a row."""
        for context, ink in contexts_and_ink(scans, self.template):
            writer.encode_ready(ink, self._ready, self.chances[context])

    def decode(self, sizes: Integers64, reader: StreamReader) -> list[Bits]:
        """Return the scans of ``sizes`` ``[n]``."""
        ink = _canvas(sizes)
        before = [(k, -dx) for k, (dy, dx) in enumerate(TEMPLATE[: self.template]) if dy == 0]
        for y in range(max(sizes, default=0)):
            above = _contexts_above(ink, y, self.template)
            for x in range(above.shape[1]):
                there = np.flatnonzero(sizes > max(x, y))
                context = above[there, x]
                for k, back in before:
                    context |= ink[there, _TOP + y, _LEFT + x - back].astype(np.int64) << k
                ink[there, _TOP + y, _LEFT + x] = reader.decode_ready(self._ready, self.chances[context])
        return [
            np.ascontiguousarray(plane[_TOP : _TOP + n, _LEFT : _LEFT + n]) for plane, n in zip(ink, sizes, strict=True)
        ]

    def costs(self, scans: Sequence[Bits]) -> Integers64:
        """Return what the pixels of each scan take, int64 ``[n]`` in 1/4096 of a bit."""
        each = fine_costs(self.tables)
        total = [
            sum(int(each[self.chances[context], ink].sum()) for context, ink in contexts_and_ink([bits], self.template))
            for bits in scans
        ]
        return np.array(total, np.int64) >> (FINE_COST_UNIT_BITS - COST_UNIT_BITS)


def contexts_and_ink(scans: Sequence[Bits], template: int = len(TEMPLATE)) -> Iterator[tuple[Integers64, Bits]]:
    """Yield row by row of all ``scans`` the contexts and values of the pixels, in the order of their coding."""
    sizes = np.array([len(bits) for bits in scans], np.int64)
    ink = _canvas(sizes)
    for plane, bits in zip(ink, scans, strict=True):
        plane[_TOP : _TOP + len(bits), _LEFT : _LEFT + len(bits)] = bits
    for y in range(max(sizes, default=0)):
        context = _contexts_above(ink, y, template)
        width = context.shape[1]
        for k, (dy, dx) in enumerate(TEMPLATE[:template]):
            if dy == 0:
                context |= _seen(ink, y, dx, width) << k
        there = ((sizes > y)[:, None] & (np.arange(width) < sizes[:, None])).T
        yield context.T[there], ink[:, _TOP + y, _LEFT : _LEFT + width].T[there]


def _contexts_above(ink: Bits, y: int, template: int) -> Integers64:
    """Return the part of each pixel's context that the rows above row ``y`` give, ``[n, size]``."""
    width = ink.shape[2] - _LEFT - _RIGHT
    context = np.zeros((len(ink), width), np.int64)
    for k, (dy, dx) in enumerate(TEMPLATE[:template]):
        if dy < 0:
            context |= _seen(ink, y + dy, dx, width) << k
    return context


def _seen(ink: Bits, y: int, dx: int, width: int) -> Integers64:
    """Return row ``y`` moved by ``dx`` columns, ``[n, width]``."""
    return ink[:, _TOP + y, _LEFT + dx : _LEFT + dx + width].astype(np.int64)


def _canvas(sizes: Integers64) -> Bits:
    """Return blank scans of the largest size, with what the template sees around them."""
    size = int(max(sizes, default=0))
    return np.zeros((len(sizes), _TOP + size, _LEFT + size + _RIGHT), np.uint8)
