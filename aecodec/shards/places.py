"""Files that are paths of this machine or URLs: read, listed, and written so that they appear whole or not at all.

A *place* is the text of either. Paths, and URLs that begin with ``file://``, need nothing but the system. All other
URLs are fsspec's (``s3://`` by s3fs, ``memory://``, and so on): the extra ``aecodec[remote]``, imported for the first
of them. What an object store is given appears when it has all of it; on a disk a temporary file gets the name.
"""

from __future__ import annotations

import glob
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import groupby, islice
from stat import S_ISDIR
from typing import Any, BinaryIO, Final
from urllib.parse import unquote

from aecodec.errors import AecError, FileError, LimitError, UsageError
from aecodec.files import read_bytes, write_file
from aecodec.files.atomic import failed, is_temporary, publish, sync_folder, temporary_name
from aecodec.limits import MAX_FILE_BYTES

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(::|://)")
_LOCAL: Final = "file://"
_AT_ONCE: Final = 64  # objects that are asked for together: a store answers late, and many at a time
_BYTES_AT_ONCE: Final = 1 << 28  # and of no more bytes
_BUFFER: Final = 1 << 23  # bytes that are read ahead of a large object


@dataclass(frozen=True)
class Stat:
    """What a listing says of a file: its place, its size in bytes, and a store's tag of its content."""

    place: str
    size: int
    etag: str | None = None


def settled(text: str) -> str:
    """Return ``text`` as a place: of a ``file://`` URL its path."""
    return unquote(text[len(_LOCAL) :]) if text.startswith(_LOCAL) else text


def is_url(text: str) -> bool:
    """Return whether ``text`` is a URL, ``file://`` among them, and no path."""
    return _URL.match(text) is not None


def below(folder: str, name: str) -> str:
    """Return the place of ``name``, a relative path with ``/``, in ``folder``."""
    if is_url(folder):
        return f"{folder.rstrip('/')}/{name}"
    return os.path.join(folder, *name.split("/"))


def last_part(place: str) -> str:
    """Return a place's own name."""
    return place.rstrip("/").rpartition("/")[2] if is_url(place) else os.path.basename(os.path.normpath(place))


def stat(place: str) -> Stat | None:
    """Return what is known of a file; None where there is none. Raises FileError where nobody can tell."""
    if not is_url(place):
        try:
            found = os.stat(place)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _unread(place, error) from error
        return None if S_ISDIR(found.st_mode) else Stat(place, found.st_size)
    with _reading(place):
        files, path = _system(place)
        try:
            info = files.info(path)
        except FileNotFoundError:
            return None
        return _stat(place, info) if info["type"] == "file" else None


def is_folder(place: str) -> bool:
    """Return whether there is such a folder; in an object store, whether names begin so."""
    if not is_url(place):
        return os.path.isdir(place)
    with _reading(place):
        files, path = _system(place)
        return bool(files.isdir(path))


def holds_anything(folder: str) -> str | None:
    """Return the name of something in ``folder``, but for what a killed process left; None where it is empty or not
    there. Raises FileError where it cannot be listed.
    """
    if not is_url(folder):
        try:
            return next((name for name in sorted(os.listdir(folder)) if not is_temporary(name)), None)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unread(folder, error) from error
    with _reading(folder):
        files, path = _system(folder)
        try:
            found = sorted(each for each in files.ls(path, detail=False) if each.strip("/") != path.strip("/"))
        except FileNotFoundError:
            return None
        return last_part(found[0]) if found else None


def files_in(folder: str, *, deep: bool) -> list[tuple[str, Stat]]:
    """Return the files in ``folder``, each with its path below it, sorted; with ``deep`` those of its folders, too.

    Links to folders are not followed, and what a killed process left is no file. There are none in a folder that is
    not there. Raises FileError where it cannot be listed.
    """
    found = _remote_files(folder, deep) if is_url(folder) else _local_files(folder, deep)
    return sorted(found, key=lambda each: each[0])


def matching(pattern: str) -> list[Stat]:
    """Return the files that match ``pattern``, with ``*``, ``?``, ``[...]`` and ``**``, sorted by their places."""
    if is_url(pattern):
        with _reading(pattern):
            files, path = _system(pattern)
            infos = files.glob(path, detail=True)
            return [_stat(_url(pattern, path), infos[path]) for path in sorted(infos) if infos[path]["type"] == "file"]
    paths = (path for path in sorted(glob.glob(pattern, recursive=True)) if os.path.isfile(path))
    return [found for path in paths if (found := stat(path)) is not None]


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


def read(place: str) -> bytes:
    """Return all bytes of a file. Raises FileError where it cannot be read, LimitError for one too long."""
    if not is_url(place):
        return read_bytes(place)
    with _reading(place):
        files, path = _system(place)
        data: bytes = files.cat_file(path)
    return _short_enough(place, data)


def read_all(files: Iterable[tuple[str, int]]) -> Iterator[bytes | AecError]:
    """Give the bytes of each file in turn, or its error; a store is asked for several at once.

    With each place comes the size that it had when it was listed, 0 where it was not: of an object that has grown since
    no more is read.
    """
    for together, batch in _batched(files):
        yield from _read_together(batch) if together else (_outcome(place) for place, _ in batch)


def opened(place: str) -> BinaryIO:
    """Return a file to seek and read in; a store is read some way ahead. Raises FileError."""
    with _reading(place):
        if not is_url(place):
            return open(place, "rb")
        files, path = _system(place)
        remote: BinaryIO = files.open(path, "rb", block_size=_BUFFER, cache_type="readahead")
        return remote


def write(place: str, data: bytes, *, force: bool) -> None:
    """Write a file, whole or not at all. Raises UsageError where one is there and ``force`` is not given; FileError."""
    if not is_url(place):
        write_file(place, data, force=force)
        return
    if not force and stat(place) is not None:
        raise UsageError(f"{place} exists; choose another output, or replace it with -f")
    with _writing(place):
        files, path = _system(place)
        files.pipe_file(path, data)


def write_all(files: Iterable[tuple[str, bytes]]) -> int:
    """Write objects of a store, several at once, in the place of what was there; return their bytes."""
    total, waiting = 0, iter(files)
    while some := list(islice(waiting, _AT_ONCE)):
        with _writing(some[0][0]):
            system, _ = _system(some[0][0])
            system.pipe({_system(place)[1]: data for place, data in some})
        total += sum(len(data) for _, data in some)
    return total


@contextmanager
def written(place: str) -> Iterator[BinaryIO]:
    """Give a file to write to, which takes the place of what was there when all is written. Raises FileError.

    A store gets it as a whole: not all of them can take back what was begun.
    """
    if is_url(place):
        with tempfile.TemporaryDirectory(prefix="aecodec-") as folder:
            copy = os.path.join(folder, last_part(place))
            with open(copy, "wb") as file:
                yield file
            with _writing(place):
                files, path = _system(place)
                files.put_file(copy, path)
        return
    folder = os.path.dirname(os.path.realpath(place))
    temporary = os.path.join(folder, temporary_name())
    try:
        try:
            with open(temporary, "xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            publish(temporary, os.path.realpath(place), force=True)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
        sync_folder(folder)
    except OSError as error:
        raise failed(place, error) from error


def make_folder(place: str) -> None:
    """Make a folder and those above it; object stores need none. Raises FileError."""
    if is_url(place):
        return
    try:
        os.makedirs(place, exist_ok=True)
    except OSError as error:
        raise failed(place, error) from error


def remove(place: str) -> None:
    """Remove a file, if it is there. Raises FileError."""
    if not is_url(place):
        try:
            with suppress(FileNotFoundError):
                os.unlink(place)
        except OSError as error:
            raise failed(place, error) from error
        return
    if stat(place) is not None:
        with _writing(place):
            files, path = _system(place)
            files.rm_file(path)


def _local_files(folder: str, deep: bool) -> Iterator[tuple[str, Stat]]:
    def refuse(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise _unread(error.filename or folder, error) from error

    for where, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [each for each in folders if deep and not is_temporary(each)]
        for name in names:
            path = os.path.join(where, name)
            found = None if is_temporary(name) or not os.path.isfile(path) else stat(path)
            if found is not None:
                yield os.path.relpath(path, folder).replace(os.sep, "/"), found


def _remote_files(folder: str, deep: bool) -> list[tuple[str, Stat]]:
    with _reading(folder):
        files, path = _system(folder)
        try:
            infos = files.find(path, maxdepth=None if deep else 1, detail=True)
        except FileNotFoundError:
            return []
        names = {each: each.removeprefix(path.rstrip("/")).lstrip("/") for each in infos}
        return [(name, _stat(below(folder, name), infos[each])) for each, name in names.items() if name]


def _batched(files: Iterable[tuple[str, int]]) -> Iterator[tuple[bool, list[tuple[str, int]]]]:
    """Give files that follow one another and can be asked for together, and whether they are a store's."""
    for store, group in groupby(files, key=lambda file: _store(file[0])):
        batch: list[tuple[str, int]] = []
        room = _BYTES_AT_ONCE
        for file in group:
            if batch and (len(batch) == _AT_ONCE or file[1] > room):
                yield store is not None, batch
                batch, room = [], _BYTES_AT_ONCE
            batch.append(file)
            room -= file[1]
        yield store is not None, batch


def _store(place: str) -> str | None:
    return place.partition("://")[0] if is_url(place) else None


def _read_together(batch: Sequence[tuple[str, int]]) -> Iterator[bytes | AecError]:
    try:
        with _reading(batch[0][0]):
            files, _ = _system(batch[0][0])
            paths = [_system(place)[1] for place, _ in batch]
            # A range needs no question for the size before it.
            starts = [0 if size else None for _, size in batch]
            found = files.cat_ranges(paths, starts, [size or None for _, size in batch], on_error="return")
    except AecError as error:
        yield from [error] * len(batch)
        return
    for (place, _), data in zip(batch, found, strict=True):
        if isinstance(data, Exception):
            yield _unread(place, data)
        else:
            yield data if len(data) <= MAX_FILE_BYTES else _too_long(place)


def _outcome(place: str) -> bytes | AecError:
    try:
        return read(place)
    except AecError as error:
        return error


def _system(place: str) -> tuple[Any, str]:
    """Return fsspec's file system of a URL, and its path there. Raises UsageError where one is not installed."""
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise UsageError(f"{place} is a URL, which needs fsspec: pip install 'aecodec[remote]'") from error
    try:
        files, path = url_to_fs(place, use_listings_cache=False)
    except ImportError as error:
        raise UsageError(f"{place} needs another package: {error}") from error
    except ValueError as error:
        raise UsageError(f"{place}: {error}") from error
    return files, path


def _url(like: str, path: str) -> str:
    """Return the URL of a path in the store of the URL ``like``; web servers have whole URLs for paths."""
    if "://" in path:
        return path
    return f"{like.partition('://')[0]}://{path.lstrip('/')}"


def _stat(place: str, info: dict[str, Any]) -> Stat:
    etag = info.get("ETag") or info.get("etag")
    return Stat(place, int(info.get("size") or 0), str(etag).strip('"') if etag else None)


def _short_enough(place: str, data: bytes) -> bytes:
    if len(data) > MAX_FILE_BYTES:
        raise _too_long(place)
    return data


def _too_long(place: str) -> LimitError:
    return LimitError(f"{place} is longer than {MAX_FILE_BYTES} bytes, the limit for one file")


@contextmanager
def _reading(place: str) -> Iterator[None]:
    """Make of whatever a store raises a FileError: each has exceptions of its own."""
    try:
        yield
    except (AecError, MemoryError):
        raise
    except Exception as error:
        raise _unread(place, error) from error


@contextmanager
def _writing(place: str) -> Iterator[None]:
    try:
        yield
    except (AecError, MemoryError):
        raise
    except Exception as error:
        raise FileError(f"cannot write {place}: {_reason(error)}") from error


def _unread(place: str, error: Exception) -> FileError:
    return FileError(f"cannot read {place}: {_reason(error)}")


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return os.strerror(2)
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(words).split())
