"""The kind ``pixels``, for exact files of pictures of any size. It has no lossy codec.

All such models code pictures sample by sample (:mod:`aecodec.pixels`). Some also code drawings pixel by pixel
(:mod:`aecodec.drawings`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from aecodec import drawings, pixels
from aecodec.arrays import Colour, DeepPicture, Integers64, Pictures
from aecodec.errors import ModelError
from aecodec.kinds.names import PIXELS
from aecodec.kinds.noise import noise
from aecodec.kinds.parts import DRAWINGS, RESTORATION, Part
from aecodec.kinds.protocol import Size
from aecodec.limits import MAX_QUALITY
from aecodec.pixels import deep

if TYPE_CHECKING:
    from aecodec.drawings import DrawingNetworks, Restoration
    from aecodec.pixels import Networks, NetworkWalk
    from aecodec.pixels.deep import DeepNetworkWalk

_ANSWER_SIZES = (Size(9, 13, 3), Size(9, 13, 3), Size(5, 2, 1), Size(1, 3, 3))
_ANSWER_QUALITIES = (0, MAX_QUALITY)
_DRAWN_SIZES = {1: (Size(5, 8, 3),), 64: (Size(4, 7, 4), Size(4, 7, 4), Size(3, 2, 1), Size(1, 3, 2))}  # by depth


class PixelCodec:
    """The :class:`aecodec.kinds.Codec` of pixel models: planes of pictures to a payload and back, exactly."""

    kind = PIXELS
    lossy = native = tile = None
    residual = ink = None  # only models of tiles have these

    def __init__(
        self, tensors: Mapping[str, NDArray[Any]], description: Mapping[str, Any], *, sound: bool = False
    ) -> None:
        """Build the networks. Raises ModelError or ValueError if tensors and description do not fit.

        If the tensors are known to be ``sound``, networks are built only when they are first used.
        """
        self._tensors, self._description = tensors, description
        self.has_drawings = "drawings" in description
        self.restores = self.has_drawings and "restoration" in description["drawings"]
        if self.restores != RESTORATION.is_in(PIXELS, tensors, description):
            raise ModelError("the model has tensors for restoration and no description of it, or the other way round")
        if not sound:
            _ = self.networks, self.has_drawings and self.drawings, self.restores and self.restoration

    @cached_property
    def networks(self) -> Networks:
        """The networks for samples."""
        return pixels.Networks(self._tensors, self._description)

    @property
    def pixels(self) -> Self:
        """The codec itself."""
        return self

    @property
    def parts(self) -> frozenset[Part]:
        """``DRAWINGS`` if the model codes drawings, and ``RESTORATION`` if it can restore altered ones."""
        return frozenset([DRAWINGS] * self.has_drawings + [RESTORATION] * self.restores)

    @cached_property
    def drawings(self) -> DrawingNetworks:
        """The networks for drawings. Raises ModelError if there are none."""
        if not self.has_drawings:
            raise ModelError("the model knows no drawings")
        return drawings.DrawingNetworks(self._tensors, self._description["drawings"])

    @cached_property
    def restoration(self) -> Restoration:
        """The network that restores altered drawings. Raises ModelError if there is none."""
        if not self.restores:
            raise ModelError("the model cannot restore altered drawings")
        return drawings.Restoration(self._tensors, self._description["drawings"]["restoration"])

    def _begin(self, colours: int, count: int, size: tuple[int, int]) -> NetworkWalk:
        return pixels.NetworkWalk(self.networks, colours, count, size)

    def _begin_deep(self, *given: Any) -> DeepNetworkWalk:
        return deep.DeepNetworkWalk(self.networks, *given)

    def encode(self, pictures: Sequence[Colour]) -> bytes:
        """Return the payload of ``pictures``, uint8 ``[height, width, 1 or 3]``. Raises LimitError.

        An alpha plane is a picture of one plane.
        """
        return pixels.encode_pictures(pictures, self._begin)

    def measure(self, pictures: Pictures) -> Integers64:
        """Return the bits of each picture alone, int64 ``[count]``, in 1/4096 bit.

        ``pictures`` are uint8 ``[count, height, width, 1 or 3]``.
        """
        return pixels.measured(pictures, self._begin)

    def decode(self, payload: bytes, sizes: Sequence[Size]) -> list[Colour]:
        """Return the pictures of a payload, uint8 ``[height, width, planes]``. Raises FormatError or LimitError."""
        return pixels.decode_pictures(payload, sizes, self._begin)

    def encode_deep(self, images: Sequence[DeepPicture]) -> bytes:
        """Return the body of ``images``, uint16 ``[height, width, 1 or 3]``. Raises LimitError."""
        return deep.encode_deep_images(images, self._begin_deep)

    def decode_deep(self, body: bytes, sizes: Sequence[Size]) -> list[DeepPicture]:
        """Return the images of a body, uint16 ``[height, width, planes]``. Raises FormatError or LimitError."""
        return deep.decode_deep_images(body, sizes, self._begin_deep)

    def encode_drawings(self, pictures: Sequence[Colour], distances: Sequence[int] = ()) -> bytes:
        """Return the payload of ``pictures``, uint8 ``[height, width, planes]``. Of 2 or 4 planes the last is alpha.

        ``distances`` say for each picture how many pictures of its size its reference is before it, 0 for none. Raises
        LimitError, and ModelError for a model that does not code drawings.
        """
        return drawings.encode_drawings(pictures, self.drawings, distances)

    def alter_drawings(
        self, pictures: Sequence[Colour], slope: float, distances: Sequence[int] = ()
    ) -> tuple[bytes, list[Colour]]:
        """Alter ``pictures`` so that they take fewer bytes. Return the payload, and the altered pictures.

        ``slope`` is what a squared error of a colour is worth, in bits. Raises what :meth:`encode_drawings` does.
        """
        return drawings.alter_drawings(pictures, self.drawings, slope, distances)

    def decode_drawings(self, payload: bytes, sizes: Sequence[Size], distances: Sequence[int] = ()) -> list[Colour]:
        """Return the pictures of a payload; ``sizes`` count all planes, alpha too.

        Raises FormatError, LimitError or ModelError.
        """
        return drawings.decode_drawings(payload, sizes, self.drawings, distances)

    def answer(self) -> Iterator[bytes]:
        """Yield payloads of noise, fine and coarse; then one of drawings, and what restoration makes of these."""
        for depth in (1, 64):
            yield self.encode(_pictures(_ANSWER_SIZES, depth))
        if self.has_drawings:
            drawn = [picture for depth, sizes in _DRAWN_SIZES.items() for picture in _pictures(sizes, depth)]
            yield self.encode_drawings(drawn)
            if self.restores:
                for quality in _ANSWER_QUALITIES:
                    yield from map(np.ndarray.tobytes, self.restoration(drawn, quality))


def _pictures(sizes: Sequence[Size], depth: int) -> list[Colour]:
    """Make pictures of noise, whose values are multiples of ``depth``."""
    greys = iter(noise(sum(map(math.prod, sizes))) // depth * depth)
    return [np.fromiter(greys, np.uint8, math.prod(size)).reshape(size) for size in sizes]
