"""Lossy pictures: as they are promised, one and many, in tiles and groups, and their overhead."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aecodec
from aecodec.codec import Encoded, Options, compress_all
from aecodec.codec.options import DEFAULT_EFFORT
from aecodec.lossy import refine
from aecodec.lossy.tiling import cut, paste
from aecodec.zoo import Zoo
from tests.checks import check_all_same, check_same, tiles_of
from tests.codec.samples import ALL, EXACT_MODEL, MODEL, PICTURES, Picture, check_lossy, exact_tiles, noise, read
from tests.made import strokes

# --- lossy -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PICTURES)
def test_one_lossy_picture(name: str, models: list[Path]) -> None:
    picture = PICTURES[name]
    data = aecodec.compress(picture, model_path=models)
    found = read(data, models)
    check_lossy(found, picture)
    info = aecodec.inspect(data)
    assert info.model == MODEL.fingerprint.hex() and not info.lossless and info.pictures == 1
    height, width = picture.shape[:2]
    native = picture.shape == (8, 8)
    assert info.size == (None if native else (width, height))
    assert info.channels == (1 if picture.ndim == 2 else picture.shape[2])
    if native:
        check_same(found, MODEL.tiles.networks.synthesise(_symbols(picture))[0])


def _symbols(tile: Picture) -> Any:
    networks = MODEL.tiles.networks
    return refine(networks, tile[None], networks.analyse(tile[None]), MODEL.tiles.lmbda, DEFAULT_EFFORT)


def test_many_lossy_pictures(models: list[Path]) -> None:
    data = aecodec.compress(ALL, model_path=models)
    found = read(data, models)
    assert len(found) == len(ALL) == aecodec.inspect(data).pictures
    for ours, picture in zip(found, ALL, strict=True):
        check_lossy(ours, picture)
    alone = [read(aecodec.compress(picture, model_path=models), models) for picture in ALL]
    check_all_same(found, alone)
    for index in (0, 1, len(ALL) // 2, len(ALL) - 1):
        check_same(read(data, models, index=index), found[index])


def test_a_large_picture_is_coded_in_groups(models: list[Path]) -> None:
    """1,216 tiles: more than one group, in one stream."""
    picture = np.tile(strokes(1, 60, 50)[0], (5, 5))
    for options in ({"effort": 0}, {"lossless": True, "latent_dim": 784}):
        found = read(aecodec.compress(picture, model_path=models, **options), models)
        check_lossy(found, picture)
        if "lossless" in options:
            check_same(found, picture)
    domain = np.concatenate(np.concatenate(exact_tiles(1225).reshape(35, 35, 8, 8), 1), 1)
    data = aecodec.compress(domain, lossless=True, model_path=models)
    assert aecodec.inspect(data).model == EXACT_MODEL.fingerprint.hex()
    check_same(read(data, models), domain)


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (9, 17), (7, 3), (16, 8)])
def test_tiles_repeat_the_last_column_and_row(size: tuple[int, int]) -> None:
    height, width = size
    plane = noise(height, width)
    tiles = cut(plane, (8, 8))
    columns = -(-width // 8)
    assert tiles.shape == (-(-height // 8) * columns, 8, 8)
    for n, y, x in np.ndindex(*tiles.shape):
        row, column = n // columns * 8 + y, n % columns * 8 + x
        assert tiles[n, y, x] == plane[min(row, height - 1), min(column, width - 1)]
    check_same(paste(tiles, height, width), plane)


def test_effort_pays(models: list[Path]) -> None:
    """No more effort makes rate + slope * distortion worse, and most makes it better."""
    pictures = list(tiles_of(MODEL, 40)) + list(strokes(20, 8, 8))
    found = [compress_all(pictures, Options(effort=e), Zoo(models), many=True) for e in (0, 1, 3, 9)]

    def objective(each: Encoded) -> float:
        distortion = sum(each.errors) * 255**2 * 64
        return 8 * each.payload + distortion * MODEL.tiles.lmbda / (1 << 20)

    values = [objective(each) for each in found]
    assert all(b <= a + 8 for a, b in pairwise(values)) and values[-1] < 0.98 * values[0]


# --- sizes -----------------------------------------------------------------------------------


def test_overheads(models: list[Path]) -> None:
    """12 bytes around a native picture's payload, at most 2 a picture around a thousand."""
    zoo = Zoo(models)
    one = compress_all([PICTURES["native"]], Options(), zoo, many=False)
    assert len(one.data) == one.payload + 12
    thousand = list(strokes(250, 8, 8)) * 4
    for options in (Options(effort=0), Options(lossless=True)):
        many = compress_all(thousand, options, zoo, many=True)
        assert 0 <= len(many.data) - many.payload <= 2000
    assert len(many.data) - many.payload < 60
