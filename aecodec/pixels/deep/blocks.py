"""Deep images of any sizes to one body, and back. A body has a header for each image, the low bits, and a stream."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from aecodec.arrays import DeepPicture, Integers32
from aecodec.container.varint import Cursor, varint
from aecodec.entropy import StreamReader, StreamWriter
from aecodec.entropy.tables import COST_UNIT_BITS, log2_fixed
from aecodec.errors import FormatError, LimitError
from aecodec.pixels.blocks import Size, most_steps, steps_of, together
from aecodec.pixels.coder import SYMBOLS
from aecodec.pixels.deep.coder import DeepBegin, decode_deep, encode_deep
from aecodec.pixels.deep.levels import Levels, levels_of
from aecodec.pixels.deep.low_bits import LowBitsReader, LowBitsWriter
from aecodec.pixels.grain import MOST_EXPONENT, Grain

_GREY_BITS = 8  # values of at most so many bits are grey levels as they are
_USUAL = 5415  # 4096 log2 of 2.5: so many grey levels samples of a photograph of 8 bits are from their prediction
_SEEN = 1 << 20  # about how many samples are measured


class _Known(NamedTuple):
    """What a body says of an image: which values its samples have, and that a grey level is ``2**exponent`` of them."""

    levels: Levels
    exponent: int


def encode_deep_images(images: Sequence[DeepPicture], begin: DeepBegin) -> bytes:
    """Return the body of ``images``, uint16 ``[height, width, 1 or 3]``. Raises LimitError for too many samples."""
    known, numbers, front = [], [], b""
    for image in images:
        levels = levels_of(image)
        numbers.append(levels.numbers(image))
        known.append(_Known(levels, exponent_of(numbers[-1], levels.count)))
        front += levels.pack() + (bytes([known[-1].exponent]) if levels.count > 1 else b"")
    writer, low = StreamWriter(), LowBitsWriter()
    for places in _together([_size(image) for image in images], known):
        pictures = np.stack([numbers[place] for place in places])
        encode_deep(pictures, _grain(known, places), begin, writer, low)
    bits = low.finish()
    return front + varint(len(bits)) + bits + writer.finish()


def decode_deep_images(body: bytes, sizes: Sequence[Size], begin: DeepBegin) -> list[DeepPicture]:
    """Return the images of a body, uint16 ``[height, width, planes]``. Raises FormatError or LimitError."""
    if steps_of(sizes) > most_steps(sizes):
        raise LimitError(f"a payload of {steps_of(sizes)} steps; the limit is {most_steps(sizes)}")
    StreamReader(b"").expect(SYMBOLS * sum(map(math.prod, sizes)))
    cursor = Cursor(body, 0, len(body))
    known = [_read(cursor, math.prod(size)) for size in sizes]
    low = LowBitsReader(cursor.take(cursor.varint("length of the low bits"), "low bits"))
    reader = StreamReader(body[cursor.at :])
    found = [np.zeros(size, np.uint16) for size in sizes]
    for places in _together(sizes, known):
        shape = (len(places), *sizes[places[0]])
        pictures = decode_deep(shape, _grain(known, places), begin, reader, low)
        for place, picture in zip(places, pictures, strict=True):
            found[place] = picture
    low.finish()
    reader.finish()
    return [each.levels.image(numbers) for each, numbers in zip(known, found, strict=True)]


def exponent_of(numbers: DeepPicture, count: int) -> int:
    """Return the exponent of a grey level for an image, by how far its samples are from a simple prediction.

    Samples are ``numbers`` below ``count``, uint16 ``[height, width, planes]``.
    """
    away = _distances(numbers)
    if not away.size:
        return 0
    usual = int(log2_fixed(away.astype(np.int64) + 1).sum()) // away.size - _USUAL
    most = min((count - 1).bit_length() - _GREY_BITS, MOST_EXPONENT)
    return max(min(usual + (1 << COST_UNIT_BITS - 1) >> COST_UNIT_BITS, most), 0)


def _distances(numbers: DeepPicture) -> Integers32:
    """Return how far samples are from the median edge detector's prediction; in large images, only in some rows."""
    if min(numbers.shape[:2]) < 2:
        return np.abs(np.diff(numbers.reshape(-1, numbers.shape[2]).astype(np.int32), axis=0))
    step = 1 + numbers.size // _SEEN
    count = len(numbers[1::step])
    rows_above, rows = numbers[::step][:count].astype(np.int32), numbers[1::step].astype(np.int32)
    left, above, corner = rows[:, :-1], rows_above[:, 1:], rows_above[:, :-1]
    low, high = np.minimum(left, above), np.maximum(left, above)
    away: Integers32 = rows[:, 1:] - np.maximum(low, np.minimum(high, left + above - corner))
    return np.abs(away)


def _read(cursor: Cursor, samples: int) -> _Known:
    levels = Levels.read(cursor, samples)
    exponent = cursor.byte("the width of a grey level") if levels.count > 1 else 0
    if exponent > MOST_EXPONENT:
        raise FormatError(f"a grey level of 2**{exponent} values; the most is 2**{MOST_EXPONENT}")
    return _Known(levels, exponent)


def _together(sizes: Sequence[Size], known: Sequence[_Known]) -> list[list[int]]:
    """Return which images go in lockstep. Those whose samples have all one value are left out: they are known."""
    live = [place for place, each in enumerate(known) if each.levels.count > 1]
    return [[live[place] for place in places] for places in together([sizes[place] for place in live])]


def _grain(known: Sequence[_Known], places: Sequence[int]) -> Grain:
    return Grain([known[place].exponent for place in places], [known[place].levels.count for place in places])


def _size(image: DeepPicture) -> Size:
    height, width, planes = image.shape
    return height, width, planes
