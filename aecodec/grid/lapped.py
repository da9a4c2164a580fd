"""Filters across the borders of blocks, which make a block transform a lapped one (Tran, Liang and Tu 2003).

A *prefilter* before the analysis of blocks removes what neighbouring blocks share. A *postfilter* after their synthesis
puts it back, and leaves no seams. Each filter is one matrix, for the eight samples before a border and the eight behind
it. It goes first across the borders between columns, then across those between rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Floats, Floats64
from aecodec.exact.sheets import Map
from aecodec.exact.tensors import take
from aecodec.limits import GRID_SIDE, GRID_VALUE_MAX

BITS = 12  # of the fraction of a filter's weights
_HALF = GRID_SIDE // 2
_VALUES = 1 << 17  # at a time, so that the cache holds them


class Lapped:
    """One filter. Its weights and values are whole numbers of at most 2**15, so float64 carries all sums exactly."""

    halo = 1  # how many places far a sample sees beyond its own place

    def __init__(self, tensors: Mapping[str, NDArray[Any]], name: str) -> None:
        """Take the weights from the tensor ``name``, int16 ``[16, 16]``, in units of 2**-BITS. Raises ModelError."""
        self._weights = np.ldexp(take(tensors, name, np.int16, (GRID_SIDE, GRID_SIDE)).astype(np.float64), -BITS)

    def __call__(self, samples: Floats, run: Map) -> Floats64:
        """Filter whole numbers ``[H, W, channels]``; H and W are multiples of 16.

        Sums are rounded, and clipped to GRID_VALUE_MAX either way.
        """
        found = np.array(samples, np.float64, order="C")
        _across_columns(found, self._weights, run, whole=True)
        _across_rows(found, self._weights, run, whole=True)
        return found

    def back(self, gradient: Floats, run: Map) -> Floats64:
        """Return the gradient of the inputs, given that of the outputs, ``[H, W, channels]`` both. Nothing is rounded.

        The result is exact where gradients are whole numbers below 2**15: it has at most 24 bits behind the point.
        """
        found = np.array(gradient, np.float64, order="C")
        _across_rows(found, self._weights.T, run, whole=False)
        _across_columns(found, self._weights.T, run, whole=False)
        return found


def _across_rows(samples: Floats64, weights: Floats64, run: Map, *, whole: bool) -> None:
    """Filter ``samples``, in place, across the borders between rows of places. If ``whole``, round and clip them."""
    borders = len(samples) // GRID_SIDE - 1
    near = samples[_HALF : _HALF + borders * GRID_SIDE].reshape(borders, GRID_SIDE, samples[0].size)  # a view

    def work(some: slice) -> None:
        near[some] = _settled(weights @ near[some], whole=whole)

    for _ in run(work, _parts(borders, near[:1].size)):
        pass


def _across_columns(samples: Floats64, weights: Floats64, run: Map, *, whole: bool) -> None:
    """Filter ``samples`` in the same way across the borders between columns of places."""
    height, width, channels = samples.shape
    borders = width // GRID_SIDE - 1
    near = samples[:, _HALF : _HALF + borders * GRID_SIDE].reshape(height, borders, GRID_SIDE, channels)  # a view

    def work(some: slice) -> None:
        turned = near[some].transpose(2, 0, 1, 3)  # the axis of the sums comes first
        sums = _settled(weights @ turned.reshape(GRID_SIDE, -1), whole=whole)
        near[some] = sums.reshape(turned.shape).transpose(1, 2, 0, 3)

    for _ in run(work, _parts(height, near[:1].size)):
        pass


def _parts(count: int, size: int) -> Iterator[slice]:
    """Cut ``count`` items of ``size`` values each into slices of a few items."""
    step = max(1, _VALUES // max(1, size))
    return (slice(start, min(start + step, count)) for start in range(0, count, step))


def _settled(sums: Floats64, *, whole: bool) -> Floats64:
    if whole:
        sums += 0.5
        np.floor(sums, out=sums)
        np.clip(sums, -GRID_VALUE_MAX, GRID_VALUE_MAX, out=sums)
    return sums
