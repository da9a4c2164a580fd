"""Writing a folder of files so that it appears whole or not at all.

Everything is written to a temporary folder first. Where the target does not exist yet, that
folder takes its name. Where it exists, the temporary folder lies inside it, and the files move to
their places after the last has been written: other files there stay, and a failure before
leaves all as it was. Where moving fails, what has moved is taken back, and replaced files where the file system has
links; only a process killed in that moment leaves some files old and some new, each of them whole. No file is ever
written outside the target, links included.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

from aecodec.errors import FileError, UsageError
from aecodec.files.atomic import exists, failed, is_temporary, publish, sync_files, sync_folder, temporary_name
from aecodec.files.encoding import as_path


def is_filled(target: str) -> bool:
    """Return whether ``target`` is a folder that holds anything but what a killed process left.

    Raises FileError if it cannot be listed.
    """
    try:
        return os.path.isdir(target) and not all(map(is_temporary, os.listdir(target)))
    except OSError as error:
        raise failed(target, error) from error


def is_there(target: str, *, many: bool) -> bool:
    """Return whether the output of an earlier command is at ``target``: a file with something in it, or of ``many``
    pictures a folder, in which no process that was killed has left what it had not moved yet.
    """
    if not many:
        return os.path.isfile(target) and not is_unfinished(target)
    return is_filled(target) and not any(map(is_temporary, os.listdir(target)))


def is_unfinished(target: str) -> bool:
    """Return whether ``target`` is an empty file, which is nobody's output."""
    return os.path.isfile(target) and os.path.getsize(target) == 0


def check_folder(target: str, *, force: bool) -> None:
    """Refuse what :func:`write_folder` would refuse, before any work is done."""
    try:
        mode = _mode(target)  # asked once: another may make the folder meanwhile
        if mode is not None and stat.S_ISDIR(mode):
            if not force and is_filled(target):
                raise UsageError(f"{target} exists and is not empty; choose another, or add to it with -f")
        elif mode is not None or os.path.islink(target):
            raise FileError(f"cannot write {target}: it is a file, expected a folder for many pictures")
        elif not os.path.isdir(os.path.dirname(os.path.realpath(target))):
            raise FileError(f"cannot write {target}: the folder it would be in does not exist")
    except OSError as error:
        raise failed(target, error) from error


def _mode(path: str) -> int | None:
    """Return what is at ``path``, links followed, or None if there is nothing."""
    try:
        return os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None


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
        try:
            os.mkdir(stage)
            names, total = _fill(stage, files)
            if not (is_new and _rename(stage, root, target, force)):
                _move(stage, root, names, force)
        finally:
            _remove(stage)
        sync_folder(os.path.dirname(root) if is_new else root)
        return total
    except OSError as error:
        raise failed(target, error) from error


@contextmanager
def folders_above(path: str) -> Iterator[None]:
    """Make the folders that ``path`` is to lie in; where what follows fails, those that are still empty go again.

    Raises FileError if that is not possible.
    """
    made: list[str] = []
    try:
        try:
            _make_folder(os.path.dirname(os.path.abspath(path)), made)
        except OSError as error:
            raise failed(path, error) from error
        yield
    except BaseException:
        _take_back((), made)
        raise


def _fill(stage: str, files: Iterable[tuple[str, bytes]]) -> tuple[list[str], int]:
    names, paths, folders, total = [], list[str](), set[str](), 0
    for name, data in files:
        path = _below(stage, name)
        if os.path.dirname(path) not in folders:
            folders.add(os.path.dirname(path))
            os.makedirs(os.path.dirname(path), exist_ok=True)
        try:
            with open(path, "xb") as file:
                file.write(data)
        except FileExistsError as error:  # names that differ by case, say
            raise FileError(f"cannot write {name}: this file system holds it for another picture's") from error
        names.append(name)
        paths.append(path)
        total += len(data)
    sync_files(stage, paths)  # at the end, when most is on the disk already
    for folder in folders:
        sync_folder(folder)
    return names, total


def _rename(stage: str, root: str, target: str, force: bool) -> bool:
    """Make the stage the new folder; False where another came first, and may be added to."""
    try:
        os.rename(stage, root)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        check_folder(target, force=force)
        return False
    return True


def _move(stage: str, root: str, names: Sequence[str], force: bool) -> None:
    paths = [_below(root, name) for name in names]
    for path in paths:
        if os.path.isdir(path):
            raise FileError(f"cannot write {path}: it is a folder, expected a file")
    made: list[str] = []
    moved: list[tuple[str, str, str | None]] = []  # a file's place in the stage, its path, and what was there before
    kept = os.path.join(stage, temporary_name())
    try:
        os.mkdir(kept)
        for path in paths:
            _make_folder(os.path.dirname(path), made)
        for number, (name, path) in enumerate(zip(names, paths, strict=True)):
            staged, old, is_new = _below(stage, name), os.path.join(kept, str(number)), not os.path.lexists(path)
            if is_new or (force and _link(path, old)):
                moved.append((staged, path, None if is_new else old))
            try:
                publish(staged, path, force=force)
            except FileExistsError as error:
                raise exists(path) from error
    except BaseException:
        _take_back(moved, made)
        raise
    for folder in {os.path.dirname(path) for path in (*paths, *made)}:
        sync_folder(folder)


def _make_folder(folder: str, made: list[str]) -> None:
    """Make a folder and those above it; ``made`` gets those that were not there."""
    if os.path.isdir(folder):
        return
    _make_folder(os.path.dirname(folder), made)
    made.append(folder)
    os.makedirs(folder, exist_ok=True)


def _link(path: str, other: str) -> bool:
    """Give a file a second name; False on a file system without links."""
    try:
        os.link(path, other, follow_symlinks=False)
    except (OSError, NotImplementedError):
        return False
    return True


def _take_back(moved: Sequence[tuple[str, str, str | None]], made: Sequence[str]) -> None:
    for staged, path, old in reversed(moved):
        with suppress(OSError):
            if old is not None:
                os.replace(old, path)
            elif not os.path.lexists(staged) or os.path.samefile(staged, path):  # not another's that came first
                os.unlink(path)
    for folder in reversed(made):
        with suppress(OSError):
            os.rmdir(folder)


def _below(root: str, name: str) -> str:
    """Return ``name`` under ``root``; raises FileError if a link or ``..`` leads outside."""
    parts = as_path(name).split("/")
    path = os.path.join(root, *parts)
    parent = os.path.realpath(os.path.dirname(path))
    if {"", ".", ".."} & set(parts) or os.path.commonpath([root, parent]) != root:
        raise FileError(f"cannot write {name!r}: it would lie outside {root}")
    return path


def _remove(stage: str) -> None:
    import shutil  # slow to import

    shutil.rmtree(stage, ignore_errors=True)
