"""The pictures of one shard, each read once, in bounded memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby
from typing import Any, BinaryIO

from aecodec.arrays import Picture
from aecodec.codec.tiles import shape_of
from aecodec.container import Shape
from aecodec.container.names import is_safe_name, why_unsafe
from aecodec.errors import AecError, FileError, FormatError, LimitError, UsageError
from aecodec.files.batch import Source, apart
from aecodec.files.gallery import KEPT_BYTES
from aecodec.limits import MAX_FILE_BYTES
from aecodec.pictures.images import decode_picture, decode_with_remarks
from aecodec.pictures.sequence import PictureSequence
from aecodec.shards.job import Item
from aecodec.shards.places import opened, read_all
from aecodec.shards.record import Failure, failure_of


class ShardPictures(PictureSequence):
    """The pictures among ``items`` that can be read, uint8 ``[H, W]`` or ``[H, W, C]``; and why others cannot.

    As many decoded pictures are kept as fit; the files of all others go to a temporary file, and are decoded when they
    are asked for. So no input is read twice, which a store would charge for, and none can change in between.
    """

    def __init__(self, items: Sequence[Item]) -> None:
        self.items: list[int] = []  # the places of those that can be read
        self.names: list[str] = []
        self.shapes: list[Shape] = []
        self.failures: list[Failure] = []
        self.remarks: list[str] = []
        self.input_bytes = 0
        self._items = items
        self._kept: dict[int, Picture] = {}
        self._spooled: dict[int, tuple[int, int]] = {}
        self._spool: BinaryIO | None = None

    def __enter__(self) -> ShardPictures:
        """Read all."""
        try:
            self._survey()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *raised: object) -> None:
        """Remove the temporary file."""
        self.close()

    def close(self) -> None:
        """Remove the temporary file."""
        if self._spool is not None:
            self._spool.close()

    def __len__(self) -> int:
        return len(self.items)

    def read(self, index: int) -> Picture:
        """See PictureSequence."""
        number = self.items[index]
        kept = self._kept.get(number)
        if kept is not None:
            return kept
        assert self._spool is not None
        start, size = self._spooled[number]
        self._spool.seek(start)
        return decode_picture(self._spool.read(size), self._items[number].shown)

    def _survey(self) -> None:
        room, items = KEPT_BYTES, _apart(self._items)
        for number, (item, found) in enumerate(zip(items, bytes_of(items), strict=True)):
            try:
                if isinstance(found, AecError):
                    raise found
                if not is_safe_name(item.name):
                    raise UsageError(f"{item.shown} cannot have its name in a container: {why_unsafe(item.name)}")
                picture, remarks = decode_with_remarks(found, item.shown)
            except AecError as error:
                self.failures.append(failure_of(number, error))
                continue
            self.items.append(number)
            self.names.append(item.name)
            self.shapes.append(shape_of(picture))
            self.remarks += remarks
            self.input_bytes += len(found)
            if picture.nbytes <= room:
                self._kept[number] = picture
                room -= picture.nbytes
            else:
                self._put(number, found)

    def _put(self, number: int, data: bytes) -> None:
        if self._spool is None:
            self._spool = tempfile.TemporaryFile(prefix="aecodec-")  # noqa: SIM115 # closed by close
        self._spooled[number] = (self._spool.tell(), len(data))
        self._spool.write(data)


def _apart(items: Sequence[Item]) -> list[Item]:
    """Return ``items``, with an error for those whose names clash: all but the first of a name."""
    named = iter(apart([Source(item.shown, item.name) for item in items if item.error is None]))
    return [item if item.error is not None else _with(item, next(named)) for item in items]


def _with(item: Item, source: Source) -> Item:
    return item if source.error is None else item._replace(error=str(source.error))


def bytes_of(items: Sequence[Item]) -> Iterator[bytes | AecError]:
    """Give the bytes of each item in turn, or its error: tar files are read through, others asked for together."""
    for key, group in groupby(items, key=_way):
        some = list(group)
        if key is None:
            yield from (_known_error(item) for item in some)
        elif key is False:
            yield from read_all((item.place, item.size) for item in some)
        else:
            yield from _members(str(key), some)


def _way(item: Item) -> Any:
    """Return how an item is read: None for not at all, False by itself, else the tar file."""
    if item.error is not None or item.size > MAX_FILE_BYTES:
        return None
    return False if item.offset is None else item.place


def _known_error(item: Item) -> AecError:
    if item.error is not None:
        return UsageError(item.error)
    return LimitError(f"{item.shown} is longer than {MAX_FILE_BYTES} bytes, the limit for one file")


def _members(place: str, items: Sequence[Item]) -> Iterator[bytes | AecError]:
    with ExitStack() as stack:
        try:
            file = stack.enter_context(opened(place))
        except (AecError, OSError) as error:
            yield from [error if isinstance(error, AecError) else _unread(place, error)] * len(items)
            return
        for item in items:
            try:
                file.seek(item.offset or 0)
                data = file.read(item.size)
            except Exception as error:  # a store's own
                yield _unread(item.shown, error)
                continue
            yield (
                data if len(data) == item.size else FormatError(f"{item.shown} is cut short: the tar file has changed")
            )


def _unread(what: str, error: Exception) -> FileError:
    return FileError(f"cannot read {what}: {getattr(error, 'strerror', None) or error or type(error).__name__}")
