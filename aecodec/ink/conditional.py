"""Scans in a stream, given the lossy pictures of their tiles: the sizes, the places of their boxes, then the ink."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Indices, Tiles
from aecodec.entropy import StreamReader, StreamWriter
from aecodec.errors import ModelError
from aecodec.frozen import dataclass
from aecodec.ink.condition import Condition
from aecodec.ink.names import CONDITIONAL
from aecodec.ink.network import InkNetwork
from aecodec.ink.places import PlaceCoder
from aecodec.ink.size_table import SizeTable
from aecodec.scans.scan import Scan


@dataclass(frozen=True)
class ConditionalCoder:
    """Tables of sizes and of places, and a network of ink that sees lossy pictures."""

    sizes: SizeTable
    places: PlaceCoder
    network: InkNetwork

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]], sizes: SizeTable) -> ConditionalCoder | None:
        """Build the coder, or return None for a model without such a network.

        Raises ModelError as the parts do, and where the table of places is missing.
        """
        if f"{CONDITIONAL}.0.weight" not in tensors:
            return None
        if "origins.place" not in tensors:
            raise ModelError("a network of ink over lossy pictures without the table origins.place")
        return cls(sizes, PlaceCoder.from_tensors(tensors), InkNetwork.from_tensors(tensors, CONDITIONAL))

    def encode(self, scans: Sequence[Scan | None], lossy: Tiles, writer: StreamWriter) -> None:
        """Code ``scans`` of tiles whose lossy pictures are ``lossy`` ``[n, h, w]``; None for a tile without a scan."""
        self.sizes.encode([0 if scan is None else len(scan.bits) for scan in scans], writer)
        known = [scan for scan in scans if scan is not None]
        if known:
            corners = np.array([(scan.top, scan.left) for scan in known], np.int64)
            base = Condition(lossy[[scan is not None for scan in scans]], corners)
            self.places.encode(base, writer)
            self.network.encode([scan.bits for scan in known], writer, base)

    def decode(self, lossy: Tiles, reader: StreamReader) -> tuple[Indices, list[Scan]]:
        """Return which of the tiles whose lossy pictures are ``lossy`` have a scan, and these scans."""
        sizes = self.sizes.decode(len(lossy), reader)
        there = np.flatnonzero(sizes)
        if not len(there):
            return there, []
        base = self.places.decode(lossy[there], reader)
        found = zip(self.network.decode(sizes[there], reader, base), base.corners.tolist(), strict=True)
        return there, [Scan(bits, top, left) for bits, (top, left) in found]
