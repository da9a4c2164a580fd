"""The bytes of a file or of standard input, never more than the limit, and the picture in them."""

from __future__ import annotations

import os
import stat
import sys
from typing import BinaryIO

from aecodec.arrays import Picture, Shallow
from aecodec.container.file_bytes import FRONT_BYTES, Bytes, PathBytes
from aecodec.errors import FileError, LimitError
from aecodec.limits import MAX_FILE_BYTES

STDIO = "-"
_PIECE = 1 << 20


def read_bytes(path: str) -> bytes:
    """Return all bytes of ``path``, or of standard input for ``-``.

    Raises FileError if it cannot be read, LimitError above ``MAX_FILE_BYTES``.
    """
    try:
        if path == STDIO:
            return _read_all(sys.stdin.buffer, path, 0)
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_FILE_BYTES:
                raise _too_long(path)
            return _read_all(file, path, size)
    except IsADirectoryError as error:
        raise FileError(f"cannot read {path}: it is a folder, expected a file") from error
    except OSError as error:
        raise FileError(f"cannot read {shown(path)}: {error.strerror or error}") from error


def lazy_bytes(path: str) -> Bytes:
    """Return the bytes of ``path``, of which a large file is read only where they are asked for; see ``FileBytes``.

    What cannot be read from any place, as a pipe and standard input, is read now. Raises as :func:`read_bytes`.
    """
    if path != STDIO and os.path.isfile(path) and os.path.getsize(path) > FRONT_BYTES:
        return PathBytes(path)
    return read_bytes(path)


def read_picture(path: str) -> Picture:
    """Return the picture in ``path``, or on standard input for ``-``: uint8 or uint16, ``[H, W]`` or
    ``[H, W, C]``, C 2 to 4.

    Raises FileError if it cannot be read, and what :func:`aecodec.pictures.images.decode_picture` raises.
    """
    from aecodec.pictures.images import decode_picture  # which readers of bytes need not wait for

    return decode_picture(read_bytes(path), shown(path))


def read_shallow(path: str) -> Shallow:
    """Return the same of samples of 8 bits; raises UnsupportedError also for those of 16."""
    from aecodec.pictures.images import decode_shallow

    return decode_shallow(read_bytes(path), shown(path))


def modified(path: str) -> int | None:
    """When the file ``path`` was changed last, in nanoseconds since 1970; None for what is no ordinary file."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns if stat.S_ISREG(found.st_mode) and path != STDIO else None


def shown(path: str) -> str:
    """Return how messages name ``path``."""
    return "standard input" if path == STDIO else path


def _read_all(file: BinaryIO, path: str, size: int) -> bytes:
    """Return what there is, by pieces, for ``read`` takes as much memory as it is asked for; a pipe has a ``size``
    of 0.
    """
    pieces, total = [], 0
    while piece := file.read(max(size + 1 - total, _PIECE)):
        pieces.append(piece)
        total += len(piece)
        if total > MAX_FILE_BYTES:
            raise _too_long(path)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _too_long(path: str) -> LimitError:
    return LimitError(f"{shown(path)} is longer than {MAX_FILE_BYTES} bytes, the limit for one file")
