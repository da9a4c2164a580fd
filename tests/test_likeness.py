"""Which way of keeping pictures exactly is tried: by what they are like, and on which part of them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from aecodec.coders import block_pictures
from aecodec.coders.likeness import Likeness, likeness, piece
from aecodec.container import Shape
from formats.vectors_maker.pictures import noise


def rows_of(height: int, width: int, share: float) -> NDArray[np.uint8]:
    """Noise, but for the first columns, so many of them, which are flat."""
    picture = noise(3, height, width, 3).copy()
    picture[:, : round(share * width)] = 9
    return picture


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, Likeness.PHOTOGRAPH), (0.4, Likeness.EITHER), (0.8, Likeness.DRAWING)]
)
def test_by_pixels_that_are_as_one_beside_them(share: float, expected: Likeness) -> None:
    assert likeness([rows_of(60, 80, share)]) == expected
    assert likeness([rows_of(60, 80, share)] * 40) == expected


@pytest.mark.parametrize("size", [(1, 300), (300, 1)])
def test_rows_and_columns(size: tuple[int, int]) -> None:
    """They have neighbours on one side alone; a single pixel has none."""
    assert likeness([np.zeros((*size, 1), np.uint8)]) == Likeness.DRAWING
    assert likeness([noise(4, *size, 3)]) == Likeness.PHOTOGRAPH
    assert likeness([np.zeros((1, 1, 1), np.uint8)]) == Likeness.EITHER


def test_a_little_is_tried_whole() -> None:
    assert piece([noise(5, 200, 300, 3)]) is None
    assert piece([noise(6, 20, 20, 3)] * 100) is None


def test_a_large_picture_is_tried_in_five_places() -> None:
    picture = noise(7, 500, 700, 3)
    tried = piece([picture]) or []
    assert [each.shape for each in tried] == [(64, 64, 3)] * 5
    assert np.array_equal(tried[0], picture[93:157, 143:207]) and np.array_equal(tried[4], picture[343:407, 493:557])
    thin = piece([noise(8, 40, 4000, 3)]) or []
    assert [each.shape for each in thin] == [(40, 64, 3)] * 5


def test_many_pictures_are_tried_by_some() -> None:
    """Of whatever sizes they are; a large one does not speak for all."""
    tried = piece([noise(9, 400, 400, 3), *[noise(10, 60, 60, 3)] * 399]) or []
    assert len(tried) == 16 and sum(each.shape == (60, 60, 3) for each in tried) == 15


def test_a_block_of_many_sizes_has_fewer_pictures() -> None:
    """Each needs steps of its own."""
    many = [Shape(60 + side, 60 + side) for side in range(40)]
    flat = [np.zeros((60, 60, 1), np.uint8)]
    assert block_pictures(many, flat, 1000) == 65536 // (3 * 99)
    assert block_pictures(many[:10], flat, 1000) == (1 << 22) // 69**2
