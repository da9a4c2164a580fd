"""Which prices altering adds is tried with some of the pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from aecodec.arrays import Picture
from aecodec.drawings.prices import CHOICES, Payload, Prices, cheapest
from tests.made import strokes


class Altering:
    """Takes so many ``bits`` and adds an error of ``wrong`` to each sample, by the prices; keeps what it was asked."""

    def __init__(self, bits: dict[Prices, int], wrong: dict[Prices, int]) -> None:
        self.bits, self.wrong = bits, wrong
        self.asked: list[tuple[int, Prices, Sequence[int]]] = []

    def __call__(self, pictures: Sequence[Picture], prices: Prices, distances: Sequence[int]) -> Payload:
        self.asked.append((len(pictures), prices, distances))
        return bytes(self.bits[prices] // 8), [picture - np.uint8(self.wrong[prices]) for picture in pictures]


@pytest.mark.parametrize(("slope", "best"), [(0.001, 0), (0.02, 1), (1.0, 2)])
def test_bits_and_error_are_weighed(slope: float, best: int) -> None:
    """A grey picture of 100 pixels has 300 times an error of 9, or of 1, of which six tenths are left."""
    alter = Altering(dict(zip(CHOICES, (80, 96, 120), strict=True)), dict(zip(CHOICES, (3, 1, 0), strict=True)))
    grey = np.full((10, 10, 1), 128, np.uint8)
    payload, (altered,) = cheapest([grey], (), slope, alter)
    assert (len(payload), 128 - int(altered[0, 0, 0])) == ((10, 3), (12, 1), (15, 0))[best]
    assert len(alter.asked) == len(CHOICES)


def test_of_many_pictures_some_are_tried() -> None:
    alter = Altering(dict.fromkeys(CHOICES, 8), dict(zip(CHOICES, (2, 0, 1), strict=True)))
    some = list(strokes(300, 16, 16)[..., None])
    _, altered = cheapest(some, [0] * 300, 1.0, alter)
    assert [count for count, *_ in alter.asked] == [100, 100, 100, 300]  # 100 of 256 pixels
    assert alter.asked[-1] == (300, CHOICES[1], [0] * 300)
    assert np.array_equal(altered, some)


def test_of_a_large_picture_the_middle_is_tried() -> None:
    alter = Altering(dict.fromkeys(CHOICES, 8), dict.fromkeys(CHOICES, 0))
    large = np.zeros((200, 900, 1), np.uint8)
    large[4:196, 354:546] = 99
    seen = []

    def noted(pictures: Sequence[Picture], prices: Prices, distances: Sequence[int]) -> Payload:
        seen.append(pictures[0])
        return alter(pictures, prices, distances)

    cheapest([large], (), 1.0, noted)
    assert all(each.shape == (192, 192, 1) and (each == 99).all() for each in seen[:-1])
    assert len(seen) == len(CHOICES) + 1 and seen[-1] is large
