"""Many small files are given to a processor together: each costs more to hand over than to work on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from aecodec.cli.plumbing.asked import is_verbose
from aecodec.container import states_many
from aecodec.files import STDIO

T = TypeVar("T")
_MOST_FILES: Final = 64
_MOST_BYTES: Final = 1 << 18  # of files, the last one included only in part


def in_chunks(items: Iterable[T], path_of: Callable[[T], str]) -> Iterator[list[T]]:
    """Yield consecutive ``items``, many with small files together; one by one where ``-v`` says what each took."""
    chunk: list[T] = []
    room = _MOST_BYTES
    for item in items:
        chunk.append(item)
        room -= _size(path_of(item))
        if room <= 0 or len(chunk) == (1 if is_verbose() else _MOST_FILES):
            yield chunk
            chunk, room = [], _MOST_BYTES
    if chunk:
        yield chunk


def holds_many(path: str) -> bool:
    """Return whether the file says that it holds many pictures, or is standard input and has not been read yet.

    A file that cannot be read says nothing.
    """
    if path == STDIO:
        return True
    try:
        with open(path, "rb") as opened:
            return states_many(opened.read(3))
    except OSError:
        return False


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 0
