"""Many small files are given to a processor together: each costs more to hand over than to work on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

T = TypeVar("T")
_MOST_FILES: Final = 64
_MOST_BYTES: Final = 1 << 18  # of files, the last one included only in part


def in_chunks(items: Iterable[T], path_of: Callable[[T], str], most: int | None = None) -> Iterator[list[T]]:
    """Yield consecutive ``items``, many with small files together, at most ``most``."""
    chunk: list[T] = []
    room = _MOST_BYTES
    for item in items:
        chunk.append(item)
        room -= _size(path_of(item))
        if room <= 0 or len(chunk) == (_MOST_FILES if most is None else most):
            yield chunk
            chunk, room = [], _MOST_BYTES
    if chunk:
        yield chunk


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 0
