"""Pictures to symbols and back, step by step: one walk for both ways, in the order of :mod:`aecodec.pixels.order`."""

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
_ORDER = [1, 0, 2]  # in which the planes of a coloured picture are coded: green, red, blue
SYMBOLS = 2  # for each sample


class Walk(Protocol):
    """Predicts the samples of pictures of one size.

    For each of the memory's steps the caller first calls :meth:`expect`, then :meth:`put`. *Lanes* are places for the
    samples of a step in one colour: they run over the rows of ``groups``, and in a row over the pictures.
    """

    @property
    def memory(self) -> Memory:
        """The memory of the samples so far."""

    @property
    def groups(self) -> range:
        """The groups of rows that have lanes now."""

    def expect(self, step: int) -> Expected:
        """Return how the samples of ``step`` are distributed."""

    def put(self, step: int, values: Floats32) -> None:
        """Put the samples of ``step``, ``[colours, lanes]``. Values in lanes without a sample do not matter."""


class Writer(Protocol):
    """Takes the symbols of a picture: a stream's writer, or a meter that only counts their bits."""

    def encode_ready(self, symbols: Integers, ready: ReadyTables, tables: Integers) -> None:
        """Encode symbols ``[n]``, each under the table of ``ready`` that ``tables`` ``[n]`` says."""


Begin = Callable[[int, int, tuple[int, int]], Walk]  # colours, pictures, and their height and width


def encode_pixels(pictures: Pictures, begin: Begin, writer: Writer) -> None:
    """Code pictures of one size, uint8 ``[count, height, width, planes]``, all in lockstep."""
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
    """Return the next pictures of a stream, of ``shape`` (count, height, width, planes). Raises FormatError."""
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
    """Return the planes of ``pictures`` in the order of coding, ``[planes, height * width, count]``."""
    count, height, width, planes = pictures.shape
    ordered = pictures[..., _ORDER] if planes == _COLOURS else pictures
    return np.ascontiguousarray(ordered.transpose(3, 1, 2, 0)).reshape(planes, height * width, count)


def laid_out(planes: NDArray[U], size: tuple[int, int]) -> NDArray[U]:
    """Return the pictures ``[count, height, width, planes]`` of planes as :func:`planes_of` returns them."""
    whole = planes.reshape(len(planes), *size, planes.shape[-1]).transpose(3, 1, 2, 0)
    return np.ascontiguousarray(whole[..., np.argsort(_ORDER)] if len(planes) == _COLOURS else whole)


def of_lanes(values: Integers64, lanes: Sequence[slice]) -> Integers64:
    """Return the ``values`` ``[colours, lanes]`` of lanes that have a sample, one colour after the other."""
    return np.concatenate([row[some] for row, some in zip(values, lanes, strict=True)])
