"""Tar files of pictures, as WebDataset has them: where each picture lies, found once, and read by its place."""

from __future__ import annotations

import tarfile
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import field
from typing import Any, Final

from aecodec.errors import AecError, FormatError
from aecodec.files.suffixes import TAKEN
from aecodec.frozen import dataclass
from aecodec.shards.places import opened

TAR: Final = ".tar"
PACKED: Final = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst")  # whose members have no place of their own


@dataclass(frozen=True)
class Index:
    """The pictures of a tar file in its own order: names, offsets and sizes in bytes; and how many others it has."""

    names: list[str] = field(default_factory=list)
    offsets: array[int] = field(default_factory=lambda: array("q"))
    sizes: array[int] = field(default_factory=lambda: array("q"))
    others: Counter[str] = field(default_factory=Counter)
    error: AecError | None = None

    def __len__(self) -> int:
        return len(self.names)


def index_tar(place: str) -> Index:
    """Return the index of the tar file at ``place``; one with an error where it cannot be read or is damaged.

    Pictures are ordinary files with a picture's suffix, but for those that macOS leaves beside others (``._*``).
    """
    index = Index()
    try:
        with opened(place) as file:
            for member in _members(file, place):
                _add(index, member)
    except AecError as error:
        return Index(error=error)
    return index


def _members(file: Any, place: str) -> Iterator[tarfile.TarInfo]:
    try:
        with tarfile.open(fileobj=file, mode="r:") as tar:
            for member in tar:
                yield member
                tar.members = []  # type: ignore[attr-defined] # or all of them would be kept
    except tarfile.TarError as error:
        raise FormatError(f"{place} is damaged, or no tar file: {error}") from error
    except OSError as error:
        raise FormatError(f"{place} cannot be read as a tar file: {error}") from error


def _add(index: Index, member: tarfile.TarInfo) -> None:
    if member.isdir():
        return
    name = member.name.removeprefix("./")
    base = name.rpartition("/")[2]
    suffix = "." + base.rpartition(".")[2].lower() if "." in base else ""
    if not member.isreg() or member.issparse() or suffix not in TAKEN or base.startswith("._"):
        index.others[suffix or "without suffix"] += 1
        return
    index.names.append(name)
    index.offsets.append(member.offset_data)
    index.sizes.append(member.size)
