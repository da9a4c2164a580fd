"""An adaptive filter of decoded pictures: weights that the encoder has chosen for this picture, sent with it.

It is an adaptive loop filter as in video codecs (Tsai et al. 2013, Karczewicz et al. 2021), but stands behind all
decoding. A pixel sees twelve neighbours, in pairs that lie opposite each other: how far they are above the pixel, and
the same clipped, so that edges do not count as noise. It sees the four nearest so in the sum of all colours, too. One
more weight belongs to what the chain of synthesis gives, which the linear path does not know, and the last one to a
constant. Blocks of 8 x 8 pixels fall into eight classes by their activity. Neighbouring classes may share their
weights.

All values are whole numbers, so that float32 carries all sums exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from aecodec.arrays import Floats, Floats32, Integers32, Integers64, Tensors
from aecodec.entropy import StreamReader, StreamWriter, Table
from aecodec.errors import ModelError
from aecodec.exact.sheets import Map
from aecodec.exact.tensors import require, take
from aecodec.frozen import dataclass
from aecodec.grid.names import ADAPTIVE
from aecodec.limits import FREQUENCY_TOTAL

COLOURS = 3
CLASSES = 8  # of activity
GROUPS = (0, 1, 2, 4, 8)  # how many groups of classes may have weights of their own; 0 is no filter
NEIGHBOURS = ((0, 1), (0, 2), (1, -1), (1, 0), (1, 1), (2, 0))  # rows down and columns right; the others lie opposite
TOTAL, CHAIN, CONSTANT = 2 * len(NEIGHBOURS), 2 * len(NEIGHBOURS) + 2, 2 * len(NEIGHBOURS) + 3  # features behind these
TAPS = CONSTANT + 1
_ONE = 128  # the constant
WEIGHT_BITS = 7
MOST_WEIGHT = 63  # either way, in 2**-WEIGHT_BITS
MOST_VALUE = 1 << 11  # of what is filtered, either way, in 1/16 grey level
REACH = 2  # pixels that a filter sees around its own
BLOCK = 8  # side of a block

Weights = Integers64  # [groups, COLOURS, TAPS], whole numbers in 2**-WEIGHT_BITS
NO_FILTER: Weights = np.zeros((0, COLOURS, TAPS), np.int64)


@dataclass(frozen=True)
class Strip:
    """Rows of a picture: their ``values`` ``[h, W, COLOURS]``, and the part of these that the ``chain`` gave."""

    rows: slice
    values: Integers32
    chain: Floats


@dataclass(frozen=True)
class Band:
    """Rows of blocks as the filter sees them: ``features`` ``[TAPS, COLOURS, BLOCK, W]`` and ``classes`` ``[W]``."""

    features: Floats32
    classes: Integers64


class AdaptiveFilter:
    """What a model says of the filter: bounds of classes, where differences are clipped, and the tables of weights."""

    def __init__(self, tensors: Tensors) -> None:
        """Take the tensors ``adaptive.…``. Raises ModelError."""
        self._bounds = take(tensors, f"{ADAPTIVE}.bounds", np.int32, (CLASSES - 1,)).astype(np.int64)
        clip = take(tensors, f"{ADAPTIVE}.clip", np.int32, (1,))
        require(1 <= clip[0] <= MOST_VALUE, f"{ADAPTIVE}.clip is out of range")
        require(self._bounds[0] >= 1 and (np.diff(self._bounds) > 0).all(), f"{ADAPTIVE}.bounds do not grow")
        self._clip = np.float32(clip[0])
        (self.groups,) = _tables(tensors, f"{ADAPTIVE}.groups", 1, len(GROUPS))
        self.weights = _tables(tensors, f"{ADAPTIVE}.weights", TAPS, 2 * MOST_WEIGHT + 1)

    def write(self, weights: Weights, writer: StreamWriter) -> None:
        """Code the weights of a picture, ``[groups, COLOURS, TAPS]``."""
        writer.encode_alike(np.array([GROUPS.index(len(weights))]), self.groups)
        if not len(weights):
            return
        for tap, table in enumerate(self.weights):
            writer.encode_alike(weights[:, :, tap].ravel() + MOST_WEIGHT, table)

    def read(self, reader: StreamReader) -> Weights:
        """Return the weights of the next picture, ``[groups, COLOURS, TAPS]``; without groups it is not filtered.

        Raises FormatError.
        """
        groups = GROUPS[int(reader.decode_alike(1, self.groups)[0])]
        if not groups:
            return NO_FILTER
        weights = np.zeros((groups, COLOURS, TAPS), np.int64)
        for tap, table in enumerate(self.weights):
            found = reader.decode_alike(groups * COLOURS, table).astype(np.int64) - MOST_WEIGHT
            weights[:, :, tap] = found.reshape(groups, COLOURS)
        return weights

    def filtered(self, strips: Iterable[Strip], weights: Weights, run: Map) -> Iterator[tuple[slice, Integers32]]:
        """Yield the rows of ``strips`` and their values ``[h, W, COLOURS]``, filtered with ``weights``."""
        # [TAPS, CLASSES, COLOURS]
        each = np.repeat(weights, CLASSES // len(weights), axis=0).transpose(2, 0, 1).astype(np.float32)
        for strip, around in with_rows_around(strips):
            found = np.empty_like(strip.values)

            def work(own: slice, strip: Strip = strip, around: Integers32 = around, found: Integers32 = found) -> None:
                band = self.band(strip, around, own)
                chosen = each[:, band.classes].transpose(0, 2, 1)[:, :, None]  # [TAPS, COLOURS, 1, W]
                total = np.zeros(band.features.shape[1:], np.float32)
                for feature, weight in zip(band.features, chosen, strict=True):
                    total += feature * weight
                added = np.floor(total * np.float32(2.0**-WEIGHT_BITS) + np.float32(0.5))
                np.add(strip.values[own], added.transpose(1, 2, 0), out=found[own], casting="unsafe")

            for _ in run(work, bands(strip)):
                pass
            yield strip.rows, found

    def band(self, strip: Strip, around: Integers32, own: slice) -> Band:
        """Return the features and classes of the BLOCK rows ``own`` of a strip.

        ``around`` ``[h + 2 * REACH, W + 2 * REACH, COLOURS]`` are the strip's values and those around them, within
        MOST_VALUE.
        """
        near_own = around[own.start : own.stop + 2 * REACH]
        planes = np.ascontiguousarray(near_own.transpose(2, 0, 1), np.float32)
        width = planes.shape[2] - 2 * REACH
        features = np.empty((TAPS, COLOURS, BLOCK, width), np.float32)
        for number, (down, right) in enumerate(NEIGHBOURS):
            first, shift = max(right, 0), min(right, 0)
            rows, columns = slice(REACH - down, REACH + BLOCK), slice(REACH - first, REACH + width - shift)
            near = planes[:, REACH : REACH + BLOCK + down, columns.start + right : columns.stop + right]
            away = near - planes[:, rows, columns]
            there, opposite = slice(first, first + width), slice(first - right, first - right + width)
            for clipped, out in ((False, features[2 * number]), (True, features[2 * number + 1])):
                if clipped:
                    np.clip(away, -self._clip, self._clip, out=away)
                np.subtract(away[:, down:, there], away[:, :BLOCK, opposite], out=out)
        total = planes.sum(0)
        self._see_total(total, features[TOTAL : TOTAL + 2])
        np.clip(strip.chain[own].transpose(2, 0, 1), -MOST_VALUE, MOST_VALUE, out=features[CHAIN])
        features[CONSTANT] = _ONE
        return Band(features, np.repeat(self._classes(total), BLOCK))

    def _see_total(self, total: Floats32, out: Floats32) -> None:
        """Put half the differences of the four nearest pixels into ``out[0]``, and the clipped ones into ``out[1]``."""
        own, before, behind = slice(REACH, -REACH), slice(REACH - 1, -REACH - 1), slice(REACH + 1, 1 - REACH)
        away = np.stack([total[before, own], total[behind, own], total[own, before], total[own, behind]])
        away -= total[own, own]
        out[0] = np.floor(away.sum(0) / 2)
        most = 2 * self._clip
        out[1] = np.clip(away, -most, most).sum(0)

    def _classes(self, total: Floats32) -> Integers64:
        """Return the classes of a row of blocks by their ``total`` of colours, which has REACH more at every side."""
        own = slice(REACH, -REACH)
        twice = 2 * total[own, own]
        activity = np.abs(twice - total[1:-3, own] - total[3:-1, own])
        activity += np.abs(twice - total[own, 1:-3] - total[own, 3:-1])
        sums = activity.reshape(BLOCK, -1, BLOCK).sum((0, 2))
        found: Integers64 = np.searchsorted(self._bounds, sums, side="right")
        return found


def answer_weights(groups: int) -> Weights:
    """Return weights of many sizes, for trials of whether a machine filters as others do."""
    count = groups * COLOURS * TAPS
    return (np.arange(count) * 37 % 31 - 15).reshape(groups, COLOURS, TAPS)


def with_rows_around(strips: Iterable[Strip]) -> Iterator[tuple[Strip, Integers32]]:
    """Yield ``strips`` with values clipped to MOST_VALUE, and these with REACH more at every side.

    What lies beyond the picture's edges is as the nearest pixel within.
    """
    above: Integers32 | None = None
    waiting: Strip | None = None
    for strip in strips:
        clipped = Strip(strip.rows, np.clip(strip.values, -MOST_VALUE, MOST_VALUE), strip.chain)
        if waiting is not None:
            yield waiting, _around(above, waiting.values, clipped.values[:REACH])
            above = waiting.values[-REACH:]
        waiting = clipped
    if waiting is not None:
        yield waiting, _around(above, waiting.values, None)


def bands(strip: Strip) -> Iterator[slice]:
    """Return the rows of each band of ``strip``, whose height is a multiple of BLOCK."""
    return (slice(top, top + BLOCK) for top in range(0, len(strip.values), BLOCK))


def _around(above: Integers32 | None, values: Integers32, below: Integers32 | None) -> Integers32:
    before = values[:1].repeat(REACH, axis=0) if above is None else above
    behind = values[-1:].repeat(REACH, axis=0) if below is None else below
    return np.pad(np.concatenate([before, values, behind]), ((0, 0), (REACH, REACH), (0, 0)), mode="edge")


def _tables(tensors: Tensors, name: str, count: int, length: int) -> list[Table]:
    frequencies = take(tensors, name, np.int32, (count, length)).astype(np.int64)
    if frequencies.min() < 1 or (frequencies.sum(axis=1) != FREQUENCY_TOTAL).any():
        raise ModelError(f"{name} has a frequency below 1, or does not sum to 2**24")
    return [Table(each) for each in frequencies]
