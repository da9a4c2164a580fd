"""Coders of whole pictures: planes are put together to these, which a way codes (:mod:`aecodec.coders.ways`)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from aecodec.arrays import Colour, Plane
from aecodec.coders.protocol import Frame, Needs
from aecodec.coders.ways import WAYS, Way, codec_of
from aecodec.container import Shape
from aecodec.errors import UnsupportedError
from aecodec.frozen import dataclass
from aecodec.kinds import Size
from aecodec.zoo import Model


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
        if self.needs is Needs.DRAWINGS and not codec_of(model, self.method).has_drawings:
            raise UnsupportedError(f"block method {self.method} by a model that knows no drawings")
        return parted(self.way.decode(body, sizes_of(frame.shapes, whole=self.way.whole), model))

    def steps(self, body: bytes, shapes: Sequence[Shape]) -> int:
        """Return how many steps of a wavefront ``body`` takes, found without decoding any; 0 for one that will be
        refused.
        """
        pictures = sum(len(counts(shape, whole=self.way.whole)) for shape in shapes)
        head = self.way.head(body, pictures)
        if shapes.count(shapes[0]) == len(shapes):
            return _steps_of_alike(self.way, head, shapes[0], len(shapes))
        return self.way.steps(head, sizes_of(shapes, whole=self.way.whole))


@lru_cache(maxsize=16)
def _steps_of_alike(way: Way, head: bytes, shape: Shape, count: int) -> int:
    return way.steps(head, sizes_of([shape] * count, whole=way.whole))


def counts(shape: Shape, *, whole: bool) -> list[int]:
    """Return how many planes are coded together: those of colour, and alpha with them or for itself."""
    if not shape.has_alpha:
        return [shape.colour_planes]
    return [shape.colour_planes + 1] if whole else [shape.colour_planes, 1]


def sizes_of(shapes: Sequence[Shape], *, whole: bool) -> list[Size]:
    """Return the sizes of the pictures that are coded."""
    return [Size(s.height, s.width, count) for s in shapes for count in counts(s, whole=whole)]


def joined(planes: Sequence[Plane], shapes: Sequence[Shape], *, whole: bool) -> list[Colour]:
    """Return the pictures that are coded, ``[h, w, planes]``."""
    ordered = iter(planes)
    return [np.stack([next(ordered) for _ in range(n)], -1) for shape in shapes for n in counts(shape, whole=whole)]


def apart(picture: Colour) -> list[Colour]:
    """Return of a whole picture its colours, and alpha as a picture of its own."""
    return [picture] if picture.shape[2] % 2 else [picture[..., :-1], picture[..., -1:]]


def parted(pictures: Sequence[Colour]) -> list[Plane]:
    """Return the planes of ``pictures``."""
    return [np.ascontiguousarray(each[..., plane]) for each in pictures for plane in range(each.shape[2])]


PICTURES = tuple(map(PictureCoder, WAYS))
