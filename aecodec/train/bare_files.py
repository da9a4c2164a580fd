"""Files of a run on a machine that may have no Pillow, which :mod:`aecodec.files` needs."""

from __future__ import annotations

import os
from pathlib import Path

from aecodec.errors import FileError


def write_whole(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all, and make its folder. Raises FileError."""
    new_folder(path.parent)
    temporary = path.with_name(f"{path.name}.new")
    try:
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise _failed(path, error) from error


def append(path: Path, content: bytes) -> None:
    """Add to the end of a file that need not exist. Raises FileError."""
    try:
        with path.open("ab") as file:
            file.write(content)
    except OSError as error:
        raise _failed(path, error) from error


def new_folder(path: Path) -> None:
    """Make a folder and those it is in; one that exists stays. Raises FileError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _failed(path, error) from error


def read(path: Path) -> bytes | None:
    """Read all bytes, or None if there is no such file. Raises FileError."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror or error}") from error


def _failed(path: Path, error: OSError) -> FileError:
    return FileError(f"cannot write {path}: {error.strerror or error}")
