"""Coders of whole pictures of any size: as photographs, as drawings, quickly, packed; in pieces, or turned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from aecodec.coders.cuts import cut, cut_sizes, put_together
from aecodec.coders.protocol import Frame, Needs
from aecodec.coders.turns import turned, turned_back, turned_size
from aecodec.container import Shape
from aecodec.errors import FormatError, ModelError, UnsupportedError
from aecodec.kinds import Colour, PixelCodec, Size
from aecodec.lossless.packed import decode_packed
from aecodec.lossy.tiling import Plane
from aecodec.pixels import QuickWalk, decode_pictures, encode_pictures
from aecodec.zoo import Model

CUT, TURNED = 16, 32  # more than a method: the same of pictures that are cut into pieces, or turned


class Way(Protocol):
    """How pictures are coded once planes have been put together to these."""

    method: int
    title: str
    needs: Needs
    whole: bool  # whether alpha is the last plane of a picture, or else a picture of its own

    def decode(self, body: bytes, sizes: Sequence[Size], model: Model | None) -> list[Colour]:
        """Pictures of ``sizes``. Raises FormatError, LimitError, ModelError or UnsupportedError."""


class Photographs:
    """Sample by sample, by a model of pixels (:mod:`aecodec.pixels`)."""

    method, title, needs, whole = 7, "as photographs", Needs.PICTURES, False

    def encode(self, pictures: Sequence[Colour], codec: PixelCodec) -> bytes:
        """The body."""
        return codec.encode(pictures)

    def decode(self, body: bytes, sizes: Sequence[Size], model: Model | None) -> list[Colour]:
        """See Way."""
        return _codec(model, self.method).decode(body, sizes)


class Quick:
    """Sample by sample, by fixed tables; no model is needed."""

    method, title, needs, whole = 8, "quickly", Needs.NOTHING, False

    def encode(self, pictures: Sequence[Colour]) -> bytes:
        """The body."""
        return encode_pictures(pictures, QuickWalk)

    def decode(self, body: bytes, sizes: Sequence[Size], model: Model | None) -> list[Colour]:
        """See Way."""
        return decode_pictures(body, sizes, QuickWalk)


class Drawings:
    """Pixel by pixel, by a model of pixels that knows drawings (:mod:`aecodec.drawings`)."""

    method, title, needs, whole = 9, "as drawings", Needs.DRAWINGS, True

    def encode(self, pictures: Sequence[Colour], codec: PixelCodec) -> bytes:
        """The body."""
        return codec.encode_drawings(pictures)

    def decode(self, body: bytes, sizes: Sequence[Size], model: Model | None) -> list[Colour]:
        """See Way."""
        return _codec(model, self.method).decode_drawings(body, sizes)


class Packed:
    """What repeats to the letter, by LZMA (:mod:`aecodec.lossless.packed`)."""

    method, title, needs, whole = 11, "packed", Needs.NOTHING, True

    def decode(self, body: bytes, sizes: Sequence[Size], model: Model | None) -> list[Colour]:
        """See Way."""
        return decode_packed(body, sizes)


class Pieces:
    """Another way, of pictures that are cut into pieces of ``2**bits`` a side."""

    def __init__(self, way: Way, bits: int) -> None:
        self.method, self.title = CUT + way.method, f"{way.title}, in pieces"
        self.needs, self.whole = way.needs, way.whole
        self._way, self.bits = way, bits

    def sizes(self, sizes: Sequence[Size]) -> list[Size]:
        """Of pictures of ``sizes`` those of the pieces."""
        return cut_sizes(sizes, self.bits)

    def encode(self, pictures: Sequence[Colour], inner: Callable[[Sequence[Colour]], bytes]) -> bytes:
        """The body of ``pictures``; that of the pieces is by ``inner``."""
        return bytes([self.bits]) + inner(cut(pictures, self.bits))

    def decode(self, body: bytes, sizes: Sequence[Size], model: Model | None) -> list[Colour]:
        """See Way."""
        if not body:
            raise FormatError("a block that does not say how its pictures are cut")
        pieces = self._way.decode(body[1:], cut_sizes(sizes, body[0]), model)
        return put_together(pieces, sizes, body[0])


class Turned:
    """Photographs that are turned (:mod:`aecodec.coders.turns`)."""

    method, title = TURNED + Photographs.method, f"{Photographs.title}, turned"
    needs, whole = Needs.PICTURES, False

    def encode(self, pictures: Sequence[Colour], turns: Sequence[int], codec: PixelCodec) -> bytes:
        """The body of ``pictures`` each turned as ``turns`` say."""
        return bytes(turns) + codec.encode(
            [turned(picture, turn) for picture, turn in zip(pictures, turns, strict=True)]
        )

    def sizes(self, sizes: Sequence[Size], turns: Sequence[int]) -> list[Size]:
        """Of pictures of ``sizes`` those of what is coded; raises FormatError for a turn that there is not."""
        return [turned_size(size, turn) for size, turn in zip(sizes, turns, strict=True)]

    def decode(self, body: bytes, sizes: Sequence[Size], model: Model | None) -> list[Colour]:
        """See Way."""
        if len(body) < len(sizes):
            raise FormatError("a block that does not say how all its pictures are turned")
        turns = body[: len(sizes)]
        found = PHOTOGRAPHS.decode(body[len(sizes) :], self.sizes(sizes, turns), model)
        return [turned_back(picture, turn) for picture, turn in zip(found, turns, strict=True)]


@dataclass(frozen=True)
class PictureCoder:
    """A Coder: planes are put together to pictures, which ``way`` codes."""

    way: Way

    @property
    def method(self) -> int:
        """See Coder."""
        return self.way.method

    @property
    def title(self) -> str:
        """See Coder."""
        return self.way.title

    @property
    def needs(self) -> Needs:
        """See Coder."""
        return self.way.needs

    def decode(self, body: bytes, frame: Frame, model: Model | None) -> list[Plane]:
        """See Coder."""
        if self.needs is Needs.DRAWINGS and not _codec(model, self.method).has_drawings:
            raise UnsupportedError(f"block method {self.method} by a model that knows no drawings")
        return parted(self.way.decode(body, sizes_of(frame.shapes, whole=self.way.whole), model))


def counts(shape: Shape, *, whole: bool) -> list[int]:
    """How many planes are coded together: those of colour, and alpha with them or for itself."""
    if not shape.has_alpha:
        return [shape.colour_planes]
    return [shape.colour_planes + 1] if whole else [shape.colour_planes, 1]


def sizes_of(shapes: Sequence[Shape], *, whole: bool) -> list[Size]:
    """Of the pictures that are coded."""
    return [Size(s.height, s.width, count) for s in shapes for count in counts(s, whole=whole)]


def joined(planes: Sequence[Plane], shapes: Sequence[Shape], *, whole: bool) -> list[Colour]:
    """The pictures that are coded, ``[h, w, planes]``."""
    ordered = iter(planes)
    return [np.stack([next(ordered) for _ in range(n)], -1) for shape in shapes for n in counts(shape, whole=whole)]


def apart(picture: Colour) -> list[Colour]:
    """Of a whole picture its colours, and alpha as a picture of its own."""
    return [picture] if picture.shape[2] % 2 else [picture[..., :-1], picture[..., -1:]]


def parted(pictures: Sequence[Colour]) -> list[Plane]:
    """Their planes."""
    return [np.ascontiguousarray(each[..., plane]) for each in pictures for plane in range(each.shape[2])]


def _codec(model: Model | None, method: int) -> PixelCodec:
    if model is None:
        raise ModelError(f"a block of method {method} cannot be decoded without its model")
    if model.pixels is None:
        raise ModelError(f"model {model.id} cannot read blocks of method {method}")
    return model.pixels


PHOTOGRAPHS, QUICK, DRAWINGS, PACKED, TURNED_PHOTOGRAPHS = Photographs(), Quick(), Drawings(), Packed(), Turned()
PHOTOGRAPH_PIECES, QUICK_PIECES, DRAWING_PIECES = Pieces(PHOTOGRAPHS, 9), Pieces(QUICK, 9), Pieces(DRAWINGS, 6)
WAYS: tuple[Way, ...] = (
    *(PHOTOGRAPHS, QUICK, DRAWINGS, PACKED),
    *(PHOTOGRAPH_PIECES, QUICK_PIECES, DRAWING_PIECES, TURNED_PHOTOGRAPHS),
)
PICTURES = tuple(map(PictureCoder, WAYS))
