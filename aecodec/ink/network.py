"""The ink of scans, pixel by pixel: a small network computes the probability of ink in exact integers.

The network has two hidden layers over a wide causal window (:mod:`aecodec.ink.window`). ``aecodec.train.ink`` trains
it. The first layer's sums over the rows above are computed for a whole row at once. The nine pixels to the left choose
one of 512 vectors, which is added. So a decoder, which gets these pixels one by one, has only the small layers to do
for each of them. Integers make its probabilities equal to the encoder's, to the last bit.

A network named ``CONDITIONAL`` codes scans given their lossy pictures (:mod:`aecodec.ink.condition`). All its calls
need these pictures, as ``base``, in the order of the scans.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Bits, Floats32, Indices, Integers, Integers16, Integers64
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
from aecodec.exact import Affine, scaled_affine
from aecodec.exact.tensors import take
from aecodec.frozen import dataclass
from aecodec.ink.condition import CONDITION_INPUTS, Condition
from aecodec.ink.first_layer import LEFT, FirstLayer, Rows, codes
from aecodec.ink.names import CONDITIONAL, INK
from aecodec.ink.window import INPUT_MAX, INPUTS
from aecodec.limits import ACTIVATION_MAX

LOGIT_MAX = 1 << 12  # in 1/256 bit, so 16 bits either way
MAX_UNITS = 512  # of a hidden layer
_SLICE = 32  # scans encoded together


@dataclass(frozen=True)
class InkNetwork:
    """The three layers of a network of ink."""

    first: FirstLayer
    second: Affine
    third: Affine

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]], prefix: str = INK) -> InkNetwork:
        """Build the network from the tensors of its layers N = 0, 1, 2.

        They are ``ink.N.weight``, int8 ``[outputs, inputs]``; ``ink.N.bias``, int32 ``[outputs]``; and ``ink.N.shift``,
        int8 ``[outputs]``. ``prefix`` stands in place of ``ink``. With ``CONDITIONAL`` the network sees lossy pictures.
        Raises ModelError for a tensor that is missing or of another shape or dtype, and for a broken bound.
        """
        inputs = INPUTS + (CONDITION_INPUTS if prefix == CONDITIONAL else 0)
        first = _layer(tensors, f"{prefix}.0", inputs, INPUT_MAX, (0, ACTIVATION_MAX))
        second = _layer(tensors, f"{prefix}.1", len(first.offset), ACTIVATION_MAX, (0, ACTIVATION_MAX))
        third = _layer(tensors, f"{prefix}.2", len(second.offset), ACTIVATION_MAX, (-LOGIT_MAX, LOGIT_MAX))
        if len(third.offset) != 1:
            raise ModelError(f"{prefix}.2 has {len(third.offset)} outputs, expected one logit")
        return cls(FirstLayer.from_affine(first), second, third)

    @property
    def tables(self) -> Integers64:
        """The frequencies of blank and of ink for each logit, ``[2 * LOGIT_MAX + 1, 2]``, the same in all networks."""
        return _frequencies()

    def encode(self, scans: Sequence[Bits], writer: StreamWriter, base: Condition | None = None) -> None:
        """Code scans ``[size, size]`` of 0 and 1, each size in ``SCAN_SIZES``, in the order of :meth:`pixels`."""
        for entries, ink in self.pixels(scans, base):
            writer.encode_ready(ink, _tables(), entries)

    def decode(self, sizes: Integers, reader: StreamReader, base: Condition | None = None) -> list[Bits]:
        """Return the next scans, ``[size, size]`` each, of ``sizes`` ``[n]``, each in ``SCAN_SIZES``."""
        order, most = np.argsort(-sizes.astype(np.int64), kind="stable"), int(max(sizes, default=0))
        tables = _tables()
        rows = Rows(self.first, sizes[order].astype(np.int64), None if base is None else base[order])
        larger = [int(np.count_nonzero(sizes > at)) for at in range(most)]  # how many scans have row (column) ``at``
        given = {count: np.argsort(order[:count]) for count in set(larger)}
        for y, tall in enumerate(larger):
            sums = rows.sums(y, tall)
            row = np.zeros((tall, most), np.uint8)
            code = np.zeros(tall, np.int64)
            for x, wide in enumerate(larger):
                count = min(tall, wide)
                hidden = self.first.left.take(code[:count], axis=0)
                hidden += sums[:count, x]
                turn = given[count]
                row[turn, x] = reader.decode_ready(tables, self._entries(hidden)[turn])
                code = (code[:count] << 1 & LEFT) | row[:count, x]
            rows.put(y, row)
        scans = {int(place): rows.scan(number) for number, place in enumerate(order)}
        return [scans[place] for place in range(len(sizes))]

    def costs(self, scans: Sequence[Bits], base: Condition | None = None) -> Integers64:
        """Return how many bits the pixels of each scan take, int64 ``[n]``, in 1/4096 bit."""
        each = fine_costs(self.tables)
        found = zip(self.entries(scans, base), scans, strict=True)
        total = np.array([each[entries, bits].sum() for entries, bits in found], np.int64)
        return total >> (FINE_COST_UNIT_BITS - COST_UNIT_BITS)

    def entries(self, scans: Sequence[Bits], base: Condition | None = None) -> list[Integers16]:
        """Return for each scan which of :attr:`tables` its pixels have, int16 ``[size, size]``.

        That is the logit of ink plus ``LOGIT_MAX``.
        """
        found = self._all_entries(scans, base)
        return [entries[: len(bits), : len(bits)] for entries, bits in zip(found, scans, strict=True)]

    def pixels(self, scans: Sequence[Bits], base: Condition | None = None) -> Iterator[tuple[Integers64, Bits]]:
        """Yield row by row, for the pixels of all scans, which of :attr:`tables` they have, and their values.

        A row goes column by column, and a column through all scans that have it, in the order given.
        """
        entries = self._all_entries(scans, base)
        sizes = np.array([len(bits) for bits in scans], np.int64)
        most = int(max(sizes, default=0))
        ink = np.zeros((len(sizes), most, most), np.uint8)
        for plane, bits in zip(ink, scans, strict=True):
            plane[: len(bits), : len(bits)] = bits
        columns = np.arange(most)
        for y in range(most):
            there = ((sizes > y)[:, None] & (columns < sizes[:, None])).T
            yield entries[:, y].T[there].astype(np.int64), ink[:, y].T[there]

    def _all_entries(self, scans: Sequence[Bits], base: Condition | None) -> Integers16:
        """Return the same as :meth:`entries` as one array ``[n, size, size]``, of the largest size.

        Entries beyond a scan's own size mean nothing.
        """
        sizes = np.array([len(bits) for bits in scans], np.int64)
        most = int(max(sizes, default=0))
        found = np.zeros((len(sizes), most, most), np.int16)
        order = np.argsort(-sizes, kind="stable")  # so that scans of like sizes are together
        for start in range(0, len(order), _SLICE):
            which = order[start : start + _SLICE]
            rows = Rows(self.first, sizes[which], None if base is None else base[which])
            self._entries_of(rows, [scans[at] for at in which], sizes[which], found, which)
        return found

    def _entries_of(
        self, rows: Rows, scans: Sequence[Bits], sizes: Integers64, found: Integers16, which: Indices
    ) -> None:
        """Fill in ``found[which]``; ``sizes`` descend."""
        most = int(sizes[0])
        for y in range(most):
            count = int(np.count_nonzero(sizes > y))
            row = np.zeros((count, most), np.uint8)
            for line, bits in zip(row, scans, strict=False):
                line[: len(bits)] = bits[y]
            sums = rows.sums(y, count)
            sums += self.first.left.take(codes(row), axis=0)
            found[which[:count], y, :most] = self._entries(sums.reshape(-1, self.first.units)).reshape(count, -1)
            rows.put(y, row)

    def _entries(self, sums: Floats32) -> Indices:
        """Return the entries ``[m]`` of :attr:`tables` by the first layer's complete sums ``[m, units]``.

        The sums are overwritten.
        """
        np.floor(sums, out=sums)
        np.clip(sums, 0, ACTIVATION_MAX, out=sums)
        logits = self.third(self.second(sums))[:, 0]
        return logits.astype(np.intp) + LOGIT_MAX


@cache
def _frequencies() -> Integers64:
    logits = np.arange(-LOGIT_MAX, LOGIT_MAX + 1, dtype=np.float32)
    return frequencies(np.stack([np.zeros_like(logits), logits], axis=1))


@cache
def _tables() -> ReadyTables:
    return ReadyTables(_frequencies())


def _layer(
    tensors: Mapping[str, NDArray[Any]], name: str, inputs: int, input_max: int, clip: tuple[int, int]
) -> Affine:
    weight = take(tensors, f"{name}.weight", np.int8)
    if weight.ndim != 2 or weight.shape[1] != inputs or not 1 <= len(weight) <= MAX_UNITS:
        raise ModelError(f"{name}.weight is {weight.shape}, expected 1 to {MAX_UNITS} rows of {inputs}")
    bias = take(tensors, f"{name}.bias", np.int32, (len(weight),))
    shift = take(tensors, f"{name}.shift", np.int8, (len(weight),))
    return scaled_affine(weight, bias, shift, input_max=input_max, low=clip[0], high=clip[1])
