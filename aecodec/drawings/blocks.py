"""Pictures of any sizes to one stream and back: those of one size go in lockstep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from aecodec.arrays import Picture
from aecodec.drawings.canvas import LAG, Canvas, count_steps, size_of
from aecodec.drawings.coder import Decoder, Drawing, Encoder
from aecodec.drawings.networks import Networks
from aecodec.entropy import StreamReader, StreamWriter
from aecodec.errors import LimitError
from aecodec.limits import DRAWN_PIXELS_OF_STEP, MAX_PIXEL_STEPS

Size = tuple[int, int, int]
TOGETHER = 512  # pixels of a step at most, unless one picture has more
EARLIER = 4  # for each picture so many of its size come before it, as far as there are, and are known to it
MOST_SYMBOLS = 11  # of a pixel


def encode_drawings(pictures: Sequence[Picture], networks: Networks) -> bytes:
    """Return the payload of ``pictures``. Raises LimitError."""
    writer, drawing = StreamWriter(), Drawing(networks)
    for places in together([size_of(picture) for picture in pictures]):
        height, width, planes = pictures[places[0]].shape
        canvas, whole = Canvas(len(places), (height, width)), Canvas(len(places), (height, width))
        whole.fill(np.stack([pictures[place] for place in places]))
        drawing.walk(canvas, planes, Encoder(whole, writer))
    return writer.finish()


def decode_drawings(payload: bytes, sizes: Sequence[Size], networks: Networks) -> list[Picture]:
    """Return the pictures of a payload. Raises FormatError or LimitError."""
    if steps_of(sizes) > most_steps(sizes):
        raise LimitError(f"a payload of {steps_of(sizes)} steps; the limit is {most_steps(sizes)}")
    reader, drawing = StreamReader(payload), Drawing(networks)
    reader.expect(sum(height * width for height, width, _ in sizes))
    found: list[Picture] = [np.empty(0, np.uint8)] * len(sizes)
    for places in together(sizes):
        height, width, planes = sizes[places[0]]
        canvas = Canvas(len(places), (height, width))
        drawing.walk(canvas, planes, Decoder(reader))
        for place, picture in zip(places, canvas.pictures(planes), strict=True):
            found[place] = np.ascontiguousarray(picture)
    reader.finish()
    return found


def steps_of(sizes: Sequence[Size]) -> int:
    """Return how many steps pictures of ``sizes`` take."""
    return sum(count_steps(*sizes[places[0]][:2]) for places in together(sizes))


def most_steps(sizes: Sequence[Size]) -> int:
    """Return how many they may take: a few bytes can stand for any number of pixels in one colour."""
    return MAX_PIXEL_STEPS + sum(height * width for height, width, _ in sizes) // DRAWN_PIXELS_OF_STEP


def together(sizes: Sequence[Size]) -> Iterator[list[int]]:
    """Yield which of the pictures are coded in lockstep: more and more of one size, in the order in which such
    first come.
    """
    alike: dict[Size, list[int]] = {}
    for place, size in enumerate(sizes):
        alike.setdefault(size, []).append(place)
    for (height, width, _), places in alike.items():
        most = max(1, TOGETHER // min(height, -(-width // LAG)))
        start = 0
        while start < len(places):
            count = min(most, max(1, start // EARLIER))
            yield places[start : start + count]
            start += count
