"""Planes to tiles of the model's size, and back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aecodec.arrays import Plane, Tiles
from aecodec.errors import LimitError
from aecodec.limits import GROUP_TILES, MAX_TILE_SAMPLES


def check_payload(count: int, tile: tuple[int, int]) -> None:
    """Raise LimitError for too many samples in ``count`` tiles. Tiles of a thin picture hold many times its samples."""
    samples = count * tile[0] * tile[1]
    if samples > MAX_TILE_SAMPLES:
        raise LimitError(f"a payload of {samples} samples in tiles; the limit is {MAX_TILE_SAMPLES}; use several files")


def tile_grid(height: int, width: int, tile: tuple[int, int]) -> tuple[int, int]:
    """Return how many rows and columns of tiles cover a plane."""
    return -(-height // tile[0]), -(-width // tile[1])


def count_in(sizes: Sequence[tuple[int, int]], tile: tuple[int, int]) -> int:
    """Count the tiles of planes of ``sizes`` (height, width)."""
    return sum(rows * columns for rows, columns in (tile_grid(height, width, tile) for height, width in sizes))


def cut(plane: Plane, tile: tuple[int, int]) -> Tiles:
    """Cut a plane ``[H, W]`` into tiles ``[n, h, w]``, in raster order. Its last column and row fill up the tiles."""
    height, width = plane.shape
    rows, columns = tile_grid(height, width, tile)
    below, right = rows * tile[0] - height, columns * tile[1] - width
    if below or right:
        plane = np.pad(plane, ((0, below), (0, right)), mode="edge")
    blocks = plane.reshape(rows, tile[0], columns, tile[1]).transpose(0, 2, 1, 3)
    return blocks.reshape(-1, *tile).astype(np.uint8, copy=False)


def paste(tiles: Tiles, height: int, width: int) -> Plane:
    """Undo :func:`cut`: return the plane ``[height, width]``, without what was filled up."""
    tile = tiles.shape[1], tiles.shape[2]
    rows, columns = tile_grid(height, width, tile)
    whole = tiles.reshape(rows, columns, *tile).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(whole.reshape(rows * tile[0], columns * tile[1])[:height, :width])


def groups(count: int) -> list[slice]:
    """Cut ``count`` tiles into groups that are coded in lockstep."""
    return [slice(at, min(at + GROUP_TILES, count)) for at in range(0, count, GROUP_TILES)]


def cut_all(planes: Sequence[Plane], tile: tuple[int, int]) -> Tiles:
    """Return the tiles ``[n, h, w]`` of all ``planes``, one plane after the other."""
    return np.concatenate([cut(plane, tile) for plane in planes])


def paste_all(tiles: Tiles, sizes: Sequence[tuple[int, int]]) -> list[Plane]:
    """Undo :func:`cut_all`: return planes of ``sizes`` (height, width)."""
    planes, at = [], 0
    for height, width in sizes:
        rows, columns = tile_grid(height, width, (tiles.shape[1], tiles.shape[2]))
        planes.append(paste(tiles[at : at + rows * columns], height, width))
        at += rows * columns
    return planes
