"""Names for the pictures of a container when they become files again."""

from __future__ import annotations

import posixpath
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from hashlib import sha256

from aecodec.files.atomic import is_temporary
from aecodec.files.save import FORMATS

_PART_BYTES = 255  # of a file's or folder's name
_DIGITS, _SUFFIX = 12, 16  # of a name that is cut: hexadecimal digits, and characters of a suffix that stays
_KEPT = (".png", ".pgm", ".ppm", ".bmp", ".tif", ".tiff")  # others lose pixels, or are read back otherwise


def picture_names(names: Sequence[str] | None, channels: Sequence[int]) -> list[str]:
    """Return one relative path a picture; ``channels`` are their channel counts.

    Stored names are kept where their suffix means a format that holds the picture exactly; other
    suffixes become ``.png``, and where that name is taken, ``.png`` is appended. What is longer than file systems
    take is cut, and told apart by a digest of the whole. Without names,
    the pictures are numbered from ``000001.png``. No two are equal, and none is another's folder.
    """
    if names is None:
        return list(numbered_names(len(channels)))
    names = [_fitted(name) for name in names]
    order = sorted(names)
    kept: list[bool] = []
    taken: set[str] = set()
    for name, count in zip(names, channels, strict=True):
        kept.append(_holds(name, count) and not _is_folder(name, order) and name not in taken)
        taken |= {name} if kept[-1] else set()
    result = []
    for name, keep in zip(names, kept, strict=True):
        if not keep:
            name = _renamed(name, taken, order)
            taken.add(name)
        result.append(name)
    return result


def numbered_names(count: int) -> Iterator[str]:
    """Yield the names of pictures without names, one by one: a small file may tell of millions."""
    return (f"{number:06d}.png" for number in range(1, count + 1))


def _holds(name: str, channels: int) -> bool:
    suffix = posixpath.splitext(name)[1].lower()
    return suffix in _KEPT and channels in FORMATS[suffix].channels


def _is_folder(name: str, order: Sequence[str]) -> bool:
    """Return whether ``name`` is a folder of one of the sorted names ``order``."""
    place = bisect_left(order, name + "/")
    return place < len(order) and order[place].startswith(name + "/")


def _renamed(name: str, taken: set[str], order: Sequence[str]) -> str:
    folder, base = posixpath.split(name)
    stem = posixpath.splitext(base)[0]
    new, number = _fitted(posixpath.join(folder, stem + ".png")), 1
    while new in taken or _is_folder(new, order):
        new = _fitted(name + (".png" if number == 1 else f"-{number}.png"))
        number += 1
    return new


def _fitted(name: str) -> str:
    """Return ``name`` with no part of more bytes than a file system takes, and none that means what is unfinished."""
    return "/".join(map(_fitted_part, name.split("/")))


def _fitted_part(part: str) -> str:
    if is_temporary(part):
        return part + "_"
    whole = part.encode()
    if len(whole) <= _PART_BYTES:
        return part
    suffix = posixpath.splitext(part)[1]
    end = f"~{sha256(whole).hexdigest()[:_DIGITS]}{suffix if len(suffix) <= _SUFFIX else ''}"
    return whole[: _PART_BYTES - len(end.encode())].decode(errors="ignore") + end
