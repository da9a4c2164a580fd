"""Pictures turned so that they are shorter: there and back, chosen well, and never for the worse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import aecodec
from aecodec.coders.turns import FLIPPED, MIRRORED, ORDERS, TRANSPOSED, best_turns, turned, turned_back, turned_size
from aecodec.container import parse
from aecodec.errors import FormatError
from aecodec.kinds import PixelCodec, Size
from aecodec.zoo import load_model
from formats.vectors_maker.methods import PIXELS, TURNED
from formats.vectors_maker.pictures import noise
from tests.checks import check_damage_is_found, check_error, check_same
from tests.conftest import ROOT
from tests.golden import package, vector

Picture = NDArray[np.uint8]
SWAPPED = 8 * ORDERS.index((2, 1, 0))


@pytest.fixture(scope="module")
def codec() -> PixelCodec:
    built = load_model((ROOT / "models" / "pixels.safetensors").read_bytes()).built
    assert isinstance(built, PixelCodec)
    return built


def slanted(height: int, width: int, *, seed: int = 4) -> Picture:
    """Stripes that fall to the left, with a little noise; red follows green, and blue a little less."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    stripes = 60 * np.sin((x + 0.6 * y) * 0.9) + 40 * np.sin((x + 0.6 * y) * 0.21)
    green = 128 + stripes + random.normal(0, 1, stripes.shape)
    red, blue = green + random.normal(0, 1, stripes.shape), green / 2 + random.normal(0, 5, stripes.shape)
    return np.clip(np.stack([red, green, blue], -1), 0, 255).astype(np.uint8)


@given(st.integers(0, 47), st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3]))
def test_there_and_back(turn: int, height: int, width: int, planes: int) -> None:
    turn %= 48 if planes == 3 else 8
    picture = noise(1, height, width, planes).reshape(height, width, planes)
    there = turned(picture, turn)
    assert there.shape == turned_size(Size(height, width, planes), turn)
    check_same(turned_back(there, turn), picture)


def test_what_turns_do() -> None:
    picture = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    check_same(turned(picture, 0), picture)
    check_same(turned(picture, MIRRORED), picture[:, ::-1])
    check_same(turned(picture, FLIPPED), picture[::-1])
    check_same(turned(picture, TRANSPOSED), picture.transpose(1, 0, 2))
    check_same(turned(picture, SWAPPED), picture[..., ::-1])
    check_same(turned(picture, 8 * 3 + MIRRORED + TRANSPOSED), picture[:, ::-1, [1, 2, 0]].transpose(1, 0, 2))


@pytest.mark.parametrize(("turn", "planes"), [(48, 3), (255, 3), (8, 1), (47, 1)])
def test_turns_that_there_are_not(turn: int, planes: int) -> None:
    check_error(FormatError, lambda: turned_size(Size(4, 5, planes), turn))


def test_bits_are_those_of_payloads(codec: PixelCodec) -> None:
    """Of each picture alone, as long as they go together."""
    pictures = np.stack([slanted(40, 30, seed=seed) for seed in range(3)])
    bits = codec.measure(pictures) / 4096
    for picture, its in zip(pictures, bits, strict=True):
        assert abs(its - 8 * len(codec.encode([picture]))) < 50
    check_same(codec.measure(pictures[1:2]), codec.measure(pictures)[1:2])


@pytest.mark.parametrize("thorough", [False, True])
def test_the_shorter_turn_is_chosen(codec: PixelCodec, thorough: bool) -> None:
    """Of a picture that is worse than its mirror image, and none of that; colours count, too."""
    picture = slanted(*((60, 70) if thorough else (400, 540)))
    sizes = {turn: int(codec.measure(turned(picture, turn)[None])[0]) for turn in (0, MIRRORED, SWAPPED)}
    worse = turned(picture, MIRRORED if sizes[MIRRORED] > sizes[0] else 0)
    (turn,) = best_turns([worse], codec.measure, thorough=thorough)
    assert turn and codec.measure(turned(worse, turn)[None])[0] < 0.99 * codec.measure(worse[None])[0]


def test_small_pictures_stay_as_they_are(codec: PixelCodec) -> None:
    """Unless they are tried whole: squares of them would mislead."""
    assert best_turns([slanted(64, 64)] * 3, codec.measure, thorough=False) == [0, 0, 0]
    assert best_turns([slanted(120, 1000)], codec.measure, thorough=False) == [0]


def test_pictures_of_one_size_keep_it(codec: PixelCodec) -> None:
    """For they are decoded together. Alpha is a picture of another size, or might as well be."""
    square = slanted(64, 64)
    better = turned(square, TRANSPOSED)
    if codec.measure(better[None])[0] > codec.measure(square[None])[0]:
        square, better = better, square
    transposed = [turn & TRANSPOSED for turn in best_turns([square] * 3, codec.measure, thorough=True)]
    assert not any(transposed)
    alone = best_turns([square, square[..., :1]], lambda pictures: of_order(pictures, better), thorough=True)
    assert alone[0] & TRANSPOSED


def of_order(pictures: NDArray[np.uint8], best: Picture) -> NDArray[np.int64]:
    """Bits as if ``best`` alone were short."""
    return np.array([0 if picture.shape == best.shape and (picture == best).all() else 1 << 20 for picture in pictures])


def test_thin_pictures_stay_as_wide_as_they_are() -> None:
    """Transposed they would take more steps than a reader allows."""
    wide = slanted(8, 2000)
    turns = best_turns([wide], lambda pictures: np.array([pictures.shape[2]]), thorough=True)
    assert not turns[0] & TRANSPOSED


def test_pictures_of_one_size_are_tried_together() -> None:
    """A step takes as long for one as for many."""
    seen: list[int] = []

    def measure(pictures: NDArray[np.uint8]) -> NDArray[np.int64]:
        seen.append(len(pictures))
        return np.ones(len(pictures), np.int64)

    assert best_turns([slanted(16, 16)] * 24, measure, thorough=True) == [0] * 24
    assert set(seen) == {24} and len(seen) < 10


@pytest.mark.parametrize("side", [2, 3, 9])
def test_turns_pay_for_themselves(codec: PixelCodec, side: int) -> None:
    """They take a byte a picture."""
    pictures = [noise(seed, side, side) // 64 for seed in range(20)]
    whole = [aecodec.compress(pictures, lossless=True, effort=effort) for effort in (3, 9)]
    assert len(whole[1]) <= len(whole[0])
    for picture in pictures[:8]:
        alone = [len(aecodec.compress(picture, lossless=True, effort=effort)) for effort in (3, 9)]
        assert alone[1] <= alone[0]


@pytest.mark.parametrize("effort", [3, 7])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_files(effort: int, channels: int) -> None:
    """A mirrored picture is as long as the picture, or nearly so."""
    size = (400, 540) if effort < 7 else (70, 90)
    picture = slanted(*size)[..., 1] if channels == 1 else slanted(*size)
    if channels == 4:
        picture = np.dstack([picture, slanted(*size, seed=9)[..., 0]])
    found = []
    for each in (picture, np.ascontiguousarray(picture[:, ::-1])):
        data = aecodec.compress(each, lossless=True, effort=effort)
        check_same(aecodec.decompress(data), each)
        found.append((parse(data).body(0)[0], len(data)))
    assert TURNED + PIXELS in [method for method, _ in found]
    assert abs(found[0][1] - found[1][1]) < 0.01 * found[0][1]


@pytest.mark.parametrize("name", ["turned-alpha", "turned-many"])
def test_damage_is_found(name: str) -> None:
    check_damage_is_found(vector("valid", name), package)
