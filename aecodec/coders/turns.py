"""Pictures turned: mirrored, transposed, and their colours in another order.

A sample is predicted from those above it, those left of it, and the colours before. Which of them are a good guide
depends on what the picture shows: a slope that falls to the left is another thing than one that falls to the right.

A *turn* is a number: 1 where rows and columns are exchanged, behind all else, 2 where columns are mirrored, 4 where
rows are, and 8 for each step to a later one of ORDERS, that of the colours.
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
TRANSPOSED, MIRRORED, FLIPPED = 1, 2, 4  # rows and columns exchanged; columns mirrored; rows
_ORDER = 8
_COLOURS = 3
_WAYS = (0, TRANSPOSED, MIRRORED, TRANSPOSED | MIRRORED)  # rotations by 180 degrees add almost nothing
_SWAPPED = ORDERS.index((2, 1, 0))  # red and blue: of other orders the one that helps most often
_PLACES = ((1, 1), (3, 3), (1, 3), (3, 1), (2, 2))  # of squares that are tried, in quarters of a picture's sides
_SHARE, _LEAST_SIDE = 8, 64  # a square's side in that of the picture; smaller ones often mislead
_LEAST = 2  # squares
_PICTURE_OF_SQUARE = 5 * 5  # areas of a square in the picture for each square: its five trials cost a fifth at most
_CLEARLY = 0.998  # of what squares take as they are, they take less as they are turned
_MORE_STEPS = 1.25  # a transposed picture may take so many times the steps
_BYTE = 8 << 12  # of the turn itself, in 1/4096 bit
Measure = Callable[[Pictures], Integers64]  # bits of each of some pictures of one size, in 1/4096


def turned(picture: Colour, turn: int) -> Colour:
    """Turn a picture ``[height, width, planes]``."""
    if picture.shape[2] == _COLOURS:
        picture = picture[..., ORDERS[turn // _ORDER]]
    picture = picture[:: -1 if turn & FLIPPED else 1, :: -1 if turn & MIRRORED else 1]
    return np.ascontiguousarray(picture.transpose(1, 0, 2) if turn & TRANSPOSED else picture)


def turned_size(size: Size, turn: int) -> Size:
    """Return the size of a turned picture. Raises FormatError for a turn that there is not."""
    if turn >= _ORDER * (len(ORDERS) if size.planes == _COLOURS else 1):
        raise FormatError(f"a picture of {size.planes} planes turned in way {turn}")
    return Size(size.width, size.height, size.planes) if turn & TRANSPOSED else size


def turned_back(picture: Colour, turn: int) -> Colour:
    """Take the way back."""
    picture = picture.transpose(1, 0, 2) if turn & TRANSPOSED else picture
    picture = picture[:: -1 if turn & FLIPPED else 1, :: -1 if turn & MIRRORED else 1]
    if picture.shape[2] == _COLOURS:
        picture = picture[..., np.argsort(ORDERS[turn // _ORDER])]
    return np.ascontiguousarray(picture)


def best_turns(pictures: Sequence[Colour], measure: Measure, *, thorough: bool) -> list[int]:
    """Return the turn of each picture that makes it shortest, of a few; all 0 where that saves less than a byte each.

    By some squares of a picture, which take about a fifth of the whole's time; a small one stays as it is, for smaller
    squares would mislead. ``thorough``: by all of it, and all orders of colours. A picture is transposed only where no
    other has its size, and where that takes few more steps: those of one size are quicker together.
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
    """A turn, and how many bits it saves, in 1/4096."""

    turn: int
    saved: int


def _of_all(pictures: Sequence[Colour], ways: Sequence[int], measure: Measure) -> list[_Best]:
    """Find the best turns of pictures of one size, by all of them."""

    def bits(turns: Sequence[int]) -> list[Integers64]:
        return [measure(np.stack([turned(picture, turn) for picture in pictures])) for turn in turns]

    costs = dict(zip(ways, bits(ways), strict=True))
    if pictures[0].shape[2] == _COLOURS:
        # Orders are tried in one way, which is the best for all together: all of both would take thrice as long.
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
    """Yield squares that are far from one another; none of a small picture."""
    height, width, _ = picture.shape
    side = max(_LEAST_SIDE, min(height, width) // _SHARE)
    count = height * width // (_PICTURE_OF_SQUARE * side**2)
    if count < _LEAST or min(height, width) < 2 * side:
        return
    for down, right in _PLACES[:count]:
        top, left = height * down // 4 - side // 2, width * right // 4 - side // 2
        yield picture[top : top + side, left : left + side]
