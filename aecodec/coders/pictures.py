"""Coders of whole pictures: planes are joined to pictures, which a *way* codes (:mod:`aecodec.coders.ways`)."""

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
    """A Coder that joins planes to pictures, which ``way`` codes."""

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
        """Return how many steps of lockstep ``body`` takes, without decoding any.

        Return 0 for a body that will be refused.
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
    """Return how many planes each coded picture has. Alpha is a plane of the picture if ``whole``, else a picture."""
    if not shape.has_alpha:
        return [shape.colour_planes]
    return [shape.colour_planes + 1] if whole else [shape.colour_planes, 1]


def sizes_of(shapes: Sequence[Shape], *, whole: bool) -> list[Size]:
    """Return the sizes of the coded pictures; see :func:`counts`."""
    return [Size(s.height, s.width, count) for s in shapes for count in counts(s, whole=whole)]


def joined(planes: Sequence[Plane], shapes: Sequence[Shape], *, whole: bool) -> list[Colour]:
    """Join ``planes`` ``[h, w]`` to the coded pictures ``[h, w, planes]``; see :func:`counts`."""
    ordered = iter(planes)
    return [np.stack([next(ordered) for _ in range(n)], -1) for shape in shapes for n in counts(shape, whole=whole)]


def apart(picture: Colour) -> list[Colour]:
    """Split a whole picture into its colours and, if it has alpha, a picture of alpha."""
    return [picture] if picture.shape[2] % 2 else [picture[..., :-1], picture[..., -1:]]


def parted(pictures: Sequence[Colour]) -> list[Plane]:
    """Return the planes ``[h, w]`` of ``pictures``, one picture after the other."""
    return [np.ascontiguousarray(each[..., plane]) for each in pictures for plane in range(each.shape[2])]


PICTURES = tuple(map(PictureCoder, WAYS))
