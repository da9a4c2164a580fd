"""Exact pixels sample by sample, by a model of kind pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from aecodec.container import Shape
from aecodec.errors import ModelError
from aecodec.kinds import Colour, PixelCodec, Size
from aecodec.limits import MAX_STREAM_SYMBOLS
from aecodec.lossy.tiling import Plane
from aecodec.pixels import SYMBOLS
from aecodec.zoo import Model

PIXELS = 7  # a method
_MOST_SAMPLES = 1 << 22  # of a block of many pictures; the more, the more go in lockstep


def encode_by_pixels(
    blocks: Sequence[Sequence[Plane]], shapes: Sequence[Sequence[Shape]], codec: PixelCodec
) -> Iterator[tuple[int, bytes] | None]:
    """Method and body of the planes of each of ``blocks``, None where they have more samples than a stream holds."""
    for planes, some in zip(blocks, shapes, strict=True):
        possible = SYMBOLS * sum(plane.size for plane in planes) <= MAX_STREAM_SYMBOLS
        yield (PIXELS, codec.encode(_joined(planes, some))) if possible else None


def decode_by_pixels(body: bytes, shapes: Sequence[Shape], model: Model) -> list[Plane]:
    """The planes of pictures of ``shapes``; raises FormatError, LimitError or ModelError."""
    if model.pixels is None:
        raise ModelError(f"model {model.id} cannot read blocks of method {PIXELS}")
    sizes = [Size(shape.height, shape.width, count) for shape in shapes for count in _counts(shape)]
    decoded = model.pixels.decode(body, sizes)
    return [np.ascontiguousarray(each[..., plane]) for each in decoded for plane in range(each.shape[2])]


def block_pictures_by_pixels(shapes: Sequence[Shape]) -> int:
    """How many pictures a block of a container should have, the largest of which have ``shapes``."""
    return max(1, _MOST_SAMPLES // max(shape.height * shape.width * sum(_counts(shape)) for shape in shapes))


def _counts(shape: Shape) -> list[int]:
    """How many planes are coded together: those of colour, then alpha, as a picture of its own."""
    return [shape.colour_planes, 1] if shape.has_alpha else [shape.colour_planes]


def _joined(planes: Sequence[Plane], shapes: Sequence[Shape]) -> list[Colour]:
    ordered = iter(planes)
    return [np.stack([next(ordered) for _ in range(count)], axis=-1) for shape in shapes for count in _counts(shape)]
