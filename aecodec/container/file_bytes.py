"""The bytes of a file: all in memory, or read when they are asked for."""

from __future__ import annotations

import os
import threading
from typing import Any, Final, Protocol, overload
from weakref import finalize

from aecodec.errors import FileError, FormatError, UsageError

FRONT_BYTES: Final = 1 << 16  # read at once where fields are read, one after another
_FIELD: Final = 64  # bytes; what is longer is no field, and is read as it is


class Bytes(Protocol):
    """The bytes of a file, as :class:`bytes` themselves are or a :class:`FileBytes`."""

    def __len__(self) -> int: ...

    @overload
    def __getitem__(self, where: int, /) -> int: ...

    @overload
    def __getitem__(self, where: slice, /) -> bytes: ...


class FileBytes:
    """A binary file that can be read from any place, read when its bytes are asked for. Safe from several threads.

    Fields, which are short and lie one behind another, are read in pieces of ``FRONT_BYTES``, of which the last is
    kept; everything longer is read alone. A place outside of the file is an IndexError, as of bytes.

    Raises FileError if it cannot be read, FormatError if it has become shorter, UsageError if it is closed, or
    is no such file.
    """

    def __init__(self, file: Any, name: str | None = None) -> None:
        """``file`` has ``read`` and ``seek`` as :class:`io.BytesIO` does; ``name`` is what messages call it."""
        self._file, self._name = file, name or "the file"
        self._lock = threading.Lock()
        self._piece, self._at = b"", 0  # the last one, and where it begins
        self._is_closed = False
        self._length = self._measured()

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, where: int, /) -> int: ...

    @overload
    def __getitem__(self, where: slice, /) -> bytes: ...

    def __getitem__(self, where: int | slice, /) -> int | bytes:
        if not isinstance(where, slice):
            place = range(len(self))[where]
            return self._read(place, place + 1)[0]
        start, stop, step = where.indices(len(self))
        assert step == 1, "nobody asks for every other byte"
        return self._read(start, stop) if stop > start else b""

    def check_open(self) -> None:
        """Raise UsageError if it is closed."""
        if self._is_closed:
            raise UsageError(f"{self._name} is closed")

    def close(self) -> None:
        """Have nothing more be read; the file itself belongs to whoever opened it."""
        with self._lock:
            self._is_closed, self._piece = True, b""

    def _read(self, start: int, stop: int) -> bytes:
        with self._lock:
            self.check_open()
            end = self._at + len(self._piece)
            known = self._piece[start - self._at : stop - self._at] if self._at <= start < end else b""
            start += len(known)
            if start == stop:
                return known
            if stop - start > _FIELD:
                return known + self._exactly(start, stop)
            self._piece, self._at = self._exactly(start, min(start + FRONT_BYTES, self._length)), start
            return known + self._piece[: stop - start]

    def _exactly(self, start: int, stop: int) -> bytes:
        pieces, left = [], stop - start
        while left:
            try:
                piece = self._read_at(stop - left, left)
            except (OSError, ValueError) as error:  # ValueError is what closed files raise
                raise self._unreadable(error) from error
            if not isinstance(piece, bytes):
                raise UsageError(f"{self._name} does not give bytes when it is read; expected a binary file")
            if not piece:
                raise FormatError(f"the file is cut short: it had {self._length} bytes when it was opened")
            pieces.append(piece[:left])
            left -= len(pieces[-1])
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _read_at(self, start: int, count: int) -> Any:
        self._file.seek(start)
        return self._file.read(count)

    def _measured(self) -> int:
        try:
            self._file.seek(0, os.SEEK_END)
            return int(self._file.tell())
        except (OSError, ValueError) as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> FileError:
        return FileError(f"cannot read {self._name}: {getattr(error, 'strerror', None) or error}")


class PathBytes(FileBytes):
    """The file at a path, which is opened here, and closed at the latest with this object.

    A process that is forked from this one may go on reading, where the system reads at a place (``os.pread``): the
    place that a file is at is shared between such processes.
    """

    def __init__(self, path: str) -> None:
        try:
            file = open(path, "rb", buffering=0)  # noqa: SIM115 - it is closed with this object
        except IsADirectoryError as error:
            raise FileError(f"cannot read {path}: it is a folder, expected a file") from error
        except (OSError, ValueError) as error:  # ValueError is what NUL in a path raises
            raise FileError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
        self._end = finalize(self, file.close)
        super().__init__(file, path)

    def close(self) -> None:
        """Close the file."""
        super().close()
        self._end()

    def _read_at(self, start: int, count: int) -> Any:
        if hasattr(os, "pread"):
            return os.pread(self._file.fileno(), count, start)
        return super()._read_at(start, count)
