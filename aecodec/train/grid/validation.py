"""Pictures that are held back to measure with."""

from __future__ import annotations

from torch import Tensor

from aecodec.errors import UsageError
from aecodec.limits import GRID_SIDE
from aecodec.train.grid.pictures import Cache, Picture

MOST, SHARE = 24, 12  # pictures held back at most, and one of so many
MOST_SIDE = 512  # pixels; of a larger picture its middle is taken


def split(cache: Cache) -> tuple[Cache, list[Tensor]]:
    """What to train on, and the middles of the pictures that :func:`held_back` leaves out. Raises UsageError."""
    kept, held = held_back(cache)
    return kept, [middle(held.picture(number)) for number in range(len(held))]


def held_back(cache: Cache) -> tuple[Cache, Cache]:
    """What to train on, and pictures held back: those of the least SHA-256, whatever their names and order.

    Raises UsageError for a single picture.
    """
    if len(cache) < 2:
        raise UsageError("a single picture is too few to train on: one is held back; name others with --validation")
    count = min(MOST, max(1, len(cache) // SHARE))
    least = set(sorted(range(len(cache)), key=lambda n: cache.pictures[n].sha256)[:count])
    parts: tuple[list[Picture], list[Picture]] = [], []
    for number, picture in enumerate(cache.pictures):
        parts[number in least].append(picture)
    kept, held = (Cache(cache.samples, part) for part in parts)
    return kept, held


def whole(cache: Cache) -> list[Tensor]:
    """All pictures of a cache, but for what is beyond a multiple of 16 pixels."""
    return [middle(cache.picture(number), 1 << 30) for number in range(len(cache))]


def middle(picture: Tensor, most: int = MOST_SIDE) -> Tensor:
    """The middle of ``picture`` ``[H, W, 3]``, at most ``most`` pixels a side, and multiples of 16."""
    height, width = (min(n, most) // GRID_SIDE * GRID_SIDE for n in picture.shape[:2])
    top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
    return picture[top : top + height, left : left + width].clone()
