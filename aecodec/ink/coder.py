"""Pictures as their bilevel scans in a range-coded stream: the sizes of all, then their ink."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Bits, Indices
from aecodec.entropy import StreamReader, StreamWriter
from aecodec.errors import ModelError
from aecodec.ink.conditional import ConditionalCoder
from aecodec.ink.names import INK
from aecodec.ink.network import InkNetwork
from aecodec.ink.size_table import SizeTable
from aecodec.ink.table import InkTable
from aecodec.scans.reduction import check_reduction
from aecodec.scans.scan import Scan


class InkCoder:
    """The parts of a model that code scans. Ink is coded by ``best`` or by ``fast``.

    ``fast`` is a table. ``best`` is a network; in a model that has none it is the table, too.
    """

    def __init__(self, tensors: Mapping[str, NDArray[Any]]) -> None:
        """Take the tensors unchecked. Parts are built when they are first used; :meth:`from_tensors` checks all."""
        self._tensors = tensors
        self.has_network = f"{INK}.0.weight" in tensors  # then ``best`` is better than ``fast``

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]]) -> InkCoder:
        """Build and check all parts. Each part says which tensors it takes.

        Raises ModelError for a tensor of another shape or dtype, for a broken bound, for a network over lossy
        pictures in a model that has no other network of ink, and where this machine reduces scans wrongly.
        """
        check_reduction()
        coder = cls(tensors)
        _ = coder.sizes, coder.fast, coder.conditional, coder.best
        if coder.conditional is not None and not coder.has_network:
            raise ModelError("the model has a network of ink over lossy pictures, but no other network of ink")
        return coder

    @cached_property
    def sizes(self) -> SizeTable:
        """The coder of the scans' sizes."""
        return SizeTable.from_tensors(self._tensors)

    @cached_property
    def fast(self) -> InkTable:
        """The table of ink."""
        return InkTable.from_logits(self._tensors["origins.ink"])

    @cached_property
    def best(self) -> InkTable | InkNetwork:
        """The network of ink, or the table where there is none."""
        return InkNetwork.from_tensors(self._tensors) if self.has_network else self.fast

    @cached_property
    def conditional(self) -> ConditionalCoder | None:
        """The coder of scans whose lossy pictures are known, or None where the model has none."""
        return ConditionalCoder.from_tensors(self._tensors, self.sizes)

    def encode(self, scans: Sequence[Scan | None], writer: StreamWriter, *, fast: bool) -> None:
        """Code the sizes and the ink of ``scans``, one for each tile; None stands for a tile without a scan."""
        self.sizes.encode([0 if scan is None else len(scan.bits) for scan in scans], writer)
        bits = [scan.bits for scan in scans if scan is not None]
        (self.fast if fast else self.best).encode(bits, writer)

    def decode(self, count: int, reader: StreamReader, *, fast: bool) -> tuple[Indices, list[Bits]]:
        """Return which of ``count`` tiles have a scan, and the bits ``[size, size]`` of each of these."""
        sizes = self.sizes.decode(count, reader)
        there = np.flatnonzero(sizes)
        return there, (self.fast if fast else self.best).decode(sizes[there], reader)
