"""Fewer colours: what is near a colour that comes often becomes that."""

from __future__ import annotations

import numpy as np

from aecodec.arrays import Pixels
from aecodec.drawings.canvas import joined
from aecodec.drawings.errors import NEVER, squared_errors
from aecodec.drawings.palette import with_fewer_colours

COST = 32.0  # bits of a colour


def pixels(*colours: tuple[int, ...]) -> Pixels:
    """Some pixels, each RGB and alpha."""
    return joined(np.array([colours], np.uint8))[0]


RED, NEARLY, BLUE = (200, 10, 10, 255), (203, 14, 10, 255), (10, 10, 200, 255)


def test_a_rare_colour_becomes_the_near_one() -> None:
    """An error of 25 costs more than a colour where a squared error is worth 1.28 of them and more."""
    given = pixels(*[RED] * 5, NEARLY, BLUE)
    assert (with_fewer_colours(given, 1.27, COST) == pixels(*[RED] * 6, BLUE)).all()
    assert (with_fewer_colours(given, 1.29, COST) == given).all()


def test_a_colour_counts_as_often_as_it_comes() -> None:
    given = pixels(*[RED] * 5, *[NEARLY] * 4)
    assert (with_fewer_colours(given, 0.3, COST) == pixels(*[RED] * 9)).all()
    assert (with_fewer_colours(given, 0.4, COST) == given).all()


def test_alpha_stays_and_what_nobody_sees_is_one_colour() -> None:
    faint, hidden, other = (200, 10, 10, 254), (1, 2, 3, 0), (200, 90, 1, 0)
    given = pixels(*[RED] * 5, faint, hidden, hidden, other)
    assert (with_fewer_colours(given, 1e-9, COST) == pixels(*[RED] * 5, faint, *[hidden] * 3)).all()


def test_more_colours_than_are_kept() -> None:
    """Those beyond may become one that is kept, and else stay."""
    random = np.random.default_rng(3)
    given = joined(random.integers(0, 256, (40, 50, 3)).astype(np.uint8))
    whole = with_fewer_colours(given, 0.01, COST)
    assert len(np.unique(whole)) < len(np.unique(given))
    assert (0.01 * squared_errors(whole, given) < COST).all()


def test_errors() -> None:
    assert squared_errors(pixels(RED), pixels(NEARLY)).tolist() == [25]
    assert squared_errors(pixels((1, 1, 1, 0), RED), pixels((9, 9, 9, 0), (200, 10, 10, 9))).tolist() == [0, NEVER]
