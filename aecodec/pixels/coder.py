"""Pictures to symbols and back: the same walk for both, a step at a time (:mod:`aecodec.pixels.order`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from aecodec.entropy import StreamReader, StreamWriter
from aecodec.pixels.order import Memory
from aecodec.pixels.tables import GREYS, NIBBLE, Expected, ready_tables, second_table

Pixels = NDArray[np.uint8]  # [count, height, width, planes]: 1 plane, or 3 of red, green and blue
_COLOURS = 3
_ORDER = [1, 0, 2]  # of the planes of a coloured picture: green, red, blue
SYMBOLS = 2  # of a sample


class Walk(Protocol):
    """What foresees samples, for pictures of one size: in turns :meth:`expect` and :meth:`put`, for each of the
    memory's steps. Lanes run over the rows of ``groups``, then pictures.
    """

    @property
    def memory(self) -> Memory:
        """Of the samples so far."""

    @property
    def groups(self) -> range:
        """The groups of rows whose lanes there are now."""

    def expect(self, step: int) -> Expected:
        """How the samples of ``step`` are distributed."""

    def put(self, step: int, values: NDArray[np.float32]) -> None:
        """The samples of ``step``, ``[colours, lanes]``; what lies in other lanes does not matter."""


Begin = Callable[[int, int, tuple[int, int]], Walk]  # colours, pictures, and their height and width


def encode_pixels(pictures: Pixels, begin: Begin, writer: StreamWriter) -> None:
    """Code pictures of one size, all in lockstep."""
    count, height, width, colours = pictures.shape
    planes, walk = planes_of(pictures), begin(colours, count, (height, width))
    for step in range(walk.memory.steps):
        expected = walk.expect(step)
        values, lanes = np.zeros(expected.centre.shape, np.float32), _chosen(walk, step)
        found = zip(planes, walk.memory.samples(step), strict=True)
        samples = np.concatenate([plane[pixels].reshape(-1) for plane, pixels in found])
        values.reshape(-1)[lanes] = samples
        code = (samples - expected.centre.reshape(-1)[lanes] + NIBBLE // 2) % GREYS
        first, second = np.divmod(code, NIBBLE)
        table = expected.table.reshape(-1)[lanes]
        writer.encode_ready(first, ready_tables(), table)
        writer.encode_ready(second, ready_tables(), second_table(table, first))
        walk.put(step, values)


def decode_pixels(shape: tuple[int, int, int, int], begin: Begin, reader: StreamReader) -> Pixels:
    """The pictures ``shape`` (count, height, width, planes) of a stream; raises FormatError."""
    count, height, width, colours = shape
    planes, walk = np.empty((colours, height * width, count), np.uint8), begin(colours, count, (height, width))
    for step in range(walk.memory.steps):
        expected = walk.expect(step)
        values, lanes = np.zeros(expected.centre.shape, np.float32), _chosen(walk, step)
        table = expected.table.reshape(-1)[lanes]
        first = reader.decode_ready(ready_tables(), table)
        second = reader.decode_ready(ready_tables(), second_table(table, first))
        values.reshape(-1)[lanes] = (first * NIBBLE + second - NIBBLE // 2 + expected.centre.reshape(-1)[lanes]) % GREYS
        every = zip(planes, walk.memory.samples(step), values, walk.memory.lanes(step, walk.groups), strict=True)
        for plane, pixels, found, some in every:
            plane[pixels] = found[some].reshape(-1, count)
        walk.put(step, values)
    whole = planes.reshape(colours, height, width, count).transpose(3, 1, 2, 0)
    return np.ascontiguousarray(whole[..., np.argsort(_ORDER)] if colours == _COLOURS else whole)


def planes_of(pictures: Pixels) -> NDArray[np.uint8]:
    """In the order of coding, ``[planes, height * width, count]``."""
    count, height, width, planes = pictures.shape
    ordered = pictures[..., _ORDER] if planes == _COLOURS else pictures
    return np.ascontiguousarray(ordered.transpose(3, 1, 2, 0)).reshape(planes, height * width, count)


def _chosen(walk: Walk, step: int) -> NDArray[np.intp]:
    """Where among the lanes of all colours the samples of a step are."""
    width = walk.memory.width_of(walk.groups)
    lanes = walk.memory.lanes(step, walk.groups)
    return np.concatenate([np.arange(some.start, some.stop) + colour * width for colour, some in enumerate(lanes)])
