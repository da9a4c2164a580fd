"""The kind for exact pixels of pictures of any size. It has no lossy codec.

All such models keep pictures sample by sample (:mod:`aecodec.pixels`), some also drawings pixel by pixel
(:mod:`aecodec.drawings`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Colour, DeepPicture, Integers64, Pictures
from aecodec.drawings import DrawingNetworks, alter_drawings, decode_drawings, encode_drawings
from aecodec.errors import ModelError
from aecodec.kinds.noise import noise
from aecodec.kinds.parts import DRAWINGS, Part
from aecodec.kinds.protocol import Size
from aecodec.pixels import Networks, NetworkWalk, decode_pictures, encode_pictures, measured
from aecodec.pixels.deep import DeepNetworkWalk, decode_deep_images, encode_deep_images

_ANSWER_SIZES = (Size(9, 13, 3), Size(9, 13, 3), Size(5, 2, 1), Size(1, 3, 3))
_DRAWN_SIZES = {1: (Size(5, 8, 3),), 64: (Size(4, 7, 4), Size(4, 7, 4), Size(3, 2, 1), Size(1, 3, 2))}  # by depth


class PixelCodec:
    """Planes of pictures to a payload and back, exactly. A :class:`aecodec.kinds.Codec`."""

    kind = "pixels"
    lossy = native = tile = None
    residual = ink = None  # these are for tiles

    def __init__(self, tensors: Mapping[str, NDArray[Any]], description: Mapping[str, Any]) -> None:
        """Build the networks; raises ModelError or ValueError where tensors and description do not fit."""
        self.networks = Networks(tensors, description)
        self._begin = partial(NetworkWalk, self.networks)
        self._begin_deep = partial(DeepNetworkWalk, self.networks)
        known = "drawings" in description
        self._drawings = DrawingNetworks(tensors, description["drawings"]) if known else None

    @property
    def pixels(self) -> Self:
        """Itself."""
        return self

    @property
    def parts(self) -> frozenset[Part]:
        """Whether it knows drawings."""
        return frozenset([DRAWINGS] if self.has_drawings else [])

    @property
    def has_drawings(self) -> bool:
        """Whether the model can keep pictures as drawings."""
        return self._drawings is not None

    @property
    def drawings(self) -> DrawingNetworks:
        """The networks of drawings; raises ModelError where there are none."""
        if self._drawings is None:
            raise ModelError("the model knows no drawings")
        return self._drawings

    def encode(self, pictures: Sequence[Colour]) -> bytes:
        """Return the payload of ``pictures``, of which one of alpha is a picture of one plane. Raises LimitError."""
        return encode_pictures(pictures, self._begin)

    def measure(self, pictures: Pictures) -> Integers64:
        """Return bits of each of ``pictures`` ``[count, height, width, 1 or 3]`` alone, in 1/4096."""
        return measured(pictures, self._begin)

    def decode(self, payload: bytes, sizes: Sequence[Size]) -> list[Colour]:
        """Return the pictures of a payload. Raises FormatError or LimitError."""
        return decode_pictures(payload, sizes, self._begin)

    def encode_deep(self, images: Sequence[DeepPicture]) -> bytes:
        """Return the body of ``images``, uint16 ``[height, width, 1 or 3]``. Raises LimitError."""
        return encode_deep_images(images, self._begin_deep)

    def decode_deep(self, body: bytes, sizes: Sequence[Size]) -> list[DeepPicture]:
        """Return the images of a body. Raises FormatError or LimitError."""
        return decode_deep_images(body, sizes, self._begin_deep)

    def encode_drawings(self, pictures: Sequence[Colour], distances: Sequence[int] = ()) -> bytes:
        """Return the payload of ``pictures``, uint8 ``[height, width, planes]``; of 2 or 4 planes the last is alpha.

        ``distances`` say how many pictures of its size the reference of each is before, 0 for none.

        Raises LimitError, and ModelError for a model that knows no drawings.
        """
        return encode_drawings(pictures, self.drawings, distances)

    def alter_drawings(
        self, pictures: Sequence[Colour], slope: float, distances: Sequence[int] = ()
    ) -> tuple[bytes, list[Colour]]:
        """Return the payload of pictures like ``pictures`` that take fewer bytes, and these.

        ``slope`` is what a squared error of a colour is worth, in bits. Raises what :meth:`encode_drawings` does.
        """
        return alter_drawings(pictures, self.drawings, slope, distances)

    def decode_drawings(self, payload: bytes, sizes: Sequence[Size], distances: Sequence[int] = ()) -> list[Colour]:
        """Return the pictures of a payload, all planes counted in ``sizes``. Raises FormatError, LimitError or
        ModelError.
        """
        return decode_drawings(payload, sizes, self.drawings, distances)

    def answer(self) -> Iterator[bytes]:
        """Yield payloads of noise, and of steps, which have another scale."""
        for depth in (1, 64):
            yield self.encode(_pictures(_ANSWER_SIZES, depth))
        if self.has_drawings:
            yield self.encode_drawings(
                [picture for depth, sizes in _DRAWN_SIZES.items() for picture in _pictures(sizes, depth)]
            )


def _pictures(sizes: Sequence[Size], depth: int) -> list[Colour]:
    """Make pictures of noise in steps of ``depth``."""
    greys = iter(noise(sum(map(math.prod, sizes))) // depth * depth)
    return [np.fromiter(greys, np.uint8, math.prod(size)).reshape(size) for size in sizes]
