"""The kind for exact pixels: pictures of any size sample by sample (:mod:`aecodec.pixels`). It has no lossy codec."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aecodec.kinds.noise import noise
from aecodec.kinds.protocol import Colour, Size
from aecodec.pixels import Networks, NetworkWalk, decode_pictures, encode_pictures

_ANSWER_SIZES = (Size(9, 13, 3), Size(9, 13, 3), Size(5, 2, 1), Size(1, 3, 3))


class PixelCodec:
    """Planes of pictures to a payload and back, exactly."""

    kind = "pixels"

    def __init__(self, tensors: Mapping[str, NDArray[Any]], description: Mapping[str, Any]) -> None:
        """Raises ModelError or ValueError."""
        self.networks = Networks(tensors, description)
        self._begin = partial(NetworkWalk, self.networks)

    def encode(self, pictures: Sequence[Colour]) -> bytes:
        """The payload of ``pictures``, of which one of alpha is a picture of one plane. Raises LimitError."""
        return encode_pictures(pictures, self._begin)

    def decode(self, payload: bytes, sizes: Sequence[Size]) -> list[Colour]:
        """The pictures of a payload. Raises FormatError or LimitError."""
        return decode_pictures(payload, sizes, self._begin)

    def answer(self) -> Iterator[bytes]:
        """Payloads of noise, and of steps, which have another scale."""
        for depth in (1, 64):
            greys = iter(noise(sum(map(math.prod, _ANSWER_SIZES))) // depth * depth)
            pictures = [np.fromiter(greys, np.uint8, math.prod(size)).reshape(size) for size in _ANSWER_SIZES]
            yield self.encode(pictures)
