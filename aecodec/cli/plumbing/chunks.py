"""Files that several processors share: how many go together, and which are not shared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from aecodec.cli.plumbing.asked import is_verbose
from aecodec.container import states_many
from aecodec.files import STDIO
from aecodec.files.chunks import in_chunks as all_in_chunks

T = TypeVar("T")


def in_chunks(items: Iterable[T], path_of: Callable[[T], str]) -> Iterator[list[T]]:
    """Yield consecutive ``items``, many with small files together; one by one where ``-v`` says what each took."""
    return all_in_chunks(items, path_of, 1 if is_verbose() else None)


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
