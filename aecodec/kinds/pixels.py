"""The kind for exact pixels: pictures of any size sample by sample (:mod:`aecodec.pixels`). It has no lossy codec."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.entropy import StreamReader, StreamWriter
from aecodec.kinds.noise import noise
from aecodec.kinds.protocol import Colour, Size
from aecodec.limits import MAX_PIXEL_LANES
from aecodec.pixels import SYMBOLS, Networks, decode_pixels, encode_pixels

_ANSWER_SIZES = (Size(9, 13, 3), Size(9, 13, 3), Size(5, 2, 1), Size(1, 3, 3))


class PixelCodec:
    """Planes of pictures to a payload and back, exactly: one stream, in which those of one size go in lockstep."""

    kind = "pixels"

    def __init__(self, tensors: Mapping[str, NDArray[Any]], description: Mapping[str, Any]) -> None:
        """Raises ModelError or ValueError."""
        self.networks = Networks(tensors, description)

    def encode(self, pictures: Sequence[Colour]) -> bytes:
        """The payload of ``pictures``, of which one of alpha is a picture of one plane. Raises LimitError."""
        writer = StreamWriter()
        for places in _together([Size(*picture.shape) for picture in pictures]):
            encode_pixels(np.stack([pictures[place] for place in places]), self.networks, writer)
        return writer.finish()

    def decode(self, payload: bytes, sizes: Sequence[Size]) -> list[Colour]:
        """The pictures of a payload. Raises FormatError or LimitError."""
        reader = StreamReader(payload)
        reader.expect(SYMBOLS * sum(map(math.prod, sizes)))
        found: list[Colour] = [np.empty(0, np.uint8)] * len(sizes)
        for places in _together(sizes):
            pictures = decode_pixels((len(places), *sizes[places[0]]), self.networks, reader)
            for place, picture in zip(places, pictures, strict=True):
                found[place] = picture
        reader.finish()
        return found

    def answer(self) -> Iterator[bytes]:
        """Payloads of noise, and of steps, which have another scale."""
        for depth in (1, 64):
            greys = iter(noise(sum(map(math.prod, _ANSWER_SIZES))) // depth * depth)
            pictures = [np.fromiter(greys, np.uint8, math.prod(size)).reshape(size) for size in _ANSWER_SIZES]
            yield self.encode(pictures)


def _together(sizes: Sequence[Size]) -> Iterator[list[int]]:
    """Which of the pictures are coded in lockstep: those of one size, in the order in which such first come, and no
    more at once than bounds memory.
    """
    alike: dict[Size, list[int]] = {}
    for place, size in enumerate(sizes):
        alike.setdefault(size, []).append(place)
    for size, places in alike.items():
        most = max(1, MAX_PIXEL_LANES // size.height)
        for start in range(0, len(places), most):
            yield places[start : start + most]
