"""Turned pictures: mirrored, transposed, and with their colours in another order.

A sample is predicted from the samples above it and left of it, and from the colours before. How well that goes depends
on the picture: a slope that falls to the left is not the same as one that falls to the right. So turning a picture may
make it shorter.

A *turn* is a number, the sum of these: 8 times the order of colours, as an index into ORDERS; 4 if the order of rows is
reversed; 2 if that of columns is; and 1 if rows and columns are exchanged at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import permutations

import numpy as np

from aecodec.arrays import Colour, Integers64, Pictures
from aecodec.errors import FormatError
from aecodec.frozen import dataclass
from aecodec.kinds import Size
from aecodec.pixels import steps_of

ORDERS = tuple(permutations(range(3)))  # which planes come first, second, and third
TRANSPOSED, MIRRORED, FLIPPED = 1, 2, 4  # rows and columns exchanged; columns reversed; rows reversed
_ORDER = 8
_COLOURS = 3
_WAYS = (0, TRANSPOSED, MIRRORED, TRANSPOSED | MIRRORED)  # that are tried; rotations by 180 degrees add almost nothing
_SWAPPED = ORDERS.index((2, 1, 0))  # red and blue exchanged: of all other orders this one helps most often
_PLACES = ((1, 1), (3, 3), (1, 3), (3, 1), (2, 2))  # of squares that are tried, in quarters of a picture's sides
_SHARE, _LEAST_SIDE = 8, 64  # a square's side is 1/8 of the picture's, and at least 64; smaller ones often mislead
_LEAST = 2  # squares; a picture with room for fewer is not tried
_PICTURE_OF_SQUARE = 5 * 5  # the picture has so many squares' areas for each square: five trials cost a fifth at most
_CLEARLY = 0.998  # turned squares must take less than this part of what they take unturned
_MORE_STEPS = 1.25  # a transposed picture may take so many times the steps
_BYTE = 8 << 12  # what the turn itself takes, in 1/4096 bit
Measure = Callable[[Pictures], Integers64]  # pictures of one size to the bits of each, in 1/4096 bit


def turned(picture: Colour, turn: int) -> Colour:
    """Turn a picture ``[height, width, planes]``."""
    if picture.shape[2] == _COLOURS:
        picture = picture[..., ORDERS[turn // _ORDER]]
    picture = picture[:: -1 if turn & FLIPPED else 1, :: -1 if turn & MIRRORED else 1]
    return np.ascontiguousarray(picture.transpose(1, 0, 2) if turn & TRANSPOSED else picture)


def turned_size(size: Size, turn: int) -> Size:
    """Return the size of a turned picture. Raises FormatError for a turn that does not exist."""
    if turn >= _ORDER * (len(ORDERS) if size.planes == _COLOURS else 1):
        raise FormatError(f"a picture of {size.planes} planes turned in way {turn}")
    return Size(size.width, size.height, size.planes) if turn & TRANSPOSED else size


def turned_back(picture: Colour, turn: int) -> Colour:
    """Undo :func:`turned`."""
    picture = picture.transpose(1, 0, 2) if turn & TRANSPOSED else picture
    picture = picture[:: -1 if turn & FLIPPED else 1, :: -1 if turn & MIRRORED else 1]
    if picture.shape[2] == _COLOURS:
        picture = picture[..., np.argsort(ORDERS[turn // _ORDER])]
    return np.ascontiguousarray(picture)


def best_turns(pictures: Sequence[Colour], measure: Measure, *, thorough: bool) -> list[int]:
    """Return for each picture the turn that makes it shortest, of a few; all are 0 where that saves too little.

    Too little is a byte a picture, or less. Turns are judged by some squares of a picture, which take about a fifth of
    the time of the whole. A small picture stays as it is, for its squares would mislead. With ``thorough`` turns are
    judged by whole pictures, and all orders of colours are tried.

    A picture is transposed only if no other picture has its size, for pictures of one size are quicker together, and
    only if that takes few more steps.
    """
    places: dict[Size, list[int]] = {}
    for place, picture in enumerate(pictures):
        places.setdefault(Size(*picture.shape), []).append(place)
    found = [_Best(0, 0)] * len(pictures)
    for size, same in places.items():
        most = _MORE_STEPS * steps_of([size])
        may = len(same) == 1 and steps_of([turned_size(size, TRANSPOSED)]) <= most
        ways = [way for way in _WAYS if may or not way & TRANSPOSED]
        some = [pictures[place] for place in same]
        best = _of_all(some, ways, measure) if thorough else [_of_squares(each, ways, measure) for each in some]
        for place, each in zip(same, best, strict=True):
            found[place] = each
    if sum(best.saved for best in found) <= _BYTE * len(found):
        return [0] * len(found)
    return [best.turn for best in found]


@dataclass(frozen=True)
class _Best:
    """A turn, and how many bits it saves, in 1/4096 bit."""

    turn: int
    saved: int


def _of_all(pictures: Sequence[Colour], ways: Sequence[int], measure: Measure) -> list[_Best]:
    """Find the best turns of pictures of one size, by the whole pictures."""

    def bits(turns: Sequence[int]) -> list[Integers64]:
        return [measure(np.stack([turned(picture, turn) for picture in pictures])) for turn in turns]

    costs = dict(zip(ways, bits(ways), strict=True))
    if pictures[0].shape[2] == _COLOURS:
        # Orders are tried only with the best way for all pictures. All pairs would take three times as long.
        way = min(ways, key=lambda turn: int(costs[turn].sum()))
        turns = [way + _ORDER * order for order in range(1, len(ORDERS))]
        costs |= dict(zip(turns, bits(turns), strict=True))
    turns, table = list(costs), np.stack(list(costs.values()))
    return [
        _Best(turns[least], int(table[0, place] - table[least, place])) for place, least in enumerate(table.argmin(0))
    ]


def _of_squares(picture: Colour, ways: Sequence[int], measure: Measure) -> _Best:
    """Find the best turn of a picture, by some squares of it."""
    squares = list(_squares(picture))
    if not squares:
        return _Best(0, 0)

    def bits(turns: Sequence[int]) -> list[int]:
        found = measure(np.stack([turned(square, turn) for turn in turns for square in squares]))
        sums: list[int] = found.reshape(len(turns), -1).sum(1).tolist()
        return sums

    costs = dict(zip(ways, bits(ways), strict=True))
    if picture.shape[2] == _COLOURS:
        turn = min(ways, key=lambda way: costs[way]) + _ORDER * _SWAPPED
        costs[turn] = bits([turn])[0]
    least = min(costs, key=lambda turn: costs[turn])
    if costs[least] >= _CLEARLY * costs[0]:
        return _Best(0, 0)
    return _Best(least, (costs[0] - costs[least]) * picture.size // sum(square.size for square in squares))


def _squares(picture: Colour) -> Iterator[Colour]:
    """Yield squares of a picture that are far from one another; none of a small picture."""
    height, width, _ = picture.shape
    side = max(_LEAST_SIDE, min(height, width) // _SHARE)
    count = height * width // (_PICTURE_OF_SQUARE * side**2)
    if count < _LEAST or min(height, width) < 2 * side:
        return
    for down, right in _PLACES[:count]:
        top, left = height * down // 4 - side // 2, width * right // 4 - side // 2
        yield picture[top : top + side, left : left + side]
