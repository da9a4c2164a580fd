"""Whether pictures are like photographs or like drawings. That tells which exact way takes fewer bytes."""

from __future__ import annotations

import enum
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aecodec.arrays import Colour

# Shares of pixels that are equal to a neighbour: photographs have fewer than the first, drawings more than the second.
_FEW, _MANY = 0.2, 0.6
_SIDE = 64  # of a piece that is tried, in pixels
_TRIED_SHARE = 20  # pictures as large as so many pieces, or smaller, are not tried in pieces
_PLACES = ((1, 1), (1, 3), (2, 2), (3, 1), (3, 3))  # of pieces of one picture, in quarters of its sides
_MOST_SEEN = 16  # about how many of many pictures are looked at


class Likeness(enum.Enum):
    """What pictures are like."""

    PHOTOGRAPH = "photograph"
    DRAWING = "drawing"
    EITHER = "either"


def likeness(pictures: Sequence[Colour]) -> Likeness:
    """Return what ``pictures`` ``[height, width, planes]`` are like. Of many pictures only some are looked at."""
    alike = total = 0
    for picture in pictures[:: -(-len(pictures) // _MOST_SEEN)]:
        found = _as_beside(picture)
        alike += int(found.sum())
        total += found.size
    share = alike / max(1, total)
    if not total or _FEW <= share <= _MANY:
        return Likeness.EITHER
    return Likeness.PHOTOGRAPH if share < _FEW else Likeness.DRAWING


def _as_beside(picture: Colour) -> NDArray[np.bool_]:
    """Return for pixels whether they are equal to the pixel on the left, or to the one above.

    Pixels of the first row and the first column are left out, unless there is only one row or column.
    """
    height, width, _ = picture.shape
    top, left = min(1, height - 1), min(1, width - 1)
    inner = picture[top:, left:]
    found = np.zeros(inner.shape[:2], bool)
    if width > 1:
        found |= (inner == picture[top:, :-1]).all(-1)
    if height > 1:
        found |= (inner == picture[:-1, left:]).all(-1)
    return found if height > 1 or width > 1 else found[:0]


def piece(pictures: Sequence[Colour]) -> list[Colour] | None:
    """Return a small part of ``pictures`` to try ways on: five places of a single picture, or the middles of some.

    Return None where the pictures are so small that a part would save no time.
    """
    if sum(picture.shape[0] * picture.shape[1] for picture in pictures) <= _TRIED_SHARE * _SIDE**2:
        return None
    if len(pictures) == 1:
        height, width, _ = pictures[0].shape
        return [_cut(pictures[0], height * down // 4, width * right // 4) for down, right in _PLACES]
    chosen = pictures[:: max(_TRIED_SHARE, len(pictures) // _MOST_SEEN)]
    return [_cut(picture, picture.shape[0] // 2, picture.shape[1] // 2) for picture in chosen]


def _cut(picture: Colour, down: int, right: int) -> Colour:
    """Cut a piece of at most ``_SIDE`` pixels a side out of ``picture``, around a place or as near to it as can be."""
    places = []
    for length, middle in zip(picture.shape[:2], (down, right), strict=True):
        first = max(0, min(middle - _SIDE // 2, length - _SIDE))
        places.append(slice(first, first + _SIDE))
    return picture[places[0], places[1]]
