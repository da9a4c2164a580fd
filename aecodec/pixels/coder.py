"""Pictures to symbols and back: the same walk for both, a step at a time (:mod:`aecodec.pixels.order`)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aecodec.entropy import StreamReader, StreamWriter
from aecodec.pixels.front import Front
from aecodec.pixels.inputs import COLOURS
from aecodec.pixels.network import Networks
from aecodec.pixels.tables import GREYS, NIBBLE, ready_tables, second_table

Pixels = NDArray[np.uint8]  # [count, height, width, planes]: 1 plane, or 3 of red, green and blue
_ORDER = [1, 0, 2]  # of the planes of a coloured picture
SYMBOLS = 2  # of a sample


def encode_pixels(pictures: Pixels, networks: Networks, writer: StreamWriter) -> None:
    """Code pictures of one size, all in lockstep."""
    count, height, width, colours = pictures.shape
    planes, front = planes_of(pictures), Front(colours, count, (height, width))
    for step in range(front.steps):
        expected = networks.expect(front.look(step))
        values, lanes = np.zeros(expected.centre.shape, np.float32), _chosen(front, step)
        values.reshape(-1)[lanes] = _samples(planes, front, step)
        code = (values.reshape(-1)[lanes].astype(np.int64) - expected.centre.reshape(-1)[lanes] + NIBBLE // 2) % GREYS
        first, second = np.divmod(code, NIBBLE)
        table = expected.table.reshape(-1)[lanes]
        writer.encode_ready(first, ready_tables(), table)
        writer.encode_ready(second, ready_tables(), second_table(table, first))
        front.put(step, values)


def decode_pixels(shape: tuple[int, int, int, int], networks: Networks, reader: StreamReader) -> Pixels:
    """The pictures ``shape`` (count, height, width, planes) of a stream; raises FormatError."""
    count, height, width, colours = shape
    planes, front = np.empty((colours, height * width, count), np.uint8), Front(colours, count, (height, width))
    for step in range(front.steps):
        expected = networks.expect(front.look(step))
        values, lanes = np.zeros(expected.centre.shape, np.float32), _chosen(front, step)
        table = expected.table.reshape(-1)[lanes]
        first = reader.decode_ready(ready_tables(), table)
        second = reader.decode_ready(ready_tables(), second_table(table, first))
        values.reshape(-1)[lanes] = (first * NIBBLE + second - NIBBLE // 2 + expected.centre.reshape(-1)[lanes]) % GREYS
        for plane, pixels, found, some in zip(planes, front.samples(step), values, front.lanes(step), strict=True):
            plane[pixels] = found[some].reshape(-1, count)
        front.put(step, values)
    found = planes.reshape(colours, height, width, count).transpose(3, 1, 2, 0)
    return np.ascontiguousarray(found[..., np.argsort(_ORDER)] if colours == COLOURS else found)


def planes_of(pictures: Pixels) -> NDArray[np.uint8]:
    """In the order of coding, ``[planes, height * width, count]``."""
    count, height, width, planes = pictures.shape
    ordered = pictures[..., _ORDER] if planes == COLOURS else pictures
    return np.ascontiguousarray(ordered.transpose(3, 1, 2, 0)).reshape(planes, height * width, count)


def _samples(planes: NDArray[np.uint8], front: Front, step: int) -> NDArray[np.uint8]:
    """The samples of a step, colour after colour."""
    return np.concatenate(
        [plane[pixels].reshape(-1) for plane, pixels in zip(planes, front.samples(step), strict=True)]
    )


def _chosen(front: Front, step: int) -> NDArray[np.intp]:
    """Where among the lanes of all colours the samples of a step are."""
    lanes = front.lanes(step)
    return np.concatenate(
        [np.arange(some.start, some.stop) + colour * front.width for colour, some in enumerate(lanes)]
    )
