"""Pictures to their planes, and back."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from aecodec.arrays import Picture, Plane
from aecodec.container import Shape
from aecodec.errors import Argument, LimitError, UnsupportedError
from aecodec.limits import MAX_BLOCK_SAMPLES
from aecodec.lossy.tiling import tile_grid


def shape_of(picture: Picture) -> Shape:
    """Return the geometry of ``[H, W]`` or ``[H, W, C]``, uint8 or uint16; notes where red, green and blue are the
    same.
    """
    height, width = picture.shape[:2]
    channels = picture.shape[2] if picture.ndim == 3 else 1
    equal = False
    if channels >= 3:
        red = picture[..., 0]
        equal = bool((red == picture[..., 1]).all() and (red == picture[..., 2]).all())
    return Shape(height, width, channels, equal, is_deep(picture))


def is_deep(picture: Picture) -> bool:
    """Return whether samples have 16 bits, not 8."""
    return picture.dtype == np.uint16


def check_depths(shapes: Collection[Shape], *, exact: bool) -> None:
    """Raise UnsupportedError for pictures of 16 bits that are not kept ``exact``, in one layer, or beside others."""
    depths = {shape.deep for shape in shapes}
    if True in depths and not exact:
        raise UnsupportedError(
            "16-bit samples can only be kept exactly, in one layer: use ",
            Argument("lossless"),
            " alone, or convert them to 8 bits first",
        )
    if len(depths) > 1:
        raise UnsupportedError(
            "pictures of 8 and of 16 bits a sample cannot be in one container: compress them separately"
        )


def check_block(shapes: Sequence[Shape]) -> None:
    """Raise LimitError for a block of too many samples, before memory is taken for them."""
    samples = sum(s.height * s.width * s.channels for s in shapes)
    if samples > MAX_BLOCK_SAMPLES:
        raise LimitError(f"a block of {samples} samples; the limit is {MAX_BLOCK_SAMPLES}; use several files")


def split_planes(picture: Picture, shape: Shape) -> list[Plane]:
    """Return colour planes, then alpha if there is one, each ``[H, W]`` and contiguous."""
    if picture.ndim == 2:
        return [np.ascontiguousarray(picture)]
    numbers = list(range(shape.colour_planes)) + ([shape.channels - 1] if shape.has_alpha else [])
    return [np.ascontiguousarray(picture[..., number]) for number in numbers]


def join_planes(planes: Sequence[Plane], shape: Shape) -> Picture:
    """Return the inverse of :func:`split_planes`."""
    if shape.channels == 1:
        return np.ascontiguousarray(planes[0])
    colour = [planes[0]] * 3 if shape.equal else list(planes[: shape.colour_planes])
    return np.stack([*colour, *planes[shape.colour_planes :]], axis=-1)


def colour_of(pictures: Sequence[Picture], shapes: Sequence[Shape]) -> list[Plane]:
    """Return the colour planes of all ``pictures``, without alpha."""
    every = zip(pictures, shapes, strict=True)
    return [plane for picture, shape in every for plane in split_planes(picture, shape)[: shape.colour_planes]]


def recoloured(pictures: Sequence[Picture], shapes: Sequence[Shape], colour: Sequence[Plane]) -> list[Picture]:
    """Return the ``pictures`` with other colour planes, and their own alpha."""
    planes = iter(colour)
    return [
        join_planes(
            [next(planes) for _ in range(shape.colour_planes)] + split_planes(picture, shape)[shape.colour_planes :],
            shape,
        )
        for picture, shape in zip(pictures, shapes, strict=True)
    ]


def count_tiles(shape: Shape, tile: tuple[int, int], with_alpha: bool) -> int:
    """Count the tiles of all coded planes of a picture."""
    rows, columns = tile_grid(shape.height, shape.width, tile)
    return rows * columns * (shape.colour_planes + (with_alpha and shape.has_alpha))
