"""Files wherever they are: paths of this machine (``disks``) and URLs (``stores``) behind the same functions.

What is written appears whole or not at all. All raise FileError if a file cannot be read, listed or written, and
UsageError where a URL needs a package that is not installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import groupby, islice
from types import ModuleType
from typing import BinaryIO, Final

from aecodec.errors import AecError
from aecodec.shards import disks, stores
from aecodec.shards.place import Stat, below, is_url, last_part, settled

_AT_ONCE: Final = 64  # objects that are asked for together: a store answers late, and many at a time
_BYTES_AT_ONCE: Final = 1 << 28  # and of no more bytes


def stat(place: str) -> Stat | None:
    """Return what is known of a file, or None if there is none."""
    found: Stat | None = _of(place).stat(place)
    return found


def stats(places: Sequence[str]) -> list[Stat | None]:
    """Return :func:`stat` of each; of several in one folder of a store by one listing."""
    result: list[Stat | None] = []
    for folder, group in groupby(places, key=lambda place: place.rpartition("/")[0]):
        some = list(group)
        if len(some) == 1 or not is_url(folder):
            result += map(stat, some)
            continue
        listed = {found.place: found for _, found in files_in(folder, deep=False)}
        result += [listed.get(place) for place in some]
    return result


def is_folder(place: str) -> bool:
    """Return whether there is such a folder; in an object store, whether names begin so."""
    return bool(_of(place).is_folder(place))


def first_name(folder: str) -> str | None:
    """Return the first name in ``folder``, but for what a killed process left, or None if it is empty or not there."""
    found: str | None = _of(folder).first_name(folder)
    return found


def files_in(folder: str, *, deep: bool) -> list[tuple[str, Stat]]:
    """Return the files in ``folder``, each with its path below it, sorted; with ``deep`` those of its folders, too.

    Links to folders are not followed, and what a killed process left is no file. There are none in a folder that is
    not there.
    """
    found: Iterable[tuple[str, Stat]] = _of(folder).files_in(folder, deep)
    return sorted(found, key=lambda each: each[0])


def matching(pattern: str) -> list[Stat]:
    """Return the files that match ``pattern``, with ``*``, ``?``, ``[...]`` and ``**``, sorted by their places."""
    found: list[Stat] = _of(pattern).matching(pattern)
    return found


def read(place: str) -> bytes:
    """Return all bytes of a file. Raises LimitError for one too long."""
    data: bytes = _of(place).read(place)
    return data


def read_all(files: Iterable[tuple[str, int]]) -> Iterator[bytes | AecError]:
    """Give the bytes of each file in turn, or its error; a store is asked for several at once.

    With each place comes the size that it had when it was listed, 0 where it was not: of an object that has grown since
    no more is read.
    """
    for store, group in groupby(files, key=lambda file: _store(file[0])):
        if store is None:
            yield from (_outcome(place) for place, _ in group)
        else:
            for batch in _batches(group):
                yield from stores.read_together(batch)


def opened(place: str) -> BinaryIO:
    """Return a file to seek and read in; a store is read some way ahead."""
    file: BinaryIO = _of(place).opened(place)
    return file


def write(place: str, data: bytes, *, force: bool) -> None:
    """Write a file. Raises UsageError if one is there and ``force`` is not given."""
    _of(place).write(place, data, force=force)


def write_all(files: Iterable[tuple[str, bytes]]) -> int:
    """Write objects of one store, several at once, in the place of what was there; return their bytes."""
    total, waiting = 0, iter(files)
    while some := list(islice(waiting, _AT_ONCE)):
        stores.write_together(some)
        total += sum(len(data) for _, data in some)
    return total


def written(place: str) -> AbstractContextManager[BinaryIO]:
    """Give a file to write to, which takes the place of what was there when all is written."""
    found: AbstractContextManager[BinaryIO] = _of(place).written(place)
    return found


def make_folder(place: str) -> None:
    """Make a folder and those above it; object stores need none."""
    _of(place).make_folder(place)


def remove(place: str) -> None:
    """Remove a file, if it is there."""
    _of(place).remove(place)


def _of(place: str) -> ModuleType:
    return stores if is_url(place) else disks


def _store(place: str) -> str | None:
    return place.partition("://")[0] if is_url(place) else None


def _batches(files: Iterable[tuple[str, int]]) -> Iterator[list[tuple[str, int]]]:
    batch: list[tuple[str, int]] = []
    room = _BYTES_AT_ONCE
    for file in files:
        if batch and (len(batch) == _AT_ONCE or file[1] > room):
            yield batch
            batch, room = [], _BYTES_AT_ONCE
        batch.append(file)
        room -= file[1]
    yield batch


def _outcome(place: str) -> bytes | AecError:
    try:
        return read(place)
    except AecError as error:
        return error


__all__ = [
    "Stat",
    "below",
    "files_in",
    "first_name",
    "is_folder",
    "is_url",
    "last_part",
    "make_folder",
    "matching",
    "opened",
    "read",
    "read_all",
    "remove",
    "settled",
    "stat",
    "stats",
    "write",
    "write_all",
    "written",
]
