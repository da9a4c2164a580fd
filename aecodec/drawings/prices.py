"""Which prices altering adds: no one choice suits letters, icons and soft strokes, so a few pictures are tried."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from aecodec.arrays import Picture
from aecodec.drawings.canvas import joined
from aecodec.drawings.errors import squared_errors
from aecodec.frozen import dataclass

_PIXELS: Final = 1 << 15  # that are tried, about
_SIDE: Final = 192  # of what is tried of a larger picture
_LEFT: Final = 0.6  # of a squared error is there behind restoration, about, on training pictures


@dataclass(frozen=True)
class Prices:
    """What an encoder adds to bits and errors: a pixel that changes can cost more bits later than it saves at once."""

    share: float  # of the slope that an error counts
    colour: float  # bits for each colour of a picture
    unforeseen: float  # bits for a pixel that is no candidate, beside those of saying so
    other: float  # bits for one that is not the only candidate


# Each is best on some training pictures: letters and icons at low quality, soft strokes, and icons at high quality.
CHOICES: Final = (Prices(0.2, 32.0, 0.0, 0.0), Prices(0.2, 4.0, 20.0, 10.0), Prices(0.5, 8.0, 20.0, 10.0))
Payload = tuple[bytes, list[Picture]]  # and the pictures that come of it
Alter = Callable[[Sequence[Picture], Prices, Sequence[int]], Payload]


def cheapest(pictures: Sequence[Picture], distances: Sequence[int], slope: float, alter: Alter) -> Payload:
    """Return what ``alter`` makes of ``pictures`` with those of CHOICES that cost least for some of them, at ``slope``
    bits a squared error. Raises what ``alter`` does.
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
    """Return evenly chosen pictures, of large ones the middle."""
    cut = [_middle(picture) for picture in pictures]
    return cut[:: -(-sum(picture.shape[0] * picture.shape[1] for picture in cut) // _PIXELS)]


def _middle(picture: Picture) -> Picture:
    top, left = (max(0, side - _SIDE) // 2 for side in picture.shape[:2])
    return picture[top : top + _SIDE, left : left + _SIDE]
