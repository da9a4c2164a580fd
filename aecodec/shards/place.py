"""A *place* is the text of a path of this machine, or of a URL. Nothing here looks at what is there."""

from __future__ import annotations

import os
import re
from typing import Final
from urllib.parse import unquote

from aecodec.errors import FileError
from aecodec.frozen import dataclass

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(::|://)")
_LOCAL: Final = "file://"


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


def unread(place: str, error: Exception) -> FileError:
    """Return the error of a file that cannot be read."""
    return FileError(f"cannot read {place}: {reason(error)}")


def reason(error: Exception) -> str:
    """Return what went wrong, in one line."""
    if isinstance(error, FileNotFoundError):
        return os.strerror(2)
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(words).split())
