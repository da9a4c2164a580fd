"""The prices of altering. No one choice suits letters, icons and soft strokes, so each is tried on some pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from aecodec.arrays import Picture
from aecodec.drawings.canvas import joined
from aecodec.drawings.errors import squared_errors
from aecodec.frozen import dataclass

_PIXELS: Final = 1 << 15  # of the pictures that each choice is tried on, about
_SIDE: Final = 192  # a larger picture is cut to its middle
_LEFT: Final = 0.6  # share of a squared error that restoration leaves, about, on training pictures


@dataclass(frozen=True)
class Prices:
    """What an encoder adds to its costs, since a changed pixel can cost more bits later than it saves at once."""

    share: float  # share of the slope that a squared error counts
    colour: float  # bits for each colour of a picture
    unforeseen: float  # bits that a pixel costs which is no candidate, beside those of saying so
    other: float  # bits that a pixel costs which is not the only pixel on offer


# Each was best on some training pictures: letters and icons at low quality; soft strokes; icons at high quality.
CHOICES: Final = (Prices(0.2, 32.0, 0.0, 0.0), Prices(0.2, 4.0, 20.0, 10.0), Prices(0.5, 8.0, 20.0, 10.0))
Payload = tuple[bytes, list[Picture]]  # bytes, and the pictures that they decode to
Alter = Callable[[Sequence[Picture], Prices, Sequence[int]], Payload]


def cheapest(pictures: Sequence[Picture], distances: Sequence[int], slope: float, alter: Alter) -> Payload:
    """Return what ``alter`` makes of ``pictures`` with the cheapest of CHOICES.

    Each choice is tried on some of the pictures. Its cost is bits plus squared error at ``slope`` bits. Raises what
    ``alter`` raises.
    """
    some = _some(pictures)
    tried = [(prices, alter(some, prices, ())) for prices in CHOICES]
    prices, found = min(tried, key=lambda each: _cost(some, each[1], slope))
    whole = not distances and [each.shape for each in some] == [each.shape for each in pictures]
    return found if whole else alter(pictures, prices, distances)


def _cost(pictures: Sequence[Picture], found: Payload, slope: float) -> float:
    payload, altered = found
    error = 0.0
    for its, given in zip(altered, pictures, strict=True):
        error += squared_errors(*(joined(np.asarray(each, np.uint8)) for each in (its, given))).sum()
    return 8 * len(payload) + _LEFT * slope * error


def _some(pictures: Sequence[Picture]) -> list[Picture]:
    """Return every n-th picture, and only the middle of a large one."""
    cut = [_middle(picture) for picture in pictures]
    return cut[:: -(-sum(picture.shape[0] * picture.shape[1] for picture in cut) // _PIXELS)]


def _middle(picture: Picture) -> Picture:
    top, left = (max(0, side - _SIDE) // 2 for side in picture.shape[:2])
    return picture[top : top + _SIDE, left : left + _SIDE]
