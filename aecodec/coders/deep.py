"""Coders of deep pictures, which have 16 bits a sample.

Some are coders for 8 bits, which take a sample as two bytes. The others are for deep pictures alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aecodec.arrays import Colour, DeepPicture, Plane, Shallow
from aecodec.coders.pictures import PictureCoder
from aecodec.coders.plain import PLAIN
from aecodec.coders.protocol import Coder, Frame, Needs
from aecodec.coders.ways import PACKED, PHOTOGRAPHS, QUICK, Way, codec_of
from aecodec.frozen import dataclass
from aecodec.kinds import PixelCodec, Size
from aecodec.lossless import decode_plain
from aecodec.lossless.filtered import decode_filtered, encode_filtered, quick_filtered_size
from aecodec.pixels import steps_of
from aecodec.pixels.deep import DeepQuickWalk, decode_deep_images, encode_deep_images
from aecodec.zoo import Model

_BYTES = 2  # of a sample


@dataclass(frozen=True)
class DeepPlainCoder:
    """A Coder of planes that are stored, deflated or differenced."""

    method: int
    title: str
    needs = Needs.NOTHING

    def decode(self, body: bytes, frame: Frame, model: Model | None) -> list[Plane]:
        """See Coder."""
        return decode_plain(self.method, body, frame.sizes, deep=True)


class InBytes:
    """A Way by another one, which takes a sample as two bytes."""

    def __init__(self, way: Way) -> None:
        self.method, self.title, self.needs, self.whole = way.method, way.title, way.needs, way.whole
        self._way = way

    def decode(self, body: bytes, sizes: Sequence[Size], model: Model | None) -> list[Colour]:
        """See Way."""
        return [of_bytes(picture) for picture in self._way.decode(body, _in_bytes(sizes), model)]

    def head(self, body: bytes, pictures: int) -> bytes:
        """See Way."""
        return self._way.head(body, pictures)

    def steps(self, head: bytes, sizes: Sequence[Size]) -> int:
        """See Way."""
        return self._way.steps(head, _in_bytes(sizes))


class Filtered:
    """A Way with PNG's filters for rows, then deflate."""

    method, title, needs, whole = 12, "filtered and deflated", Needs.NOTHING, True

    def encode(self, pictures: Sequence[Colour]) -> bytes:
        """Return the body of ``pictures``, uint16 ``[height, width, planes]``."""
        return encode_filtered([as_bytes(picture) for picture in pictures])

    def quick_size(self, pictures: Sequence[Colour]) -> int:
        """Estimate the bytes that :meth:`encode` would give, rather too many."""
        return quick_filtered_size([as_bytes(picture) for picture in pictures])

    def decode(self, body: bytes, sizes: Sequence[Size], model: Model | None) -> list[Colour]:
        """See Way."""
        return [of_bytes(picture) for picture in decode_filtered(body, _in_bytes(sizes))]

    def head(self, body: bytes, pictures: int) -> bytes:
        """See Way."""
        return b""

    def steps(self, head: bytes, sizes: Sequence[Size]) -> int:
        """Return how many steps it takes to undo the filters; see Way."""
        return sum(height + width for height, width, _ in sizes)


class DeepPhotographs:
    """A Way sample by sample, with a pixel model (:mod:`aecodec.pixels.deep`)."""

    method, title, needs, whole = 13, f"{PHOTOGRAPHS.title}, 16 bits", Needs.PICTURES, False

    def encode(self, images: Sequence[DeepPicture], codec: PixelCodec) -> bytes:
        """Return the body of ``images``, uint16 ``[height, width, 1 or 3]``."""
        return codec.encode_deep(images)

    def decode(self, body: bytes, sizes: Sequence[Size], model: Model | None) -> Sequence[Colour]:
        """See Way."""
        return codec_of(model, self.method).decode_deep(body, sizes)

    def head(self, body: bytes, pictures: int) -> bytes:
        """See Way."""
        return b""

    def steps(self, head: bytes, sizes: Sequence[Size]) -> int:
        """See Way."""
        return steps_of(sizes)


class DeepQuick:
    """A Way sample by sample, by fixed predictions, without a model."""

    method, title, needs, whole = 14, f"{QUICK.title}, 16 bits", Needs.NOTHING, False

    def encode(self, images: Sequence[DeepPicture]) -> bytes:
        """Return the body of ``images``, uint16 ``[height, width, 1 or 3]``."""
        return encode_deep_images(images, DeepQuickWalk)

    def decode(self, body: bytes, sizes: Sequence[Size], model: Model | None) -> Sequence[Colour]:
        """See Way."""
        return decode_deep_images(body, sizes, DeepQuickWalk)

    def head(self, body: bytes, pictures: int) -> bytes:
        """See Way."""
        return b""

    def steps(self, head: bytes, sizes: Sequence[Size]) -> int:
        """See Way."""
        return steps_of(sizes)


def as_bytes(picture: Colour) -> Shallow:
    """Turn uint16 ``[h, w, planes]`` into bytes, uint8 ``[h, w, 2 * planes]``, the higher byte of a sample first."""
    found: Shallow = np.ascontiguousarray(picture, ">u2").view(np.uint8)
    return found


def of_bytes(picture: Colour) -> DeepPicture:
    """Undo :func:`as_bytes`."""
    found: DeepPicture = np.ascontiguousarray(picture).view(">u2").astype(np.uint16)
    return found


def _in_bytes(sizes: Sequence[Size]) -> list[Size]:
    return [Size(height, width, _BYTES * planes) for height, width, planes in sizes]


FILTERED, DEEP_PHOTOGRAPHS, DEEP_QUICK = Filtered(), DeepPhotographs(), DeepQuick()
_WAYS: tuple[Way, ...] = (InBytes(PACKED), FILTERED, DEEP_PHOTOGRAPHS, DEEP_QUICK)
DEEP: tuple[Coder, ...] = (
    *(DeepPlainCoder(coder.method, coder.title) for coder in PLAIN),
    *map(PictureCoder, _WAYS),
)
