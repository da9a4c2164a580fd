"""Pictures of any sizes and colours: a folder of photographs, or a set of them by name.

They stay files. Each is read when it is asked for, so that a process holds no more of them than it works on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from aecodec.arrays import Picture
from aecodec.data.collection import some_pictures
from aecodec.errors import UsageError
from aecodec.files import Source, find_pictures, read_shallow
from aecodec.frozen import dataclass

ALBUMS = {"kodak": 24, "crops256": 40, "cbsd68": 68}  # name, which is also the folder's: how many PNG files it has


@dataclass(frozen=True)
class Album:
    """Picture files of any sizes: uint8 ``[H, W]``, or ``[H, W, C]`` with C 2 to 4 (alpha is the last)."""

    name: str
    sources: tuple[Source, ...]
    split: str = "all"

    def __len__(self) -> int:
        return len(self.sources)

    def __iter__(self) -> Iterator[Picture]:
        """Yield each picture in turn; raises FileError, FormatError, UnsupportedError or LimitError for one."""
        return (read_shallow(source.path) for source in self.sources)

    def first(self, limit: int | None) -> Album:
        """Return the first ``limit`` pictures; all for None."""
        return replace(self, sources=self.sources[:limit])

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """What a record says of them. Reads every picture once, so one that cannot be read is found before the work.

        ``pictures_sha256`` is of each picture's shape and samples, in order.
        """
        digest, pixels = hashlib.sha256(), 0
        for picture in self:
            pixels += picture.shape[0] * picture.shape[1]
            digest.update(f"{picture.shape}".encode())
            digest.update(np.ascontiguousarray(picture).tobytes())
        return {
            "dataset": self.name,
            "split": self.split,
            "pictures": len(self),
            "megapixels": round(pixels / 1e6, 3),
            "pictures_sha256": digest.hexdigest(),
        }

    def described(self, count: int) -> str:
        """Say: so many of these pictures, in words."""
        return some_pictures(count, self.split)


def load_album(dataset: str, data_dir: Path) -> Album:
    """Return the album of a name in ``ALBUMS``, from its folder in ``data_dir``; or all pictures below the folder
    ``dataset``.

    Raises UsageError if there are none, or another number of PNG files than a named album has; FileError for a
    folder that cannot be listed. Pictures are not read here.
    """
    if dataset in ALBUMS:
        return _named(dataset, data_dir / dataset)
    folder = Path(dataset)
    if not folder.is_dir():
        raise UsageError(f"{dataset!r} is no folder of pictures, and no album; there are: {', '.join(ALBUMS)}")
    return Album(folder.resolve().name, tuple(find_pictures([str(folder)])))


def _named(name: str, folder: Path) -> Album:
    paths = sorted(folder.glob("*.png")) if folder.is_dir() else []
    if len(paths) != ALBUMS[name]:
        raise UsageError(
            f"no {name} in {folder}: expected {ALBUMS[name]} PNG files, found {len(paths)}; "
            "name the folder above it with --data-dir"
        )
    return Album(name, tuple(Source(str(path), path.name) for path in paths))
