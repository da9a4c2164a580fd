"""Pictures to planes to tiles of the model's native size, and back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aecodec.container import Shape
from aecodec.errors import LimitError
from aecodec.limits import GROUP_TILES, MAX_BLOCK_SAMPLES, MAX_TILE_SAMPLES

Picture = NDArray[np.uint8]
Plane = NDArray[np.uint8]


def shape_of(picture: Picture) -> Shape:
    """Geometry of ``[H, W]`` or ``[H, W, C]``; notes where red, green and blue are the same."""
    height, width = picture.shape[:2]
    channels = picture.shape[2] if picture.ndim == 3 else 1
    equal = False
    if channels >= 3:
        red = picture[..., 0]
        equal = bool((red == picture[..., 1]).all() and (red == picture[..., 2]).all())
    return Shape(height, width, channels, equal)


def check_block(shapes: Sequence[Shape]) -> None:
    """Raise LimitError for a block of too many samples, before memory is taken for them."""
    samples = sum(s.height * s.width * s.channels for s in shapes)
    if samples > MAX_BLOCK_SAMPLES:
        raise LimitError(f"a block of {samples} samples; the limit is {MAX_BLOCK_SAMPLES}; use several files")


def check_payload(count: int, tile: tuple[int, int]) -> None:
    """Raise LimitError for too many samples in ``count`` tiles: those of thin pictures hold many times their own."""
    samples = count * tile[0] * tile[1]
    if samples > MAX_TILE_SAMPLES:
        raise LimitError(f"a payload of {samples} samples in tiles; the limit is {MAX_TILE_SAMPLES}; use several files")


def split_planes(picture: Picture, shape: Shape) -> list[Plane]:
    """Colour planes, then alpha if there is one, each ``[H, W]`` and contiguous."""
    if picture.ndim == 2:
        return [np.ascontiguousarray(picture)]
    numbers = list(range(shape.colour_planes)) + ([shape.channels - 1] if shape.has_alpha else [])
    return [np.ascontiguousarray(picture[..., number]) for number in numbers]


def join_planes(planes: Sequence[Plane], shape: Shape) -> Picture:
    """The inverse of :func:`split_planes`."""
    if shape.channels == 1:
        return np.ascontiguousarray(planes[0])
    colour = [planes[0]] * 3 if shape.equal else list(planes[: shape.colour_planes])
    return np.stack([*colour, *planes[shape.colour_planes :]], axis=-1)


def colour_of(pictures: Sequence[Picture], shapes: Sequence[Shape]) -> list[Plane]:
    """The colour planes of all ``pictures``, without alpha."""
    every = zip(pictures, shapes, strict=True)
    return [plane for picture, shape in every for plane in split_planes(picture, shape)[: shape.colour_planes]]


def recoloured(pictures: Sequence[Picture], shapes: Sequence[Shape], colour: Sequence[Plane]) -> list[Picture]:
    """The ``pictures`` with other colour planes, and their own alpha."""
    planes = iter(colour)
    return [
        join_planes(
            [next(planes) for _ in range(shape.colour_planes)] + split_planes(picture, shape)[shape.colour_planes :],
            shape,
        )
        for picture, shape in zip(pictures, shapes, strict=True)
    ]


def tile_grid(height: int, width: int, tile: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of tiles that cover a plane."""
    return -(-height // tile[0]), -(-width // tile[1])


def count_tiles(shape: Shape, tile: tuple[int, int], with_alpha: bool) -> int:
    """Tiles of all coded planes of a picture."""
    rows, columns = tile_grid(shape.height, shape.width, tile)
    return rows * columns * (shape.colour_planes + (with_alpha and shape.has_alpha))


def count_in(sizes: Sequence[tuple[int, int]], tile: tuple[int, int]) -> int:
    """Tiles of planes of ``sizes`` (height, width)."""
    return sum(rows * columns for rows, columns in (tile_grid(height, width, tile) for height, width in sizes))


def cut(plane: Plane, tile: tuple[int, int]) -> NDArray[np.uint8]:
    """``[H, W]`` to tiles ``[n, h, w]`` in raster order; the last column and row are repeated."""
    height, width = plane.shape
    rows, columns = tile_grid(height, width, tile)
    below, right = rows * tile[0] - height, columns * tile[1] - width
    if below or right:
        plane = np.pad(plane, ((0, below), (0, right)), mode="edge")
    blocks = plane.reshape(rows, tile[0], columns, tile[1]).transpose(0, 2, 1, 3)
    return blocks.reshape(-1, *tile)


def paste(tiles: NDArray[np.uint8], height: int, width: int) -> Plane:
    """The inverse of :func:`cut`; the plane keeps nothing of what lies beyond its edges."""
    tile = tiles.shape[1], tiles.shape[2]
    rows, columns = tile_grid(height, width, tile)
    whole = tiles.reshape(rows, columns, *tile).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(whole.reshape(rows * tile[0], columns * tile[1])[:height, :width])


def groups(count: int) -> list[slice]:
    """``count`` tiles in groups that are coded in lockstep."""
    return [slice(at, min(at + GROUP_TILES, count)) for at in range(0, count, GROUP_TILES)]


def cut_all(planes: Sequence[Plane], tile: tuple[int, int]) -> NDArray[np.uint8]:
    """The tiles of all ``planes``, one plane after another."""
    return np.concatenate([cut(plane, tile) for plane in planes])


def paste_all(tiles: NDArray[np.uint8], sizes: Sequence[tuple[int, int]]) -> list[Plane]:
    """The inverse of :func:`cut_all` for planes of ``sizes`` (height, width)."""
    planes, at = [], 0
    for height, width in sizes:
        rows, columns = tile_grid(height, width, (tiles.shape[1], tiles.shape[2]))
        planes.append(paste(tiles[at : at + rows * columns], height, width))
        at += rows * columns
    return planes
