"""The sizes of scans in a range-coded stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Integers64
from aecodec.entropy import StreamReader, StreamWriter, frequencies
from aecodec.errors import ModelError
from aecodec.frozen import dataclass
from aecodec.ink.table import LOGIT_STEP
from aecodec.ink.window import SCAN_SIZES


@dataclass(frozen=True)
class SizeTable:
    """One frequency ``table``, ``[1, len(SCAN_SIZES) + 1]``: symbol 0 is no scan, symbol k is ``SCAN_SIZES[k - 1]``."""

    table: Integers64

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]]) -> SizeTable:
        """Build the table from ``origins.sides``, uint8 ``[len(SCAN_SIZES) + 1]``: costs in 1/8 bit.

        Raises ModelError for another shape or dtype.
        """
        costs = tensors["origins.sides"]
        if costs.shape != (len(SCAN_SIZES) + 1,) or costs.dtype != np.uint8:
            raise ModelError(f"origins.sides is {costs.dtype} {costs.shape}, not a table of this version")
        return cls(frequencies(costs.astype(np.float32)[None] * -LOGIT_STEP))

    def encode(self, sizes: Sequence[int], writer: StreamWriter) -> None:
        """Code ``sizes``, each in ``SCAN_SIZES``, or 0 for no scan."""
        given = np.array(sizes, np.int64)
        symbols = np.where(given > 0, given - SCAN_SIZES[0] + 1, 0)
        writer.encode(symbols, np.repeat(self.table, len(symbols), axis=0))

    def decode(self, count: int, reader: StreamReader) -> Integers64:
        """Return the next ``count`` sizes, 0 for no scan."""
        symbols = reader.decode(np.repeat(self.table, count, axis=0)).astype(np.int64)
        return np.where(symbols > 0, symbols + SCAN_SIZES[0] - 1, 0)
