"""Files of this machine by their paths; :mod:`aecodec.shards.stores` has the same functions for URLs."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from stat import S_ISDIR
from typing import BinaryIO

from aecodec.files.atomic import failed, is_temporary, publish, sync_folder, temporary_name
from aecodec.files.atomic import write_file as write
from aecodec.files.read import read_bytes as read
from aecodec.shards.place import Stat, unread


def stat(path: str) -> Stat | None:
    """Return what is known of a file, or None if there is none."""
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unread(path, error) from error
    return None if S_ISDIR(found.st_mode) else Stat(path, found.st_size)


def is_folder(path: str) -> bool:
    """Return whether there is such a folder."""
    return os.path.isdir(path)


def first_name(folder: str) -> str | None:
    """Return the first name in a folder, but for what a killed process left."""
    try:
        return min((name for name in os.listdir(folder) if not is_temporary(name)), default=None)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unread(folder, error) from error


def files_in(folder: str, deep: bool) -> Iterator[tuple[str, Stat]]:
    """Give the files below a folder, which need not be there, each with its path below it."""

    def refuse(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise unread(error.filename or folder, error) from error

    for where, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [each for each in folders if deep and not is_temporary(each)]
        for name in names:
            path = os.path.join(where, name)
            found = None if is_temporary(name) or not os.path.isfile(path) else stat(path)
            if found is not None:
                yield os.path.relpath(path, folder).replace(os.sep, "/"), found


def matching(pattern: str) -> list[Stat]:
    """Return the files that match a pattern."""
    paths = (path for path in sorted(glob.glob(pattern, recursive=True)) if os.path.isfile(path))
    return [found for path in paths if (found := stat(path)) is not None]


def opened(path: str) -> BinaryIO:
    """Return a file to seek and read in."""
    try:
        return open(path, "rb")
    except OSError as error:
        raise unread(path, error) from error


@contextmanager
def written(path: str) -> Iterator[BinaryIO]:
    """Give a file to write to, which takes the place of what was there when all is written."""
    folder = os.path.dirname(os.path.realpath(path))
    temporary = os.path.join(folder, temporary_name())
    try:
        try:
            with open(temporary, "xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            publish(temporary, os.path.realpath(path), force=True)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
        sync_folder(folder)
    except OSError as error:
        raise failed(path, error) from error


def make_folder(path: str) -> None:
    """Make a folder and those above it."""
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise failed(path, error) from error


def remove(path: str) -> None:
    """Remove a file, if it is there."""
    try:
        with suppress(FileNotFoundError):
            os.unlink(path)
    except OSError as error:
        raise failed(path, error) from error


__all__ = [
    "files_in",
    "first_name",
    "is_folder",
    "make_folder",
    "matching",
    "opened",
    "read",
    "remove",
    "stat",
    "write",
    "written",
]
