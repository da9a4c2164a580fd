"""Small notes in the user's cache folder. What is there saves time; where nothing can be kept, nothing is missing.

``AECODEC_CACHE`` names another folder, or is ``off``. A note is one file, whose name is the SHA-256 of what it is
about. Only notes in files of this user count, into which nobody else may write.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
from pathlib import Path
from typing import Final

ENVIRONMENT: Final = "AECODEC_CACHE"
OFF: Final = "off"
MOST_NOTES: Final = 256
MOST_BYTES: Final = 1 << 16  # of a note
_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH


def cache_folder() -> Path | None:
    """Return where notes are kept, or None if they are not to be kept or there is no place for them."""
    named = os.environ.get(ENVIRONMENT)
    if named:
        return None if named == OFF else Path(named)
    given = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME")
    if given and os.path.isabs(given):
        return Path(given, "aecodec")
    home = os.path.expanduser("~")
    if not os.path.isabs(home):
        return None
    return Path(home, *(("Library", "Caches") if sys.platform == "darwin" else (".cache",)), "aecodec")


def noted(about: str) -> str | None:
    """Return what was noted under ``about``, or None if nothing sound is."""
    folder = cache_folder()
    if folder is None:
        return None
    try:
        with open(_path(folder, about), encoding="utf-8") as file:
            if not _is_own(os.fstat(file.fileno())):
                return None
            head, line, rest = file.read(MOST_BYTES).partition("\n")
    except (OSError, ValueError):
        return None
    return rest if line and head == _sealed(about, rest) else None


def note(about: str, text: str) -> None:
    """Note ``text`` under ``about``, in place of what was there; nothing happens where that cannot be."""
    folder = cache_folder()
    if folder is None:
        return
    with contextlib.suppress(OSError, ValueError):
        if not _is_ours(folder):
            return
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = _path(folder, about)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            with open(descriptor, "wb") as file:
                file.write(f"{_sealed(about, text)}\n{text}".encode())
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _forget_oldest(folder)


def _path(folder: Path, about: str) -> Path:
    return folder / f"{hashlib.sha256(about.encode()).hexdigest()}.note"


def _sealed(about: str, text: str) -> str:
    """Return the first line of a note, by which a damaged one, or another's, is known."""
    return hashlib.sha256(f"{about}\0{text}".encode()).hexdigest()


def _is_own(found: os.stat_result) -> bool:
    """Whether a file or folder belongs to this user alone. Windows says nothing of that here."""
    if not hasattr(os, "geteuid"):
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & _OTHERS


def _is_ours(folder: Path) -> bool:
    """Whether ``folder``, or the first folder above it that is there, belongs to this user: not so with sudo."""
    for place in (folder, *folder.parents):
        with contextlib.suppress(FileNotFoundError):
            return _is_own(place.stat())
    return False


def _forget_oldest(folder: Path) -> None:
    """Remove the oldest notes beyond MOST_NOTES: of models, libraries or machines that have gone."""
    with os.scandir(folder) as entries:
        names = [entry for entry in entries if entry.name.endswith((".note", ".tmp"))]
    if len(names) > MOST_NOTES:
        names.sort(key=lambda entry: entry.stat().st_mtime_ns)
        for entry in names[: len(names) - MOST_NOTES]:
            os.unlink(entry.path)
