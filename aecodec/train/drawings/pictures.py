"""Drawings to train on: files, each read when it comes, with grey and alpha as they are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aecodec.arrays import Picture
from aecodec.errors import AecError, UsageError
from aecodec.files import find_pictures, read_bytes
from aecodec.pictures.images import decode_shallow
from aecodec.train.held import held_count

_PLANAR = 3
_MOST = 200  # pictures held back


@dataclass(frozen=True)
class Drawing:
    """A file, and the SHA-256 of its bytes."""

    path: str
    sha256: str


class Drawings:
    """Pictures in the order of their SHA-256."""

    def __init__(self, found: Sequence[Drawing]) -> None:
        self._found = sorted({each.sha256: each for each in found}.values(), key=lambda each: each.sha256)
        self.sha256 = hashlib.sha256("\n".join(each.sha256 for each in self._found).encode()).hexdigest()

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Picture]:
        """Yield uint8 ``[height, width, planes]``."""
        for each in self._found:
            picture = decode_shallow(read_bytes(each.path), each.path)
            yield picture[..., None] if picture.ndim < _PLANAR else picture

    def held_back(self) -> tuple[Drawings, Drawings]:
        """Return what to train on, and the first ones, held back. Raises UsageError for a single picture."""
        count = held_count(len(self), _MOST, instead="name others with --validation")
        return Drawings(self._found[count:]), Drawings(self._found[:count])


def found(folders: Sequence[Path], tell: Callable[[str], None]) -> Drawings:
    """Return all pictures below ``folders``; ``tell`` gets a line for each that cannot be read. Raises UsageError
    for none.
    """
    drawings = []
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"no pictures in {folder}: there is no such folder")
        sources = find_pictures([str(folder)])
        others = sum(path.is_file() for path in folder.rglob("*")) - len(sources)
        if others > 0:
            tell(f"left out: {others} file{'s' * (others > 1)} in {folder} without the suffix of a picture")
        for source in sources:
            try:
                content = read_bytes(source.path)
                decode_shallow(content, source.name)
            except AecError as error:
                tell(f"left out: {error}")
                continue
            drawings.append(Drawing(source.path, hashlib.sha256(content).hexdigest()))
    if not drawings:
        raise UsageError(f"no pictures in {', '.join(map(str, folders))}")
    return Drawings(drawings)
