"""Pictures to symbols and back: the same walk for both, a step at a time (:mod:`aecodec.pixels.order`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Floats32, Integers, Integers64, Pictures
from aecodec.entropy import ReadyTables, StreamReader
from aecodec.follow import followed
from aecodec.pixels.order import Memory
from aecodec.pixels.tables import GREYS, NIBBLE, Expected, ready_tables, second_table

U = TypeVar("U", np.uint8, np.uint16)
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
        """Return how the samples of ``step`` are distributed."""

    def put(self, step: int, values: Floats32) -> None:
        """Put the samples of ``step``, ``[colours, lanes]``; what lies in other lanes does not matter."""


class Writer(Protocol):
    """What takes the symbols of a picture: a stream's writer, or what only counts them."""

    def encode_ready(self, symbols: Integers, ready: ReadyTables, tables: Integers) -> None:
        """Encode symbols ``[n]``, each under the table of ``ready`` that ``tables`` ``[n]`` says."""


Begin = Callable[[int, int, tuple[int, int]], Walk]  # colours, pictures, and their height and width


def encode_pixels(pictures: Pictures, begin: Begin, writer: Writer) -> None:
    """Code pictures of one size, all in lockstep."""
    count, height, width, colours = pictures.shape
    planes, walk = planes_of(pictures), begin(colours, count, (height, width))
    for step in followed(range(walk.memory.steps)):
        expected, lanes = walk.expect(step), walk.memory.lanes(step, walk.groups)
        found = [plane[pixels].reshape(-1) for plane, pixels in zip(planes, walk.memory.samples(step), strict=True)]
        code = (np.concatenate(found) - of_lanes(expected.centre, lanes) + NIBBLE // 2) % GREYS
        first, second = np.divmod(code, NIBBLE)
        table = of_lanes(expected.table, lanes)
        writer.encode_ready(first, ready_tables(), table)
        writer.encode_ready(second, ready_tables(), second_table(table, first))
        values = np.zeros(expected.centre.shape, np.float32)
        for row, some, samples in zip(values, lanes, found, strict=True):
            row[some] = samples
        walk.put(step, values)


def decode_pixels(shape: tuple[int, int, int, int], begin: Begin, reader: StreamReader) -> Pictures:
    """Return the pictures ``shape`` (count, height, width, planes) of a stream; raises FormatError."""
    count, height, width, colours = shape
    planes, walk = np.empty((colours, height * width, count), np.uint8), begin(colours, count, (height, width))
    for step in followed(range(walk.memory.steps)):
        expected, lanes = walk.expect(step), walk.memory.lanes(step, walk.groups)
        table = of_lanes(expected.table, lanes)
        first = reader.decode_ready(ready_tables(), table)
        second = reader.decode_ready(ready_tables(), second_table(table, first))
        found = (first * NIBBLE + second - NIBBLE // 2 + of_lanes(expected.centre, lanes)) % GREYS
        values, at = np.zeros(expected.centre.shape, np.float32), 0
        for plane, pixels, row, some in zip(planes, walk.memory.samples(step), values, lanes, strict=True):
            row[some] = found[at : at + some.stop - some.start]
            plane[pixels] = row[some].reshape(-1, count)
            at += some.stop - some.start
        walk.put(step, values)
    return laid_out(planes, (height, width))


def planes_of(pictures: NDArray[U]) -> NDArray[U]:
    """Return planes in the order of coding, ``[planes, height * width, count]``."""
    count, height, width, planes = pictures.shape
    ordered = pictures[..., _ORDER] if planes == _COLOURS else pictures
    return np.ascontiguousarray(ordered.transpose(3, 1, 2, 0)).reshape(planes, height * width, count)


def laid_out(planes: NDArray[U], size: tuple[int, int]) -> NDArray[U]:
    """Return the pictures ``[count, height, width, planes]`` of such planes."""
    whole = planes.reshape(len(planes), *size, planes.shape[-1]).transpose(3, 1, 2, 0)
    return np.ascontiguousarray(whole[..., np.argsort(_ORDER)] if len(planes) == _COLOURS else whole)


def of_lanes(values: Integers64, lanes: Sequence[slice]) -> Integers64:
    """Return those of ``values`` ``[colours, lanes]`` that the samples of a step have, one colour after the other."""
    return np.concatenate([row[some] for row, some in zip(values, lanes, strict=True)])
