"""Deep pictures to symbols and low bits, and back. Both ways have the same walk, as in :mod:`aecodec.pixels.coder`.

The bin of a value is coded as a grey level is. The low bits then say which value of the bin it is. They are as good as
random, and are written as they are. A value beyond the reach of the tables is written in all its bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import DeepPictures, Floats32, Integers64
from aecodec.entropy import StreamReader, StreamWriter
from aecodec.errors import FormatError
from aecodec.follow import followed
from aecodec.pixels.coder import laid_out, of_lanes, planes_of
from aecodec.pixels.deep.bins import FARTHEST, NEAREST, DeepExpected, distances
from aecodec.pixels.deep.low_bits import LowBitsReader, LowBitsWriter
from aecodec.pixels.grain import Grain, Lanes
from aecodec.pixels.order import Memory
from aecodec.pixels.tables import GREYS, NIBBLE, ready_tables, second_table


class DeepWalk(Protocol):
    """Predicts deep samples, as :class:`aecodec.pixels.coder.Walk` does samples of 8 bits."""

    @property
    def memory(self) -> Memory:
        """The memory of the samples so far."""

    @property
    def groups(self) -> range:
        """The groups of rows that have lanes now."""

    def expect(self, step: int) -> DeepExpected:
        """Return how the samples of ``step`` are distributed."""

    def put(self, step: int, greys: Floats32) -> None:
        """Put the samples of ``step`` in grey levels, ``[colours, lanes]``. Lanes without a sample do not matter."""


DeepBegin = Callable[[int, Grain, tuple[int, int]], DeepWalk]  # colours, grain of the pictures, their height and width


class _Step(NamedTuple):
    """The samples of a step: how they are distributed, and the range of their pictures.

    ``low``, ``centre``, ``table``, ``counts`` and ``bits`` have an entry a sample, one colour after the other.
    ``colours`` are the lanes that have a sample, for each colour. ``lanes`` is what is known of the pictures.
    """

    low: Integers64
    centre: Integers64
    table: Integers64
    counts: Integers64
    bits: Integers64
    colours: list[slice]
    lanes: Lanes


def encode_deep(
    pictures: DeepPictures, grain: Grain, begin: DeepBegin, writer: StreamWriter, low: LowBitsWriter
) -> None:
    """Code pictures of one size, uint16 ``[count, height, width, planes]``, all in lockstep."""
    _, height, width, colours = pictures.shape
    planes, walk = planes_of(pictures), begin(colours, grain, (height, width))
    for number, step in _steps(walk, grain):
        found = [plane[pixels].reshape(-1) for plane, pixels in zip(planes, walk.memory.samples(number), strict=True)]
        values = np.concatenate(found).astype(np.int64)
        distance = distances(values, step.low, step.centre)
        first, second = np.divmod((distance + NIBBLE // 2) % GREYS, NIBBLE)
        writer.encode_ready(first, ready_tables(), step.table)
        writer.encode_ready(second, ready_tables(), second_table(step.table, first))
        lengths = np.where(_is_far(distance), step.bits, step.low)
        low.put(values & ((1 << lengths) - 1), lengths)
        _put(walk, number, step, values)


def decode_deep(
    shape: tuple[int, int, int, int], grain: Grain, begin: DeepBegin, reader: StreamReader, low: LowBitsReader
) -> DeepPictures:
    """Return the next pictures of a stream, of ``shape`` (count, height, width, planes). Raises FormatError."""
    count, height, width, colours = shape
    planes, walk = np.empty((colours, height * width, count), np.uint16), begin(colours, grain, (height, width))
    for number, step in _steps(walk, grain):
        first = reader.decode_ready(ready_tables(), step.table)
        second = reader.decode_ready(ready_tables(), second_table(step.table, first))
        distance = (first * NIBBLE + second - NIBBLE // 2 - NEAREST) % GREYS + NEAREST
        far = _is_far(distance)
        told = low.take(np.where(far, step.bits, step.low))
        values = np.where(far, told, (step.centre + distance << step.low) + told)
        if ((values < 0) | (values >= step.counts) | (distances(values, step.low, step.centre) != distance)).any():
            raise FormatError("the payload is damaged: a sample that its picture cannot have")
        _put(walk, number, step, values)
        at = 0
        for plane, pixels, some in zip(planes, walk.memory.samples(number), step.colours, strict=True):
            plane[pixels] = values[at : at + some.stop - some.start].reshape(-1, count)
            at += some.stop - some.start
    return laid_out(planes, (height, width))


def _steps(walk: DeepWalk, grain: Grain) -> Iterator[tuple[int, _Step]]:
    """Yield the steps of a walk. The caller puts the samples of a step before it takes the next one."""
    for number in followed(range(walk.memory.steps)):
        known = walk.expect(number)
        lanes, colours = grain.spread(known.low.shape[1]), walk.memory.lanes(number, walk.groups)
        low, centre, table = (of_lanes(each, colours) for each in (known.low, known.centre, known.table))
        counts, bits = (np.concatenate([each[some] for some in colours]) for each in (lanes.counts, lanes.bits))
        yield number, _Step(low, centre, table, counts, bits, colours, lanes)


def _is_far(distance: Integers64) -> NDArray[np.bool_]:
    """Return where a value is written in all its bits."""
    found: NDArray[np.bool_] = (distance == NEAREST) | (distance == FARTHEST)
    return found


def _put(walk: DeepWalk, number: int, step: _Step, values: Integers64) -> None:
    every, at = np.zeros((len(step.colours), len(step.lanes.counts)), np.int64), 0
    for row, some in zip(every, step.colours, strict=True):
        row[some] = values[at : at + some.stop - some.start]
        at += some.stop - some.start
    walk.put(number, step.lanes.greys(every))
