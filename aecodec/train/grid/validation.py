"""Pictures that are held back to measure with."""

from __future__ import annotations

from torch import Tensor

from aecodec.limits import GRID_SIDE
from aecodec.train.grid.pictures import Cache, Picture
from aecodec.train.held import held_count

MOST = 24  # pictures held back
MOST_SIDE = 512  # pixels; of a larger picture its middle is taken


def split(cache: Cache) -> tuple[Cache, list[Tensor]]:
    """Return what to train on, and the middles of the pictures that :func:`held_back` leaves out. Raises UsageError."""
    kept, held = held_back(cache)
    return kept, [middle(held.picture(number)) for number in range(len(held))]


def held_back(cache: Cache) -> tuple[Cache, Cache]:
    """Return what to train on, and pictures held back: those of the least SHA-256, whatever their names and order.

    Raises UsageError for a single picture.
    """
    count = held_count(len(cache), MOST, instead="name others with --validation")
    least = set(sorted(range(len(cache)), key=lambda n: cache.pictures[n].sha256)[:count])
    parts: tuple[list[Picture], list[Picture]] = [], []
    for number, picture in enumerate(cache.pictures):
        parts[number in least].append(picture)
    kept, held = (Cache(cache.samples, part) for part in parts)
    return kept, held


def whole(cache: Cache) -> list[Tensor]:
    """Return all pictures of a cache, but for what is beyond a multiple of 16 pixels."""
    return [middle(cache.picture(number), 1 << 30) for number in range(len(cache))]


def middle(picture: Tensor, most: int = MOST_SIDE) -> Tensor:
    """Return the middle of ``picture`` ``[H, W, 3]``, at most ``most`` pixels a side, and multiples of 16."""
    height, width = (min(n, most) // GRID_SIDE * GRID_SIDE for n in picture.shape[:2])
    top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
    return picture[top : top + height, left : left + width].clone()
