"""The ink of scans, pixel by pixel: a table has the probability of ink by the twenty pixels before. This is quick.

The idea is that of JBIG (ITU-T T.82), with a larger template. The probabilities were counted beforehand and are the
same for every file, so no file has to learn them first.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Bits, Integers32, Integers64
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
from aecodec.ink.template import LEFT, TEMPLATE, Above, by_code, codes_and_ink

LOGIT_STEP = 32  # stored logits are in 1/8 bit, those of frequency tables in 1/256 bit


@dataclass(frozen=True)
class InkTable:
    """``chances``, uint8 ``[2**n]``, say which of the frequency ``tables`` ``[256, 2]`` each context has.

    The first n pixels of :data:`~aecodec.ink.template.TEMPLATE` make the context.
    """

    chances: NDArray[np.uint8]
    tables: Integers64

    @cached_property
    def _ready(self) -> ReadyTables:
        return ReadyTables(self.tables)

    @cached_property
    def _by_code(self) -> NDArray[np.uint8]:
        return by_code(self.chances)

    @classmethod
    def from_logits(cls, logits: NDArray[np.int8]) -> InkTable:
        """Build the table from the ``logits`` of ink, int8 ``[2**n]`` in 1/8 bit.

        Raises ModelError for another shape or dtype.
        """
        if logits.shape not in [(1 << n,) for n in range(1, len(TEMPLATE) + 1)] or logits.dtype != np.int8:
            raise ModelError(f"origins.ink is {logits.dtype} {logits.shape}, not a table of this version")
        logit = np.arange(-128, 128).astype(np.float32) * LOGIT_STEP
        return cls(
            chances=logits.view(np.uint8) ^ np.uint8(128),
            tables=frequencies(np.stack([np.zeros(256, np.float32), logit], axis=1)),
        )

    def encode(self, scans: Sequence[Bits], writer: StreamWriter) -> None:
        """Code scans ``[size, size]`` of 0 and 1: pixel by pixel, and for each pixel all scans that have it."""
        for codes, ink in codes_and_ink(scans):
            writer.encode_ready(ink, self._ready, self._by_code.take(codes))

    def decode(self, sizes: Integers64, reader: StreamReader) -> list[Bits]:
        """Return the next scans, ``[size, size]`` each, of ``sizes`` ``[n]``."""
        size = int(max(sizes, default=0))
        ink = np.zeros((size, size, len(sizes)), np.uint8)
        above, there = Above(size, len(sizes)), np.arange(len(sizes))
        for y in range(size):
            if sizes[there].min() <= y:
                left = np.flatnonzero(sizes[there] > y)
                above.keep(left)
                there = there[left]
            row = self._row(above.codes(), sizes[there], reader)
            ink[y][:, there] = row
            above.put(row)
        return [np.ascontiguousarray(ink[:n, :n, number]) for number, n in enumerate(sizes.tolist())]

    def _row(self, above: Integers32, sizes: Integers64, reader: StreamReader) -> Bits:
        """Return the next row ``[width, n]`` of scans of ``sizes`` ``[n]``.

        ``above`` ``[width, n]`` are the parts of the codes that the rows above give.
        """
        row = np.zeros(above.shape, np.uint8)
        left, there, least = np.zeros(len(sizes), np.int32), np.arange(len(sizes)), int(sizes.min())
        for x, codes in enumerate(above):
            if x < least:  # all scans have the pixel
                found = reader.decode_ready(self._ready, self._by_code.take(codes | left))
                row[x] = found
            else:
                kept = sizes[there] > x
                there, left = there[kept], left[kept]
                found = reader.decode_ready(self._ready, self._by_code.take(codes.take(there) | left))
                row[x, there] = found
            left = left << 1 & LEFT | found
        return row

    def costs(self, scans: Sequence[Bits]) -> Integers64:
        """Return how many bits the pixels of each scan take, int64 ``[n]``, in 1/4096 bit."""
        each = fine_costs(self.tables)
        total = [
            sum(int(each[self._by_code[codes], ink].sum()) for codes, ink in codes_and_ink([bits])) for bits in scans
        ]
        return np.array(total, np.int64) >> (FINE_COST_UNIT_BITS - COST_UNIT_BITS)
