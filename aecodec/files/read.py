"""Bytes of a file or of standard input, never more than the limit."""

from __future__ import annotations

import os
import sys

from aecodec.errors import FileError, LimitError
from aecodec.limits import MAX_FILE_BYTES

STDIO = "-"


def read_bytes(path: str) -> bytes:
    """All bytes of ``path``, or of standard input for ``-``.

    Raises FileError where it cannot be read, LimitError above ``MAX_FILE_BYTES``.
    """
    try:
        if path == STDIO:
            return _bounded(sys.stdin.buffer.read(MAX_FILE_BYTES + 1), path)
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_FILE_BYTES:
                raise _too_long(path)
            return _bounded(file.read(MAX_FILE_BYTES + 1), path)  # a pipe does not know its size
    except IsADirectoryError as error:
        raise FileError(f"cannot read {path}: it is a folder, expected a file") from error
    except OSError as error:
        raise FileError(f"cannot read {shown(path)}: {error.strerror or error}") from error


def shown(path: str) -> str:
    """How messages name ``path``."""
    return "standard input" if path == STDIO else path


def _bounded(data: bytes, path: str) -> bytes:
    if len(data) > MAX_FILE_BYTES:
        raise _too_long(path)
    return data


def _too_long(path: str) -> LimitError:
    return LimitError(f"{shown(path)} is longer than {MAX_FILE_BYTES} bytes, the limit for one file")
