"""Exact pixels over a lossy base: learned tables, chosen by the base and by its errors at earlier pixels.

Every pixel is coded as a difference, mod 256. It is mostly the difference from the base. Where the base is nearly
saturated, it is the difference from the largest value seen so far in the tile, for the strokes of a scan saturate at a
value of their own.

Three things choose the table of a pixel: the value of the base; the contrast of the base around the pixel, or that
largest value; and the errors of the base at the causal neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, reduce

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Integers64, Tiles
from aecodec.entropy import ReadyTables, StreamReader, StreamWriter, frequencies
from aecodec.errors import ModelError
from aecodec.frozen import dataclass
from aecodec.limits import PIXEL_MAX

COST_STEP = 32  # stored costs count 1/8 bit; logits count 1/256
_VALUE_EDGES = np.array([1, 9, 41, 101, 161, 216, 247])
_CONTRAST_EDGES = np.array([1, 9, 49, 113])
_ERROR_EDGES = np.array([1, 5, 17, 65])
_PEAK_EDGES = np.array([252, 253, 254, 255])
_MOST_AROUND = 3 * PIXEL_MAX  # of the sum of the errors around a pixel
_SATURATED = len(_VALUE_EDGES)  # the last bucket of base values
_WAYS = 5
_AT_ONCE = 1 << 20  # samples whose features are held at a time
CONTEXTS = (len(_VALUE_EDGES) + 1) * _WAYS * _WAYS


def _buckets(edges: Integers64, most: int = PIXEL_MAX) -> Integers64:
    """Return the bucket of each value, 0 to ``most``."""
    return np.searchsorted(edges, np.arange(most + 1), side="right").astype(np.int64)


_VALUES, _CONTRASTS, _PEAKS = (_buckets(edges) for edges in (_VALUE_EDGES, _CONTRAST_EDGES, _PEAK_EDGES))
_ERRORS = _buckets(_ERROR_EDGES, _MOST_AROUND)


@dataclass(frozen=True)
class ResidualCoder:
    """The residual under learned tables: ``tables`` ``[CONTEXTS, 256]`` are frequencies with sums of 2**24."""

    tables: Integers64

    @classmethod
    def from_costs(cls, costs: NDArray[np.uint8]) -> ResidualCoder:
        """Build the coder from ``costs``, uint8 ``[CONTEXTS, 256]``, in 1/8 bit.

        Raises ModelError for a tensor of another shape or dtype.
        """
        if costs.shape != (CONTEXTS, PIXEL_MAX + 1) or costs.dtype != np.uint8:
            raise ModelError(f"residual.costs is {costs.dtype} {costs.shape}, not a table of this version")
        return cls(frequencies(costs.astype(np.float32) * -COST_STEP))

    @cached_property
    def _ready(self) -> ReadyTables:
        return ReadyTables(self.tables)

    def encode(self, tiles: Tiles, base: Tiles, writer: StreamWriter) -> None:
        """Code ``tiles`` ``[n, h, w]`` given ``base``, alike: pixel by pixel, and for each pixel tile by tile."""
        contexts, symbols = contexts_and_symbols(tiles, base)
        for context, symbol in zip(contexts.T, symbols.T, strict=True):
            writer.encode_ready(symbol, self._ready, context)

    def decode(self, base: Tiles, reader: StreamReader) -> Tiles:
        """Return the tiles that were coded over ``base`` ``[n, h, w]``. Other memory is for a few rows at a time."""
        count, _, width = base.shape
        error = np.zeros((width + 2, count), np.int64)  # errors of the row above, then of this one; a column each side
        peak = np.zeros(count, np.int64)
        pixels = np.empty_like(base)
        for row, (near, contrast) in enumerate(_row_features(base)):
            north = error[1:-1] + ((error[:-2] + error[2:]) >> 1)
            values, west = base[:, row].T.astype(np.int64), error[0]
            for column, (value, bucket, spread) in enumerate(zip(values, near.T, contrast.T, strict=True)):
                context, origin = _choose(bucket, spread, west + north[column], peak, value)
                found = (reader.decode_ready(self._ready, context) + origin) & PIXEL_MAX
                pixels[:, row, column] = found
                west = np.abs(found - value)
                error[column + 1] = west
                np.maximum(peak, found, out=peak)
        return pixels


def contexts_and_symbols(tiles: Tiles, base: Tiles) -> tuple[Integers64, Integers64]:
    """Return the context and symbol of every pixel in raster order, ``[n, h * w]`` each."""
    count, height, width = tiles.shape
    near, contrast = _base_features(base)
    wide = np.zeros((count, height + 1, width + 2), np.int64)
    wide[:, 1:, 1:-1] = np.abs(tiles.astype(np.int64) - base)
    around = wide[:, 1:, :-2] + wide[:, :-1, 1:-1] + ((wide[:, :-1, :-2] + wide[:, :-1, 2:]) >> 1)
    raster = tiles.reshape(count, -1).astype(np.int64)
    peak = np.zeros_like(raster)
    peak[:, 1:] = np.maximum.accumulate(raster, axis=1)[:, :-1]
    flat = (count, height * width)
    value = base.reshape(flat).astype(np.int64)
    context, origin = _choose(near.reshape(flat), contrast.reshape(flat), around.reshape(flat), peak, value)
    return context, (raster - origin) & PIXEL_MAX


def _base_features(base: Tiles) -> tuple[Integers64, Integers64]:
    """Return the buckets of the base's value, and of its contrast in the 3 x 3 pixels around, ``[n, h, w]`` each."""
    return _features(np.pad(base, ((0, 0), (1, 1), (1, 1)), mode="edge"))


def _row_features(base: Tiles) -> Iterator[tuple[Integers64, Integers64]]:
    """Yield the same buckets row by row, ``[n, w]`` each; only a few rows are held at once."""
    count, height, width = base.shape
    columns = np.arange(-1, width + 1).clip(0, width - 1)
    step = max(1, _AT_ONCE // max(1, count * width))
    for top in range(0, height, step):
        rows = np.arange(top - 1, min(top + step, height) + 1).clip(0, height - 1)
        near, contrast = _features(base[:, rows[:, None], columns])
        yield from zip(near.swapaxes(0, 1), contrast.swapaxes(0, 1), strict=True)


def _features(wide: Tiles) -> tuple[Integers64, Integers64]:
    """Return the buckets of all but the outermost values of ``wide`` ``[n, h + 2, w + 2]``, ``[n, h, w]`` each."""
    rows = [wide[:, y : wide.shape[1] - 2 + y] for y in range(3)]
    least, most = reduce(np.minimum, rows), reduce(np.maximum, rows)
    columns = [np.s_[:, :, x : wide.shape[2] - 2 + x] for x in range(3)]
    spread = reduce(np.maximum, [most[at] for at in columns]) - reduce(np.minimum, [least[at] for at in columns])
    return _VALUES.take(wide[:, 1:-1, 1:-1]), _CONTRASTS.take(spread)


def _choose(
    near: Integers64,
    contrast: Integers64,
    around: Integers64,
    peak: Integers64,
    value: Integers64,
) -> tuple[Integers64, Integers64]:
    """Return which table a pixel has, and the value that its difference is taken from."""
    saturated = near == _SATURATED
    second = np.where(saturated, _PEAKS.take(peak), contrast)
    context = (near * _WAYS + second) * _WAYS + _ERRORS.take(around)
    return context, np.where(saturated & (second > 0), peak, value)
