"""Writing a folder of files so that it appears whole or not at all.

Everything is written to a temporary folder first. Where the target does not exist yet, that
folder takes its name. Where it exists, the temporary folder lies inside it, and the files move to
their places after the last has been written: other files there stay, and a failure before
leaves all as it was. No file is ever written outside the target, links included.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from aecodec.errors import FileError, UsageError
from aecodec.files.atomic import exists, failed, publish, sync_folder, temporary_name


def check_folder(target: str, *, force: bool) -> None:
    """Refuse what :func:`write_folder` would refuse, before any work is done."""
    try:
        if os.path.isdir(target):
            if os.listdir(target) and not force:
                raise UsageError(f"{target} exists and is not empty; choose another, or add to it with -f")
        elif os.path.lexists(target):
            raise FileError(f"cannot write {target}: it is a file, expected a folder for many pictures")
        elif not os.path.isdir(os.path.dirname(os.path.realpath(target))):
            raise FileError(f"cannot write {target}: the folder it would be in does not exist")
    except OSError as error:
        raise failed(target, error) from error


def write_folder(target: str, files: Iterable[tuple[str, bytes]], *, force: bool) -> int:
    """Write ``files``, each a relative path and its bytes, below ``target``; returns the bytes written.

    ``files`` is consumed one at a time, so what it raises leaves nothing behind. Raises
    UsageError where the target holds files and ``force`` is not given, FileError where
    writing fails.
    """
    check_folder(target, force=force)
    root = os.path.realpath(target)
    is_new = not os.path.isdir(root)
    stage = os.path.join(os.path.dirname(root) if is_new else root, temporary_name())
    try:
        os.mkdir(stage)
        try:
            names, total = _fill(stage, files)
            if is_new:
                os.rename(stage, root)
            else:
                _move(stage, root, names, force)
        finally:
            _remove(stage)
        sync_folder(os.path.dirname(root) if is_new else root)
        return total
    except OSError as error:
        raise failed(target, error) from error


def _fill(stage: str, files: Iterable[tuple[str, bytes]]) -> tuple[list[str], int]:
    names, total = [], 0
    for name, data in files:
        path = _below(stage, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        try:
            with open(path, "xb") as file:
                file.write(data)
        except FileExistsError as error:  # names that differ by case, say
            raise FileError(f"cannot write {name}: this file system holds it for another picture's") from error
        names.append(name)
        total += len(data)
    for name in names:  # at the end, when most is on the disk already
        with open(_below(stage, name), "rb+") as file:
            os.fsync(file.fileno())
    return names, total


def _move(stage: str, root: str, names: Sequence[str], force: bool) -> None:
    for name in names:
        path = _below(root, name)
        if os.path.isdir(path):
            raise FileError(f"cannot write {path}: it is a folder, expected a file")
        os.makedirs(os.path.dirname(path), exist_ok=True)
    for name in names:
        path = _below(root, name)
        try:
            publish(_below(stage, name), path, force=force)
        except FileExistsError as error:
            raise exists(path) from error


def _below(root: str, name: str) -> str:
    """``name`` under ``root``; raises FileError where a link or ``..`` leads outside."""
    parts = name.split("/")
    path = os.path.join(root, *parts)
    parent = os.path.realpath(os.path.dirname(path))
    if {"", ".", ".."} & set(parts) or os.path.commonpath([root, parent]) != root:
        raise FileError(f"cannot write {name!r}: it would lie outside {root}")
    return path


def _remove(stage: str) -> None:
    import shutil  # slow to import

    shutil.rmtree(stage, ignore_errors=True)
