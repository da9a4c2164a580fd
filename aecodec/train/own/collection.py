"""The pictures of a collection: read once, as they are, and some of them held back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aecodec.arrays import Picture
from aecodec.train.drawings.pictures import Drawings, found
from aecodec.train.folders import Folders

MOST_SAMPLES = 1 << 29  # kept in memory; of a larger collection the first pictures by SHA-256 are taken
_KINDS = {1: "grey", 2: "grey with alpha", 3: "in colour", 4: "in colour with alpha"}


@dataclass(frozen=True)
class Collection:
    """Pictures to train on and pictures held back, uint8 ``[height, width, planes]`` each.

    ``sha256`` and ``held_sha256`` are over the SHA-256 of all their files; ``count`` and ``held_count`` count these.
    """

    pictures: Sequence[Picture]
    held: Sequence[Picture]
    sha256: str
    held_sha256: str
    count: int
    held_count: int

    @property
    def size(self) -> tuple[int, int] | None:
        """Height and width of all pictures, or None if they have several sizes."""
        sizes = {(picture.shape[0], picture.shape[1]) for picture in (*self.pictures, *self.held)}
        return sizes.pop() if len(sizes) == 1 else None

    @property
    def planes(self) -> int | None:
        """1 if all pictures are grey, 3 if all are in colour, None if there are both. Alpha does not count."""
        planes = {1 if picture.shape[2] <= 2 else 3 for picture in (*self.pictures, *self.held)}
        return planes.pop() if len(planes) == 1 else None


def collected(folders: Folders, tell: Callable[[str], None]) -> Collection:
    """Read all pictures below ``folders``; ``tell`` gets a line for each file that is left out, and one about the rest.

    Raises UsageError for a folder without pictures, and for a single one.
    """
    every = found(folders.images, tell)
    seen, held = every.held_back() if folders.validation is None else (every, found([folders.validation], tell))
    made = Collection(_read(seen), _read(held), seen.sha256, held.sha256, len(seen), len(held))
    tell(_described(made))
    return made


def _read(drawings: Drawings) -> list[Picture]:
    kept, samples = list[Picture](), 0
    for picture in drawings:
        samples += picture.size
        if kept and samples > MOST_SAMPLES:
            break
        kept.append(picture)
    return kept


def _described(made: Collection) -> str:
    """Return a line about what there is."""
    pictures = [*made.pictures, *made.held]
    sizes = {picture.shape[:2] for picture in pictures}
    height, width = max(sizes, key=lambda size: size[0] * size[1])
    of_size = f"{width} x {height}" if len(sizes) == 1 else f"{len(sizes)} sizes up to {width} x {height}"
    kinds = Counter(picture.shape[2] for picture in pictures)
    named = ", ".join(f"{count:,} {_KINDS[planes]}" for planes, count in sorted(kinds.items()))
    whole = made.count + made.held_count
    left = "" if len(pictures) == whole else f"; {whole - len(pictures):,} more than are kept in memory are left out"
    return f"{whole:,} pictures, {of_size}: {named}; {made.held_count:,} held back{left}"
