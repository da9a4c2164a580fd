"""Where the boxes of scans lie in their tiles, coded given the lossy pictures.

A scan's ink is centred in its square, and so is what the reduced picture shows in its box. The guess is the box
around the middle of that: the mean, over four grey values, of the first and last rows (columns) that reach
these. What is coded is how far the box is from there, under one table for rows and columns alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Floats32, Integers64, Tiles
from aecodec.entropy import StreamReader, StreamWriter, frequencies
from aecodec.errors import ModelError
from aecodec.frozen import dataclass
from aecodec.ink.condition import Condition
from aecodec.ink.table import LOGIT_STEP
from aecodec.scans.reduction import BOX

REACHED = (32, 64, 96, 128)  # grey values
FARTHEST = 8  # cells from the guess; beyond, all cost the same
COSTS = 2 * FARTHEST + 1
_AT_ONCE = 1 << 18  # entries of the tables that are held


@dataclass(frozen=True)
class PlaceCoder:
    """``logits`` float32 ``[COSTS]``, in 1/256 bit: of a box that is -8 to 8 cells below (right of) the guess."""

    logits: Floats32

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]]) -> PlaceCoder:
        """Build the coder from ``origins.place``, uint8 ``[COSTS]``, which holds costs in 1/8 bit; raises
        ModelError for another shape or dtype.
        """
        costs = tensors["origins.place"]
        if costs.shape != (COSTS,) or costs.dtype != np.uint8:
            raise ModelError(f"origins.place is {costs.dtype} {costs.shape}, expected uint8 ({COSTS},)")
        return cls(costs.astype(np.float32) * -LOGIT_STEP)

    def encode(self, base: Condition, writer: StreamWriter) -> None:
        """Code the corners, given the tiles: of all boxes the top, then of all the left."""
        for axis, part, tables in self._tables(base.tiles):
            writer.encode(base.corners[part, axis], tables)

    def decode(self, tiles: Tiles, reader: StreamReader) -> Condition:
        """Return ``tiles`` ``[n, h, w]`` with their corners."""
        corners = np.zeros((len(tiles), 2), np.int64)
        for axis, part, tables in self._tables(tiles):
            corners[part, axis] = reader.decode(tables)
        return Condition(tiles, corners)

    def _tables(self, tiles: Tiles) -> Iterator[tuple[int, slice, Integers64]]:
        """Yield frequencies ``[n, h - BOX + 1]`` of the tops of all tiles, some tiles at a time, then those of the
        lefts.

        Before them the axis, and which tiles; none where there is but one place.
        """
        for axis, guess in enumerate(guesses(tiles).T):
            places = np.arange(tiles.shape[1 + axis] - BOX + 1)
            rows = max(1, _AT_ONCE // len(places))
            for at in range(0, len(guess) if len(places) > 1 else 0, rows):
                part = slice(at, at + rows)
                some, which = np.unique(guess[part], return_inverse=True)
                yield axis, part, frequencies(self.logits[far(places, some[:, None])])[which]


def guesses(tiles: Tiles) -> Integers64:
    """Return the tops and lefts, within the tile, that ``tiles`` ``[n, h, w]`` suggest, ``[n, 2]``."""
    found = np.empty((len(tiles), 2), np.int64)
    for axis, size in enumerate(tiles.shape[1:]):
        largest = tiles.max(axis=2 - axis)
        ends = np.zeros(len(tiles), np.int64)
        for least in REACHED:
            reached = largest >= least  # where none is, the tile's own ends count
            ends += reached.argmax(axis=1) + (size - 1 - reached[:, ::-1].argmax(axis=1))
        middle = ends // (2 * len(REACHED)) + 1
        found[:, axis] = np.clip(middle - BOX // 2, 0, size - BOX)
    return found


def far(corner: Any, guess: Any) -> Any:
    """Return the entry of the table for a ``corner``, both integer arrays that broadcast."""
    return np.clip(corner - guess, -FARTHEST, FARTHEST) + FARTHEST
