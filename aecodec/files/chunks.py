"""Many small files are given to a processor together: each costs more to hand over than to work on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

T = TypeVar("T")
_MOST_FILES: Final = 64
_MOST_BYTES: Final = 1 << 18  # of files, the last one included only in part


def in_parts(items: Iterable[T], cost: Callable[[T], int], room: int, most: int = sys.maxsize) -> Iterator[list[T]]:
    """Yield consecutive ``items``: as many as cost ``room`` in all, the last one included only in part, or ``most``."""
    part: list[T] = []
    left = room
    for item in items:
        part.append(item)
        left -= cost(item)
        if left <= 0 or len(part) == most:
            yield part
            part, left = [], room
    if part:
        yield part


def in_chunks(items: Iterable[T], path_of: Callable[[T], str], most: int | None = None) -> Iterator[list[T]]:
    """Give consecutive ``items``, many with small files together, at most ``most``."""
    return in_parts(items, lambda item: _size(path_of(item)), _MOST_BYTES, _MOST_FILES if most is None else most)


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 0
