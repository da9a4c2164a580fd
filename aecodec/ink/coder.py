"""Pictures as their bilevel scans in a range-coded stream: the sizes of all, then their ink."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from aecodec.arrays import Bits
from aecodec.entropy import StreamReader, StreamWriter
from aecodec.errors import ModelError
from aecodec.ink.conditional import ConditionalCoder
from aecodec.ink.network import InkNetwork
from aecodec.ink.size_table import SizeTable
from aecodec.ink.table import InkTable
from aecodec.scans.reduction import check_reduction
from aecodec.scans.scan import Scan


@dataclass(frozen=True)
class InkCoder:
    """``best`` and ``fast`` are the ways to code ink; a model without a network has but the table, for both.

    ``conditional`` codes scans given lossy pictures, None where the model has none.
    """

    sizes: SizeTable
    fast: InkTable
    best: InkTable | InkNetwork
    conditional: ConditionalCoder | None = None

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]]) -> InkCoder:
        """See the parts for their tensors.

        Raises ModelError for a tensor of another shape or dtype, for a broken bound, for a network over lossy
        pictures in a model that has no other, and where this machine reduces origins wrongly.
        """
        check_reduction()
        sizes, table = SizeTable.from_tensors(tensors), InkTable.from_logits(tensors["origins.ink"])
        conditional = ConditionalCoder.from_tensors(tensors, sizes)
        best = InkNetwork.from_tensors(tensors) if "ink.0.weight" in tensors else table
        if conditional is not None and best is table:
            raise ModelError("a network of ink over lossy pictures, and none without")
        return cls(sizes, table, best, conditional)

    @property
    def has_network(self) -> bool:
        """Whether ``best`` is better than ``fast``."""
        return isinstance(self.best, InkNetwork)

    def encode(self, scans: Sequence[Scan | None], writer: StreamWriter, *, fast: bool) -> None:
        """Code sizes and ink."""
        self.sizes.encode([0 if scan is None else len(scan.bits) for scan in scans], writer)
        bits = [scan.bits for scan in scans if scan is not None]
        (self.fast if fast else self.best).encode(bits, writer)

    def decode(self, count: int, reader: StreamReader, *, fast: bool) -> list[Bits | None]:
        """Return the bits ``[size, size]`` of ``count`` tiles, None for those without a scan."""
        sizes = self.sizes.decode(count, reader)
        bits = iter((self.fast if fast else self.best).decode(sizes[sizes > 0], reader))
        return [next(bits) if size else None for size in sizes]
