"""Objects of stores by their URLs, through fsspec (``aecodec[remote]``), which is imported for the first of them.

:mod:`aecodec.shards.disks` has the same functions for paths. Whatever a store raises becomes a FileError, and a package
that is missing a UsageError. An object appears when the store has all of it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, Final

from aecodec.errors import AecError, FileError, LimitError, UsageError
from aecodec.limits import MAX_FILE_BYTES
from aecodec.shards.place import Stat, below, last_part, reason, unread

_BUFFER: Final = 1 << 23  # bytes that are read ahead of a large object


def stat(url: str) -> Stat | None:
    """Return what is known of an object, or None if there is none."""
    with _reading(url):
        files, path = _system(url)
        try:
            info = files.info(path)
        except FileNotFoundError:
            return None
        return _stat(url, info) if info["type"] == "file" else None


def is_folder(url: str) -> bool:
    """Return whether names of objects begin so."""
    with _reading(url):
        files, path = _system(url)
        return bool(files.isdir(path))


def first_name(url: str) -> str | None:
    """Return the first name below a URL."""
    with _reading(url):
        files, path = _system(url)
        try:
            names = (each for each in files.ls(path, detail=False) if each.strip("/") != path.strip("/"))
            return min(map(last_part, names), default=None)
        except FileNotFoundError:
            return None


def files_in(url: str, deep: bool) -> list[tuple[str, Stat]]:
    """Return the objects below a URL, each with the rest of its name."""
    with _reading(url):
        files, path = _system(url)
        try:
            infos = files.find(path, maxdepth=None if deep else 1, detail=True)
        except FileNotFoundError:
            return []
        names = {each: each.removeprefix(path.rstrip("/")).lstrip("/") for each in infos}
        return [(name, _stat(below(url, name), infos[each])) for each, name in names.items() if name]


def matching(pattern: str) -> list[Stat]:
    """Return the objects that match a pattern."""
    with _reading(pattern):
        files, path = _system(pattern)
        infos = files.glob(path, detail=True)
        return [_stat(_url(pattern, path), infos[path]) for path in sorted(infos) if infos[path]["type"] == "file"]


def read(url: str) -> bytes:
    """Return all bytes of an object. Raises LimitError for one too long."""
    with _reading(url):
        files, path = _system(url)
        data: bytes = files.cat_file(path)
    if len(data) > MAX_FILE_BYTES:
        raise _too_long(url)
    return data


def read_together(batch: Sequence[tuple[str, int]]) -> Iterator[bytes | AecError]:
    """Give the bytes of each object of one store, or its error, asking for all at once.

    With each URL comes a size, 0 where it is not known: with it no question for the size comes before.
    """
    try:
        with _reading(batch[0][0]):
            files, _ = _system(batch[0][0])
            paths = [_system(url)[1] for url, _ in batch]
            starts = [0 if size else None for _, size in batch]
            found = files.cat_ranges(paths, starts, [size or None for _, size in batch], on_error="return")
    except AecError as error:
        yield from [error] * len(batch)
        return
    for (url, _), data in zip(batch, found, strict=True):
        if isinstance(data, Exception):
            yield unread(url, data)
        else:
            yield data if len(data) <= MAX_FILE_BYTES else _too_long(url)


def opened(url: str) -> BinaryIO:
    """Return a file to seek and read in; it is read some way ahead."""
    with _reading(url):
        files, path = _system(url)
        found: BinaryIO = files.open(path, "rb", block_size=_BUFFER, cache_type="readahead")
        return found


def write(url: str, data: bytes, *, force: bool) -> None:
    """Write an object. Raises UsageError if one is there and ``force`` is not given."""
    if not force and stat(url) is not None:
        raise UsageError(f"{url} exists; choose another output, or replace it with -f")
    with _writing(url):
        files, path = _system(url)
        files.pipe_file(path, data)


def write_together(batch: Sequence[tuple[str, bytes]]) -> None:
    """Write objects of one store at once, in the place of what was there."""
    with _writing(batch[0][0]):
        files, _ = _system(batch[0][0])
        files.pipe({_system(url)[1]: data for url, data in batch})


@contextmanager
def written(url: str) -> Iterator[BinaryIO]:
    """Give a file to write to, which the store gets as a whole: not all of them can take back what was begun."""
    with tempfile.TemporaryDirectory(prefix="aecodec-") as folder:
        copy = os.path.join(folder, last_part(url))
        with open(copy, "wb") as file:
            yield file
        with _writing(url):
            files, path = _system(url)
            files.put_file(copy, path)


def make_folder(url: str) -> None:
    """Do nothing: stores need no folders."""


def remove(url: str) -> None:
    """Remove an object, if it is there."""
    if stat(url) is not None:
        with _writing(url):
            files, path = _system(url)
            files.rm_file(path)


def _system(url: str) -> tuple[Any, str]:
    """Return fsspec's file system of a URL, and its path there."""
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise UsageError(f"{url} is a URL, which needs fsspec: pip install 'aecodec[remote]'") from error
    try:
        files, path = url_to_fs(url, use_listings_cache=False)
    except ImportError as error:
        raise UsageError(f"{url} needs another package: {error}") from error
    except ValueError as error:
        raise UsageError(f"{url}: {error}") from error
    return files, path


def _url(like: str, path: str) -> str:
    """Return the URL of a path in the store of the URL ``like``; web servers have whole URLs for paths."""
    return path if "://" in path else f"{like.partition('://')[0]}://{path.lstrip('/')}"


def _stat(url: str, info: dict[str, Any]) -> Stat:
    etag = info.get("ETag") or info.get("etag")
    return Stat(url, int(info.get("size") or 0), str(etag).strip('"') if etag else None)


def _too_long(url: str) -> LimitError:
    return LimitError(f"{url} is longer than {MAX_FILE_BYTES} bytes, the limit for one file")


@contextmanager
def _reading(url: str) -> Iterator[None]:
    try:
        yield
    except (AecError, MemoryError):
        raise
    except Exception as error:  # each store has its own
        raise unread(url, error) from error


@contextmanager
def _writing(url: str) -> Iterator[None]:
    try:
        yield
    except (AecError, MemoryError):
        raise
    except Exception as error:
        raise FileError(f"cannot write {url}: {reason(error)}") from error
