"""Pictures of any sizes to one stream, and back. Pictures of one size go in lockstep."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from aecodec.arrays import Picture
from aecodec.entropy import StreamReader, StreamWriter
from aecodec.errors import LimitError
from aecodec.limits import MAX_PIXEL_LANES, MAX_PIXEL_STEPS, PIXEL_SAMPLES_OF_STEP
from aecodec.pixels.coder import SYMBOLS, Begin, decode_pixels, encode_pixels
from aecodec.pixels.order import count_steps

Size = tuple[int, int, int]  # height, width, planes


def encode_pictures(pictures: Sequence[Picture], begin: Begin) -> bytes:
    """Return the payload of ``pictures``, uint8 ``[height, width, planes]``. Raises LimitError for too many samples."""
    writer = StreamWriter()
    for places in together([_size(picture) for picture in pictures]):
        encode_pixels(np.stack([pictures[place] for place in places]), begin, writer)
    return writer.finish()


def decode_pictures(payload: bytes, sizes: Sequence[Size], begin: Begin) -> list[Picture]:
    """Return the pictures of a payload, uint8 ``[height, width, planes]``. Raises FormatError or LimitError."""
    if steps_of(sizes) > most_steps(sizes):
        raise LimitError(f"a payload of {steps_of(sizes)} steps; the limit is {most_steps(sizes)}")
    reader = StreamReader(payload)
    reader.expect(SYMBOLS * sum(map(math.prod, sizes)))
    found: list[Picture] = [np.empty(0, np.uint8)] * len(sizes)
    for places in together(sizes):
        pictures = decode_pixels((len(places), *sizes[places[0]]), begin, reader)
        for place, picture in zip(places, pictures, strict=True):
            found[place] = picture
    reader.finish()
    return found


def steps_of(sizes: Sequence[Size]) -> int:
    """Return how many steps of coding pictures of ``sizes`` take."""
    return sum(count_steps(*sizes[places[0]]) for places in together(sizes))


def most_steps(sizes: Sequence[Size]) -> int:
    """Return how many steps pictures of ``sizes`` may take. Without a limit a few bytes could ask for any number."""
    return MAX_PIXEL_STEPS + sum(map(math.prod, sizes)) // PIXEL_SAMPLES_OF_STEP


def together(sizes: Sequence[Size]) -> Iterator[list[int]]:
    """Yield the places in ``sizes`` of the pictures that go in lockstep: some of one size, as many as memory allows.

    Sizes come in the order of their first pictures.
    """
    alike: dict[Size, list[int]] = {}
    for place, size in enumerate(sizes):
        alike.setdefault(size, []).append(place)
    for size, places in alike.items():
        most = max(1, MAX_PIXEL_LANES // size[0])
        for start in range(0, len(places), most):
            yield places[start : start + most]


def _size(picture: Picture) -> Size:
    height, width, planes = picture.shape
    return height, width, planes
