"""The places of the scans' boxes in their tiles, coded given the lossy pictures.

A scan's ink is centred in its square. So the reduced picture is centred in its box. A guess of the place follows from
the lossy picture: the box around the middle of its ink. The middle is the mean, over four grey values, of the first and
the last row (or column) that reach such a value. What is coded is the distance of the box from the guess. Rows and
columns have the same table.
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
FARTHEST = 8  # cells from the guess; all places beyond cost the same
COSTS = 2 * FARTHEST + 1
_AT_ONCE = 1 << 18  # entries of the tables that are held at a time


@dataclass(frozen=True)
class PlaceCoder:
    """The coder of places. ``logits``, float32 ``[COSTS]`` in 1/256 bit, are of boxes -8 to 8 cells from the guess.

    A positive distance is below the guess, or to the right of it.
    """

    logits: Floats32

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]]) -> PlaceCoder:
        """Build the coder from ``origins.place``, uint8 ``[COSTS]``: costs in 1/8 bit.

        Raises ModelError for another shape or dtype.
        """
        costs = tensors["origins.place"]
        if costs.shape != (COSTS,) or costs.dtype != np.uint8:
            raise ModelError(f"origins.place is {costs.dtype} {costs.shape}, expected uint8 ({COSTS},)")
        return cls(costs.astype(np.float32) * -LOGIT_STEP)

    def encode(self, base: Condition, writer: StreamWriter) -> None:
        """Code the corners of ``base``, given its tiles: the tops of all boxes, then the lefts."""
        for axis, part, tables in self._tables(base.tiles):
            writer.encode(base.corners[part, axis], tables)

    def decode(self, tiles: Tiles, reader: StreamReader) -> Condition:
        """Return ``tiles`` ``[n, h, w]`` with their corners."""
        corners = np.zeros((len(tiles), 2), np.int64)
        for axis, part, tables in self._tables(tiles):
            corners[part, axis] = reader.decode(tables)
        return Condition(tiles, corners)

    def _tables(self, tiles: Tiles) -> Iterator[tuple[int, slice, Integers64]]:
        """Yield the tables of the tops of all tiles, some tiles at a time, then those of the lefts.

        Each time these are the axis, which tiles, and their frequencies, ``[n, h - BOX + 1]`` for tops. An axis with
        only one possible place has no tables.
        """
        for axis, guess in enumerate(guesses(tiles).T):
            places = np.arange(tiles.shape[1 + axis] - BOX + 1)
            rows = max(1, _AT_ONCE // len(places))
            for at in range(0, len(guess) if len(places) > 1 else 0, rows):
                part = slice(at, at + rows)
                some, which = np.unique(guess[part], return_inverse=True)
                yield axis, part, frequencies(self.logits[far(places, some[:, None])])[which]


def guesses(tiles: Tiles) -> Integers64:
    """Return the guesses of tops and lefts, ``[n, 2]``, from lossy ``tiles`` ``[n, h, w]``; boxes lie in the tile."""
    found = np.empty((len(tiles), 2), np.int64)
    for axis, size in enumerate(tiles.shape[1:]):
        largest = tiles.max(axis=2 - axis)
        ends = np.zeros(len(tiles), np.int64)
        for least in REACHED:
            reached = largest >= least  # where no row is, the ends of the tile count
            ends += reached.argmax(axis=1) + (size - 1 - reached[:, ::-1].argmax(axis=1))
        middle = ends // (2 * len(REACHED)) + 1
        found[:, axis] = np.clip(middle - BOX // 2, 0, size - BOX)
    return found


def far(corner: Any, guess: Any) -> Any:
    """Return the entry of the table for a top (or left) ``corner``, given the ``guess``; integer arrays broadcast."""
    return np.clip(corner - guess, -FARTHEST, FARTHEST) + FARTHEST
