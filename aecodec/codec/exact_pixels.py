"""Exact pixels sample by sample: by a model of kind pixels, or quickly without one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from aecodec.container import Shape
from aecodec.errors import ModelError
from aecodec.kinds import Colour, PixelCodec, Size
from aecodec.limits import MAX_STREAM_SYMBOLS
from aecodec.lossy.tiling import Plane
from aecodec.pixels import SYMBOLS, QuickWalk, decode_pictures, encode_pictures, most_steps, steps_of
from aecodec.zoo import Model

PIXELS, QUICK = 7, 8  # methods
# A step takes as long for one sample as for many. So thin pictures are not tried: those of more steps than these, and
# one more for so many samples.
_FEW_STEPS, _SAMPLES_OF_STEP = 1 << 12, 16
_MOST_SAMPLES = 1 << 22  # of a block of many pictures; the more, the more go in lockstep


def encode_by_pixels(
    blocks: Sequence[Sequence[Plane]], shapes: Sequence[Sequence[Shape]], codec: PixelCodec
) -> Iterator[tuple[int, bytes] | None]:
    """Method and body of the planes of each of ``blocks``, None where they are not to be coded so."""
    for planes, some in zip(blocks, shapes, strict=True):
        yield (PIXELS, codec.encode(_joined(planes, some))) if _is_worth_it(some) else None


def encode_quickly(planes: Sequence[Plane], shapes: Sequence[Shape]) -> tuple[int, bytes] | None:
    """Method and body without a model; None where the planes are not to be coded so."""
    return (QUICK, encode_pictures(_joined(planes, shapes), QuickWalk)) if _is_worth_it(shapes) else None


def decode_quickly(body: bytes, shapes: Sequence[Shape]) -> list[Plane]:
    """The planes of pictures of ``shapes``; raises FormatError or LimitError."""
    return _parted(decode_pictures(body, _sizes(shapes), QuickWalk))


def decode_by_pixels(body: bytes, shapes: Sequence[Shape], model: Model) -> list[Plane]:
    """The planes of pictures of ``shapes``; raises FormatError, LimitError or ModelError."""
    if model.pixels is None:
        raise ModelError(f"model {model.id} cannot read blocks of method {PIXELS}")
    return _parted(model.pixels.decode(body, _sizes(shapes)))


def block_pictures_by_pixels(shapes: Sequence[Shape]) -> int:
    """How many pictures a block of a container should have, the largest of which have ``shapes``."""
    return max(1, _MOST_SAMPLES // max(shape.height * shape.width * sum(_counts(shape)) for shape in shapes))


def _counts(shape: Shape) -> list[int]:
    """How many planes are coded together: those of colour, then alpha, as a picture of its own."""
    return [shape.colour_planes, 1] if shape.has_alpha else [shape.colour_planes]


def _joined(planes: Sequence[Plane], shapes: Sequence[Shape]) -> list[Colour]:
    ordered = iter(planes)
    return [np.stack([next(ordered) for _ in range(count)], axis=-1) for shape in shapes for count in _counts(shape)]


def _sizes(shapes: Sequence[Shape]) -> list[Size]:
    return [Size(shape.height, shape.width, count) for shape in shapes for count in _counts(shape)]


def _parted(pictures: Sequence[Colour]) -> list[Plane]:
    return [np.ascontiguousarray(each[..., plane]) for each in pictures for plane in range(each.shape[2])]


def _is_worth_it(shapes: Sequence[Shape]) -> bool:
    """Whether a stream holds all samples, and enough of them go together."""
    sizes = _sizes(shapes)
    samples = sum(map(math.prod, sizes))
    most = min(most_steps(sizes), _FEW_STEPS + samples // _SAMPLES_OF_STEP)
    return SYMBOLS * samples <= MAX_STREAM_SYMBOLS and steps_of(sizes) <= most
