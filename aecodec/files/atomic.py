"""Writing one file so that it appears whole or not at all.

The bytes go to a temporary file in the target's folder, to the disk, and only then under the
target's name. A link is followed: the file it points to is written. An existing file
keeps its permissions, a new one follows the umask. Pipes, devices and ``/dev/stdout`` are
written directly; there is nothing to replace, and what a shell appends to stays. What a killed
process leaves is named as :func:`temporary_name` does; nothing takes it for an output.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import BinaryIO, Final

from aecodec.errors import FileError, UsageError
from aecodec.files.read import STDIO

_TEMPORARY: Final = re.compile(r"\.aecodec-[0-9a-f]{12}\.tmp")
_MANY: Final = 64  # files that are brought to the disk together
_AT_CWD, _NO_REPLACE = -100, 1  # Linux's AT_FDCWD and RENAME_NOREPLACE


def check_target(target: str, *, force: bool) -> None:
    """Refuse what :func:`write_file` would refuse, before any work is done."""
    if target == STDIO:
        return
    try:
        mode, parent = _mode(target), os.path.dirname(os.path.realpath(target))
    except OSError as error:
        raise failed(target, error) from error
    if mode is None:
        if is_folder_name(target):
            raise FileError(f"cannot write {target}: that names a folder, expected a file")
        if not os.path.isdir(parent):
            raise FileError(f"cannot write {target}: there is no folder {parent}")
        if not os.access(parent, os.W_OK):
            raise FileError(f"cannot write {target}: the folder {parent} is not writable")
        return
    if stat.S_ISDIR(mode):
        raise FileError(f"cannot write {target}: it is a folder, expected a file")
    if stat.S_ISBLK(mode):
        raise FileError(f"cannot write {target}: it is a block device, expected a file")
    if not (force or _is_direct(target)):
        raise exists(target)


def write_file(target: str, data: bytes, *, force: bool, modified: int | None = None) -> None:
    """Write ``data`` to ``target``, or to standard output for ``-``.

    ``modified`` is its time of modification, in nanoseconds since 1970; by default the present, as it is where the
    file system cannot keep that one, and of what is no ordinary file.

    Raises UsageError if the target exists and ``force`` is not given, FileError if writing
    fails. Whatever was there stays as it was then, and nothing else is left.
    """
    try:
        if target == STDIO:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
            return
        check_target(target, force=force)
        if _is_direct(target):
            with _opened(target) as file:
                file.write(data)
        else:
            _write_whole(os.path.realpath(target), data, force, modified)
    except BrokenPipeError:
        raise
    except FileExistsError as error:
        raise exists(target) from error
    except OSError as error:
        raise failed(target, error) from error


def publish(temporary: str, target: str, *, force: bool) -> None:
    """Give a finished file its name; without ``force`` never over another, however late that came.

    Raises FileExistsError, or another OSError.
    """
    if force:
        with suppress(OSError):
            os.chmod(temporary, stat.S_IMODE(os.stat(target).st_mode))
        os.replace(temporary, target)
        return
    try:
        os.link(temporary, target)  # unlike a rename, fails where the target exists
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):  # a file system without links
        if not _rename_to_new(temporary, target):
            _claim(temporary, target)
    else:
        with suppress(OSError):  # the target is complete
            os.unlink(temporary)


def temporary_name() -> str:
    """Return a name that nobody else uses."""
    return f".aecodec-{os.urandom(6).hex()}.tmp"


def is_temporary(name: str) -> bool:
    """Return whether a file or folder is of that name: one at work made it, or was killed before it could remove it."""
    return _TEMPORARY.fullmatch(name) is not None


def sync_files(folder: str, paths: Sequence[str]) -> None:
    """Bring files that were written below ``folder`` to the disk: many at once with all else that waits for it, where
    the system knows how, for one by one takes a hundred times as long. Raises OSError.
    """
    if len(paths) >= _MANY and _sync_all(folder):
        return
    for path in paths:
        with open(path, "rb+") as file:
            os.fsync(file.fileno())


def sync_folder(folder: str) -> None:
    """Bring a folder's names to the disk, where the system knows how."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def failed(target: str, error: OSError) -> FileError:
    """Return the line for an operating system's refusal to write."""
    return FileError(f"cannot write {shown_output(target)}: {error.strerror or error}")


def exists(target: str) -> UsageError:
    """Return the line for an output that is there already."""
    return UsageError(f"{target} exists; choose another output, or replace it with -f")


def shown_output(target: str) -> str:
    """Return how messages name an output."""
    return "standard output" if target == STDIO else target


def is_folder_name(target: str) -> bool:
    """Return whether ``target`` can only be a folder: it ends with a separator."""
    return target.endswith((os.sep, os.altsep or os.sep))


def _mode(path: str) -> int | None:
    """Return what is at ``path``, links followed, or None if there is nothing."""
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        return None


def _opened(target: str) -> BinaryIO:
    """Open a pipe, a device or a descriptor, to be written to from where it stands."""
    descriptor = _descriptor(target)
    if descriptor is not None:
        return open(os.dup(descriptor), "wb")
    return open(target, "wb", opener=_as_it_is)


def _as_it_is(path: str, flags: int) -> int:
    return os.open(path, flags & ~(os.O_TRUNC | os.O_CREAT) | os.O_APPEND)


def _descriptor(target: str) -> int | None:
    """Return the descriptor of this process that ``target`` names, itself or by links, or None if it names none."""
    own = {"/dev/fd", *map(os.path.realpath, ("/dev/fd", "/proc/self/fd", "/proc/thread-self/fd"))}
    for path in _links(target):
        folder, name = os.path.split(path)
        if os.path.realpath(folder) in own and name.isdecimal():
            return int(name)
    return None


def _links(target: str) -> Iterator[str]:
    """Yield ``target``, and what it points to, link by link: /dev/stdout, /proc/self/fd/1, the file that the shell
    opened.
    """
    for _ in range(8):
        yield target
        if not os.path.islink(target):
            return
        target = os.path.join(os.path.dirname(target), os.readlink(target))


def _write_whole(path: str, data: bytes, force: bool, modified: int | None) -> None:
    folder = os.path.dirname(path)
    temporary = os.path.join(folder, temporary_name())
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if modified is not None:
            with suppress(OSError, OverflowError):
                os.utime(temporary, ns=(time.time_ns(), modified))
        publish(temporary, path, force=force)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    sync_folder(folder)


def _sync_all(folder: str) -> bool:
    """Bring the whole file system of ``folder`` to the disk; False where this system has no way, or it fails."""
    import ctypes

    sync = None if os.name == "nt" else getattr(ctypes.CDLL(None), "syncfs", None)
    if sync is None:
        return False
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        return bool(sync(descriptor) == 0)
    finally:
        os.close(descriptor)


def _rename_to_new(temporary: str, target: str) -> bool:
    """Rename; this fails where the target exists, in one step; False where this system has none."""
    if os.name == "nt":
        os.rename(temporary, target)
        return True
    import ctypes

    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(_AT_CWD, os.fsencode(temporary), _AT_CWD, os.fsencode(target), _NO_REPLACE) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM):  # the last: by a sandbox
        return False
    raise OSError(number, os.strerror(number), target)


def _claim(temporary: str, target: str) -> None:
    """Create the target empty, then replace it: two steps, of which a kill may leave the first."""
    descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    try:
        os.close(descriptor)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(target)
        raise


def _is_direct(target: str) -> bool:
    """Return whether ``target`` is there and no ordinary file, or names an open descriptor of this process."""
    if not os.path.exists(target):
        return False
    if not os.path.isfile(target):
        return True
    folders = (os.path.realpath(os.path.dirname(path)) for path in _links(target))
    return any(folder.startswith(("/proc/", "/dev/fd")) for folder in folders)
